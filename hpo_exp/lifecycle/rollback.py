"""Back to the champion before, and again further back."""

from dataclasses import replace

from hpo_exp.lifecycle.config import PromoteConfig
from hpo_exp.lifecycle.gate import PromotionError
from hpo_exp.lifecycle.log import Entry, PromotionLog, new_attempt
from hpo_exp.lifecycle.promotion import who
from hpo_exp.tracking.registry import CHALLENGER, CHAMPION, PREVIOUS, Registry


def earlier_champions(registry: Registry, promotions: PromotionLog) -> list[int]:
    """Versions to go back to, the nearest last; those deleted meanwhile are passed over.

    Raises:
        PromotionError: there is none.
    """
    existing = registry.versions()
    earlier = [version for version in promotions.champions()[:-1] if version in existing]
    if not earlier:
        raise PromotionError(f"{registry.name} has no earlier champion to go back to")
    return earlier


def roll_back(config: PromoteConfig, registry: Registry, promotions: PromotionLog) -> int:
    """Make the champion before the champion again.

    Returns:
        Its version.

    Raises:
        PromotionError: there is none.
    """
    *others, version = earlier_champions(registry, promotions)
    before = registry.aliases()
    after = {CHAMPION: version}
    if others:
        after[PREVIOUS] = others[-1]
    if CHALLENGER in before and before[CHALLENGER] != version:
        after[CHALLENGER] = before[CHALLENGER]
    decided = promotions.write(
        Entry(
            attempt=new_attempt(),
            action="rollback",
            state="decided",
            who=who(config),
            from_version=before.get(CHAMPION),
            to_version=version,
            aliases=after,
            why=config.reason,
        )
    )
    registry.point(after)
    promotions.write(replace(decided, state="done"))
    return version
