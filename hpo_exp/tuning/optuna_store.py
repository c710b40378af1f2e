"""The study in Optuna's storage: opened, identified by a fingerprint."""

import hashlib
import importlib.util
import json
import uuid
import warnings
from collections.abc import Callable
from typing import Any

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.storages import RDBStorage

from hpo_exp.config import StudyConfig, TuneConfig, WarmStartConfig
from hpo_exp.errors import ConfigError, StudyError
from hpo_exp.stores import (
    check_store,
    connect_options,
    database_url,
    prepare_store,
    shown_url,
    sqlite_path,
)
from hpo_exp.tuning.fidelity import build_ladder
from hpo_exp.tuning.objective import METRICS
from hpo_exp.tuning.pruning import make_pruner
from hpo_exp.tuning.seeds import derive_seed

optuna.logging.disable_default_handler()  # its lines go to our log alone
optuna.logging.enable_propagation()
optuna.logging.set_verbosity(optuna.logging.WARNING)

FINGERPRINT = "fingerprint"
UID = "uid"
"""Identifies the study in other stores: a name may be used again once a study is deleted."""
IDENTITY = "identity"

SAMPLERS: dict[str, Callable[..., optuna.samplers.BaseSampler]] = {
    "tpe": optuna.samplers.TPESampler,
    "random": optuna.samplers.RandomSampler,
    "gp": optuna.samplers.GPSampler,
    "cmaes": optuna.samplers.CmaEsSampler,
    "qmc": optuna.samplers.QMCSampler,
    "nsgaii": optuna.samplers.NSGAIISampler,
}


def open_study(config: TuneConfig, data_sha256: str) -> optuna.Study:
    """Open the study, or create it.

    Raises:
        StudyError: the storage cannot be opened, or a study of this name searches something else.
    """
    storage = _open_storage(config.study.storage)
    metrics = list(METRICS[config.study.objective])
    study = optuna.create_study(
        study_name=config.study.name,
        storage=storage,
        directions=["minimize"] * len(metrics),
        sampler=make_sampler(config.study, trial=0),
        pruner=make_pruner(config.study, build_ladder(config)),
        load_if_exists=True,
    )
    _identify(study, identity(config, data_sha256))
    if study.metric_names != metrics:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)  # since Optuna 3.2
            study.set_metric_names(metrics)
    return study


def load_other_study(warm_start: WarmStartConfig) -> optuna.Study:
    """Open another study to learn from.

    Raises:
        StudyError: there is no such study.
    """
    check_store("study.warm_start.storage", warm_start.storage)
    path = sqlite_path(warm_start.storage)
    try:
        if path is None or path.is_file():  # to look must not make a database
            return optuna.load_study(
                study_name=warm_start.study, storage=_open_storage(warm_start.storage)
            )
    except KeyError:
        pass
    raise StudyError(
        f"study.warm_start: there is no study {warm_start.study!r} in "
        f"{shown_url(warm_start.storage)}"
    )


def check_study(config: TuneConfig) -> None:
    """Look whether a study can be opened, before anything is written anywhere.

    Raises:
        ConfigError: the options of sampler or pruner do not fit.
        StudyError: the storage cannot be opened.
    """
    check_store("study.storage", config.study.storage)
    make_sampler(config.study, trial=0)
    make_pruner(config.study, build_ladder(config))


def make_sampler(config: StudyConfig, trial: int) -> optuna.samplers.BaseSampler:
    """The configured sampler, seeded for one trial: a resumed study proposes what it would have.

    Raises:
        ConfigError: `study.sampler_options` do not fit the sampler.
    """
    # A quasi-random sequence is one sequence: its points differ by their number, not their seed.
    number = 0 if config.sampler == "qmc" else trial
    seed = derive_seed(config.seed, "sampler", number)
    if config.sampler == "gp" and importlib.util.find_spec("torch") is None:
        raise ConfigError("study.sampler=gp needs PyTorch: install torch, or choose another one")
    try:
        return SAMPLERS[config.sampler](seed=seed, **config.sampler_options)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"study.sampler_options do not fit {config.sampler}: {error}") from error


def identity(config: TuneConfig, data_sha256: str) -> dict[str, Any]:
    """What a trial's value depends on, as a flat mapping: equal identities, equal trials."""
    sections = config.model_dump(
        mode="json",
        include={
            "data": {"source", "subsystem", "states", "timezone", "fill", "fill_hours"},
            "features": True,
            "model": True,
            "trainer": True,
            "search": True,
            "cv": True,
            "fidelity": True,
            "study": {
                "seed", "sampler", "sampler_options", "pruner", "pruner_options", "warm_start",
            },
        },
    )  # fmt: skip
    del sections["trainer"]["compilation_cache"]
    if config.study.objective != "rmse":
        sections["study"]["objective"] = config.study.objective
        sections["dispatch"] = config.model_dump(mode="json", include={"dispatch"})["dispatch"]
    flat = {
        f"{section}.{key}": value
        for section, values in sections.items()
        for key, value in values.items()
    }
    return {**flat, "data.sha256": data_sha256}


def _open_storage(url: str) -> RDBStorage:
    try:
        prepare_store(url)
        found = database_url(url)
        return RDBStorage(found, engine_kwargs={"connect_args": connect_options(found)})
    except Exception as error:
        reason = str(error).splitlines()[0]
        raise StudyError(f"study.storage={shown_url(url)} cannot be opened: {reason}") from error


def _identify(study: optuna.Study, found: dict[str, Any]) -> None:
    """Write the identity of a new study; refuse an old one that searches something else."""
    fingerprint = hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()
    stored = study.user_attrs.get(FINGERPRINT)
    if stored is None:
        study.set_user_attr(IDENTITY, found)
        study.set_user_attr(UID, uuid.uuid4().hex)
        study.set_user_attr(FINGERPRINT, fingerprint)
    elif stored != fingerprint:
        before = study.user_attrs.get(IDENTITY, {})
        changed = sorted(
            key for key in before.keys() | found.keys() if before.get(key) != found.get(key)
        )
        raise StudyError(
            f"study {study.study_name!r} exists with another configuration or other data "
            f"({', '.join(changed)} changed): choose another study.name, or delete that study"
        )
