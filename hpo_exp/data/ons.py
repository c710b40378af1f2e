"""ONS open data: the load curve and the energy balance of a subsystem, hour by hour.

One file a year and kind, `CURVA_CARGA_2022.csv` or `BALANCO_ENERGIA_SUBSISTEMA_2022.xlsx`, in any
of the publisher's formats.
"""

from pathlib import Path

import pandas as pd

from hpo_exp.data.cells import Reading
from hpo_exp.data.findings import Finding, spans_of
from hpo_exp.data.table import TARGET
from hpo_exp.data.yearly import SUBSYSTEMS, YearlyKind, read_years, yearly_files
from hpo_exp.errors import DataError

SIN = "SIN"
BALANCE_LOAD = "carga_balanco_mw"
GENERATION = (
    "geracao_hidraulica_mw",
    "geracao_termica_mw",
    "geracao_eolica_mw",
    "geracao_solar_mw",
)
INTERCHANGE = "intercambio_mw"
"""Export: generation less load, so a negative value is an import."""

_LOAD = YearlyKind("CURVA_CARGA", {"val_cargaenergiahomwmed": TARGET})
_BALANCE = YearlyKind(
    "BALANCO_ENERGIA_SUBSISTEMA",
    {
        "val_gerhidraulica": GENERATION[0],
        "val_gertermica": GENERATION[1],
        "val_gereolica": GENERATION[2],
        "val_gersolar": GENERATION[3],
        "val_carga": BALANCE_LOAD,
        "val_intercambio": INTERCHANGE,
    },
)


def read_load(root: Path, subsystem: str, start: pd.Timestamp, end: pd.Timestamp) -> Reading:
    """Read the load curve.

    Args:
        root: folder searched recursively for `CURVA_CARGA_YYYY`.
        subsystem: N, NE, S, SE, or SIN, the sum of the four (missing where one is).
        start: first hour at UTC-3.
        end: last hour at UTC-3, included.

    Returns:
        Column `carga_mw_subsistema` (MW, float64) over the published hours, sorted.

    Raises:
        DataError: no file, or one that cannot be read, lacks a column or the subsystem, holds
            a cell that is no number or no full hour, or contradicts itself.
    """
    ids = SUBSYSTEMS if subsystem == SIN else (subsystem,)
    rows, files, notes, findings = read_years(root, _LOAD, ids, start, end)
    if not files:
        years = ", ".join(map(str, sorted(yearly_files(root, _LOAD.stem)))) or "none"
        raise DataError(
            f"{root} holds no {_LOAD.stem}_YYYY.csv (or .parquet, .xlsx) of the period (years "
            f"found: {years}): fetch it, or change data.root, data.start or data.end"
        )
    loads, found = _without_nonpositive(rows, TARGET, _LOAD.stem)
    # A sum over fewer than all of the ids is missing.
    total = loads.groupby(level="timestamp")[TARGET].sum(min_count=len(ids))
    return Reading(total.to_frame(), files, notes, (*findings, *found))


def read_balance(root: Path, subsystem: str, start: pd.Timestamp, end: pd.Timestamp) -> Reading:
    """Read the energy balance, which is optional.

    Args:
        root: folder searched recursively for `BALANCO_ENERGIA_SUBSISTEMA_YYYY`.
        subsystem: N, NE, S, SE, or SIN (the publisher's own total row).
        start: first hour at UTC-3.
        end: last hour at UTC-3, included.

    Returns:
        Columns `geracao_{hidraulica,termica,eolica,solar}_mw`, `carga_balanco_mw` and
        `intercambio_mw` (MW, float64) over the published hours, sorted; no column and a note
        where there is no file.

    Raises:
        DataError: as for `read_load`, but for a missing file.
    """
    rows, files, notes, findings = read_years(root, _BALANCE, (subsystem,), start, end)
    if not files:
        note = f"no {_BALANCE.stem}_YYYY file is of the period, so its columns are absent"
        return Reading.absent(note)
    balance, found = _without_nonpositive(rows, BALANCE_LOAD, _BALANCE.stem)
    columns = list(_BALANCE.columns.values())
    return Reading(balance[columns], files, notes, (*findings, *found))


def _without_nonpositive(
    rows: pd.DataFrame, column: str, what: str
) -> tuple[pd.DataFrame, list[Finding]]:
    """Empty loads that are zero or negative, which no subsystem's is."""
    wrong = rows[column] <= 0.0
    if not wrong.any():
        return rows, []
    finding = Finding(
        check="nonpositive_load",
        column=column,
        hours=int(wrong.sum()),
        spans=spans_of(pd.DatetimeIndex(rows.index[wrong])),
        action="emptied",
        text=f"{what}: {wrong.sum()} loads of 0 MW or less emptied, the first at "
        f"{rows.index[int(wrong.argmax())]}",
        largest=float(rows.loc[wrong, column].min()),
        unit="MW",
    )
    return rows.assign(**{column: rows[column].mask(wrong)}), [finding]
