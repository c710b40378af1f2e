"""What the demo's meters miss or misread: gaps and outliers, few enough to be plausible.

The load has none: ONS's load curve of SE misses no hour from March 2019 to 2022.
"""

import numpy as np
import pandas as pd

from hpo_exp.data.demo_noise import stream

LONGEST_GAP = 8
# Gaps a year by what fails together; a station loses its thermometer and gauge at once.
GAPS = {
    ("TEMP_BULB_SECO", "CHUVA"): 6.0,
    ("CHUVA",): 3.0,
    ("geracao_eolica_mw",): 5.0,
    ("geracao_solar_mw",): 2.0,
    ("geracao_termica_mw",): 1.0,
    ("intercambio_mw",): 1.0,
}
OUTLIERS_A_YEAR = 4.0
SPIKES = 9.0, 15.0  # degC that a misread temperature is off
HOURS_A_YEAR = 8766


def with_faults(
    frame: pd.DataFrame, subsystem: str, start: pd.Timestamp
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the hours from `start` on with gaps and outliers, and notes that count them."""
    faulty = frame.copy()
    temperature = _spikes(len(frame), stream(subsystem, "thermometer"))
    dropout = stream(subsystem, "anemometer").uniform(size=len(frame)) < _chance(OUTLIERS_A_YEAR)
    faulty["TEMP_BULB_SECO"] += temperature
    faulty["geracao_eolica_mw"] = faulty["geracao_eolica_mw"].mask(dropout, 0.0)
    for columns, a_year in GAPS.items():
        gone = _gaps(len(frame), stream(subsystem, f"gaps {'+'.join(columns)}"), a_year)
        faulty.loc[gone, list(columns)] = np.nan
    kept = frame.index >= start
    faulty = faulty[kept]
    missing = faulty.isna().sum()
    counted = ", ".join(f"{name} {hours}" for name, hours in missing[missing > 0].items())
    misread = int((temperature[kept] != 0).sum()), int(dropout[kept].sum())
    return faulty, (
        f"hours missing on purpose: {counted or 'none'}",
        f"hours misread on purpose: {misread[0]} temperatures, {misread[1]} of wind (as 0 MW)",
    )


def _chance(a_year: float) -> float:
    return a_year / HOURS_A_YEAR


def _spikes(hours: int, draws: np.random.Generator) -> np.ndarray:
    """Draw what is added to the temperature (degC), shape (hours,): 0 nearly always."""
    hit, sign, size = draws.uniform(size=(hours, 3)).T
    spike = np.where(sign < 0.5, -1, 1) * (SPIKES[0] + size * (SPIKES[1] - SPIKES[0]))
    return np.where(hit < _chance(OUTLIERS_A_YEAR), np.round(spike, 1), 0.0)


def _gaps(hours: int, draws: np.random.Generator, a_year: float) -> np.ndarray:
    """Draw which hours are missing, shape (hours,): spells of 1 to `LONGEST_GAP` hours."""
    hit, length = draws.uniform(size=(hours, 2)).T
    gone = np.zeros(hours, dtype=bool)
    for first in np.flatnonzero(hit < _chance(a_year)):
        gone[first : first + 1 + int(length[first] * LONGEST_GAP)] = True
    return gone
