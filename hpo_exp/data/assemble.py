"""The hourly table of official data: what the publishers and the user know, hour by hour."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from hpo_exp.config import DataConfig
from hpo_exp.data.ccee import read_price
from hpo_exp.data.cells import Reading
from hpo_exp.data.clock import UTC_OFFSET_HOURS
from hpo_exp.data.cmo import read_cmo
from hpo_exp.data.findings import Finding, spans_of
from hpo_exp.data.inmet import read_weather
from hpo_exp.data.load_api import read_load_answers
from hpo_exp.data.ons import GENERATION, SIN, read_balance, read_load
from hpo_exp.data.own_file import read_own_file
from hpo_exp.data.table import TARGET, HourlyTable, Provenance
from hpo_exp.data.yearly import SUBSYSTEMS
from hpo_exp.errors import ConfigError, DataError

ALERT = "alerta_intermitente"
"""1 where wind is above `data.alert_mw`, else 0: the notebook's alert."""

_ALWAYS = pd.Timestamp("1990-01-01"), pd.Timestamp("2199-12-31")
_WIND = GENERATION[2]


def read_ons_table(config: DataConfig) -> HourlyTable:
    """Read the hourly table of one subsystem from the publishers' raw files.

    `data.start` and `data.end` are hours at UTC-3, both included; a date alone means its
    midnight, so the last hour of a year is `2022-12-31T23:00`. The table goes from the first to
    the last of them for which there is a load.

    Returns:
        Columns `carga_mw_subsistema`; where there is a balance, `geracao_*_mw`,
        `carga_balanco_mw`, `intercambio_mw` (MW) and `alerta_intermitente` (0 or 1); `cmo_r_mwh`
        and `pld_r_mwh` (R$/MWh) where there are such files; where `data.station` is set `CHUVA`
        (mm), `RADIACAO` (kJ/m2), `TEMP_BULB_SECO` (degC), `UMIDADE` (%) and `VENTO` (m/s); and
        what the user's own file gives.

    Raises:
        ConfigError: `data.root` is not set.
        DataError: `data.root` is no folder, the load curve or the station's files are missing,
            or a file is damaged.
    """
    if config.root is None:
        raise ConfigError("data.root is not set: set it to the folder of the raw files")
    if not config.root.is_dir():
        raise DataError(f"data.root is {config.root}, which is no folder: set it to the raw files'")
    load = _load(config)
    known = load.frame.index[load.frame[TARGET].notna()]
    if known.empty:
        raise DataError(
            f"the load curve of {config.subsystem} in {config.root} has no value from "
            f"{config.start} to {config.end}: change data.start or data.end"
        )
    index = pd.date_range(known[0], known[-1], freq="h", name="timestamp")
    readings = {"ONS": load, **dict(_joined(config, index))}
    frame = pd.concat([reading.frame.reindex(index) for reading in readings.values()], axis=1)
    if _WIND in frame:
        frame[ALERT] = (frame[_WIND] > config.alert_mw).where(frame[_WIND].notna()).astype(float)
    own = readings.get("own file", Reading.absent()).frame
    findings = tuple(finding for reading in readings.values() for finding in reading.findings)
    return HourlyTable(
        frame=frame,
        provenance=Provenance(
            source="ons",
            simulated=config.simulated and not own.empty,
            subsystem=config.subsystem,
            utc_offset_hours=UTC_OFFSET_HOURS,
            files=tuple(file for reading in readings.values() for file in reading.files),
            notes=(
                *_period_notes(config, index),
                *(note for reading in readings.values() for note in reading.notes),
                *(finding.text for finding in findings),
                *([] if config.station else ["data.station is null: there are no weather columns"]),
                *_gap_notes(frame),
            ),
            findings=findings,
            sources={
                **{str(name): who for who, read in readings.items() for name in read.frame},
                **({ALERT: "ONS"} if ALERT in frame else {}),
            },
            simulated_columns=tuple(map(str, own)) if config.simulated else (),
        ),
    )


def _joined(config: DataConfig, index: pd.DatetimeIndex) -> Iterator[tuple[str, Reading]]:
    """Read what is joined to the load, by who measured it."""
    root, subsystem = config.root, config.subsystem
    assert root is not None
    period = index[0], index[-1]
    if "balance" in config.kinds:
        yield "ONS balance", read_balance(root, subsystem, *period)
    if "cmo" in config.kinds:
        yield "ONS CMO", read_cmo(root, subsystem, *period)
    if "price" in config.kinds:
        yield "CCEE", read_price(root, subsystem, *period)
    if "weather" in config.kinds and config.station is not None:
        yield f"INMET {config.station}", read_weather(root, config.station, *period)
    yield "own file", read_own_file(config, *period)


def _load(config: DataConfig) -> Reading:
    """Read the load curve, and go on where it ends with what the load API says."""
    assert config.root is not None
    start = pd.Timestamp(config.start) if config.start else _ALWAYS[0]
    end = pd.Timestamp(config.end) if config.end else _ALWAYS[1]
    curve = read_load(config.root, config.subsystem, start, end)
    if "load_api" not in config.kinds or config.publishers is None:
        return curve
    areas = config.publishers.load_api.areas
    subsystems = SUBSYSTEMS if config.subsystem == SIN else (config.subsystem,)
    codes = [areas[name] for name in subsystems if name in areas]
    answers = read_load_answers(config.root, codes, start, end)
    known = curve.frame.index[curve.frame[TARGET].notna()]
    last = known[-1] if len(known) else start
    newer = answers.frame[answers.frame.index > last]
    if newer.empty:
        return curve
    hours = pd.DatetimeIndex(newer.index)
    text = (
        f"the load curve ends at {last}: {len(hours)} hours after it are the means of the load "
        "API's half hours"
    )
    finding = Finding("load_api", TARGET, len(hours), spans_of(hours), "joined", text)
    frame = pd.concat([curve.frame.loc[:last], newer])
    files, findings = (*curve.files, *answers.files), (*curve.findings, finding)
    return Reading(frame, files, curve.notes, findings)


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
        missing = np.asarray(frame[name].isna())
        if missing.any():
            columns.setdefault((int(missing.sum()), int(missing.argmax())), []).append(str(name))
    return [
        f"missing in {hours} of {len(frame)} hours, first at {frame.index[first]}: "
        f"{', '.join(names)}"
        for (hours, first), names in columns.items()
    ]
