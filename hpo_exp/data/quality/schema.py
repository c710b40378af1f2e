"""The checks as a pandera schema: what the evidence of each column may be."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
import pandera.pandas as pa

from hpo_exp.config import QualityConfig
from hpo_exp.data.ons import BALANCE_LOAD, GENERATION, INTERCHANGE
from hpo_exp.data.quality.evidence import (
    censored_peak,
    lonely_distance,
    still_hours,
    weekly_jump,
)
from hpo_exp.data.table import TARGET


class Evidence(NamedTuple):
    """What shows one kind of fault in one column.

    Attributes:
        check: the fault's name.
        column: the table's column.
        numbers: one an hour, shape (rows,), NaN where there is nothing to say.
        allowed: what the number may be.
        shown: what to tell people of a faulty hour, shape (rows,), and its unit.
        unit: unit of `shown`.
    """

    check: str
    column: str
    numbers: "pd.Series[float]"
    allowed: pa.Check
    shown: "pd.Series[float]"
    unit: str

    @property
    def name(self) -> str:
        """The evidence's column in the frame that the schema validates."""
        return f"{self.check} {self.column}"


def gather_evidence(
    frame: pd.DataFrame, config: QualityConfig, night: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> Iterator[Evidence]:
    """Gather the evidence that the configuration asks for, of columns that the table has.

    Args:
        frame: the hourly table's columns.
        config: limits by column.
        night: hours without sun, shape (rows,).
    """
    for name in frame:
        values, unit = frame[name], unit_of(str(name))
        if name in config.ranges:
            allowed = pa.Check.in_range(*config.ranges[name])
            yield Evidence("range", name, values, allowed, values, unit)
        if name in config.frozen_hours:
            still = still_hours(values, zeros=name in config.frozen_at_zero)
            allowed = pa.Check.less_than(config.frozen_hours[name])
            yield Evidence("frozen", name, still, allowed, still, "h")
        if name in config.spikes:
            lonely = lonely_distance(values)
            yield Evidence("spike", name, lonely, pa.Check.le(config.spikes[name]), values, unit)
        if name in config.unit_jumps:
            jump = weekly_jump(values)
            yield Evidence("unit_jump", name, jump, pa.Check.le(config.unit_jumps[name]), jump, "x")
        if name in config.censored:
            peak = censored_peak(values, night)
            allowed = pa.Check.less_than(config.censored[name] / 2)
            yield Evidence("censored", name, peak, allowed, peak, unit)
    yield from _balance(frame, config)


def _balance(frame: pd.DataFrame, config: QualityConfig) -> Iterator[Evidence]:
    """What the balance says of itself and of the load curve."""
    if BALANCE_LOAD not in frame:
        return
    apart = frame[BALANCE_LOAD] - frame[TARGET]
    allowed = pa.Check.in_range(-config.agreement_mw, config.agreement_mw)
    yield Evidence("sources_disagree", BALANCE_LOAD, apart, allowed, apart, "MW")
    if {*GENERATION, INTERCHANGE} <= set(frame):
        supply = frame[list(GENERATION)].sum(axis=1, skipna=False)
        residual = supply - frame[BALANCE_LOAD] - frame[INTERCHANGE]
        allowed = pa.Check.in_range(-config.identity_mw, config.identity_mw)
        yield Evidence("balance_identity", BALANCE_LOAD, residual, allowed, residual, "MW")


def failures(index: pd.DatetimeIndex, evidence: list[Evidence]) -> dict[str, pd.DatetimeIndex]:
    """Validate all evidence at once; return the faulty hours by the evidence's name."""
    schema = pa.DataFrameSchema(
        {item.name: pa.Column(float, item.allowed, nullable=True) for item in evidence},
        index=pa.Index(index.dtype, unique=True),
        strict=True,
    )
    frame = pd.DataFrame({item.name: item.numbers for item in evidence}, index=index)
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        return {
            str(name): pd.DatetimeIndex(rows["index"]).sort_values()
            for name, rows in cases.groupby("column")
        }
    return {}


def unit_of(column: str) -> str:
    """Unit of a table's column, or '' where it has none or nobody said."""
    if column.endswith("_r_mwh"):
        return "R$/MWh"
    if column.endswith("_mw") or column == TARGET:
        return "MW"
    return _UNITS.get(column, "")


_UNITS = {
    "frequencia_hz": "Hz",
    "tensao_kv": "kV",
    "CHUVA": "mm",
    "RADIACAO": "kJ/m2",
    "TEMP_BULB_SECO": "degC",
    "UMIDADE": "%",
    "VENTO": "m/s",
}
