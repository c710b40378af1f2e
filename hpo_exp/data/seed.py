"""The notebook's own simulated month: a ramp of load, by the notebook's formulas."""

import numpy as np
import pandas as pd

from hpo_exp.config import DataConfig
from hpo_exp.data.table import TARGET, HourlyTable, Provenance
from hpo_exp.errors import ConfigError

HOURS = 720


def make_seed_table(config: DataConfig) -> HourlyTable:
    """Simulate the notebook's 720 hours up to `config.end`.

    Raises:
        ConfigError: `config.end` is not set.
    """
    if config.end is None:
        raise ConfigError("data.end is not set: data=seed needs the last hour of its 720")
    index = pd.date_range(end=config.end, periods=HOURS, freq="h", name="timestamp")
    count, hour = np.arange(HOURS), index.hour.to_numpy()
    load = pd.Series(25_000 + count % 1_000, index)
    wind = 500 + count % 500
    columns = {
        TARGET: load,
        "frequencia_hz": 60.0 + count % 5 / 100,
        "geracao_eolica_mw": wind,
        "restricao_vazao": count % 100 == 0,
        "CHUVA": hour % 3,
        "TEMP_BULB_SECO": 20.0 + hour % 10,
        "carga_lag_24h": load.shift(24),
        "alerta_intermitente": wind > config.alert_mw,
    }
    frame = pd.DataFrame(columns, index=index).astype(np.float64)
    provenance = Provenance(
        source="seed",
        simulated=True,
        subsystem=config.subsystem,
        utc_offset_hours=-3,
        notes=("all values are the notebook's simulation",),
    )
    return HourlyTable(frame, provenance)
