"""What every entry point shares: where the configuration is, how it is read, how errors end.

Importing this module is cheap, so that a mistake on the command line shows at once.
"""

import difflib
import functools
import os
import re
import reprlib
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

import hydra
import yaml
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import ConfigAttributeError, ConfigKeyError, OmegaConfBaseException
from pydantic import BaseModel, ValidationError

from hpo_exp.errors import ConfigError, UserError

Model = TypeVar("Model", bound=BaseModel)

# What a user can mend.
MENDABLE = (UserError, HydraException, OmegaConfBaseException, yaml.YAMLError)


def _configuration_directory(package: Path) -> Path:
    """Return the packaged `conf` of a wheel, or else the one beside the package in a checkout."""
    inside, beside = package / "conf", package.parent / "conf"
    return inside if (inside / "tune.yaml").is_file() else beside


CONFIG_DIRECTORY = _configuration_directory(Path(__file__).resolve().parent)


def run_command(main: Callable[[DictConfig], object], config_name: str) -> None:
    """Compose `config_name` with Hydra and the command line and hand it to `main`.

    What a user can mend ends as one line an error on stderr, without a traceback unless
    HPO_EXP_TRACEBACK=1 asks for it: status 2 for configuration, 1 for the rest, 130 after an
    interrupt. Under --multirun the other scenarios still run. Defects keep their traceback.
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
    try:
        if not (CONFIG_DIRECTORY / "tune.yaml").is_file():
            raise ConfigError(
                f"hpo_exp is installed incompletely: there is no {CONFIG_DIRECTORY}/tune.yaml"
            )
        compose = hydra.main(
            config_path=str(CONFIG_DIRECTORY), config_name=config_name, version_base="1.3"
        )
        compose(task)()
    except MENDABLE as error:
        statuses.append(_report(error))
    except ValueError as error:  # how Hydra refuses `model=3`, or --run beside --cfg
        if started:
            raise
        statuses.append(_report(error))
    except KeyboardInterrupt:
        statuses.append(130)
    if statuses:
        sys.exit(max(statuses))


def _report(error: BaseException) -> int:
    """Print an error that a user can mend and return the exit status it leads to."""
    if os.environ.get("HPO_EXP_TRACEBACK") == "1":
        traceback.print_exception(error)
    message = str(error) if isinstance(error, UserError) else _condensed(error)
    for line in message.splitlines():
        sys.stderr.write(f"hpo_exp: error: {line}\n")
    return 1 if isinstance(error, UserError) and not isinstance(error, ConfigError) else 2


def read_config(composed: DictConfig, schema: type[Model]) -> Model:
    """Return what Hydra composed as a validated `schema`.

    Raises:
        ConfigError: with one line for each key that is missing, unknown or out of range.
    """
    problems = list(dict.fromkeys(_unresolved(composed, composed, "")))
    if not problems:
        values = OmegaConf.to_container(composed, resolve=True)
        try:
            return schema.model_validate(values)
        except ValidationError as error:
            problems = _invalid(error, values, sorted(_schema_keys(schema, values)))
    raise ConfigError("\n".join(problems))


# ----------------------------------------------------------------- what Hydra cannot compose


def _condensed(error: BaseException) -> str:
    """Say in one line what Hydra, OmegaConf or YAML say in several."""
    cause = error.__cause__
    if isinstance(error, OverrideParseException):
        return (
            f"cannot read {error.override!r}: overrides are key=value, with the value in quotes "
            "of its own if it holds spaces or any of = , [ ] { }"
        )
    if isinstance(error, MissingConfigException) and error.missing_cfg_file and error.options:
        group, _, option = error.missing_cfg_file.rpartition("/")
        return f"{group}={option} does not exist: {_choices(option, error.options)}"
    if isinstance(cause, ConfigAttributeError | ConfigKeyError):
        quoted = re.search(r"'(.+?)'", str(error))  # all of the key, or all but its end
        key = max(quoted[1] if quoted else "", str(cause.full_key), key=len)
        root = OmegaConf.create() if cause.parent_node is None else cause.parent_node._get_root()  # noqa: SLF001
        return _unknown(key, _composed_keys(OmegaConf.to_container(root, resolve=False)))
    text = str(error) or str(cause)
    if missing := re.search(r"Missing mandatory value: (\S+)", text):
        return f"{missing.group(1)} is not set: give {missing.group(1)}=…"
    text = text.partition("Config search path:")[0]
    full_key = getattr(error, "full_key", None)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    noise = ("full_key:", "object_type=", "reference_type=")
    said = " ".join(line for line in lines if not line.startswith(noise))
    return f"{full_key}: {said}" if full_key else said


def _unresolved(node: DictConfig | ListConfig, root: DictConfig, prefix: str) -> Iterator[str]:
    """Yield a sentence for each value that is missing or refers to something that is not there."""
    keys: Iterable[Any] = node.keys() if isinstance(node, DictConfig) else range(len(node))
    for key in keys:
        full_key = f"{prefix}{key}"
        if not OmegaConf.is_interpolation(node, key):
            if OmegaConf.is_missing(node, key):
                yield f"{full_key} is not set: give {full_key}=…"
            elif isinstance(node[key], DictConfig | ListConfig):
                yield from _unresolved(node[key], root, f"{full_key}.")
            continue
        try:
            node[key]
        except OmegaConfBaseException as error:
            raw: Any = OmegaConf.to_container(node, resolve=False)
            yield _wrong_choice(raw[key], root) or _condensed(error)


def _wrong_choice(interpolation: str, root: DictConfig) -> str | None:
    """Explain `${table.${choice}…}` where the table has no such entry."""
    parts = re.match(r"\$\{([\w.]+)\.\$\{([\w.]+)\}", interpolation)
    if parts is None:
        return None
    table, chosen = OmegaConf.select(root, parts[1]), OmegaConf.select(root, parts[2])
    if not isinstance(table, DictConfig) or chosen is None or chosen in table:
        return None
    return f"{parts[2]} is {chosen!r}: {_choices(str(chosen), [str(name) for name in table])}"


# ---------------------------------------------------------------- what the schema does not allow


def _invalid(error: ValidationError, values: object, known: list[str]) -> list[str]:
    """Say each of pydantic's errors in one line, the branches of a union together."""
    expected: dict[str, list[str]] = {}
    for detail in error.errors(include_url=False):
        key = _dotted(detail["loc"], values, missing=detail["type"] == "missing")
        said = expected.setdefault(_subject(key, detail["type"], detail["input"], known), [])
        what = re.sub(
            r"^Value error, |^\w+ should |, unable to .*| after validation.*", "", detail["msg"]
        )
        if what not in said and detail["type"] not in ("extra_forbidden", "missing"):
            said.append(what)
    return [subject + " or ".join(said) for subject, said in sorted(expected.items())]


