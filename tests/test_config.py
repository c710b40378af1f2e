import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from hpo_exp.command import CONFIG_DIRECTORY
from hpo_exp.errors import ConfigError
from tests.promoting import promote_config
from tests.tuning.composing import configured

ROOT = Path(__file__).parents[1]
HEAVY = {"jax", "keras", "mlflow", "optuna", "pandas", "sklearn", "tensorflow"}

# A new file under conf/ is covered without a word here.
NEEDED = {
    "data=csv": ("data.path=x.csv", "cv.test_start=2022-01-01", "cv.test_end=2022-02-01"),
}
INSIDE_DATA = {"publishers", "quality"}  # conf/data/*.yaml mounts them, as quality@data.quality
OF_OTHERS = {"promotion", "serving"}  # groups of `promote` and `serve`
CHOICES = sorted(
    f"{path.parent.name}={path.stem}"
    for path in CONFIG_DIRECTORY.glob("*/*.yaml")
    if path.parent.name not in INSIDE_DATA | OF_OTHERS
)


@pytest.mark.parametrize("choice", CHOICES)
def test_conf__composes_and_validates_with(choice: str) -> None:
    configured(choice, *NEEDED.get(choice, ()))


@pytest.mark.parametrize(
    "choice", sorted(path.stem for path in (CONFIG_DIRECTORY / "promotion").glob("*.yaml"))
)
def test_conf_of_promote__composes_and_validates_with(choice: str) -> None:
    config = promote_config(f"promotion={choice}", "run=any")
    assert config.promotion.data.ranges["geracao_eolica_mw"][0] == 0


def test_conf_of_promote__needs_something_to_promote() -> None:
    with pytest.raises(ConfigError, match="run says what to promote"):
        promote_config()


def test_conf__composes_and_validates_as_it_is() -> None:
    config = configured()
    assert config.data.source == "demo"
    assert set(config.search) == {"time_steps", "units", "learning_rate"}


@pytest.mark.parametrize("subsystem", ["N", "NE", "S", "SE", "SIN"])
def test_conf__knows_every_subsystem_of_the_grid(subsystem: str) -> None:
    config = configured("data=ons", f"data.subsystem={subsystem}")
    assert config.data.states == config.data.subsystems[subsystem].states
    assert config.study.name == f"ons_{subsystem}_h1"


def test_conf__leaves_a_parameter_out_of_the_search() -> None:
    assert "units" not in configured("~search.units").search


def test_conf__puts_everything_under_outputs() -> None:
    config = configured("outputs=/elsewhere")
    assert config.study.storage == "sqlite:////elsewhere/optuna.db"
    assert config.tracking.uri == "sqlite:////elsewhere/mlflow.db"
    assert config.tracking.artifacts == "/elsewhere/mlartifacts"


def test_conf__measures_the_level_by_a_load_that_is_read() -> None:
    with pytest.raises(ConfigError, match=r"model\.level=window needs carga_mw_subsistema"):
        configured("model.level=window", "features.past=[TEMP_BULB_SECO]")


@pytest.mark.parametrize(
    ("name", "horizon", "issue", "scored"),
    [
        ("se_hour_ahead", 1, "hourly", (1, 1)),
        ("se_24h", 24, "hourly", (24, 24)),
        ("se_day_ahead", 38, 10, (15, 38)),
        ("ne_wind", 24, "hourly", (1, 24)),
        ("ne_hour_ahead", 1, "hourly", (1, 1)),
        ("ne_day_ahead", 38, 10, (15, 38)),
    ],
)
def test_pinned_experiments__forecast_what_their_names_say(
    name: str, horizon: int, issue: str | int, scored: tuple[int, int]
) -> None:
    config = configured(f"experiment={name}")
    assert (config.features.horizon, config.features.issue) == (horizon, issue)
    assert config.scored_steps == scored
    assert config.data.subsystem == name[:2].upper()
    assert (config.data.start, config.cv.test_start) == (datetime(2018, 1, 1), datetime(2022, 1, 1))


