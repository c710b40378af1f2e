"""What a call does first: finish or undo what a dead one left, and see what others have moved."""

import logging
from collections.abc import Mapping
from dataclasses import replace

from hpo_exp.lifecycle.log import Entry, PromotionLog, State, new_attempt
from hpo_exp.tracking.registry import CHALLENGER, CHAMPION, Registry

log = logging.getLogger(__name__)


def settle(registry: Registry, promotions: PromotionLog, who: str) -> None:
    """Bring aliases and log together. Only under the lock: an open attempt is a dead one."""
    for entry in promotions.open_attempts():
        if entry.state == "decided":
            state: State = "done"
            _point(registry, entry.aliases)
        else:  # it may have named a challenger, and moved nothing else
            state = "undone"
            before = {CHALLENGER: entry.aliases[CHALLENGER]} if CHALLENGER in entry.aliases else {}
            others = {name: to for name, to in registry.aliases().items() if name != CHALLENGER}
            _point(registry, {**others, **before})
        why = f"by a later call; {entry.why}".rstrip("; ")
        promotions.write(
            replace(entry, state=state, who=who, why=why, aliases=registry.aliases(), evidence={})
        )
        log.warning("an attempt of %s at %s had died: it is %s", entry.who, entry.time, state)
    _note_outside_changes(registry, promotions)


def _point(registry: Registry, aliases: Mapping[str, int]) -> None:
    """Point the aliases so; a version that was deleted meanwhile gets none."""
    versions = registry.versions()
    registry.point({name: to for name, to in aliases.items() if to in versions})


def _note_outside_changes(registry: Registry, promotions: PromotionLog) -> None:
    """Log aliases that were moved by MLflow's own pages or clients, which keep no history."""
    logged, found = promotions.aliases(), registry.aliases()
    if found == (logged or {}):
        return
    before = (logged or {}).get(CHAMPION)
    promotions.write(
        Entry(
            attempt=new_attempt(),
            action="outside",
            state="done",
            who="unknown",
            from_version=before,
            to_version=found.get(CHAMPION),
            aliases=found,
            why="the aliases were moved by another way than this command",
        )
    )
    log.warning("the aliases of %s were moved by another way: %s", registry.name, found)
