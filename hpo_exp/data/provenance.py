"""Where each value of a table comes from, as tables and as JSON."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from hpo_exp.data.findings import Finding, hours_of
from hpo_exp.data.table import HourlyTable, Provenance, SourceFile
from hpo_exp.files import write_text
from hpo_exp.revision import code_revision

REAL, IMPUTED, SIMULATED, MISSING = ORIGINS = ("real", "imputed", "simulated", "missing")


def origins(table: HourlyTable) -> pd.DataFrame:
    """Origin of each value: `real`, `imputed`, `simulated` or `missing`; shaped like the table.

    What is simulated stays so when a gap in it is filled.
    """
    provenance, frame = table.provenance, table.frame
    all_simulated = provenance.simulated and not provenance.simulated_columns
    made_up = frame.columns if all_simulated else provenance.simulated_columns
    kinds = {name: SIMULATED if name in made_up else REAL for name in frame}
    found = pd.DataFrame(kinds, index=frame.index)
    for finding in provenance.findings:
        if finding.action == "imputed" and kinds.get(finding.column) == REAL:
            found.loc[hours_of(finding.spans), finding.column] = IMPUTED
    return found.mask(frame.isna(), MISSING)


def describe(table: HourlyTable) -> dict[str, Any]:
    """Everything that is known of a table but its values, as plain JSON values."""
    provenance = table.provenance
    counts = origins(table).apply(lambda column: column.value_counts()).fillna(0).astype(int)
    return {
        "source": provenance.source,
        "simulated": provenance.simulated,
        "subsystem": provenance.subsystem,
        "utc_offset_hours": provenance.utc_offset_hours,
        "rows": len(table.frame),
        "start": table.index[0].isoformat(),
        "end": table.index[-1].isoformat(),
        "sha256": table.sha256,
        "code": code_revision(),
        "columns": {
            str(name): {
                "source": provenance.sources.get(str(name), provenance.source),
                **{kind: int(counts[name].get(kind, 0)) for kind in ORIGINS},
            }
            for name in table.frame
        },
        "simulated_columns": list(provenance.simulated_columns),
        "files": [
            {"name": file.name, "sha256": file.sha256, "url": file.url} for file in provenance.files
        ],
        "notes": list(provenance.notes),
        "findings": [finding.as_dict() for finding in provenance.findings],
    }


def write_description(table: HourlyTable, path: Path) -> None:
    """Write what `describe` says as a JSON file, whole or not at all."""
    write_text(path, json.dumps(describe(table), indent=1, ensure_ascii=False))


def provenance_from(description: dict[str, Any]) -> Provenance:
    """Undo `describe`, as far as provenance goes."""
    return Provenance(
        source=description["source"],
        simulated=description["simulated"],
        subsystem=description["subsystem"],
        utc_offset_hours=description["utc_offset_hours"],
        files=tuple(SourceFile(**file) for file in description["files"]),
        notes=tuple(description["notes"]),
        findings=tuple(Finding.from_dict(values) for values in description["findings"]),
        sources={name: column["source"] for name, column in description["columns"].items()},
        simulated_columns=tuple(description["simulated_columns"]),
    )
