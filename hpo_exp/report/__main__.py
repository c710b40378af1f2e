"""Rebuild reports and compare runs: `python -m hpo_exp.report runs=[FOLDER, …]`."""

from omegaconf import DictConfig

from hpo_exp.command import read_config, run_command
from hpo_exp.report.config import ReportConfig


def report(composed: DictConfig) -> None:
    """Rebuild each run's page from its files and, for several runs, write the comparison."""
    config = read_config(composed, ReportConfig)
    from hpo_exp.report.compare import write_comparison
    from hpo_exp.report.page import write_report
    from hpo_exp.report.run_files import find_runs

    runs = [run for folder in config.runs for run in find_runs(folder)]
    for run in runs:
        print(f"report: {write_report(run)}")
    if len(runs) > 1:
        print(f"comparison: {write_comparison(runs, config.output)}")


if __name__ == "__main__":
    run_command(report, "report")
