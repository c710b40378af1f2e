import logging
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any, Literal

import pytest
from omegaconf import DictConfig, OmegaConf
from pydantic import BaseModel, ConfigDict, Field, model_validator

from hpo_exp import command
from hpo_exp.errors import ConfigError, DataError


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Network(Strict):
    units: int = Field(ge=1)
    issue: Literal["hourly"] | int = "hourly"
    lags: list[int] = []


class Data(Strict):
    root: str
    subsystem: str = "SE"
    station: str | None = None
    stations: dict[str, Network] = {}


class Schema(Strict):
    model: Network
    data: Data

    @model_validator(mode="after")
    def _check(self) -> "Schema":
        if self.model.units == 13:
            raise ValueError("13 brings bad luck")
        return self


def good() -> dict[str, Any]:
    return {"model": {"units": 3}, "data": {"root": "/x"}}


def problems(changes: dict[str, Any]) -> list[str]:
    values = good()
    for key, change in changes.items():
        values[key] = values.get(key, {}) | change if isinstance(change, dict) else change
    composed = OmegaConf.create(values)
    with pytest.raises(ConfigError) as caught:
        command.read_config(composed, Schema)
    return str(caught.value).splitlines()


def test_read_config__returns_the_validated_model() -> None:
    composed = OmegaConf.create(good() | {"data": {"root": "/${model.units}"}})
    assert command.read_config(composed, Schema).data.root == "/3"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"data": {"root": "???"}}, "data.root is not set: give data.root=…"),
        ({"model": {"units": 0}}, "model.units is 0: it should be greater than or equal to 1"),
        ({"model": {"lags": [1, "x"]}}, "model.lags.1 is 'x': it should be a valid integer"),
        ({"model": {"unit": 3}}, "unknown key model.unit: did you mean model.units?"),
        ({"units": 3}, "unknown key units: did you mean model.units?"),
        ({"foo": 1}, "unknown key foo"),
        ({"model": {"units": 13}}, "13 brings bad luck"),
        ({"data": {"root": "${nope}/x"}}, "data.root: Interpolation key 'nope' not found"),
        (
            {"data": {"stations": {"N": {"units": 1, "lag": 1}}}},
            "unknown key data.stations.N.lag: did you mean data.stations.N.lags?",
        ),
    ],
)
def test_read_config__names_the_key_at_fault(changes: dict[str, Any], said: str) -> None:
    assert problems(changes) == [said]


def test_read_config__blames_the_missing_value_not_those_that_refer_to_it() -> None:
    assert problems({"data": {"root": "???", "station": "${data.root}/x"}}) == [
        "data.root is not set: give data.root=…"
    ]


def test_read_config__joins_the_branches_of_a_union() -> None:
    assert problems({"model": {"issue": "dayly"}}) == [
        "model.issue is 'dayly': it should be 'hourly' or be a valid integer"
    ]


def test_read_config__names_the_choice_behind_an_interpolation() -> None:
    table = {"S": {"units": 1}, "SE": {"units": 1}}
    data = {"subsystem": "SSE", "stations": table}
    data["station"] = "${data.stations.${data.subsystem}.issue}"
    assert problems({"data": data}) == [
        "data.subsystem is 'SSE': did you mean SE? choose S, SE",
    ]


def test_read_config__reports_every_problem() -> None:
    assert problems({"model": {"units": 0, "unit": 1}, "data": {"sub": "x"}}) == [
        "model.units is 0: it should be greater than or equal to 1",
        "unknown key data.sub",
        "unknown key model.unit: did you mean model.units?",
    ]


@pytest.fixture(autouse=True)
def handlers_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep Hydra from shutting down handlers that other tests' libraries have made.

    It closes every handler there is, and absl's, which Keras makes, closes the stream that was
    stderr when it was made: pytest's own.
    """
    monkeypatch.setattr(logging, "_handlerList", [])


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small conf/ with a group, and a command that is run in its folder."""
    directory = tmp_path / "conf"
    (directory / "data").mkdir(parents=True)
    (directory / "data" / "ons.yaml").write_text("root: ???\n")
    (directory / "data" / "csv.yaml").write_text("root: /x\n")
    (directory / "tune.yaml").write_text(
        dedent("""
            defaults: [data: csv, _self_]
            model: {units: 3}
            hydra:
              job: {chdir: false}
              run: {dir: out}
              sweep: {dir: out}
        """)
    )
    monkeypatch.setattr(command, "CONFIG_DIRECTORY", directory)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HPO_EXP_TRACEBACK", raising=False)
    monkeypatch.setenv("HYDRA_FULL_ERROR", "0")  # restored afterwards
    return directory