def test_dispatch_case__belongs_to_the_subsystem_whose_plants_it_has() -> None:
    with pytest.raises(ConfigError, match="case se has the plants of SE, the data are of NE"):
        configured("data=ons", "data.subsystem=NE", "dispatch=se")
    assert configured("data=ons", "data.subsystem=NE", "dispatch=se", "dispatch.subsystem=null")


def test_experiment_seed__is_the_notebook() -> None:
    config = configured("experiment=seed")
    assert len(config.features.past) == 7
    assert (config.model.time_steps, config.model.units, config.model.layers) == (24, 50, 1)
    assert (config.trainer.epochs, config.trainer.batch_size) == (3, 1)
    assert config.variants == {"direct": {"reference": "none"}}


@pytest.mark.parametrize("steps", ["0", "3", "2-1", "1-3"])
def test_scored_step__lies_inside_the_horizon(steps: str) -> None:
    with pytest.raises(ConfigError, match=r"cv\.scored_step"):
        configured("features.horizon=2", f"cv.scored_step='{steps}'")


@pytest.mark.parametrize(
    ("steps", "means"), [("pooled", (1, 48)), ("24", (24, 24)), ("15-38", (15, 38))]
)
def test_scored_steps__are_first_and_last(steps: str, means: tuple[int, int]) -> None:
    config = configured("features.horizon=48", f"cv.scored_step={steps}")
    assert config.scored_steps == means


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("{type: categorical}", "needs choices"),
        ("{type: categorical, choices: []}", "needs choices"),
        ("{type: categorical, choices: [1], low: 1}", "choices alone"),
        ("{type: int, low: 1}", "low and high"),
        ("{type: int, low: 3, high: 2}", "low 3 is above high 2"),
        ("{type: float, low: 0, high: 1, log: true}", "low above 0"),
        ("{type: float, low: 1, high: 2, step: 0.5, log: true}", "takes no step"),
        ("{type: int, low: 1, high: 2, step: 0}", "greater than 0"),
        ("{type: int, low: 1, high: inf}", "finite"),
        ("{type: uniform, low: 1, high: 2}", "'categorical', 'int' or 'float'"),
    ],
)
def test_search__refuses(spec: str, said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)) as caught:
        configured(f"+search.layers={spec}")
    assert str(caught.value).startswith("search.layers")


@pytest.mark.parametrize("module", ["hpo_exp.config", "hpo_exp.command", "hpo_exp.tune"])
def test_import__is_light(module: str) -> None:
    program = f"import sys, {module}; sys.exit(' '.join({HEAVY} & set(sys.modules)) or 0)"
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize(
    ("override", "key"),
    [
        ("study.trails=3", "study.trails"),
        ("study.trials=abc", "study.trials"),
        ("data.subsystem=XX", "data.subsystem"),
        ("search.unitz={type: int, low: 1, high: 9}", "search.unitz"),
        ("+search.unitz={type: int, low: 1, high: 9}", "unitz"),
        ("+variants.direct={refrence: none}", "refrence"),
        ("+companions.other={untis: 3}", "untis"),
        ("+companions.other={reference: day}", "companions.other changes reference"),
        ("+foo=1", "foo"),
        ("cv.scored_step=9", "cv.scored_step"),
        ("data=ons", "data.root"),
        ("experiment=sead", "experiment=sead"),
    ],
)
def test_tune__ends_a_mistake_in_one_line_that_names_the_key(
    override: str, key: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "hpo_exp.tune"]
    ended = subprocess.run(
        [*command, override, f"outputs={tmp_path}"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    lines = ended.stderr.splitlines()
    imported = {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time")}
    said = [line for line in lines if not line.startswith("import time")]
    assert ended.returncode == 2
    assert len(said) == 1, said
    assert said[0].startswith("hpo_exp: error: ")
    assert key in said[0]
    assert "hydra" in imported  # the list is not empty by mistake
    assert not imported & HEAVY
    assert list(tmp_path.rglob("*")) == []
