"""All gates, in order: what was found of each, passed or failed."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from hpo_exp.config.promotion import PromotionConfig
from hpo_exp.data.table import HourlyTable
from hpo_exp.errors import UserError
from hpo_exp.export.manifest import Manifest
from hpo_exp.export.model_inputs import model_inputs
from hpo_exp.features.inputs import build_inputs
from hpo_exp.lifecycle.bundle_gates import check_agreement, check_files, check_latency, load_rival
from hpo_exp.lifecycle.candidate import Candidate
from hpo_exp.lifecycle.comparison import Recent, Rival, compare_recent
from hpo_exp.lifecycle.data_gate import check_data
from hpo_exp.lifecycle.dispatch_gate import check_dispatch
from hpo_exp.lifecycle.error_gates import (
    CHALLENGER,
    CHAMPION,
    check_baselines,
    check_champion,
    check_limit,
    check_naive,
)
from hpo_exp.lifecycle.gate import Outcome

PROBES = 64
"""Windows on which the forms of the model are compared."""
NEEDS_FORECASTS = ("error_limit", "naive_baselines", "champion", "agreement", "latency")


def run_gates(
    candidate: Candidate,
    champion: Path | None,
    table: HourlyTable,
    config: PromotionConfig,
    now: datetime,
) -> list[Outcome]:
    """Hold a candidate against every gate; what cannot be looked at has failed.

    Args:
        candidate: what is to be promoted.
        champion: folder of the champion's bundle, or None where there is none.
        table: the hourly table, up to now.
        config: the gates.
        now: the time, UTC.
    """
    outcomes = [check_files(candidate.bundle)]
    try:
        own = load_rival(candidate.bundle)
    except UserError as error:
        return [*outcomes, *_not_run(("load",), str(error))]
    outcomes += check_data(table, own.manifest, config.data, config.error.recent_hours, now)
    outcomes += check_dispatch(candidate.metrics, config.dispatch)
    if config.error.beat_baselines:
        outcomes.append(check_baselines(candidate.forecast, candidate.metrics, config.error))
    try:
        theirs, text = _champion(champion, own.manifest)
        rivals = {CHALLENGER: own} if theirs is None else {CHALLENGER: own, CHAMPION: theirs}
        rules = config.error
        recent = compare_recent(table, rivals, rules.recent_hours, rules.least_hours)
    except UserError as error:
        return [*outcomes, *_not_run(NEEDS_FORECASTS, str(error))]
    outcomes.append(check_limit(recent, config.error))
    if config.error.beat_baselines:
        outcomes.append(check_naive(recent))
    if theirs is None:
        outcomes.append(Outcome("champion", passed=True, text=text))
    else:
        outcomes.append(check_champion(recent, _overlap(own.manifest), config.error))
    return [*outcomes, *_forms(candidate, own, recent, table, config)]


def _forms(
    candidate: Candidate, own: Rival, recent: Recent, table: HourlyTable, config: PromotionConfig
) -> list[Outcome]:
    """Agreement of the bundle's forms, and latency, on recent windows."""
    manifest = own.manifest
    inputs = build_inputs(table, manifest.data, manifest.features)
    asked = model_inputs(manifest, inputs, recent.issues[-PROBES:])
    return [
        check_agreement(candidate.bundle, own, asked, config.agreement),
        check_latency(own, asked, config.latency),
    ]


def _champion(bundle: Path | None, manifest: Manifest) -> tuple[Rival | None, str]:
    """The champion, where there is one that can be compared; else why there is none.

    Raises:
        UserError: it forecasts something else.
    """
    if bundle is None:
        return None, "there is no champion yet"
    try:
        rival = load_rival(bundle)
    except UserError as error:  # it cannot serve either, so it keeps nobody out
        return None, f"the champion cannot be asked: {error}"
    own, theirs = _task(manifest), _task(rival.manifest)
    for name, value in own.items():
        if value != theirs[name]:
            raise UserError(
                f"the champion's {name} is {theirs[name]}, this model's {value}: they cannot be "
                f"compared, choose another name"
            )
    return rival, ""


def _task(manifest: Manifest) -> dict[str, object]:
    """What two models have to share to be compared."""
    return {
        "source": manifest.source,
        "subsystem": manifest.subsystem,
        "horizon": manifest.horizon,
        "scored steps": manifest.scored_steps,
        "issue": manifest.features.issue,
    }


def _overlap(manifest: Manifest) -> int:
    """Issue times from a forecast to its last target hour, counting it."""
    return manifest.horizon if manifest.features.issue == "hourly" else -(-manifest.horizon // 24)


def _not_run(gates: Sequence[str], reason: str) -> list[Outcome]:
    """The first of them failed for a reason, so that the others could not be looked at."""
    first, *others = gates
    return [
        Outcome(first, passed=False, text=reason),
        *(Outcome(gate, passed=False, text=f"not run, because {first} failed") for gate in others),
    ]