def status(monkeypatch: pytest.MonkeyPatch, main: Any, *overrides: str) -> int:
    monkeypatch.setattr(sys, "argv", ["tune", *overrides])
    with pytest.raises(SystemExit) as end:
        command.run_command(main, "tune")
    assert isinstance(end.value.code, int)
    return end.value.code


def read(composed: DictConfig) -> None:
    command.read_config(composed, Schema)


@pytest.mark.usefixtures("configuration")
@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["data=ons"], "data.root is not set: give data.root=…"),
        (["data=onz"], "data=onz does not exist: did you mean ons? choose csv, ons"),
        (["dta=ons"], "unknown key dta: did you mean data?"),
        (["modl.units=3"], "unknown key modl.units: did you mean model.units?"),
        (["model.unts=3"], "unknown key model.unts: did you mean model.units?"),
        (["+model.unts=3"], "unknown key model.unts: did you mean model.units?"),
        (["~data.foo"], "Could not delete from config. 'data.foo' does not exist."),
        (["data=3"], "Config group override must be a string or a list. Got int"),
        (["--config-dir=nowhere"], "Additional config directory"),
        (["model.units=[1"], "cannot read 'model.units=[1': overrides are key=value"),
        (["hydra.run.dir=${data.rot}"], "hydra.run.dir: Interpolation key 'data.rot' not found"),
    ],
)
def test_run_command__condenses_a_mistake_to_one_line(
    overrides: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert status(monkeypatch, read, *overrides) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(f"hpo_exp: error: {said}")


def test_run_command__names_the_line_of_broken_yaml(
    configuration: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (configuration / "data" / "csv.yaml").write_text("root: {a: [}\n")
    assert status(monkeypatch, read) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "csv.yaml" in error
    assert "line 1" in error


@pytest.mark.usefixtures("configuration")
def test_run_command__ends_with_status_1_for_other_user_errors(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def main(_: DictConfig) -> None:
        raise DataError("the file ends in mid-air")

    assert status(monkeypatch, main) == 1
    assert capsys.readouterr().err == "hpo_exp: error: the file ends in mid-air\n"


@pytest.mark.usefixtures("configuration")
def test_run_command__shows_the_traceback_on_request(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HPO_EXP_TRACEBACK", "1")
    assert status(monkeypatch, read, "data=ons") == 2
    error = capsys.readouterr().err
    assert "Traceback" in error
    assert error.endswith("hpo_exp: error: data.root is not set: give data.root=…\n")


@pytest.mark.usefixtures("configuration")
def test_run_command__ends_an_interrupt_with_status_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def main(_: DictConfig) -> None:
        raise KeyboardInterrupt

    assert status(monkeypatch, main) == 130
    assert capsys.readouterr().err == "hpo_exp: stopped; the same command goes on from here\n"


@pytest.mark.usefixtures("configuration")
def test_run_command__lets_defects_keep_their_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def main(_: DictConfig) -> None:
        raise ValueError("a defect")

    with pytest.raises(ValueError, match="a defect"):
        status(monkeypatch, main)


@pytest.mark.usefixtures("configuration")
def test_run_command__goes_on_with_the_other_scenarios_of_a_multirun(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    units = []

    def main(composed: DictConfig) -> None:
        units.append(command.read_config(composed, Schema).model.units)

    assert status(monkeypatch, main, "--multirun", "model.units=1,0,2") == 2
    assert units == [1, 2]
    assert capsys.readouterr().err.startswith("hpo_exp: error: model.units is 0")


def test_run_command__says_when_the_configuration_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "CONFIG_DIRECTORY", tmp_path)
    monkeypatch.setenv("HYDRA_FULL_ERROR", "0")
    assert status(monkeypatch, read) == 2
    assert "installed incompletely" in capsys.readouterr().err


@pytest.mark.parametrize("inside", [True, False])
def test_configuration_directory__prefers_the_packaged_one(tmp_path: Path, *, inside: bool) -> None:
    package = tmp_path / "hpo_exp"
    for directory in (tmp_path / "conf", *([package / "conf"] if inside else [])):
        directory.mkdir(parents=True)
        (directory / "tune.yaml").touch()
    expected = package / "conf" if inside else tmp_path / "conf"
    assert command._configuration_directory(package) == expected


def test_command__imports_nothing_heavy() -> None:
    heavy = {"jax", "keras", "mlflow", "optuna", "pandas", "sklearn", "tensorflow"}
    program = f"import sys, hpo_exp.command; sys.exit(' '.join({heavy} & set(sys.modules)) or 0)"
    ended = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert (ended.returncode, ended.stderr) == (0, "")
