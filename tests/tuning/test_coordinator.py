import logging
import math
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from optuna.trial import TrialState

from hpo_exp.errors import StudyError
from hpo_exp.tracking.mlflow_store import Tracker
from hpo_exp.tuning.executors import WorkerLostError
from hpo_exp.tuning.record import StudyRecord
from hpo_exp.tuning.trial import FoldTask
from tests.tuning.bench import Analytic, Bench, ThreadsExecutor, facts, valley

COMPLETE, PRUNED, FAIL, RUNNING = (
    TrialState.COMPLETE,
    TrialState.PRUNED,
    TrialState.FAIL,
    TrialState.RUNNING,
)
Build = Callable[..., Bench]


def states(bench: Bench) -> list[TrialState]:
    return [trial.state for trial in bench.study().get_trials(deepcopy=False)]


def failing(*trials: int) -> Analytic:
    """Some trials diverge in their second fold."""

    def value(task: FoldTask) -> float:
        if task.trial in trials and task.fold == 1:
            raise FloatingPointError("the loss is nan in epoch 2")
        return valley(task)

    return Analytic(value)


def interrupted(trial: int, fold: int) -> Analytic:
    """Ctrl-C comes while a fold is trained."""

    def value(task: FoldTask) -> float:
        if (task.trial, task.fold) == (trial, fold):
            raise KeyboardInterrupt
        return valley(task)

    return Analytic(value)


def stop(bench: Bench, run: Analytic, **options: Any) -> None:
    with pytest.raises(KeyboardInterrupt):
        bench.sweep(run, **options)


# ---------------------------------------------------------------------------------- the budget


def test_sweep__ends_at_exactly_the_budget(bench: Build) -> None:
    run, mine = Analytic(), bench("study.trials=4")
    mine.sweep(run)
    assert states(mine) == [COMPLETE] * 4
    assert run.asked == [(trial, fold, 0) for trial in range(4) for fold in range(3)]


def test_sweep__has_nothing_to_do_at_its_budget_and_goes_on_to_a_larger_one(
    bench: Build,
) -> None:
    bench("study.trials=2").sweep(Analytic())
    again, more = Analytic(), Analytic()
    bench("study.trials=2").sweep(again)
    assert again.tasks == []
    mine = bench("study.trials=3")
    mine.sweep(more)
    assert [trial for trial, _, _ in more.asked] == [2, 2, 2]
    assert len(states(mine)) == 3


def test_sweep__gives_each_trial_the_mean_of_its_folds(bench: Build) -> None:
    mine = bench("study.trials=2")
    mine.sweep(Analytic())
    for trial in mine.study().trials:
        assert list(trial.intermediate_values) == [33, 67, 100]  # percent of a whole trial
        assert trial.value == pytest.approx(sum(trial.intermediate_values.values()) / 3)


def test_first_trial__is_the_configured_values(bench: Build) -> None:
    run, mine = Analytic(), bench("study.trials=2", "model.units=64")
    mine.sweep(run)
    assert run.tasks[0].hyperparameters == mine.workspace.fixed
    assert mine.study().trials[0].params == {"time_steps": 24, "units": 64, "learning_rate": 1e-3}
    assert run.tasks[-1].hyperparameters != mine.workspace.fixed


def test_first_trial__outside_the_search_is_not_tried_and_that_is_said(
    bench: Build, caplog: pytest.LogCaptureFixture
) -> None:
    mine = bench("study.trials=1", "model.units=51")
    with caplog.at_level(logging.WARNING):
        mine.sweep(Analytic())
    assert "lie outside the search" in caplog.text
    assert mine.study().trials[0].params["units"] in {32, 50, 64, 100, 128}


def test_sweep__of_nothing_to_search_repeats_the_configured_values(bench: Build) -> None:
    run, mine = Analytic(), bench("study.trials=1", "search=none")
    mine.sweep(run)
    assert states(mine) == [COMPLETE]
    assert run.tasks[0].hyperparameters == mine.workspace.fixed


def test_pruned_trials__count_and_train_no_further(bench: Build) -> None:
    run = Analytic(lambda task: 1.0 + task.trial)  # from the second trial on, worse than before
    mine = bench("study.trials=4", "+study.pruner_options.n_startup_trials=1")
    mine.sweep(run)
    assert states(mine) == [COMPLETE, PRUNED, PRUNED, PRUNED]
    assert run.asked == [(0, 0, 0), (0, 1, 0), (0, 2, 0), (1, 0, 0), (2, 0, 0), (3, 0, 0)]
    assert [run.info.status for run in mine.children()] == ["FINISHED"] + ["KILLED"] * 3


