"""What a call does first: finish or undo what a dead one left, and see what others have moved."""

import logging
from dataclasses import replace

from hpo_exp.lifecycle.log import Entry, PromotionLog, new_attempt
from hpo_exp.tracking.registry import CHAMPION, Registry

log = logging.getLogger(__name__)


def settle(registry: Registry, promotions: PromotionLog, who: str) -> None:
    """Bring aliases and log together. Only under the lock: an open attempt is a dead one."""
    for entry in promotions.open_attempts():
        if entry.state == "decided":
            _point_existing(registry, entry)
            promotions.write(
                replace(entry, state="done", who=who, why=_by_another(entry, "finished"))
            )
        else:
            _point_existing(registry, entry)
            promotions.write(
                replace(entry, state="undone", who=who, why=_by_another(entry, "undone"))
            )
        log.warning("an attempt of %s at %s had died: it is cleared up", entry.who, entry.time)
    _note_outside_changes(registry, promotions)


def _by_another(entry: Entry, what: str) -> str:
    return f"{what} by a later call; {entry.why}".rstrip("; ")


def _point_existing(registry: Registry, entry: Entry) -> None:
    """Point the aliases as an entry says; a version that was deleted meanwhile gets none."""
    versions = registry.versions()
    registry.point({name: to for name, to in entry.aliases.items() if to in versions})


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
