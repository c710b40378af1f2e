"""One inspection of the hourly table: what was found, what was done, and the table after it."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from hpo_exp.config import DataConfig, QualityConfig
from hpo_exp.data.findings import Finding, spans_of
from hpo_exp.data.quality.evidence import level_step
from hpo_exp.data.quality.repair import repaired
from hpo_exp.data.quality.schema import Evidence, failures, gather_evidence, unit_of
from hpo_exp.data.quality.sun import is_night
from hpo_exp.data.table import HourlyTable

_SENTENCES = {
    "range": "{column} lies outside {allowed} in {hours} hours (the farthest: {largest})",
    "frozen": "{column} stands still for at least {limit:g} hours: {hours} hours in {stretches} "
    "stretches (the longest: {largest})",
    "spike": "{column} lies far above or below both its neighbours in {hours} hours",
    "unit_jump": "{column} changes its size from one week to the next, as if its unit had changed, "
    "{stretches} times (the most: {largest})",
    "censored": "{column} is missing by day in {hours} hours beside values of up to {largest}: the "
    "sensor publishes nothing above {limit:g}",
    "sources_disagree": "the balance's load and the load curve differ by more than {limit:g} MW "
    "in {hours} hours (the most: {largest})",
    "balance_identity": "generation differs from load plus interchange by more than {limit:g} MW "
    "in {hours} hours of the balance (the most: {largest})",
}


def inspected(table: HourlyTable, config: DataConfig) -> HourlyTable:
    """Check a table, repair what is configured, and write both into its provenance.

    Args:
        table: any source's table.
        config: limits and repairs in `config.quality`; null leaves the table as it is.
    """
    quality = config.quality
    if quality is None:
        return table
    frame, index = table.frame, table.index
    night = _night(table, config)
    evidence = list(gather_evidence(frame, quality, night))
    faulty = failures(index, evidence)
    found = [_finding(item, faulty[item.name], quality) for item in evidence if item.name in faulty]
    frame, found = repaired(frame, found, night, quality.repairs)
    found += _breaks(frame, quality)
    found += _missing(frame)
    known = table.provenance
    provenance = replace(
        known,
        findings=(*known.findings, *found),
        notes=(*known.notes, *(item.text for item in found if item.check != "missing")),
    )
    return HourlyTable(frame, provenance)


def _night(table: HourlyTable, config: DataConfig) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Hours without sun at the configured station; none where it is not known."""
    station = config.stations.get(config.station or "")
    if station is None:
        return np.zeros(len(table.frame), dtype=np.bool_)
    offset = table.provenance.utc_offset_hours
    return is_night(table.index, offset, station.latitude, station.longitude)


def _finding(item: Evidence, hours: pd.DatetimeIndex, quality: QualityConfig) -> Finding:
    """Say what failing evidence means."""
    shown = item.shown.loc[hours]
    middle = 0.0
    if item.check == "range":
        middle = sum(quality.ranges[item.column]) / 2
    farthest = float(shown.iloc[int(np.argmax(np.abs(shown.to_numpy() - middle)))])
    spans = spans_of(hours)
    text = _SENTENCES[item.check].format(
        column=item.column,
        hours=len(hours),
        stretches=len(spans),
        limit=_limit(item, quality),
        allowed="{:g} to {:g}".format(*quality.ranges.get(item.column, (0, 0))),
        largest=f"{farthest:,.1f} {item.unit}".rstrip(),
    )
    return Finding(
        check=item.check,
        column=item.column,
        hours=len(hours),
        spans=spans,
        action="kept",
        text=f"{text}, first at {hours[0]}",
        largest=farthest,
        unit=item.unit,
    )


def _limit(item: Evidence, quality: QualityConfig) -> float:
    match item.check:
        case "frozen":
            return quality.frozen_hours[item.column]
        case "censored":
            return quality.censored[item.column]
        case "sources_disagree":
            return quality.agreement_mw
        case "balance_identity":
            return quality.identity_mw
        case _:
            return 0.0


def _breaks(frame: pd.DataFrame, quality: QualityConfig) -> Iterator[Finding]:
    """Changes of definition inside the table, with the step that each column takes."""
    for known in quality.breaks:
        hour = pd.Timestamp(known.date)
        if not frame.index[0] < hour <= frame.index[-1]:
            continue
        for name in known.columns:
            if name not in frame:
                continue
            step = level_step(frame[name], hour)
            if np.isnan(step):
                continue
            yield Finding(
                check="definition_break",
                column=name,
                hours=1,
                spans=spans_of(pd.DatetimeIndex([hour])),
                action="kept",
                text=f"{name} changes its meaning at {hour}: {known.what}; the four weeks from "
                f"then on differ from the four before by {step:+,.0f} {unit_of(name)}",
                largest=step,
                unit=unit_of(name),
            )


def _missing(frame: pd.DataFrame) -> Iterator[Finding]:
    """Hours without a value, by column."""
    for name in frame:
        hours = pd.DatetimeIndex(frame.index[frame[name].isna()])
        if not hours.empty:
            text = f"{name} is missing in {len(hours)} of {len(frame)} hours, first at {hours[0]}"
            yield Finding("missing", str(name), len(hours), spans_of(hours), "kept", text)
