"""When a study is done: its result stands in files, and MLflow has them too."""

import json
import logging
from pathlib import Path
from typing import Any

import optuna

from hpo_exp.config import TuneConfig
from hpo_exp.tuning.coordinator import finished_trials
from hpo_exp.tuning.record import StudyRecord

RESULT, DELIVERED = "result", "delivered"

log = logging.getLogger(__name__)


def mark_done(study: optuna.Study, config: TuneConfig, run_directory: Path) -> None:
    """Remember where the result of a study lies, and what it depends on."""
    study.set_user_attr(DELIVERED, False)
    study.set_user_attr(
        RESULT,
        {
            "trials": finished_trials(study),
            "directory": str(run_directory.absolute()),
            "evaluation": _evaluation(config),
        },
    )


def is_done(study: optuna.Study, config: TuneConfig) -> bool:
    """Whether an earlier run finished this study; says so if it did."""
    result, finished = study.user_attrs.get(RESULT), finished_trials(study)
    if result is None or result["trials"] != finished or finished < config.study.trials:
        return False
    if result["evaluation"] != _evaluation(config):
        log.info("the search is done; the winner is chosen and evaluated anew, as configured")
        return False
    if not Path(result["directory"]).is_dir():
        log.info(
            "the search is done; its results in %s are gone and made anew", result["directory"]
        )
        return False
    log.info(
        "study %s is done: %d trials, nothing is left to do; its results are in %s. Raise "
        "study.trials to go on, or choose another study.name",
        study.study_name, finished, result["directory"],
    )  # fmt: skip
    return True


def is_delivered(study: optuna.Study) -> bool:
    """Whether MLflow has the result of a study that is done."""
    return bool(study.user_attrs.get(DELIVERED))


def deliver(study: optuna.Study, record: StudyRecord) -> None:
    """Send the result of a study that is done to MLflow.

    Raises:
        StudyError: the tracking store is away; the same command tries again.
    """
    directory = Path(study.user_attrs[RESULT]["directory"])
    metrics = json.loads((directory / "report" / "metrics.json").read_text(encoding="utf-8"))
    record.finish_study(metrics, directory)
    study.set_user_attr(DELIVERED, True)


def _evaluation(config: TuneConfig) -> dict[str, Any]:
    """What the result depends on beside the search."""
    return {
        "finalists": config.study.finalists,
        "finalist_seeds": config.study.finalist_seeds,
        "variants": config.variants,
        "companions": config.companions,
        "ensemble": config.study.ensemble,
        "baselines": config.baselines.model_dump(mode="json"),
        "intervals": config.intervals.model_dump(mode="json"),
        "dispatch": config.dispatch and config.dispatch.model_dump(mode="json"),
        **({"rmse_slack": config.study.rmse_slack} if config.study.objective == "both" else {}),
    }
