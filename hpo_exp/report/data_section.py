"""The section about the data's quality, which the report and the data's own page share."""

from dataclasses import dataclass
from typing import Any

from hpo_exp.data.provenance import ORIGINS
from hpo_exp.report.data_texts import ACTIONS, CHECKS
from hpo_exp.report.language import Text, number

MOST_SPANS = 300
"""Stretches of hours that a page lists of one finding; the JSON file has all of them."""


@dataclass(frozen=True)
class ShownFinding:
    """A finding as the page shows it.

    Attributes:
        check, action: in words.
        column: the table's column or the file's kind.
        hours: how many.
        text: the sentence, in English as in the log.
        spans: first and last hour of each stretch shown.
        more: stretches that are not shown.
    """

    check: Text
    action: Text
    column: str
    hours: Text
    text: str
    spans: list[tuple[str, str]]
    more: int


@dataclass(frozen=True)
class CoverageRow:
    """A column of the table: who measured it, and its hours by origin."""

    name: str
    source: str
    counts: list[Text]


def coverage_rows(description: dict[str, Any]) -> list[CoverageRow]:
    """One row a column; `description` is as `hpo_exp.data.provenance.describe` gives it."""
    return [
        CoverageRow(name, column["source"], [number(column[kind], ",d") for kind in ORIGINS])
        for name, column in description["columns"].items()
    ]


def shown_findings(description: dict[str, Any]) -> list[ShownFinding]:
    """The findings, in the order in which they were made."""
    return [
        ShownFinding(
            check=CHECKS.get(item["check"], Text(item["check"], item["check"])),
            action=ACTIONS.get(item["action"], Text(item["action"], item["action"])),
            column=item["column"],
            hours=number(item["hours"], ",d"),
            text=item["text"],
            spans=[(_hour(first), _hour(last)) for first, last in item["spans"][:MOST_SPANS]],
            more=max(0, len(item["spans"]) - MOST_SPANS),
        )
        for item in description["findings"]
    ]


def breaks_within(description: dict[str, Any], start: str, end: str) -> bool:
    """Whether a change of definition falls after `start` and not after `end` (ISO 8601)."""
    return any(
        start < item["spans"][0][0] <= end
        for item in description["findings"]
        if item["check"] == "definition_break"
    )


def _hour(stamp: str) -> str:
    return stamp[:16].replace("T", " ")
