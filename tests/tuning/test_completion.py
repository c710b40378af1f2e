from pathlib import Path

import optuna
import pytest

from hpo_exp.tuning.completion import is_done, mark_done
from tests.builders import make_config


@pytest.fixture
def study() -> optuna.Study:
    made = optuna.create_study()
    made.add_trial(optuna.trial.create_trial(value=1.0))
    return made


def test_finished_study__is_done(study: optuna.Study, tmp_path: Path) -> None:
    mark_done(study, make_config("study.trials=1"), tmp_path)
    assert is_done(study, make_config("study.trials=1"))
    assert not is_done(study, make_config("study.trials=2"))


@pytest.mark.parametrize(
    "change",
    [
        "dispatch=none",
        "baselines=lightgbm",
        "intervals.days=30",
        "study.ensemble=2",
        "+companions.other={units: 8}",
    ],
)
def test_finished_study__is_evaluated_anew_by(
    change: str, study: optuna.Study, tmp_path: Path
) -> None:
    mark_done(study, make_config("study.trials=1"), tmp_path)
    assert not is_done(study, make_config("study.trials=1", change))