def test_failed_trials__do_not_count(bench: Build) -> None:
    mine = bench("study.trials=3")
    mine.sweep(failing(1, 3))
    assert states(mine) == [COMPLETE, FAIL, COMPLETE, FAIL, COMPLETE]
    failed = mine.study().trials[1]
    assert failed.user_attrs["error"] == "FloatingPointError: the loss is nan in epoch 2"
    child = mine.children()[1]
    assert child.info.status == "FAILED"
    assert child.data.tags["hpo_exp.error"] == failed.user_attrs["error"]


def test_failed_trials__in_a_row_end_the_sweep(bench: Build) -> None:
    mine = bench("study.trials=9", "study.max_failures=2")
    with pytest.raises(StudyError, match=r"2 trials in a row .*max_failures.*loss is nan"):
        mine.sweep(failing(1, 3, 4))
    assert states(mine) == [COMPLETE, FAIL, COMPLETE, FAIL, FAIL]


def test_failed_trials__end_in_one_line_whatever_their_message(bench: Build) -> None:
    def explode(_: FoldTask) -> float:
        raise RuntimeError("out of memory\n" + "while compiling the following program\n" * 1_000)

    with pytest.raises(StudyError, match="out of memory") as caught:
        bench("study.max_failures=2").sweep(Analytic(explode))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1_000


def test_fold_without_a_value__fails_its_trial(bench: Build) -> None:
    # Optuna refuses NaN when it is told one, which would leave the trial running however often
    # the sweep is resumed.
    mine = bench("study.trials=2")
    mine.sweep(Analytic(lambda task: math.nan if task.trial == 1 else valley(task)))
    assert states(mine) == [COMPLETE, FAIL, COMPLETE]


# -------------------------------------------------------------------------------- interruptions


def test_interrupted_trial__goes_on_in_place(bench: Build) -> None:
    mine, before, after = bench("study.trials=3"), interrupted(1, 2), Analytic()
    stop(mine, before)
    assert states(mine) == [COMPLETE, RUNNING]
    stopped = mine.study().trials[1]
    mine.sweep(after)
    resumed = mine.study().trials[1]
    assert states(mine) == [COMPLETE] * 3
    assert after.asked[0] == (1, 2, 0)  # its finished folds are not run again
    assert resumed.params == stopped.params
    assert [run.data.tags["hpo_exp.trial"] for run in mine.children()] == ["0", "1", "2"]
    assert all(run.info.status == "FINISHED" for run in mine.children())
    history = Tracker(mine.config.tracking)._client.get_metric_history(
        mine.children()[1].info.run_id, "fold_rmse_mw"
    )
    assert [metric.step for metric in history] == [0, 1, 2]


@pytest.mark.parametrize(
    "at",
    [
        pytest.param([(0, 0)], marks=pytest.mark.slow),
        pytest.param([(0, 2), (1, 0)], marks=pytest.mark.slow),
        [(2, 1), (2, 1), (4, 0)],
    ],
)
def test_interrupted_study__ends_as_an_undisturbed_one(
    at: list[tuple[int, int]], bench: Build, tmp_path: Path
) -> None:
    overrides = ("study.trials=5", "+study.pruner_options.n_startup_trials=1")
    undisturbed = bench(*overrides, root=tmp_path / "undisturbed")
    undisturbed.sweep(Analytic())
    disturbed = bench(*overrides, root=tmp_path / "disturbed")
    for trial, fold in at:
        stop(disturbed, interrupted(trial, fold))
    disturbed.sweep(Analytic())
    assert facts(disturbed.study()) == facts(undisturbed.study())
    assert len(disturbed.children()) == 5


class InterruptedRecord(StudyRecord):
    """Ctrl-C comes right after Optuna's storage has been written."""

    calls = 0

    def _count(self) -> None:
        InterruptedRecord.calls -= 1
        if InterruptedRecord.calls == 0:
            raise KeyboardInterrupt

    def start(self, *arguments: Any) -> None:
        super().start(*arguments)
        self._count()

    def fold(self, *arguments: Any) -> None:
        super().fold(*arguments)
        self._count()

    def rung(self, *arguments: Any) -> None:
        super().rung(*arguments)
        self._count()

    def finish(self, *arguments: Any) -> None:
        super().finish(*arguments)
        self._count()


