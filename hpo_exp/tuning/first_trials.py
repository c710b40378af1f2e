"""What a new study tries before its sampler has learnt anything."""

import logging
from typing import Any

import optuna
from optuna.trial import TrialState

from hpo_exp.config import WarmStartConfig
from hpo_exp.errors import StudyError
from hpo_exp.tuning.objective import first_value
from hpo_exp.tuning.optuna_store import load_other_study
from hpo_exp.tuning.space import Space, first_parameters, inside
from hpo_exp.tuning.workspace import Workspace

ENQUEUED = "enqueued"
"""Attribute of a study whose first trials are all in the queue."""

log = logging.getLogger(__name__)


def enqueue_first_trials(study: optuna.Study, workspace: Workspace) -> None:
    """Queue the configured values, then those that did best in another study, once.

    No sweep ends worse than its starting point, and none need forget what a like one found.

    Raises:
        StudyError: the other study is not there, or has nothing to give.
    """
    if study.user_attrs.get(ENQUEUED):
        return
    space = workspace.space
    first = first_parameters(space, workspace.fixed)
    if first is None:
        log.warning("the configured hyperparameters lie outside the search: none is tried first")
    warm_start = workspace.config.study.warm_start
    others = [] if warm_start is None else warm_parameters(warm_start, space)
    for parameters in [first, *others]:
        if parameters:
            study.enqueue_trial(parameters, skip_if_exists=True)
    study.set_user_attr(ENQUEUED, True)


def warm_parameters(warm_start: WarmStartConfig, space: Space) -> list[dict[str, Any]]:
    """Parameters of the best trials of another study, as far as this search has them.

    Raises:
        StudyError: the other study is not there, or none of its trials fits.
    """
    other = load_other_study(warm_start)
    complete = other.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    found: list[dict[str, Any]] = []
    for trial in sorted(complete, key=first_value):
        parameters = inside(space, trial.params)
        if parameters and parameters not in found:
            found.append(parameters)
    if not found:
        raise StudyError(
            f"study.warm_start: study {warm_start.study!r} has no complete trial within this "
            f"search: choose another one, or study.warm_start=null"
        )
    log.info(
        "warm start: the best %d of study %s", min(len(found), warm_start.trials), other.study_name
    )
    return found[: warm_start.trials]
