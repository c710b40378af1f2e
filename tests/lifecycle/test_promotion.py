"""Promotions and rollbacks on a real registry."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hpo_exp.data.load import load_table
from hpo_exp.data.table import HourlyTable
from hpo_exp.lifecycle.candidate import found_candidate
from hpo_exp.lifecycle.gate import PromotionError
from hpo_exp.lifecycle.promotion import only_promotion
from hpo_exp.lifecycle.promotion import promote as promote_candidate
from hpo_exp.lifecycle.session import run_promotion
from hpo_exp.tracking.ledger import Ledger
from hpo_exp.tracking.mlflow_store import Tracker
from hpo_exp.tracking.registry import Registry
from tests.promoting import Plant

pytestmark = pytest.mark.slow


def promote(plant: Plant, *overrides: str) -> None:
    run_promotion(plant.config(*overrides))


def test_promotion__moves_the_champion_and_says_so_in_the_log(
    plant: Plant, capsys: pytest.CaptureFixture[str]
) -> None:
    promote(plant, "reason=first", "who=tests")
    assert plant.aliases == {"champion": 1}
    assert "version 1 is the champion" in capsys.readouterr().out
    begun, decided, done = plant.log()
    assert [entry.state for entry in (begun, decided, done)] == ["begun", "decided", "done"]
    assert (done.who, done.why, done.from_version, done.to_version) == ("tests", "first", None, 1)
    assert done.run == plant.registry.versions()[1].run
    gates = {
        "checksums", "provenance", "freshness", "missing", "ranges", "violations", "regret",
        "error_limit", "champion", "agreement", "latency",
    }  # fmt: skip
    assert set(decided.evidence) == gates
    assert all(text.startswith("passed") for text in decided.evidence.values())


def test_promotion__follows_with_its_companions_and_rolls_back_step_by_step(plant: Plant) -> None:
    promote(plant)
    promote(plant, f"run={plant.variant('second')}")
    promote(plant, f"run={plant.variant('third')}")
    assert plant.aliases == {"champion": 3, "previous_champion": 2}
    with pytest.raises(PromotionError, match="champion already"):
        promote(plant, "run=third")
    promote(plant, "rollback=true", "dry_run=true")
    assert plant.aliases == {"champion": 3, "previous_champion": 2}
    promote(plant, "rollback=true")
    assert plant.aliases == {"champion": 2, "previous_champion": 1}
    promote(plant, "rollback=true")
    assert plant.aliases == {"champion": 1}
    with pytest.raises(PromotionError, match="no earlier champion"):
        promote(plant, "rollback=true")
    promote(plant, "run=third")  # the same bundle is no new version
    assert plant.aliases == {"champion": 3, "previous_champion": 1}
    assert len(plant.registry.versions()) == 3


def test_promotion__passes_over_a_deleted_version_when_it_rolls_back(plant: Plant) -> None:
    promote(plant)
    promote(plant, f"run={plant.variant('second')}")
    promote(plant, f"run={plant.variant('third')}")
    plant.registry.client.delete_model_version("load", "2")  # takes its alias along, silently
    promote(plant, "rollback=true")
    assert plant.aliases == {"champion": 1}
    assert [entry.action for entry in plant.log() if entry.state == "done"][-2:] == [
        "outside",
        "rollback",
    ]


def test_dry_run__shows_the_gates_and_writes_nothing(
    plant: Plant, capsys: pytest.CaptureFixture[str]
) -> None:
    promote(plant, "dry_run=true")
    said = capsys.readouterr().out
    assert "gate error_limit passed: RMSE" in said
    assert "it would be the champion" in said
    assert plant.registry.log_run() is None
    assert plant.registry.versions() == {}


def test_promotion__refuses_and_logs_what_fails(plant: Plant) -> None:
    promote(plant)
    worse = plant.variant("worse", reference="day")  # adds its change to the load of yesterday
    with pytest.raises(PromotionError, match=r"gate error_limit failed: RMSE \S+ MW") as caught:
        promote(plant, f"run={worse}")
    assert "gate champion failed" in str(caught.value)
    assert plant.aliases == {"champion": 1, "challenger": 2}
    refused = plant.log()[-1]
    assert (refused.state, refused.from_version, refused.to_version) == ("refused", 1, 2)
    assert refused.evidence["error_limit"].startswith("FAILED")
    assert refused.evidence["checksums"].startswith("passed")


def test_promotion__refuses_a_bundle_that_is_not_what_was_exported(plant: Plant) -> None:
    broken = plant.variant("broken")
    weights = next((broken / "best").rglob("variables.data-*"))
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    with pytest.raises(PromotionError, match=r"gate checksums failed: \S+ .*not what was exported"):
        promote(plant, f"run={broken}")
    shutil.rmtree(broken / "best" / "saved_model")
    with pytest.raises(PromotionError, match=r"gate checksums failed: saved_model/\S+ is missing"):
        promote(plant, f"run={broken}")
    assert plant.aliases == {}
    assert [entry.state for entry in plant.log()] == ["begun", "refused"] * 2


def test_promotion__takes_a_study_or_an_mlflow_run(plant: Plant) -> None:
    study = plant.run.parent
    promote(plant, f"run={study}")
    run = plant.log()[-1].run
    copied = plant.outputs / "mlartifacts" / run / "artifacts"
    copied.mkdir(parents=True, exist_ok=True)
    for name in ("best", "report"):
        if not (copied / name).is_dir():
            shutil.copytree(plant.run / name, copied / name)
    with pytest.raises(PromotionError, match="champion already"):
        promote(plant, f"run={run}")


@pytest.mark.parametrize("run", ["nothing", "0" * 32])
def test_promotion__says_what_run_stands_for_nothing(plant: Plant, run: str) -> None:
    with pytest.raises(PromotionError, match=f"run={run}"):
        promote(plant, f"run={run}")


def promote_on(plant: Plant, table: HourlyTable, *overrides: str) -> None:
    config = plant.config(*overrides)
    registry = plant.registry
    with (
        found_candidate(str(plant.run), plant.outputs, Tracker(config.tracking)) as candidate,
        only_promotion(config, registry, "promote") as promotions,
    ):
        promote_candidate(config, candidate, registry, promotions, table)


def test_promotion__refuses_stale_data_and_negative_wind(plant: Plant) -> None:
    table = load_table(plant.config().data)
    with pytest.raises(PromotionError, match=r"gate freshness failed: the last hour is 2025-09-26"):
        promote_on(plant, table, "promotion.data.freshness_hours=48")
    blowing = table.frame.copy()
    blowing.loc[table.index[-9], "geracao_eolica_mw"] = -5.0
    with pytest.raises(
        PromotionError, match=r"gate ranges failed: geracao_eolica_mw is -5 at 2025-09-26 05:00"
    ):
        promote_on(plant, replace(table, frame=blowing))
    assert plant.aliases == {"challenger": 1}
    assert [entry.state for entry in plant.log()] == ["begun", "refused"] * 2


# ----------------------------------------------------------------------------- one at a time


def test_two_promotions__one_wins_and_both_are_logged(plant: Plant) -> None:
    config = plant.config()
    with (
        only_promotion(config, plant.registry, "promote"),
        pytest.raises(PromotionError, match="another promotion"),
    ):
        promote(plant, "who=late")
    promote(plant, "who=winner")
    assert [(entry.who, entry.state) for entry in plant.log()] == [
        ("late", "busy"),
        ("winner", "begun"),
        ("winner", "decided"),
        ("winner", "done"),
    ]


def test_aliases_moved_by_another_way__are_logged_by_the_next_call(plant: Plant) -> None:
    promote(plant)
    second = plant.variant("second")
    promote(plant, f"run={second}")
    plant.registry.client.set_registered_model_alias("load", "champion", "1")
    with pytest.raises(PromotionError, match="champion already"):
        promote(plant)
    outside = next(entry for entry in plant.log() if entry.action == "outside")
    assert (outside.from_version, outside.to_version) == (2, 1)


class Killed(BaseException):
    """What a kill does to a process: nothing after it is run."""


@pytest.fixture
def kill_at(monkeypatch: pytest.MonkeyPatch) -> "KillAt":
    return KillAt(monkeypatch)


class KillAt:
    """Counts the writes to the registry and its log, and ends the process's work before one."""

    WRITES = (
        (Registry, "create"), (Registry, "add_version"), (Registry, "point"), (Ledger, "append"),
    )  # fmt: skip

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = -1
        for owner, name in self.WRITES:
            monkeypatch.setattr(owner, name, self._counted(getattr(owner, name)))

    def _counted(self, real: Callable[..., object]) -> Callable[..., object]:
        def call(*given: object, **named: object) -> object:
            self.left -= 1
            if self.left == 0:
                raise Killed
            return real(*given, **named)

        return call


