"""One run of `python -m hpo_exp.tune`, from the hourly table to the files it leaves."""

import logging
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import optuna
from rich.console import Console

from hpo_exp.command import discard_run
from hpo_exp.config import ExecutorConfig, TuneConfig
from hpo_exp.data.load import load_table
from hpo_exp.data.table import HourlyTable
from hpo_exp.dispatch.period import check_supply
from hpo_exp.dispatch.policy_names import MODEL
from hpo_exp.export.bundle import write_bundle
from hpo_exp.report.leaderboard import print_leaderboard
from hpo_exp.report.outcome import write_data_description, write_outcome
from hpo_exp.report.page import write_report
from hpo_exp.revision import code_revision, package_versions
from hpo_exp.stores import check_folder, check_store, shown_url
from hpo_exp.tracking.mlflow_store import Tracker
from hpo_exp.tuning.completion import deliver, is_delivered, is_done, mark_done
from hpo_exp.tuning.coordinator import Coordinator, finished_trials
from hpo_exp.tuning.evaluation import dispatch_test, forecast_test
from hpo_exp.tuning.executors import Executor, SerialExecutor, run_task
from hpo_exp.tuning.full_disk import disk_errors
from hpo_exp.tuning.lightgbm_search import check_installed
from hpo_exp.tuning.lock import only_coordinator
from hpo_exp.tuning.members import fold_errors, refit_all
from hpo_exp.tuning.optuna_store import check_study, open_study
from hpo_exp.tuning.outcome import Sweep, build_outcome
from hpo_exp.tuning.progress import sweep_progress
from hpo_exp.tuning.record import StudyRecord
from hpo_exp.tuning.selection import Finalist, select_winner
from hpo_exp.tuning.worker_pool import ProcessExecutor
from hpo_exp.tuning.workspace import Workspace, build_workspace, check_measured

LOG_WIDTH = 110
WALL_SECONDS = "wall_seconds"
LINK_SECONDS = 10.0
"""Time that MLflow is given to catch up before the files of a run are written."""

log = logging.getLogger(__name__)


def run_session(config: TuneConfig, run_directory: Path) -> None:
    """Search, refit, export and score, from wherever an earlier run of the study stopped.

    Raises:
        UserError: configuration, data, storage or study do not allow it.
        KeyboardInterrupt: it was stopped; what is finished is kept, and the log says how to go on.
    """
    check_installed(config.baselines.lightgbm)
    table = load_table(config.data)
    workspace = build_workspace(table, config)
    check_measured(workspace)
    if config.dispatch is not None:
        check_supply(table, config.dispatch)
    _announce(table, workspace)
    _check_stores(config)
    with disk_errors(config), only_coordinator(config):
        tracker = Tracker(config.tracking)
        study = open_study(config, table.sha256)
        if is_done(study, config):
            if not is_delivered(study):
                with closing(StudyRecord(study, tracker, _tags(table))) as record:
                    deliver(study, record)
            discard_run(run_directory)
            return
        try:
            _run_study(config, study, tracker, table, workspace, run_directory)
        except KeyboardInterrupt:
            log.warning(
                "stopped: %d of %d trials of study %s are finished and kept",
                finished_trials(study), config.study.trials, config.study.name,
            )  # fmt: skip
            raise


def _run_study(
    config: TuneConfig,
    study: optuna.Study,
    tracker: Tracker,
    table: HourlyTable,
    workspace: Workspace,
    run_directory: Path,
) -> None:
    """The stages of a study, in order."""
    clock = _Clock(study)
    with closing(StudyRecord(study, tracker, _tags(table))) as record:
        with clock.running():
            with _executor(config.executor, workspace) as executor:
                winner = _search(config, study, workspace, record, executor)
                models = refit_all(workspace, winner, executor)
                errors = fold_errors(workspace, winner, executor)
            test = forecast_test(workspace, models, errors)
            case = config.dispatch
            dispatch = None if case is None else dispatch_test(workspace, table, test, case)
            write_bundle(
                models[MODEL],
                table,
                run_directory / "best",
                test.issues,
                config,
                test.next_offsets_mw,
            )
        record.flush(LINK_SECONDS)  # for the runs' ids in trials.csv
        sweep = Sweep(study, winner, record.runs(), clock.seconds)
        outcome = build_outcome(sweep, workspace, table, test, dispatch)
        write_data_description(table, run_directory)
        write_outcome(outcome, run_directory)
        report = write_report(run_directory)
        mark_done(study, config, run_directory)
        console = Console()
        if not console.is_terminal:  # a log has no width of its own, and wants whole lines
            console.width = LOG_WIDTH
        print_leaderboard(outcome.metrics, outcome.forecast, console)
        _point_onward(config, run_directory, report)
        deliver(study, record)


