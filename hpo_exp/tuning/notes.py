"""What the Optuna dashboard says beside the numbers: links to MLflow and to the report."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import FrozenTrial
from optuna_dashboard._note import note_str_key_prefix, note_ver_key


class RunLinks:
    """Notes that lead from a trial to its run, saved once the run is known.

    The dashboard's own `save_note` reads the notes of all trials twice to save one, which takes
    8 ms at 200 trials and ever longer; a first note is two writes.
    """

    def __init__(self, study: optuna.Study) -> None:
        self._storage, self._study_id = study._storage, study._study_id  # noqa: SLF001 - as the dashboard does
        self._noted = self._storage.get_study_system_attrs(self._study_id).keys()
        self._expected: dict[int, int] = {}

    def expect(self, trial: optuna.Trial | FrozenTrial) -> None:
        """Save a trial's link as soon as there is a run, unless the trial has a note already."""
        trial_id = trial._trial_id  # noqa: SLF001 - notes are kept by it
        if note_ver_key(trial_id) not in self._noted:
            self._expected[trial.number] = trial_id

    def save(self, runs: Mapping[int, str], page: Callable[[str], str]) -> None:
        """Save the links that are still missing.

        Args:
            runs: run by the trial's number, as far as known.
            page: the address of a run's page.
        """
        for number in [number for number in self._expected if number in runs]:
            trial_id = self._expected.pop(number)
            body = f"[MLflow run of trial {number}]({page(runs[number])})"
            for key, value in (
                (f"{note_str_key_prefix(trial_id)}0", body),
                (note_ver_key(trial_id), 1),
            ):
                self._storage.set_study_system_attr(self._study_id, key, value)


def study_note(metrics: Mapping[str, Any], run_directory: Path, page: str) -> str:
    """What is said of a finished study; `page` is the address of its run."""
    test, report = metrics["test"], run_directory / "report" / "index.html"
    skill = test["model"]["skill"]  # null where the best baseline makes no error
    beside = "" if skill is None else f", skill {skill:+.3f} against the best baseline"
    simulated = "**SIMULATED** data" if metrics["data"]["simulated"] else "Data"
    return (
        f"{simulated}: {metrics['data']['source']}, {metrics['data']['subsystem']}. "
        f"Trial {metrics['study']['best_trial']} won; RMSE on the test period "
        f"{test['model']['rmse_mw']:,.1f} MW{beside}.\n\n"
        f"- [Report]({report.absolute().as_uri()}) (`{report}`)\n"
        f"- [MLflow run of the study]({page}), with the report and the model among its "
        f"artifacts\n"
    )
