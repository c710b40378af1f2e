import math
from collections.abc import Callable

import pytest

from hpo_exp.errors import StudyError
from hpo_exp.tuning.trial import FoldTask
from tests.tuning.bench import Analytic, Bench, ThreadsExecutor, valley

Build = Callable[..., Bench]

# Trial 1 wins the search by luck and is the worst of the three over more seeds.
SEARCH = {0: 10.0, 1: 8.0, 2: 9.0, 3: 50.0}
AGAIN = {0: 11.0, 1: 30.0, 2: 9.5, 3: 1.0}


def lucky(task: FoldTask) -> float:
    return (AGAIN if task.repeat else SEARCH)[task.trial] + task.fold


@pytest.fixture
def swept(bench: Build) -> Bench:
    mine = bench("study.trials=4", "study.finalists=3", "study.finalist_seeds=3")
    mine.sweep(Analytic(lucky))
    return mine


def test_winner__is_the_lowest_mean_over_all_seeds(swept: Bench) -> None:
    run = Analytic(lucky)
    winner = swept.select(run)
    assert winner.number == 2
    assert winner.value == 10.0  # 9 and its folds 0, 1, 2
    assert winner.mean_value == pytest.approx((9 + 9.5 + 9.5) / 3 + 1)
    assert winner.epochs == 4  # the median of 3, 4 and 5
    trial = swept.study().trials[2]
    assert winner.hyperparameters == swept.workspace.fixed.with_values(trial.params, "test")


def test_finalists__are_the_best_of_the_search_over_further_seeds(swept: Bench) -> None:
    run = Analytic(lucky)
    swept.select(run)
    assert sorted(run.asked) == [
        (trial, fold, repeat) for trial in (0, 1, 2) for fold in range(3) for repeat in (1, 2)
    ]
    assert len(swept.study().trials) == 4  # they are not trials


def test_finalists__evaluated_before_an_interruption_are_kept(swept: Bench) -> None:
    before = Analytic()

    def value(task: FoldTask) -> float:
        if len(before.tasks) == 8:  # in the middle of the second finalist
            raise KeyboardInterrupt
        return lucky(task)

    before.value = value
    with pytest.raises(KeyboardInterrupt):
        swept.select(before)
    after, undisturbed = Analytic(lucky), Analytic(lucky)
    winner = swept.select(after)
    assert len(after.asked) == 18 - 7
    assert set(after.asked).isdisjoint(before.asked[:7])
    assert swept.select(undisturbed) == winner
    assert undisturbed.tasks == []


def test_finalists__need_no_further_seeds_where_one_is_asked_for(bench: Build) -> None:
    mine, run = bench("study.trials=4", "study.finalist_seeds=1"), Analytic(lucky)
    mine.sweep(Analytic(lucky))
    assert mine.select(run).number == 1
    assert run.tasks == []


def test_finalists__can_be_evaluated_several_at_a_time(swept: Bench) -> None:
    run = Analytic(lucky)
    winner = swept.select(run, ThreadsExecutor(run, slots=3))
    assert winner == swept.select(Analytic(lucky))
    assert len(run.tasks) == 18


def test_finalists__that_are_fewer_than_asked_for_suffice(bench: Build) -> None:
    mine = bench("study.trials=1", "study.finalists=3")
    mine.sweep(Analytic())
    assert mine.select(Analytic()).number == 0


def test_pruned_trials__never_win(bench: Build) -> None:
    mine = bench("study.trials=3", "+study.pruner_options.n_startup_trials=1")
    mine.sweep(Analytic(lambda task: valley(task) + 100 * task.trial))
    assert mine.select(Analytic()).number == 0


def test_finalist__that_fails_is_named(swept: Bench) -> None:
    def diverge(_: FoldTask) -> float:
        raise FloatingPointError("the loss is nan\nin epoch 2")

    with pytest.raises(StudyError, match=r"finalist trial 1 .* the loss is nan") as caught:
        swept.select(Analytic(diverge))
    assert "\n" not in str(caught.value)


def test_finalist__without_a_value_does_not_win(swept: Bench) -> None:
    # Nothing is less than NaN, and NaN is less than nothing: such a mean compares with no other.
    with pytest.raises(StudyError, match="finalist trial 1"):
        swept.select(Analytic(lambda task: math.nan if task.trial == 1 else lucky(task)))


def test_select_winner__refuses_a_study_without_a_complete_trial(bench: Build) -> None:
    with pytest.raises(StudyError, match="no trial is complete"):
        bench().select(Analytic())
