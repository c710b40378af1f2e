"""Fetch, join, check and write the hourly table: `python -m hpo_exp.data data=ons data.root=…`."""

import json

from omegaconf import DictConfig, open_dict
from rich.console import Console

from hpo_exp.command import read_config, run_command
from hpo_exp.data.config import DataCommandConfig

_OF_TUNE = ("cv", "study", "trainer")
"""What conf/data/*.yaml says to `tune` alone."""

_LOG_WIDTH = 160


def build(composed: DictConfig) -> None:
    """Build the table unless it is there already, and print what was found."""
    with open_dict(composed):
        for name in _OF_TUNE:
            composed.pop(name, None)
    config = read_config(composed, DataCommandConfig)
    from hpo_exp.data.cache import cache_key
    from hpo_exp.data.findings_table import print_findings
    from hpo_exp.data.load import fetched, load_table
    from hpo_exp.data.product import PAGE, QUALITY, up_to_date, write_manifest, write_product

    # What is written is the table; weather forecasts are read beside it, by `tune`.
    data = fetched(config.data).model_copy(update={"weather_forecasts": None})
    key = cache_key(data) if data.cache and data.root and data.root.is_dir() else None
    files = up_to_date(config.output, key) if key else None
    if files is None:
        from hpo_exp.report.data_page import write_data_page

        table = load_table(data)
        files = write_product(table, config.output)
        files.append(write_data_page(table, config.output / PAGE))
        if key:
            write_manifest(config.output, key, files)
    description = json.loads((config.output / QUALITY).read_text(encoding="utf-8"))
    console = Console()
    if not console.is_terminal:  # a log has no width of its own
        console.width = _LOG_WIDTH
    print_findings(description, console, hours=config.show == "hours")
    for path in files:
        print(path)


if __name__ == "__main__":
    run_command(build, "data")
