"""One call of `python -m hpo_exp.promote`."""

from rich.console import Console

from hpo_exp.data.load import load_table
from hpo_exp.lifecycle.candidate import Candidate, found_candidate
from hpo_exp.lifecycle.config import PromoteConfig
from hpo_exp.lifecycle.gate import Outcome, PromotionError
from hpo_exp.lifecycle.log import PromotionLog
from hpo_exp.lifecycle.promotion import examine, only_promotion, promote
from hpo_exp.lifecycle.rollback import earlier_champions, roll_back
from hpo_exp.stores import check_store
from hpo_exp.tracking.ledger import Ledger
from hpo_exp.tracking.mlflow_store import Tracker
from hpo_exp.tracking.registry import Registry


def run_promotion(config: PromoteConfig) -> None:
    """Promote or roll back as configured, and print what was found and done.

    Raises:
        UserError: it cannot be done, or a gate failed; the log says so too.
    """
    console = Console(soft_wrap=True)
    check_store("tracking.uri", config.tracking.uri)
    tracker = Tracker(config.tracking)
    if config.rollback and config.name is not None:
        _roll_back(config, Registry(tracker, config.name), console)
        return
    assert config.run is not None  # held by PromoteConfig
    with found_candidate(config.run, config.outputs, tracker) as candidate:
        registry = Registry(tracker, config.name or candidate.study)
        if config.rollback:
            _roll_back(config, registry, console)
        else:
            _promote(config, candidate, registry, console)


def _promote(
    config: PromoteConfig, candidate: Candidate, registry: Registry, console: Console
) -> None:
    table = load_table(config.data)
    if config.dry_run:
        outcomes = examine(config, candidate, registry, table)
        _show(outcomes, console)
        _foretell(registry, outcomes, console)
        return
    with only_promotion(config, registry, "promote") as promotions:
        before = registry.champion()
        version, outcomes = promote(config, candidate, registry, promotions, table)
    _show(outcomes, console)
    console.print(
        f"{registry.name}: version {version} is the champion"
        + (f", version {before} the one before" if before else "")
    )


def _roll_back(config: PromoteConfig, registry: Registry, console: Console) -> None:
    run = registry.log_run()
    if run is None:
        raise PromotionError(f"there is no registered model {registry.name} with a promotion log")
    if config.dry_run:
        promotions = PromotionLog(Ledger(registry.client, run))
        version = earlier_champions(registry, promotions)[-1]
        console.print(f"{registry.name}: version {version} would be the champion again")
        return
    with only_promotion(config, registry, "rollback") as promotions:
        version = roll_back(config, registry, promotions)
    console.print(f"{registry.name}: version {version} is the champion again")


def _show(outcomes: list[Outcome], console: Console) -> None:
    for outcome in outcomes:
        console.print(f"gate {outcome.gate} {outcome}", highlight=False)


def _foretell(registry: Registry, outcomes: list[Outcome], console: Console) -> None:
    """Say what would happen, and do nothing."""
    failed = [outcome.gate for outcome in outcomes if not outcome.passed]
    champion = registry.champion()
    if failed:
        console.print(f"{registry.name}: it would be refused ({', '.join(failed)})")
    else:
        held = f"in place of version {champion}" if champion else "where there is none yet"
        console.print(f"{registry.name}: it would be the champion, {held}")