@pytest.mark.parametrize(
    "call", [2, 11, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 20) if n % 9 != 2)]
)
def test_interrupt_after_any_write__leads_to_the_same_study(
    call: int, bench: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    overrides = ("study.trials=3", "+study.pruner_options.n_startup_trials=1")
    undisturbed = bench(*overrides, root=tmp_path / "undisturbed")
    undisturbed.sweep(Analytic())
    mine = bench(*overrides, root=tmp_path / "disturbed")
    InterruptedRecord.calls = call
    with monkeypatch.context() as patched:
        patched.setattr("tests.tuning.bench.StudyRecord", InterruptedRecord)
        stop(mine, Analytic())
    mine.sweep(Analytic())
    assert facts(mine.study()) == facts(undisturbed.study())
    assert len(mine.runs()) == 4  # the study's and three trials'
    assert {run.info.status for run in mine.children()} <= {"FINISHED", "KILLED"}


# ------------------------------------------------------------------------------------ lost workers


def losing(times: int) -> Analytic:
    """The worker of one fold dies so often."""
    lost = iter(range(times))

    def value(task: FoldTask) -> float:
        if (task.trial, task.fold) == (1, 1) and next(lost, None) is not None:
            raise WorkerLostError("worker 1234 was killed by signal 9")
        return valley(task)

    return Analytic(value)


def test_lost_worker__costs_one_fold(bench: Build, tmp_path: Path) -> None:
    undisturbed = bench("study.trials=3", root=tmp_path / "undisturbed")
    undisturbed.sweep(Analytic())
    mine, run = bench("study.trials=3", root=tmp_path / "disturbed"), losing(2)
    mine.sweep(run)
    assert facts(mine.study()) == facts(undisturbed.study())
    assert run.asked.count((1, 1, 0)) == 3
    assert len(run.asked) == 9 + 2


def test_fold__that_loses_every_worker_fails_its_trial(
    bench: Build, caplog: pytest.LogCaptureFixture
) -> None:
    mine, run = bench("study.trials=3", "study.tries=2"), losing(9)
    mine.sweep(run)
    assert states(mine) == [COMPLETE, FAIL, COMPLETE, COMPLETE]
    assert run.asked.count((1, 1, 0)) == 2
    assert "given up after 2 tries (study.tries)" in caplog.text


# -------------------------------------------------------------------------------------- the ladder

EPOCHS = (
    "study.trials=3",
    "trainer.epochs=9",
    "fidelity.rungs=[{epochs: 1}, {epochs: 3}]",
    "+study.pruner_options.n_startup_trials=1",
)


def asked(run: Analytic) -> list[tuple[int, int, int]]:
    """(trial, fold, epochs) of each task."""
    return [(task.trial, task.fold, task.fidelity.epochs) for task in run.tasks]


def test_ladder__of_epochs_trains_losers_for_one(bench: Build) -> None:
    run = Analytic(lambda task: 1.0 + task.trial + 1 / task.fidelity.epochs)
    mine = bench(*EPOCHS)
    mine.sweep(run)
    assert states(mine) == [COMPLETE, PRUNED, PRUNED]
    whole = [(0, fold, epochs) for epochs in (1, 3, 9) for fold in range(3)]
    assert asked(run) == whole + [(trial, fold, 1) for trial in (1, 2) for fold in range(3)]
    first = mine.study().trials[0]
    assert first.intermediate_values == pytest.approx({11: 2, 33: 1 + 1 / 3, 100: 1 + 1 / 9})
    assert first.value == pytest.approx(1 + 1 / 9)  # of the whole rung alone


def test_ladder__is_taken_up_where_it_was_left(bench: Build, tmp_path: Path) -> None:
    undisturbed = bench(*EPOCHS, root=tmp_path / "undisturbed")
    undisturbed.sweep(Analytic())
    mine, after = bench(*EPOCHS, root=tmp_path / "disturbed"), Analytic()

    def value(task: FoldTask) -> float:
        if (task.trial, task.fold, task.fidelity.epochs) == (0, 1, 3):
            raise KeyboardInterrupt
        return valley(task)

    stop(mine, Analytic(value))
    mine.sweep(after)
    assert asked(after)[0] == (0, 1, 3)
    assert facts(mine.study()) == facts(undisturbed.study())


# ------------------------------------------------------------------------------- reproducibility

SAMPLERS = ("random", "qmc", "nsgaii")


@pytest.mark.parametrize(
    "sampler", ["tpe", *(pytest.param(n, marks=pytest.mark.slow) for n in SAMPLERS)]
)
@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_two_storages__hold_the_same_trials(sampler: str, bench: Build, tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        mine = bench("study.trials=12", f"study.sampler={sampler}", root=tmp_path / name)
        mine.sweep(Analytic())
        found.append(facts(mine.study()))
    assert found[0] == found[1]
    assert len({str(params) for _, _, _, params, _ in found[0]}) > 6  # it does search


def test_another_seed__searches_elsewhere(bench: Build, tmp_path: Path) -> None:
    found = []
    for seed in (0, 1):
        mine = bench("study.trials=3", f"study.seed={seed}", root=tmp_path / str(seed))
        mine.sweep(Analytic())
        found.append([params for _, _, _, params, _ in facts(mine.study())])
    assert found[0][0] == found[1][0]  # the configured values
    assert found[0][1:] != found[1][1:]


# ------------------------------------------------------------------------------------ many slots


def test_several_slots__end_at_exactly_the_budget(bench: Build) -> None:
    mine, run = bench("study.trials=7"), failing(2)
    mine.sweep(run, executor=ThreadsExecutor(run, slots=3))
    found = states(mine)
    assert found.count(FAIL) == 1
    assert found.count(COMPLETE) + found.count(PRUNED) == 7
    assert len(found) == 8
    assert len(mine.children()) == 8
    assert len(set(run.asked)) == len(run.asked)


@pytest.mark.slow
def test_several_slots__take_up_all_that_was_running(bench: Build) -> None:
    mine = bench("study.trials=5")

    class Stopped(ThreadsExecutor):
        def submit(self, task: FoldTask) -> Any:
            if task.fold == 1:  # by now three trials are under way
                raise KeyboardInterrupt
            return super().submit(task)

    stop(mine, Analytic(), executor=Stopped(Analytic(), slots=3))
    assert states(mine) == [RUNNING] * 3
    after = Analytic()
    mine.sweep(after, executor=ThreadsExecutor(after, slots=2))
    assert len(states(mine)) == 5
    assert set(states(mine)) <= {COMPLETE, PRUNED}
    assert len(mine.children()) == 5


def test_several_slots__train_folds_of_one_trial_at_once_where_no_other_is_left(
    bench: Build,
) -> None:
    together = threading.Barrier(3, timeout=20)  # breaks unless three folds run at a time

    def value(task: FoldTask) -> float:
        together.wait()
        return valley(task)

    mine, run = bench("study.trials=1", "fidelity=whole"), Analytic(value)
    mine.sweep(run, executor=ThreadsExecutor(run, slots=4))
    assert states(mine) == [COMPLETE]
    assert sorted(run.asked) == [(0, fold, 0) for fold in range(3)]


def test_several_slots__do_not_wait_for_folds_of_a_trial_that_failed(bench: Build) -> None:
    def value(task: FoldTask) -> float:
        if task.trial == 0 and task.fold == 0:
            raise FloatingPointError("the loss is nan in epoch 1")
        time.sleep(0.2 * (task.trial == 0))
        return valley(task)

    mine, run = bench("study.trials=1", "fidelity=whole"), Analytic(value)
    mine.sweep(run, executor=ThreadsExecutor(run, slots=3))
    assert states(mine) == [FAIL, COMPLETE]


# ------------------------------------------------------------------------------------ the record


def test_record__nests_each_trial_beneath_the_study(bench: Build) -> None:
    mine = bench("study.trials=2", "study.name=mine")
    mine.sweep(Analytic())
    study, *_ = [run for run in mine.runs() if "mlflow.parentRunId" not in run.data.tags]
    assert study.info.run_name == "mine"
    for trial, child in zip(mine.study().trials, mine.children(), strict=True):
        assert child.data.tags["hpo_exp.trial"] == str(trial.number)
        assert child.data.tags["mlflow.parentRunId"] == study.info.run_id
        assert child.data.tags["who"] == "tests"
        assert child.data.tags["hpo_exp.state"] == "complete"
        assert child.info.run_name == f"mine #{trial.number}"
        assert child.data.params["units"] == str(trial.params["units"])
        assert child.data.metrics["rmse_mw"] == trial.value
        assert child.data.metrics["duration_seconds"] == 1.5


def test_record__links_a_trial_to_its_run_in_the_dashboard(bench: Build) -> None:
    mine = bench("study.trials=1")
    mine.sweep(Analytic())
    (child,) = mine.children()
    notes = mine.study()._storage.get_study_system_attrs(mine.study()._study_id)
    assert f"/runs/{child.info.run_id})" in str(notes)


@pytest.mark.parametrize("gone", ["another store", "deleted"])
def test_record__says_when_the_studys_run_is_gone(gone: str, bench: Build, tmp_path: Path) -> None:
    mine = bench("study.trials=2")
    stop(mine, interrupted(1, 0))
    storage = f"study.storage={mine.config.study.storage}"
    if gone == "deleted":
        client = Tracker(mine.config.tracking)._client
        client.delete_run(mine.study().user_attrs["mlflow_parent_run"])
    else:
        mine = bench("study.trials=2", storage, root=tmp_path / "elsewhere")
    with pytest.raises(StudyError, match=r"tracking\.uri"):
        mine.sweep(Analytic())
