"""What every entry point shares: where the configuration is, how it is read, how errors end.

Importing this module is cheap, so that a mistake on the command line shows at once.
"""

import contextlib
import functools
import logging
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import hydra
import yaml
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from pydantic import BaseModel, ValidationError

from hpo_exp.complaints import condensed, invalid, schema_keys, told_once, unresolved
from hpo_exp.errors import ConfigError, UserError
from hpo_exp.scenario import register_scenario_resolver

Model = TypeVar("Model", bound=BaseModel)

# What a user can mend.
MENDABLE = (UserError, HydraException, OmegaConfBaseException, yaml.YAMLError)

register_scenario_resolver()  # before anything resolves the study's name


def _configuration_directory(package: Path) -> Path:
    """Return the packaged `conf` of a wheel, or else the one beside the package in a checkout."""
    inside, beside = package / "conf", package.parent / "conf"
    return inside if (inside / "tune.yaml").is_file() else beside


CONFIG_DIRECTORY = _configuration_directory(Path(__file__).resolve().parent)


def run_command(main: Callable[[DictConfig], object], config_name: str) -> None:
    """Compose `config_name` with Hydra and the command line and hand it to `main`.

    What a user can mend ends as one line an error on stderr, without a traceback unless
    HPO_EXP_TRACEBACK=1 asks for it: status 2 for configuration, 1 for the rest; 130 after
    Ctrl-C and 143 after a polite kill. Under --multirun the other scenarios still run. Defects
    keep their traceback.
    """
    statuses: list[int] = []
    started = False

    @functools.wraps(main)  # Hydra names the log after main's module
    def task(composed: DictConfig) -> None:
        # Hydra announces what leaves here with a line of its own, so it leaves otherwise.
        nonlocal started
        started = True
        try:
            main(composed)
        except MENDABLE as error:
            statuses.append(_report(error))

    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra raises, instead of printing and exiting
    stopped = _stop_on_signals()
    try:
        _compose(task, config_name)
    except MENDABLE as error:
        statuses.append(_report(error))
    except (Exception, KeyboardInterrupt) as error:
        # A library that is stopped while it is imported may raise what it likes.
        if stopped or isinstance(error, KeyboardInterrupt):
            sys.stderr.write("hpo_exp: stopped; the same command goes on from here\n")
            sys.exit(128 + (stopped[0] if stopped else signal.SIGINT))
        if started or not isinstance(error, OSError | ValueError):
            raise
        statuses.append(_report(_refusal(error)))
    if statuses:
        sys.exit(max(statuses))


def _stop_on_signals() -> list[int]:
    """Let Ctrl-C and a polite kill interrupt the command alike; return where they are noted."""
    noted: list[int] = []

    def stop(number: int, frame: object) -> None:
        del frame
        noted.append(number)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    return noted


def _compose(task: Callable[[DictConfig], None], config_name: str) -> None:
    if not (CONFIG_DIRECTORY / "tune.yaml").is_file():
        raise ConfigError(
            f"hpo_exp is installed incompletely: there is no {CONFIG_DIRECTORY}/tune.yaml"
        )
    hydra.main(config_path=str(CONFIG_DIRECTORY), config_name=config_name, version_base="1.3")(
        task
    )()


def _refusal(error: OSError | ValueError) -> Exception:
    """What Hydra refuses before our code runs: a folder, or `model=3` and --run beside --cfg."""
    if isinstance(error, OSError):
        return ConfigError(f"outputs cannot be written: {error.strerror} ({error.filename})")
    return error


def discard_run(run_directory: Path) -> None:
    """Remove the folder that Hydra made for a run that did nothing, its log included."""
    root = logging.getLogger()
    for handler in [item for item in root.handlers if isinstance(item, logging.FileHandler)]:
        root.removeHandler(handler)
        handler.close()
    shutil.rmtree(run_directory, ignore_errors=True)
    with contextlib.suppress(OSError):  # the study's other runs, if any, stay
        run_directory.parent.rmdir()


def _report(error: BaseException) -> int:
    """Print an error that a user can mend and return the exit status it leads to."""
    if os.environ.get("HPO_EXP_TRACEBACK") == "1":
        traceback.print_exception(error)
    message = str(error) if isinstance(error, UserError) else condensed(error)
    for line in message.splitlines():
        sys.stderr.write(f"hpo_exp: error: {line}\n")
    return 1 if isinstance(error, UserError) and not isinstance(error, ConfigError) else 2


def read_config(composed: DictConfig, schema: type[Model]) -> Model:
    """Return what Hydra composed as a validated `schema`.

    Raises:
        ConfigError: with one line for each key that is missing, unknown or out of range.
    """
    problems = told_once(unresolved(composed, composed, ""))
    if not problems:
        values = OmegaConf.to_container(composed, resolve=True)
        try:
            return schema.model_validate(values)
        except ValidationError as error:
            problems = invalid(error, values, sorted(schema_keys(schema, values)))
    raise ConfigError("\n".join(problems))