def test_promotion__killed_at_any_step_is_finished_or_undone(plant: Plant, kill_at: KillAt) -> None:
    """Before a step is after the one before it; the chaos test kills processes."""
    promote(plant)
    killed, ends = 0, set()
    for step in range(1, 20):
        before, written = plant.aliases, len(plant.log())
        run = plant.variant(f"candidate_{step}")
        kill_at.left = step
        try:
            promote(plant, f"run={run}", "promotion.latency.calls=10")
        except Killed:
            killed += 1
        else:
            break
        finally:
            kill_at.left = -1
        with only_promotion(plant.config(), plant.registry, "promote") as promotions:
            assert promotions.open_attempts() == []
            assert promotions.aliases() == plant.aliases
            new = promotions.entries()[written:]
        end = new[-1].state if new else "not begun"
        ends.add(end)
        if end == "done":
            assert plant.aliases["champion"] != before["champion"]
        else:
            assert plant.aliases == before
    assert killed == 7
    assert ends == {"not begun", "undone", "done"}


def test_promotion__needs_the_store_of_its_run(plant: Plant, tmp_path: Path) -> None:
    other = tmp_path / "other"
    with pytest.raises(PromotionError, match=r"does not have the MLflow run of"):
        promote(plant, f"outputs={other}", f"run={plant.run}")
