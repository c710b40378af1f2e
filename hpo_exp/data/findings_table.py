"""The findings as a table on the terminal."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.table import Table

from hpo_exp.data.provenance import ORIGINS


def print_findings(description: dict[str, Any], console: Console, *, hours: bool) -> None:
    """Print what is known of a table: its coverage, and one line a finding.

    Args:
        description: as `hpo_exp.data.provenance.describe` gives it.
        console: where to print.
        hours: whether to list every stretch of hours of every finding.
    """
    kind = "SIMULATED data" if description["simulated"] else "data"
    console.print(
        f"{kind} {description['source']}, subsystem {description['subsystem']}: "
        f"{description['rows']:,} hours, {description['start']} to {description['end']}, "
        f"{len(description['files'])} files, sha256 {description['sha256'][:16]}…"
    )
    console.print(_coverage(description["columns"]))
    console.print(_findings(description["findings"]))
    if not hours:
        return
    for finding in description["findings"]:
        console.print(f"{finding['check']} {finding['column']}: {finding['text']}", style="bold")
        for first, last in finding["spans"]:
            console.print(f"  {first}" + (f" to {last}" if last != first else ""))


def _coverage(columns: dict[str, dict[str, Any]]) -> Table:
    table = Table("column", "from", title="hours by origin", title_justify="left")
    for kind in ORIGINS:
        table.add_column(kind, justify="right")
    for name, column in columns.items():
        counts = (column[kind] for kind in ORIGINS)
        table.add_row(name, column["source"], *(f"{count:,}" if count else "" for count in counts))
    return table


def _findings(findings: Iterable[dict[str, Any]]) -> Table:
    table = Table("check", "column", title="what was found", title_justify="left")
    table.add_column("hours", justify="right")
    table.add_column("done")
    table.add_column("what", ratio=1)
    for finding in findings:
        if finding["check"] == "missing":  # the table above counts them
            continue
        table.add_row(
            finding["check"], finding["column"], f"{finding['hours']:,}", finding["action"],
            finding["text"],
        )  # fmt: skip
    return table
