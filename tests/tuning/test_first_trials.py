from collections.abc import Callable

import optuna
import pytest

from hpo_exp.errors import StudyError
from tests.tuning.bench import Analytic, Bench

Build = Callable[..., Bench]

DISTRIBUTIONS = {
    "units": optuna.distributions.IntDistribution(8, 512),
    "learning_rate": optuna.distributions.FloatDistribution(1e-5, 1.0),
    "layers": optuna.distributions.IntDistribution(1, 2),
}
FOUND = [
    (3.0, {"units": 128, "learning_rate": 5e-3, "layers": 1}),
    (1.0, {"units": 64, "learning_rate": 2e-3, "layers": 2}),
    (2.0, {"units": 64, "learning_rate": 2e-3, "layers": 1}),  # the same for this search
    (0.5, {"units": 500, "learning_rate": 0.5, "layers": 1}),  # nothing of it fits
    (1.5, {"units": 500, "learning_rate": 3e-3, "layers": 1}),  # one of them fits
]


def other_study(bench: Bench, name: str = "other") -> str:
    """Write another study beside the one under test; return the override that names it."""
    storage = bench.config.study.storage
    study = optuna.create_study(study_name=name, storage=storage)
    for value, params in FOUND if name == "other" else []:
        study.add_trial(
            optuna.trial.create_trial(params=params, distributions=DISTRIBUTIONS, value=value)
        )
    return f"study.warm_start={{study: {name}, storage: '{storage}', trials: 3}}"


@pytest.mark.slow
def test_warm_start__tries_the_best_of_another_study_after_the_configured(bench: Build) -> None:
    warm = other_study(bench())
    mine, run = bench("study.trials=5", "study.pruner=none", warm), Analytic()
    mine.sweep(run)
    tried = [trial.params for trial in mine.study().trials]
    assert tried[0]["units"] == 50
    assert (tried[1]["units"], tried[1]["learning_rate"]) == (64, 2e-3)
    assert tried[2]["learning_rate"] == 3e-3
    assert tried[2]["units"] in {32, 50, 64, 100, 128}  # 500 is left to the sampler
    assert (tried[3]["units"], tried[3]["learning_rate"]) == (128, 5e-3)
    assert tried[4] not in tried[:4]


@pytest.mark.slow
def test_warm_start__is_queued_once_however_often_the_study_is_stopped(bench: Build) -> None:
    warm = other_study(bench())
    for trials in (1, 2, 4):
        bench(f"study.trials={trials}", "study.pruner=none", warm).sweep(Analytic())
    found = bench("study.trials=4", "study.pruner=none", warm).study().trials
    assert len(found) == 4
    assert [trial.params["learning_rate"] for trial in found] == [1e-3, 2e-3, 3e-3, 5e-3]


@pytest.mark.parametrize(
    ("name", "message"), [("absent", "there is no study 'absent'"), ("empty", "no complete trial")]
)
def test_warm_start__from_nothing_is_refused(name: str, message: str, bench: Build) -> None:
    warm = other_study(bench(), "empty")
    mine = bench(warm.replace("study: empty", f"study: {name}"))
    with pytest.raises(StudyError, match=message):
        mine.sweep(Analytic())


def test_warm_start__from_a_missing_database_makes_none(bench: Build) -> None:
    mine = bench("study.warm_start={study: other, storage: 'sqlite:////tmp/nowhere/none.db'}")
    with pytest.raises(StudyError, match="warm_start"):
        mine.sweep(Analytic())
