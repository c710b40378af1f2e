from typing import get_args

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.trial import TrialState, create_trial

from hpo_exp.config import StudyConfig
from hpo_exp.errors import ConfigError
from hpo_exp.tuning.fidelity import Ladder, build_ladder
from hpo_exp.tuning.pruning import PRUNERS, PercentilePruner, make_pruner
from tests.tuning.composing import configured

FOLDS = (33, 67, 100)


def ladder(*overrides: str) -> Ladder:
    return build_ladder(configured("data=seed", "cv.folds=3", "trainer.epochs=9", *overrides))


def study_of(*trials: tuple[float, ...], steps: tuple[int, ...] = FOLDS) -> optuna.Study:
    """A study whose trials have reported so many rungs."""
    study = optuna.create_study()
    for values in trials:
        reported = dict(zip(steps, values, strict=False))
        study.add_trial(create_trial(state=TrialState.PRUNED, intermediate_values=reported))
    return study


def is_pruned(pruner: PercentilePruner, study: optuna.Study, *values: float) -> bool:
    trial = study.ask()
    for step, value in zip(FOLDS, values, strict=False):
        trial.report(value, step)
    return pruner.prune(study, study.trials[trial.number])


# ------------------------------------------------------------------------------------- the ladder


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ((), [(33, 1, 9, 1.0), (67, 2, 9, 1.0), (100, 3, 9, 1.0)]),
        (("fidelity=whole",), [(100, 3, 9, 1.0)]),
        (("fidelity=epochs",), [(22, 3, 2, 1.0), (56, 3, 5, 1.0), (100, 3, 9, 1.0)]),
        (("fidelity=history",), [(15, 3, 9, 0.15), (40, 3, 9, 0.4), (100, 3, 9, 1.0)]),
        (("fidelity.rungs=[{folds: 1, epochs: 3}]",), [(11, 1, 3, 1.0), (100, 3, 9, 1.0)]),
    ],
)
def test_ladder__has_the_configured_rungs_and_the_whole(
    overrides: tuple[str, ...], expected: list[tuple[int, int, int, float]]
) -> None:
    found = [
        (rung.step, rung.folds, rung.fidelity.epochs, rung.fidelity.history)
        for rung in ladder(*overrides).rungs
    ]
    assert found == expected


@pytest.mark.parametrize(
    ("rungs", "message"),
    [
        ("[{folds: 4}]", r"asks for 4 folds of 3 \(cv.folds\)"),
        ("[{epochs: 10}]", r"asks for 10 epochs of 9 \(trainer.epochs\)"),
        ("[{epochs: 5}, {epochs: 3}]", r"rungs\[1\] is 33 % .* \(56 %\)"),
        ("[{folds: 3}]", "less than the whole"),
        ("[{history: 0}]", "history"),
    ],
)
def test_ladder__that_does_not_climb_is_refused(rungs: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        ladder(f"fidelity.rungs={rungs}")


# --------------------------------------------------------------------------------- the percentile


def test_percentile__compares_the_same_folds() -> None:
    # Fold 2 is easy: 10 for everybody. Optuna's own pruner lets a trial's best fold speak for it.
    study = study_of((100, 10, 100), (110, 10, 110), (120, 10, 120))
    pruner = PercentilePruner(ladder(), 50.0, n_startup_trials=3)
    assert is_pruned(pruner, study, 200.0)
    assert is_pruned(pruner, study, 200.0, 10.0)
    assert not is_pruned(pruner, study, 100.0, 10.0)
    assert is_pruned(pruner, study, 100.0, 40.0)  # the mean of both folds counts
    assert not optuna.pruners.MedianPruner(0).prune(study, study.trials[1])


def test_percentile__waits_for_enough_others_at_the_same_rung() -> None:
    pruner = PercentilePruner(ladder(), 50.0, n_startup_trials=2)
    study = study_of((1, 1), (1,))
    assert is_pruned(pruner, study, 5.0)
    assert not is_pruned(pruner, study, 5.0, 5.0)  # one other has come so far


def test_percentile__spares_all_up_to_the_warmup() -> None:
    pruner = PercentilePruner(ladder(), 50.0, n_startup_trials=1, n_warmup_steps=33)
    study = study_of((1, 1, 1))
    assert not is_pruned(pruner, study, 5.0)
    assert is_pruned(pruner, study, 5.0, 5.0)


def test_percentile__does_not_average_what_was_trained_less() -> None:
    pruner = PercentilePruner(ladder("fidelity.rungs=[{epochs: 3}, {epochs: 6}]"), 50.0, 1)
    study = study_of((1, 10, 10))
    assert not is_pruned(pruner, study, 90.0, 9.0)  # a bad start is forgotten


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(1, 1e6), min_size=3, max_size=3), st.integers(1, 12))
def test_percentile__never_prunes_the_best_of_all(values: list[float], others: int) -> None:
    worse = [tuple(value + 1 + number for value in values) for number in range(others)]
    pruner = PercentilePruner(ladder(), 25.0, n_startup_trials=1)
    for folds in (1, 2, 3):
        assert not is_pruned(pruner, study_of(*worse), *values[:folds])


@pytest.mark.parametrize(
    ("name", "options", "pruned"),
    [
        ("none", {}, False),
        ("median", {}, True),
        ("percentile", {}, True),
        ("threshold", {"upper": 1e3}, True),
        ("threshold", {"upper": 1e9}, False),
        ("successive_halving", {}, True),
    ],
)
def test_make_pruner__judges_a_trial_at_its_first_rung(
    name: str, options: dict[str, float], pruned: bool
) -> None:
    config = configured("data=seed", f"study.pruner={name}").study
    study = optuna.create_study(
        pruner=make_pruner(config.model_copy(update={"pruner_options": options}), ladder())
    )
    for value in (1.0, 2.0, 3.0, 4.0, 1e6):  # the others first: some pruners rank what they saw
        trial = study.ask()
        trial.report(value, FOLDS[0])
        found = trial.should_prune()
    assert found == pruned


@pytest.mark.parametrize("name", ["hyperband", "wilcoxon"])
@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_make_pruner__needs_no_options_but_its_name(name: str) -> None:
    assert make_pruner(configured("data=seed", f"study.pruner={name}").study, ladder())


def test_make_pruner__knows_every_name_of_the_schema() -> None:
    names = StudyConfig.model_fields["pruner"].annotation
    assert set(get_args(names)) == set(PRUNERS)
