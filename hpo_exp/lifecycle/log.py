"""The promotion log: who moved the champion when, from what, to what, why, and on which evidence.

An attempt writes what it is about to do before it does it, so that whoever comes after a crash
knows what to finish or to undo:

    begun → decided → done        a promotion, or a rollback
    begun → refused               a gate failed
    begun → undone                it died before it was decided; a later call cleared up
    busy                          somebody else held the lock
    done (action `outside`)       somebody moved an alias by another way
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

from hpo_exp.tracking.ledger import LONGEST_ENTRY, Ledger

Action = Literal["promote", "rollback", "outside"]
State = Literal["begun", "decided", "done", "refused", "undone", "busy"]
OPEN: tuple[State, ...] = ("begun", "decided")


@dataclass(frozen=True)
class Entry:
    """One line of the log.

    Attributes:
        attempt: what the entries of one attempt have in common.
        action, state: what was attempted, and how far it has come.
        time: UTC, ISO 8601.
        who: who attempted it.
        from_version: the champion before, or None for none.
        to_version: the champion meant to be, or None where there is no version of it yet.
        aliases: where they point once this state is reached; of `begun`, before it.
        why: a reason in words: the caller's, or of a refusal.
        evidence: gate to its outcome in words.
        run: MLflow run of the study it came from, or ''.
        number: place in the log, 0 before it is written.
    """

    attempt: str
    action: Action
    state: State
    who: str
    from_version: int | None
    to_version: int | None
    aliases: Mapping[str, int]
    why: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)
    run: str = ""
    time: str = ""
    number: int = 0


class PromotionLog:
    """The log of one registered model."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def entries(self) -> list[Entry]:
        """Every entry, in order."""
        return [
            Entry(**{**json.loads(text), "number": number})
            for number, text in self._ledger.entries().items()
        ]

    def write(self, entry: Entry) -> Entry:
        """Append an entry; it is given its time and number."""
        timed = replace(entry, time=datetime.now(UTC).isoformat(timespec="milliseconds"))
        text = _as_text(timed)
        if len(text) > LONGEST_ENTRY:  # the whole of it stands beside the log
            self._ledger.keep(f"evidence/{entry.attempt}_{entry.state}.json", text)
            short = {gate: found[:200] for gate, found in timed.evidence.items()}
            text = _as_text(replace(timed, evidence=short, why=timed.why[:500]))
        return replace(timed, number=self._ledger.append(text))

    def open_attempts(self) -> list[Entry]:
        """The last entry of each attempt that was neither finished nor undone."""
        last = {entry.attempt: entry for entry in self.entries()}
        return [entry for entry in last.values() if entry.state in OPEN]

    def aliases(self) -> dict[str, int] | None:
        """Where the aliases point by the log, or None where nothing was ever logged."""
        ended = [entry for entry in self.entries() if entry.state not in ("begun", "busy")]
        return dict(ended[-1].aliases) if ended else None

    def champions(self) -> list[int]:
        """Champions by the log, the present one last: each the one to go back to from the next."""
        stack: list[int] = []
        for entry in self.entries():
            if entry.state != "done" or entry.to_version is None:
                continue
            if entry.to_version in stack and entry.action != "promote":
                del stack[stack.index(entry.to_version) + 1 :]
            elif not stack or stack[-1] != entry.to_version:
                stack.append(entry.to_version)
        return stack


def new_attempt() -> str:
    """A name that no other attempt has."""
    return uuid.uuid4().hex[:12]


def _as_text(entry: Entry) -> str:
    values = {key: value for key, value in asdict(entry).items() if key != "number"}
    return json.dumps(values, ensure_ascii=False)