def _search(
    config: TuneConfig,
    study: optuna.Study,
    workspace: Workspace,
    record: StudyRecord,
    executor: Executor,
) -> Finalist:
    """Run the trials, and the best of them again."""
    with sweep_progress(study, config.study.trials) as progress:
        Coordinator(study, workspace, executor, record, progress).run()
    return select_winner(study, workspace, executor)


@contextmanager
def _executor(config: ExecutorConfig, workspace: Workspace) -> Iterator[Executor]:
    """The place that trains networks, closed after use."""
    if config.kind == "serial":
        yield SerialExecutor(partial(run_task, workspace))
        return
    with closing(ProcessExecutor(workspace, config)) as pool:
        yield pool


class _Clock:
    """Wall time of a study over all its runs."""

    def __init__(self, study: optuna.Study) -> None:
        self._study = study
        self.seconds = float(study.user_attrs.get(WALL_SECONDS, 0.0))

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the time of a block, whether or not it succeeds."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds += time.monotonic() - started
            self._study.set_user_attr(WALL_SECONDS, self.seconds)


def _check_stores(config: TuneConfig) -> None:
    """Find what stands in a store's way before any of them is written."""
    check_study(config)
    check_store("tracking.uri", config.tracking.uri)
    if "://" not in config.tracking.artifacts:
        check_folder("tracking.artifacts", Path(config.tracking.artifacts))


def _announce(table: HourlyTable, workspace: Workspace) -> None:
    """Say what will be searched on which data."""
    provenance, inputs = table.provenance, workspace.inputs
    kind = "SIMULATED data" if provenance.simulated else "data"
    log.info(
        "%s %s, subsystem %s: %d hours, %s to %s",
        kind, provenance.source, provenance.subsystem, len(table.frame),
        table.index[0], table.index[-1],
    )  # fmt: skip
    for note in provenance.notes:
        log.info("data: %s", note)
    for name in inputs.absent:
        log.info("data: there is no %s; it is left out (features.optional)", name)
    train = len(workspace.training_issues(workspace.test))
    scored = len(workspace.scored_issues(workspace.test))
    shape = (train + scored, workspace.fixed.time_steps, workspace.matrix.shape[1])
    log.info("windows: X of shape %s, %d for training, %d for the test", shape, train, scored)


def _tags(table: HourlyTable) -> dict[str, str]:
    """What every run in MLflow says of itself."""
    provenance = table.provenance
    versions = ", ".join(f"{name} {version}" for name, version in package_versions().items())
    return {
        "hpo_exp.data_source": provenance.source,
        "hpo_exp.simulated": str(provenance.simulated).lower(),
        "hpo_exp.subsystem": provenance.subsystem,
        "hpo_exp.data_sha256": table.sha256,
        "hpo_exp.code": code_revision(),
        "hpo_exp.versions": versions,
    }


def _point_onward(config: TuneConfig, run_directory: Path, report: Path) -> None:
    """Say where things are, and how to look at them."""
    log.info("model: %s", run_directory / "best")
    log.info("report: %s", report)
    log.info("trials: optuna-dashboard %s", shown_url(config.study.storage))
    log.info(
        "runs: mlflow ui --backend-store-uri %s --default-artifact-root %s",
        shown_url(config.tracking.uri), config.tracking.artifacts,
    )  # fmt: skip
