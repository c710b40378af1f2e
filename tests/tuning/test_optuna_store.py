import importlib.util
from collections.abc import Callable
from pathlib import Path

import optuna
import pytest

from hpo_exp.config import DispatchConfig, TuneConfig
from hpo_exp.errors import ConfigError, StudyError
from hpo_exp.tuning.optuna_store import (
    check_study,
    identity,
    make_sampler,
    open_study,
)

Configure = Callable[..., TuneConfig]


def test_open_study__creates_what_the_dashboard_shows(configure: Configure) -> None:
    config = configure("study.name=shown")
    (config.outputs / "optuna.db").unlink()
    study = open_study(config, "data")
    (summary,) = optuna.get_all_study_summaries(config.study.storage)
    assert summary.study_name == "shown"
    assert study.direction == optuna.study.StudyDirection.MINIMIZE
    assert study.metric_names == ["rmse_mw"]


@pytest.mark.slow
def test_open_study__keeps_a_log_beside_the_database_so_that_readers_do_not_wait(
    configure: Configure,
) -> None:
    config = configure()
    (config.outputs / "optuna.db").unlink()
    open_study(config, "data")
    connection = config.study.storage.removeprefix("sqlite:///")
    assert Path(connection).read_bytes()[18:20] == b"\x02\x02"  # SQLite's mark of WAL


@pytest.mark.parametrize(
    "change",
    [
        "study.trials=99",
        "study.max_failures=9",
        "study.finalists=9",
        "tracking.uri=sqlite:////elsewhere/mlflow.db",
        "outputs=/elsewhere",
        "trainer.compilation_cache=null",
    ],
)
def test_fingerprint__allows_what_no_trial_depends_on(change: str, configure: Configure) -> None:
    config = configure()
    open_study(config, "data")
    storage = f"study.storage={config.study.storage}"
    open_study(configure(change, storage), "data")


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ("model.units=64", "model.units"),
        ("trainer.epochs=3", "trainer.epochs"),
        ("trainer.backend=tensorflow", "trainer.backend"),
        ("features.past_lags=[24]", "features.past_lags"),
        ("cv.folds=5", "cv.folds"),
        ("fidelity=whole", "fidelity.rungs"),
        ("cv.test_start=2025-09-21T00:00", "cv.test_start"),
        ("study.seed=1", "study.seed"),
        ("study.sampler=random", "study.sampler"),
        ("+study.pruner_options.n_startup_trials=5", "study.pruner_options"),
        ("search.units.choices=[1,2]", "search.units"),
        ("~search.units", "search.units"),
        ("data.fill=day", "data.fill"),
    ],
)
def test_fingerprint__refuses_and_names_what_changed(
    change: str, key: str, configure: Configure
) -> None:
    config = configure("study.name=mine")
    open_study(config, "data")
    with pytest.raises(StudyError, match=f"'mine' exists .*[(]{key} changed[)]"):
        open_study(configure("study.name=mine", change), "data")
    open_study(config, "data")  # the refusal changed nothing


def test_fingerprint__refuses_other_data(configure: Configure) -> None:
    config = configure()
    open_study(config, "data")
    with pytest.raises(StudyError, match=r"[(]data\.sha256 changed[)]"):
        open_study(config, "other data")


def test_fingerprint__is_the_same_wherever_a_key_stands(configure: Configure) -> None:
    config = configure()
    order = list(reversed(config.search))
    turned = config.model_copy(update={"search": {name: config.search[name] for name in order}})
    open_study(config, "data")
    open_study(turned, "data")


def test_fingerprint__covers_every_setting_or_leaves_it_out_on_purpose(
    configure: Configure,
) -> None:
    # A setting that is new has to be put on either side.
    found = identity(configure("study.objective=both"), "data")
    assert found.keys() - identity(configure(), "data").keys() == {
        "study.objective", *(f"dispatch.{name}" for name in DispatchConfig.model_fields),
    }  # fmt: skip
    left_out = {
        # data.sha256 covers what they lead to
        "data": {
            "root", "path", "columns", "simulated", "subsystems", "station", "stations", "start",
            "end", "kinds", "alert_mw", "quality", "cache", "download", "publishers",
            "weather_forecasts",
        },
        "trainer": {"compilation_cache"},
        "study": {
            "name", "trials", "storage", "finalists", "finalist_seeds", "max_failures", "tries",
            "rmse_slack", "ensemble",
        },
    }  # fmt: skip
    for name in ("data", "features", "model", "trainer", "cv", "fidelity", "study"):
        section = TuneConfig.model_fields[name].annotation
        fields = set(section.model_fields)  # type: ignore[union-attr]
        covered = {key.split(".")[1] for key in found if key.startswith(f"{name}.")}
        assert fields - covered == left_out.get(name, set()), name


@pytest.mark.parametrize(
    "storage",
    ["sqlite:///{file}/optuna.db", "sqlite:///{file}", "nonsense://x", "no url at all"],
)
def test_open_study__names_the_setting_of_a_storage_that_cannot_be_opened(
    storage: str, configure: Configure, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a database, and not a folder either")
    config = configure(f"study.storage='{storage.format(file=tmp_path / 'file')}'")
    with pytest.raises(StudyError, match=r"study\.storage=") as caught:
        open_study(config, "data")
    assert "\n" not in str(caught.value)


# ------------------------------------------------------------------------ samplers and pruners


@pytest.mark.slow
@pytest.mark.parametrize("sampler", ["tpe", "random", "gp", "cmaes", "qmc", "nsgaii"])
@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_make_sampler__proposes_beyond_its_start_up(sampler: str, configure: Configure) -> None:
    if sampler == "gp":
        pytest.importorskip("torch")
    config = configure(f"study.sampler={sampler}", "study.trials=13").study
    study = optuna.create_study()
    for number in range(config.trials):
        study.sampler = make_sampler(config, number)
        trial = study.ask()
        study.tell(trial, trial.suggest_float("x", 0, 1) + trial.suggest_float("y", 0, 1))
    assert len({trial.params["x"] for trial in study.trials}) == config.trials


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="PyTorch is here")
def test_make_sampler__says_what_gp_needs(configure: Configure) -> None:
    with pytest.raises(ConfigError, match=r"study\.sampler=gp needs PyTorch"):
        make_sampler(configure("study.sampler=gp").study, 0)


def test_make_sampler__is_seeded_by_the_trial_and_by_nothing_that_ran_before(
    configure: Configure,
) -> None:
    def proposal(number: int, *overrides: str) -> float:
        sampler = make_sampler(configure(*overrides).study, number)
        return optuna.create_study(sampler=sampler).ask().suggest_float("x", 0, 1)

    assert proposal(5) == proposal(5)
    assert len({proposal(5), proposal(6), proposal(5, "study.seed=1")}) == 3


@pytest.mark.parametrize(
    "override", ["+study.pruner_options.patience=3", "+study.sampler_options.warmth=3"]
)
def test_options__that_do_not_fit_are_named(override: str, configure: Configure) -> None:
    with pytest.raises(ConfigError, match=r"study\.(pruner|sampler)_options do not fit"):
        check_study(configure(override))
