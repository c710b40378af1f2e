"""A promotion: register, examine, decide, move the aliases; every step logged before it is made."""

import getpass
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from hpo_exp.data.table import HourlyTable
from hpo_exp.errors import UserError
from hpo_exp.export.manifest import load_manifest
from hpo_exp.export.package import example_hours, pack_model
from hpo_exp.lifecycle.bundle_gates import check_files
from hpo_exp.lifecycle.candidate import Candidate
from hpo_exp.lifecycle.config import PromoteConfig
from hpo_exp.lifecycle.gate import Outcome, PromotionError
from hpo_exp.lifecycle.gates import run_gates
from hpo_exp.lifecycle.log import Action, Entry, PromotionLog, new_attempt
from hpo_exp.lifecycle.recovery import settle
from hpo_exp.locks import Guarded, try_lock
from hpo_exp.tracking.ledger import Ledger
from hpo_exp.tracking.registry import CHALLENGER, CHAMPION, PREVIOUS, Registry


@contextmanager
def only_promotion(
    config: PromoteConfig, registry: Registry, action: Action
) -> Iterator[PromotionLog]:
    """Hold the model's lock, with everything cleared up that a dead call left.

    Raises:
        PromotionError: another promotion holds it; the log has this attempt as well.
    """
    guarded = Guarded(
        f"promotion_{registry.name}", "tracking.uri", config.tracking.uri, config.outputs
    )
    with try_lock(guarded) as is_held:
        promotions = PromotionLog(Ledger(registry.client, registry.create()))
        if not is_held:
            reason = "another promotion of this model was under way"
            promotions.write(_entry(config, registry, action, "busy", reason))
            raise PromotionError(f"{reason}: wait for it, and try again")
        settle(registry, promotions, who(config))
        yield promotions


def promote(
    config: PromoteConfig,
    candidate: Candidate,
    registry: Registry,
    promotions: PromotionLog,
    table: HourlyTable,
) -> tuple[int, list[Outcome]]:
    """Make a candidate the champion, if it passes every gate.

    Returns:
        Its version, and what the gates found.

    Raises:
        PromotionError: a gate failed, or it is the champion already; the log says so too.
    """
    before = registry.aliases()
    begun = replace(_entry(config, registry, "promote", "begun", config.reason), run=candidate.run)
    promotions.write(begun)
    files = check_files(candidate.bundle)
    if not files.passed:
        _refuse(promotions, begun, [files])
    try:
        version = _register(candidate, registry, table)
    except UserError as error:
        promotions.write(replace(begun, state="refused", why=str(error)))
        raise
    if version == before.get(CHAMPION):
        why = f"version {version} is the champion already"
        promotions.write(replace(begun, state="refused", to_version=version, why=why))
        raise PromotionError(f"{registry.name}: {why}")
    examined = {**before, CHALLENGER: version}
    registry.point(examined)
    outcomes = examine(config, candidate, registry, table)
    judged = replace(begun, to_version=version, evidence=_evidence(outcomes), aliases=examined)
    if not all(outcome.passed for outcome in outcomes):
        _refuse(promotions, judged, outcomes)
    after = {CHAMPION: version}
    if CHAMPION in before:
        after[PREVIOUS] = before[CHAMPION]
    decided = promotions.write(replace(judged, state="decided", aliases=after))
    registry.point(after)
    promotions.write(replace(decided, state="done", evidence={}))
    return version, outcomes


def examine(
    config: PromoteConfig, candidate: Candidate, registry: Registry, table: HourlyTable
) -> list[Outcome]:
    """Run the gates beside the present champion; nothing is changed."""
    champion = registry.champion()
    with tempfile.TemporaryDirectory(prefix="hpo_exp-") as temporary:
        bundle = None
        if champion is not None:
            bundle = registry.fetch_bundle(champion, Path(temporary))
        return run_gates(candidate, bundle, table, config.promotion, datetime.now(UTC))


def who(config: PromoteConfig) -> str:
    """Who promotes, for the log."""
    return config.who or f"{getpass.getuser()}@{socket.gethostname()}"


def _register(candidate: Candidate, registry: Registry, table: HourlyTable) -> int:
    """Register the bundle as a version; the same bundle is registered once."""
    with tempfile.TemporaryDirectory(prefix="hpo_exp-") as temporary:
        packed = Path(temporary) / "model"
        example = example_hours(load_manifest(candidate.bundle), table.frame)
        pack_model(candidate.bundle, packed, example)
        return registry.add_version(candidate.run, packed, candidate.fingerprint)


def _refuse(promotions: PromotionLog, judged: Entry, outcomes: list[Outcome]) -> None:
    """Log a refusal, and raise it."""
    failed = [outcome for outcome in outcomes if not outcome.passed]
    why = "; ".join(f"{outcome.gate}: {outcome.text}" for outcome in failed)
    promotions.write(replace(judged, state="refused", why=why, evidence=_evidence(outcomes)))
    lines = "\n".join(f"gate {outcome.gate} failed: {outcome.text}" for outcome in failed)
    raise PromotionError(lines)


def _evidence(outcomes: list[Outcome]) -> dict[str, str]:
    return {outcome.gate: str(outcome) for outcome in outcomes}


def _entry(
    config: PromoteConfig, registry: Registry, action: Action, state: str, why: str
) -> Entry:
    aliases = registry.aliases()
    return Entry(
        attempt=new_attempt(),
        action=action,
        state=state,  # type: ignore[arg-type]  # one of State
        who=who(config),
        from_version=aliases.get(CHAMPION),
        to_version=None,
        aliases=aliases,
        why=why,
    )
