"""The hourly table of official data: load curve, energy balance and weather side by side."""

import pandas as pd

from hpo_exp.config import DataConfig
from hpo_exp.data.clock import UTC_OFFSET_HOURS
from hpo_exp.data.inmet import read_weather
from hpo_exp.data.ons import BALANCE_LOAD, GENERATION, INTERCHANGE, read_balance, read_load
from hpo_exp.data.table import TARGET, HourlyTable, Provenance
from hpo_exp.errors import ConfigError, DataError

_ALWAYS = pd.Timestamp("1990-01-01"), pd.Timestamp("2199-12-31")
_TOLERANCE_MW = 1.0


def read_ons_table(config: DataConfig) -> HourlyTable:
    """Read the hourly table of one subsystem from the publishers' raw files.

    `data.start` and `data.end` are hours at UTC-3, both included; a date alone means its
    midnight, so the last hour of a year is `2022-12-31T23:00`. The table goes from the first to
    the last of them for which there is a load.

    Returns:
        Columns `carga_mw_subsistema`, where there is a balance `geracao_*_mw`,
        `carga_balanco_mw` and `intercambio_mw` (MW), and where `data.station` is set `CHUVA`
        (mm), `RADIACAO` (kJ/m2), `TEMP_BULB_SECO` (degC), `UMIDADE` (%) and `VENTO` (m/s).

    Raises:
        ConfigError: `data.root` is not set.
        DataError: `data.root` is no folder, the load curve or the station's files are missing,
            or a file is damaged.
    """
    if config.root is None:
        raise ConfigError("data.root is not set: set it to the folder of the raw files")
    if not config.root.is_dir():
        raise DataError(f"data.root is {config.root}, which is no folder: set it to the raw files'")
    start = pd.Timestamp(config.start) if config.start else _ALWAYS[0]
    end = pd.Timestamp(config.end) if config.end else _ALWAYS[1]
    load = read_load(config.root, config.subsystem, start, end)
    known = load.frame.index[load.frame[TARGET].notna()]
    if known.empty:
        raise DataError(
            f"the load curve of {config.subsystem} in {config.root} has no value from {start} to "
            f"{end}: change data.start or data.end"
        )
    index = pd.date_range(known[0], known[-1], freq="h", name="timestamp")
    balance = read_balance(config.root, config.subsystem, index[0], index[-1])
    readings = [load, balance]
    if config.station is not None:
        readings.append(read_weather(config.root, config.station, index[0], index[-1]))
    frame = pd.concat([reading.frame.reindex(index) for reading in readings], axis=1)
    notes = [
        *_period_notes(config, index),
        *(note for reading in readings for note in reading.notes),
        *([] if config.station else ["data.station is null, so there are no weather columns"]),
        *_gap_notes(frame),
        *_agreement_notes(frame),
    ]
    return HourlyTable(
        frame=frame,
        provenance=Provenance(
            source="ons",
            simulated=False,
            subsystem=config.subsystem,
            utc_offset_hours=UTC_OFFSET_HOURS,
            files=tuple(file for reading in readings for file in reading.files),
            notes=tuple(notes),
        ),
    )


def _period_notes(config: DataConfig, index: pd.DatetimeIndex) -> list[str]:
    """Say where the load curve does not reach the period asked for."""
    notes = []
    if config.start and index[0] > config.start:
        notes.append(f"the load curve starts at {index[0]}, after data.start {config.start}")
    if config.end and index[-1] < config.end:
        notes.append(f"the load curve ends at {index[-1]}, before data.end {config.end}")
    return notes


def _gap_notes(frame: pd.DataFrame) -> list[str]:
    """Count the missing hours, columns with equal gaps together."""
    columns: dict[tuple[int, int], list[str]] = {}
    for name in frame:
        missing = frame[name].isna()
        if missing.any():
            columns.setdefault((int(missing.sum()), int(missing.argmax())), []).append(str(name))
    return [
        f"missing in {hours} of {len(frame)} hours, first at {frame.index[first]}: "
        f"{', '.join(names)}"
        for (hours, first), names in columns.items()
    ]


def _agreement_notes(frame: pd.DataFrame) -> list[str]:
    """Compare the two sources' loads, and the balance with itself."""
    if BALANCE_LOAD not in frame:
        return []
    apart = (frame[BALANCE_LOAD] - frame[TARGET]).abs().dropna()
    sources = (
        f"the balance's load and the load curve differ by more than {_TOLERANCE_MW:g} MW in "
        f"{(apart > _TOLERANCE_MW).sum()} of {len(apart)} hours (mean absolute difference "
        f"{apart.mean():.1f} MW, largest {apart.max():.1f} MW)"
    )
    supply = frame[list(GENERATION)].sum(axis=1, skipna=False)
    residual = (supply - frame[BALANCE_LOAD] - frame[INTERCHANGE]).abs()
    broken = residual > _TOLERANCE_MW
    if not broken.any():
        return [sources]
    itself = (
        f"generation differs from load plus interchange by more than {_TOLERANCE_MW:g} MW in "
        f"{broken.sum()} hours of the balance, first at "
        f"{frame.index[int(broken.argmax())]} (largest {residual.max():.1f} MW)"
    )
    return [sources, itself]
