"""The demo: a made-up subsystem that behaves like Brazil's Southeast, without any file.

Every series is drawn from `FIRST_HOUR` on and looks back alone, so a longer or shorter period
changes no hour, and the same subsystem is always the same, bit for bit.
"""

import numpy as np
import pandas as pd

from hpo_exp.config import DataConfig
from hpo_exp.data.demo_faults import with_faults
from hpo_exp.data.demo_load import make_load
from hpo_exp.data.demo_supply import make_restriction, make_supply
from hpo_exp.data.demo_weather import make_weather
from hpo_exp.data.table import TARGET, HourlyTable, Provenance
from hpo_exp.errors import ConfigError

FIRST_HOUR = pd.Timestamp("2020-01-01")
UTC_OFFSET_HOURS = -3
CALIBRATION = (
    "SE's load and balance of 2021 and 2022 (ONS) and Sao Paulo's weather of 2019 to 2022 (INMET, "
    "A701); wind has NE's shape and a size that SE has not"
)


def make_demo_table(config: DataConfig) -> HourlyTable:
    """Simulate the hours from `data.start` to `data.end`; the subsystem's name is the seed.

    Returns:
        Columns `carga_mw_subsistema`, `geracao_{hidraulica,termica,eolica,solar}_mw`,
        `intercambio_mw` (MW), `TEMP_BULB_SECO` (degC), `CHUVA` (mm) and `restricao_vazao`
        (0 or 1), with gaps and outliers as meters have them.

    Raises:
        ConfigError: `data.end` is not set, or `data.start` lies before `FIRST_HOUR`.
    """
    if config.end is None:
        raise ConfigError("data.end is not set: data=demo needs the last hour to simulate")
    start = pd.Timestamp(config.start) if config.start else FIRST_HOUR
    if start < FIRST_HOUR:
        raise ConfigError(f"data.start is {start}: data=demo begins at {FIRST_HOUR}")
    hours = simulate(config.subsystem, pd.Timestamp(config.end))
    frame, notes = with_faults(hours, config.subsystem, start)
    provenance = Provenance(
        source="demo",
        simulated=True,
        subsystem=config.subsystem,
        utc_offset_hours=UTC_OFFSET_HOURS,
        notes=(
            "all values are simulated: no hour of load, weather or generation was measured",
            f"calibrated on {CALIBRATION}",
            *notes,
        ),
    )
    return HourlyTable(frame, provenance)


def simulate(subsystem: str, end: pd.Timestamp) -> pd.DataFrame:
    """Simulate all hours from `FIRST_HOUR` to `end` as they were, before any meter failed."""
    index = pd.date_range(FIRST_HOUR, end, freq="h", name="timestamp")
    weather = make_weather(index, subsystem)
    load = make_load(index, weather.temperature, subsystem)
    columns = {
        TARGET: load,
        **make_supply(index, load, weather.cloud, subsystem),
        "TEMP_BULB_SECO": weather.temperature,
        "CHUVA": weather.rain,
        "restricao_vazao": make_restriction(index, subsystem),
    }
    return pd.DataFrame(columns, index=index, dtype=np.float64)
