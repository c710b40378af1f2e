"""Every benchmark in one run: `scripts/benchmark DATA [section...]` (see README.md beside it)."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from arithmetic import measure_arithmetic
from busy import measure_coordinator
from memory import measure_memory
from rich.console import Console
from rich.table import Table
from sweep import measure_sweep

from hpo_exp.files import write_text

SECTIONS = {
    "sweep": measure_sweep,
    "arithmetic": measure_arithmetic,
    "coordinator": measure_coordinator,
    "memory": measure_memory,
}
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
        found = SECTIONS[section](arguments.data.absolute())
        # The arithmetic belongs to the sweep's figures: both say what a core is made to do.
        name = "sweep" if section == "arithmetic" else section
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
