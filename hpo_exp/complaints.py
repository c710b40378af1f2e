"""Mistakes in a configuration, told in one line each that names the key.

Hydra, OmegaConf and pydantic say what is wrong over many lines, in their own terms.
"""

import difflib
import re
import reprlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args, get_origin

from hydra.errors import MissingConfigException, OverrideParseException
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import ConfigAttributeError, ConfigKeyError, OmegaConfBaseException
from pydantic import BaseModel, ValidationError

# ----------------------------------------------------------------- what Hydra cannot compose


def condensed(error: BaseException) -> str:
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


def unresolved(node: DictConfig | ListConfig, root: DictConfig, prefix: str) -> Iterator[str]:
    """Yield a sentence for each value that is missing or refers to something that is not there."""
    keys: Iterable[Any] = node.keys() if isinstance(node, DictConfig) else range(len(node))
    for key in keys:
        full_key = f"{prefix}{key}"
        if not OmegaConf.is_interpolation(node, key):
            if OmegaConf.is_missing(node, key):
                yield f"{full_key} is not set: give {full_key}=…"
            elif isinstance(node[key], DictConfig | ListConfig):
                yield from unresolved(node[key], root, f"{full_key}.")
            continue
        try:
            node[key]
        except OmegaConfBaseException as error:
            raw: Any = OmegaConf.to_container(node, resolve=False)
            yield _wrong_choice(raw[key], root) or condensed(error)


def told_once(problems: Iterable[str]) -> list[str]:
    """Leave out what only follows from another mistake: a table without the entry chosen."""
    distinct = list(dict.fromkeys(problems))
    choices = [
        problem for problem in distinct if ": choose " in problem or "did you mean" in problem
    ]
    return choices or distinct


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


def invalid(error: ValidationError, values: object, known: list[str]) -> list[str]:
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


def schema_keys(schema: type[BaseModel], values: object, prefix: str = "") -> Iterator[str]:
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
                    yield from schema_keys(kind, section, path)


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
