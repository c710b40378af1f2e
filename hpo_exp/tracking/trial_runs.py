"""The runs of a study's trials in MLflow, each made to show what its trial has come to."""

from collections.abc import Mapping

from hpo_exp.tracking.mlflow_store import Tracker
from hpo_exp.tracking.snapshot import Point, TrialSnapshot

TRIAL = "hpo_exp.trial"


class TrialRuns:
    """One run a trial, found by its tags; whatever is told twice is shown once.

    Args:
        tracker: the store.
        parent: id of the study's own run.
        own: tags that only this study's runs have.
        tags: what else every run says of itself.
        value_name: what a trial's value is called.
    """

    def __init__(
        self,
        tracker: Tracker,
        parent: str,
        own: Mapping[str, str],
        tags: Mapping[str, str],
        value_name: str,
    ) -> None:
        self._tracker, self._parent = tracker, parent
        self._own, self._tags, self._value_name = own, tags, value_name
        self._sent: dict[int, set[Point]] = {}
        self.ids: dict[int, str] = {}

    def show(self, snapshot: TrialSnapshot) -> None:
        """Bring a trial's run up to its snapshot."""
        number = snapshot.number
        run = self.ids.get(number) or self._find_or_start(snapshot)
        sent = self._sent.setdefault(number, set())
        new = [point for point in snapshot.points(self._value_name) if point not in sent]
        self._tracker.log(
            run, params={} if sent else snapshot.params, points=new, tags=_tags(snapshot)
        )
        sent.update(new)
        if snapshot.ended_in:
            self._tracker.end_run(run, snapshot.ended_in, snapshot.ended)

    def _find_or_start(self, snapshot: TrialSnapshot) -> str:
        own = {**self._own, TRIAL: str(snapshot.number)}
        run = self._tracker.find_run(own) or self._tracker.start_run(
            snapshot.name, {**self._tags, **own}, self._parent, snapshot.started
        )
        self.ids[snapshot.number] = run
        return run


def _tags(snapshot: TrialSnapshot) -> dict[str, str]:
    error = {"hpo_exp.error": snapshot.error} if snapshot.error else {}
    return {"hpo_exp.state": snapshot.state, **error} if snapshot.ended_in else {}
