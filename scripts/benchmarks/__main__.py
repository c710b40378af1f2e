"""Every benchmark in one run: `scripts/benchmark DATA [section...]`."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from arithmetic import measure_arithmetic
from busy import measure_coordinator
from dispatch import measure_dispatch
from memory import measure_memory
from rich.console import Console
from rich.table import Table
from sweep import measure_same_trials, measure_search

from hpo_exp.files import write_text

SECTIONS: dict[str, tuple[str, Callable[[Path], dict[str, Any]]]] = {
    "same_trials": ("sweep", measure_same_trials),
    "search": ("sweep", measure_search),
    "arithmetic": ("sweep", measure_arithmetic),
    "coordinator": ("coordinator", measure_coordinator),
    "memory": ("memory", measure_memory),
    "dispatch": ("dispatch", measure_dispatch),
}
"""What can be measured, and the part of the output it belongs to."""

OUTPUT = Path("outputs/benchmark.json")


def main() -> None:
    """Run the chosen sections and merge what they found into `outputs/benchmark.json`."""
    parser = argparse.ArgumentParser(prog="scripts/benchmark", description=__doc__)
    parser.add_argument("data", type=Path, help="folder of the publishers' raw files")
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], help="default: all")
    arguments = parser.parse_args()
    if not arguments.data.is_dir():
        sys.exit(f"scripts/benchmark: {arguments.data} is no folder")
    results: dict[str, Any] = json.loads(OUTPUT.read_text()) if OUTPUT.is_file() else {}
    for section in arguments.sections or SECTIONS:
        Console().rule(section)
        name, measure = SECTIONS[section]
        found = measure(arguments.data.absolute())
        results[name] = {**results.get(name, {}), **found}
        results["machine"] = {"cores": os.cpu_count()}
        OUTPUT.parent.mkdir(exist_ok=True)
        write_text(OUTPUT, json.dumps(results, indent=2) + "\n")
    _show(results)


def _show(results: dict[str, Any]) -> None:
    table = Table("figure", "value", title=str(OUTPUT))
    for section, figures in results.items():
        for name, value in figures.items():
            shown = value if isinstance(value, dict) else {"": value}
            for part, number in shown.items():
                table.add_row(f"{section} {name} {part}".strip(), f"{number:,.3f}")
    Console().print(table)


if __name__ == "__main__":
    main()