def _subject(key: str, kind: str, value: object, known: list[str]) -> str:
    """Begin the sentence about an error at `key`."""
    match kind:
        case "extra_forbidden":
            return _unknown(key, known)
        case "missing":
            return f"{key} is not set: give {key}=…"
        case "value_error" | "assertion_error":  # their message is a whole sentence
            return f"{key}: " if key else ""
        case _:
            return f"{key} is {reprlib.repr(value)}: it should "


def _dotted(location: tuple[int | str, ...], values: object, *, missing: bool) -> str:
    """Return the key at a pydantic location, without the names of a union's branches."""
    node: Any = values
    parts = []
    for part in location:
        inside = part in node if isinstance(node, Mapping) else isinstance(node, list)
        if inside:
            node = node[part]
        if inside or (missing and part == location[-1]):
            parts.append(str(part))
    return ".".join(parts)


# ------------------------------------------------------------------------------- the nearest name


def _schema_keys(schema: type[BaseModel], values: object, prefix: str = "") -> Iterator[str]:
    """Yield the dotted keys that `schema` knows, and those in its tables of sections."""
    for name, field in schema.model_fields.items():
        yield prefix + name
        value = values.get(name) if isinstance(values, Mapping) else None
        sections = {f"{prefix}{name}.": value}
        if get_origin(field.annotation) is dict and isinstance(value, Mapping):
            sections = {f"{prefix}{name}.{entry}.": section for entry, section in value.items()}
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                for path, section in sections.items():
                    yield from _schema_keys(kind, section, path)


def _composed_keys(values: object, prefix: str = "") -> Iterator[str]:
    """Yield the dotted keys of a composed configuration."""
    for name, value in values.items() if isinstance(values, Mapping) else ():
        yield f"{prefix}{name}"
        yield from _composed_keys(value, f"{prefix}{name}.")


def _unknown(key: str, known: Iterable[str]) -> str:
    """Say that `key` is unknown, and which known one it resembles most."""

    def likeness(other: str) -> tuple[float, float]:
        leaves = key.rpartition(".")[2], other.rpartition(".")[2]
        return _ratio(*leaves), _ratio(key, other)

    nearest = max(known, key=likeness, default="")
    hint = f": did you mean {nearest}?" if nearest and likeness(nearest)[0] >= 0.7 else ""
    return f"unknown key {key}{hint}"


def _choices(given: str, options: Iterable[str]) -> str:
    names = list(options)
    nearest = difflib.get_close_matches(given, names, n=1)
    hint = f"did you mean {nearest[0]}? " if nearest else ""
    return f"{hint}choose {', '.join(names)}"


def _ratio(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other).ratio()
