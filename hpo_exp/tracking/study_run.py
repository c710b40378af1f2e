"""The study's own run in MLflow, above those of its trials."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hpo_exp.errors import StudyError
from hpo_exp.tracking.datasets import dataset_input
from hpo_exp.tracking.mlflow_store import Tracker


def take_up_run(
    tracker: Tracker, known: str | None, name: str, own: Mapping[str, str], tags: Mapping[str, str]
) -> str:
    """The run of a study, created once.

    Args:
        tracker: the store.
        known: the run's id, where the study has one.
        name: the study's name.
        own: tags that only this run has: a stop may have left it unknown to the study.
        tags: what else it says of itself.

    Raises:
        StudyError: the store does not have the run that is known.
    """
    if known is None:
        found = tracker.find_runs(own)
        if found:
            return str(found[0].info.run_id)
        return tracker.start_run(name, {**tags, **own}, parent=None)
    if not tracker.exists(known):
        raise StudyError(
            f"study {name!r} belongs to MLflow run {known}, which tracking.uri does not have: "
            f"point it to that store, or choose another study.name"
        )
    tracker.reopen(known)
    return known


def finish_run(tracker: Tracker, run: str, metrics: Mapping[str, Any], run_directory: Path) -> None:
    """Put the result and the files of a finished study on its run, and close it."""
    test, study = metrics["test"], metrics["study"]
    policies = metrics.get("dispatch", {}).get("policies", {})
    errors = {"model": test["model"], **test["variants"], **test["baselines"]}
    tracker.log_metrics(
        run,
        {f"test_{name}_rmse_mw": scores["rmse_mw"] for name, scores in errors.items()}
        | {
            f"dispatch_{name}_{key}": policy[key]
            for name, policy in policies.items()
            for key in ("cost", "regret")
        }
        | {"best_value": study["best_value"], "wall_seconds": study["wall_seconds"]},
    )
    best = {f"best_{name}": str(value) for name, value in study["best_params"].items()}
    tracker.set_tags(run, best)
    description = run_directory / "report" / "data_quality.json"
    if description.is_file():
        data = json.loads(description.read_text(encoding="utf-8"))
        tracker.log_dataset(run, dataset_input(data))
    for name in ("best", "report", ".hydra"):
        if (run_directory / name).is_dir():
            tracker.log_folder(run, run_directory / name, name.lstrip("."))
    for path in sorted(run_directory.glob("*.*")):
        if path.is_file():
            tracker.log_file(run, path)
    tracker.end_run(run, "FINISHED")
