"""An hourly table as MLflow's dataset tracking knows it: name, digest, source and columns."""

import json
from collections.abc import Mapping
from typing import Any

from mlflow.entities import Dataset, DatasetInput, InputTag

_LONGEST = 60_000
"""Characters of a profile that every store of MLflow's takes (its own limit is 16 MB)."""


def dataset_input(description: Mapping[str, Any], context: str = "training") -> DatasetInput:
    """Describe a table for `MlflowClient.log_inputs`.

    Args:
        description: as `hpo_exp.data.provenance.describe` gives it.
        context: what the table is used for.

    Returns:
        The dataset: its digest is the beginning of the table's hash, its source the publishers'
        files with their hashes and the code's revision, its schema the columns (all float64), its
        profile the hours of each column by origin and what was found.
    """
    columns = [
        {"type": "double", "name": name, "required": False} for name in description["columns"]
    ]
    source = {
        "kind": description["source"],
        "simulated": description["simulated"],
        "subsystem": description["subsystem"],
        "files": description["files"],
        "code": description["code"],
    }
    profile = {
        "rows": description["rows"],
        "start": description["start"],
        "end": description["end"],
        "sha256": description["sha256"],
        "columns": description["columns"],
        # Hours stay with the run's files: a profile is for people.
        "findings": [
            {key: item[key] for key in ("check", "column", "hours", "action", "text")}
            for item in description["findings"]
        ],
    }
    return DatasetInput(
        Dataset(
            name=f"{description['source']}_{description['subsystem']}",
            digest=description["sha256"][:32],
            source_type="hpo_exp",
            source=json.dumps(source)[:_LONGEST],
            schema=json.dumps({"mlflow_colspec": columns}),
            profile=json.dumps(profile)[:_LONGEST],
        ),
        tags=[InputTag("mlflow.data.context", context)],
    )
