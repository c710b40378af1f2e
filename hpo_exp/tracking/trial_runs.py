"""The runs of a study's trials in MLflow, each made to show what its trial has come to."""

from collections.abc import Mapping, Sequence

from hpo_exp.tracking.mlflow_store import Tracker
from hpo_exp.tracking.snapshot import TERMINAL, Point, TrialSnapshot

TRIAL = "hpo_exp.trial"


class TrialRuns:
    """One run a trial, found by its tags; whatever is told twice is shown once.

    Args:
        tracker: the store.
        parent: id of the study's own run.
        own: tags that only this study's runs have.
        tags: what else every run says of itself.
        metrics: what a trial's values are called.

    Attributes:
        ids: run by the trial's number.
        ended: trials whose run is closed.
    """

    def __init__(
        self,
        tracker: Tracker,
        parent: str,
        own: Mapping[str, str],
        tags: Mapping[str, str],
        metrics: Sequence[str],
    ) -> None:
        self._tracker, self._parent = tracker, parent
        self._own, self._tags, self._metrics = own, tags, metrics
        self._sent: dict[int, set[Point]] = {}
        self._certain = False
        self.ids: dict[int, str] = {}
        self.ended: set[int] = set()

    def load(self) -> None:
        """Find the runs that are there, and leave one of each trial."""
        found = [
            run
            for run in self._tracker.find_runs(self._own)
            if run.data.tags.get(TRIAL, "").isdigit()
        ]
        # The run that says most comes last and stays.
        found.sort(key=lambda run: (run.info.status in TERMINAL.values(), len(run.data.metrics)))
        ids: dict[int, str] = {}
        for run in found:
            number = int(run.data.tags[TRIAL])
            if number in ids:
                self._tracker.delete_run(ids[number])
            ids[number] = run.info.run_id
        self.ended = {
            int(run.data.tags[TRIAL]) for run in found if run.info.status in TERMINAL.values()
        }
        self.ids = ids
        self._sent.clear()
        self._certain = True

    def show(self, snapshot: TrialSnapshot) -> None:
        """Bring a trial's run up to its snapshot."""
        if not self._certain:
            self.load()
        self._certain = False  # until the last answer has come
        run, number = self._run(snapshot), snapshot.number
        sent = self._sent.get(number, set())
        points = set(snapshot.points(self._metrics))
        params = {} if number in self._sent else snapshot.params
        new = sorted(points - sent, key=lambda point: (point.timestamp, point.step))
        self._tracker.log(run, params, new, _outcome(snapshot))
        self._sent[number] = points
        if snapshot.ended_in:
            self._tracker.end_run(run, snapshot.ended_in, snapshot.ended)
            self.ended.add(number)
            del self._sent[number]
        self._certain = True

    def _run(self, snapshot: TrialSnapshot) -> str:
        run = self.ids.get(snapshot.number)
        if run is None:
            tags = {**self._tags, **self._own, TRIAL: str(snapshot.number)}
            run = self._tracker.start_run(snapshot.name, tags, self._parent, snapshot.started)
            self.ids[snapshot.number] = run
        return run


def _outcome(snapshot: TrialSnapshot) -> dict[str, str]:
    """What a trial that ended says of its end."""
    error = {"hpo_exp.error": snapshot.error} if snapshot.error else {}
    return {"hpo_exp.state": snapshot.state, **error} if snapshot.ended_in else {}
