from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hpo_exp.report.dispatch_figures import dispatch_figures, dwarfing
from hpo_exp.report.dispatch_regret import worst_days
from hpo_exp.report.dispatch_section import dispatch_section
from hpo_exp.report.figures import Figure
from hpo_exp.report.forecast_figures import forecast_figures
from hpo_exp.report.language import Text, decimals, number
from hpo_exp.report.run_files import FinishedRun, load_run
from hpo_exp.report.search_figures import importances, search_figures
from tests.report.runs import write_run


def named(figures: list[Figure]) -> dict[str, Figure]:
    return {figure.name: figure for figure in figures}


def test_forecast_figure__shows_the_last_scored_step_and_gaps(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", hours=96, horizon=3)
    path = folder / "report" / "forecast.parquet"
    forecast = pd.read_parquet(path)
    gone = forecast["target_time"] == pd.Timestamp("2022-01-02T05:00")
    forecast[~gone].to_parquet(path)
    chart = named(forecast_figures(load_run(folder)))["forecast"].chart
    model = next(trace for trace in chart.data if trace.name == "model")
    expected = forecast[forecast["step"] == 3].set_index("target_time")["model_mw"]
    assert len(model.y) == 96
    assert np.isnan(model.y[29])
    np.testing.assert_allclose(np.delete(model.y, 29), np.delete(expected, 29), atol=0.01)
    assert model.x0 == "2022-01-01T00:00:00"


def test_forecast_figure__opens_on_the_last_two_weeks(tmp_path: Path) -> None:
    chart = named(forecast_figures(load_run(write_run(tmp_path / "run"))))["forecast"].chart
    assert chart.layout.xaxis.range == ("2022-02-25T23:00:00", "2022-03-11T23:00:00")


def test_forecast_figure__of_a_short_test_begins_with_it(tmp_path: Path) -> None:
    run = load_run(write_run(tmp_path / "run", hours=48))
    chart = named(forecast_figures(run))["forecast"].chart
    assert chart.layout.xaxis.range[0] == "2022-01-01T00:00:00"


def test_error_figures__agree_with_the_scores(tmp_path: Path) -> None:
    run = load_run(write_run(tmp_path / "run", hours=24 * 60, horizon=2))
    bars = named(forecast_figures(run))["error_by_hour"].chart.data[0]
    assert list(bars.x) == list(range(24))
    overall = float(np.sqrt(np.mean(np.square(bars.y))))
    assert overall == pytest.approx(run.test["model"]["rmse_mw"], rel=0.01)


def test_error_figures__leave_unmeasured_hours_out(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", hours=48)
    path = folder / "report" / "forecast.parquet"
    forecast = pd.read_parquet(path)
    forecast.loc[:10, "actual_mw"] = np.nan
    forecast.to_parquet(path)
    bars = named(forecast_figures(load_run(folder)))["error_by_hour"].chart.data[0]
    assert np.isfinite(bars.y).all()


def test_error_figures__by_month_need_more_than_one(tmp_path: Path) -> None:
    figures = named(forecast_figures(load_run(write_run(tmp_path / "run", hours=135))))
    assert set(figures) == {"forecast", "error_by_hour"}


def test_history__marks_pruned_trials_at_their_folds(tmp_path: Path) -> None:
    chart = named(search_figures(load_run(write_run(tmp_path / "run"))))["history"].chart
    best, complete, pruned = chart.data
    assert list(pruned.x) == [4, 9]
    assert list(best.y) == sorted(best.y, reverse=True)
    assert len(complete.x) == 10


def test_slices__have_a_scale_that_suits_the_parameter(tmp_path: Path) -> None:
    figures = named(search_figures(load_run(write_run(tmp_path / "run"))))
    assert figures["slice_learning_rate"].chart.layout.xaxis.type == "log"
    units = figures["slice_units"].chart.layout.xaxis
    assert units.type == "category"
    assert units.categoryarray == ("32", "50", "64", "100")


def test_importances__sum_to_one_and_repeat(tmp_path: Path) -> None:
    run = load_run(write_run(tmp_path / "run", trials=25))
    shares = importances(run)
    assert set(shares) == {"units", "learning_rate", "reference"}
    assert sum(shares.values()) == pytest.approx(1)
    assert importances(run) == shares


def test_importances__find_the_parameter_that_decides(tmp_path: Path) -> None:
    run = load_run(write_run(tmp_path / "run", trials=40))
    run.trials["value"] = 100 + 10 * (run.trials["reference"] == "day")
    assert next(iter(importances(run))) == "reference"


@pytest.mark.parametrize("trials", [1, 4])
def test_importances__say_nothing_from_a_few_trials(tmp_path: Path, trials: int) -> None:
    assert importances(load_run(write_run(tmp_path / "run", trials=trials))) == {}


def test_importances__say_nothing_where_nothing_varied(tmp_path: Path) -> None:
    run = load_run(write_run(tmp_path / "run"))
    for name in run.parameters:
        run.trials[name] = 1
    assert importances(run) == {}


def test_dispatch_figures__show_one_policy_at_a_time(tmp_path: Path) -> None:
    figures = named(dispatch_figures(load_run(write_run(tmp_path / "run", hours=48))))
    hydro = figures["hydro"]
    assert hydro.choices == ("model", "ridge")
    shown = [t.meta["policy"] for t in hydro.chart.data if "policy" in t.meta and t.visible]
    assert shown == ["model", "model"]  # suggested and needed


def test_dispatch_figures__leave_a_dwarfing_policy_to_the_table(tmp_path: Path) -> None:
    run = load_run(write_run(tmp_path / "run", hours=48))
    run.metrics["dispatch"]["policies"]["ridge"]["deficit_mwh"] *= 50
    assert dwarfing(run) == ["ridge"]
    labels = named(dispatch_figures(run))["imbalance"].chart.layout.yaxis.ticktext
    assert set(labels) == {"model", "perfect foresight"}


def priced_run(folder: Path) -> FinishedRun:
    """Two days of a model that balances on the first one and curtails a little on the second."""
    path = write_run(folder, hours=48)
    frame = pd.read_parquet(path / "report" / "dispatch.parquet")
    first = (frame["policy"] == "model") & (frame["time"] < "2022-01-02")
    frame["cost_balancing_up"] = np.where(first, 5e6, 0.0)
    frame["cost_curtailment"] = np.where((frame["policy"] == "model") & ~first, 2e5, 0.0)
    frame["balancing_up_mwh"] = np.where(first, 100.0, 0.0)
    frame["cost"] += frame["cost_balancing_up"] + frame["cost_curtailment"]
    frame.loc[first, "load_forecast_mw"] -= 300.0
    frame.loc[first, "demand_forecast_mw"] -= 500.0
    frame.to_parquet(path / "report" / "dispatch.parquet", index=False)
    run = load_run(path)
    run.metrics["dispatch"]["unit"] = "R$"
    run.metrics["dispatch"]["policies"]["model"]["regret"] = 24 * 5.2e6
    return run


def test_waterfall__leads_from_perfect_foresight_to_the_regret(tmp_path: Path) -> None:
    run = priced_run(tmp_path / "run")
    chart = named(dispatch_figures(run))["waterfall"].chart
    assert list(chart.data[0].x) == [120.0, 4.8, 0.0]  # million R$
    assert chart.data[0].measure == ("relative", "relative", "total")
    assert list(chart.layout.yaxis.ticktext) == ["balancing up", "curtailment", "Regret"]


def test_worst_days__say_what_was_paid_for_and_what_was_missed(tmp_path: Path) -> None:
    run = priced_run(tmp_path / "run")
    assert run.dispatch is not None
    first, second = worst_days(run.dispatch)
    assert (str(first.day.date()), first.regret) == ("2022-01-01", 24 * 5e6)
    assert (first.part, first.share) == ("balancing_up", 100.0)
    assert (first.load_error, first.supply_error) == (300.0, -200.0)
    assert second.part == "curtailment"
    assert second.regret == pytest.approx(24 * 2e5)
    [row, _] = dispatch_section(run)["worst_days"]
    assert row.regret.en == "120.00"
    assert row.why.en == (
        "100 % balancing up; in the worst hour load forecast 300 MW too low, other sources 200 MW "
        "below what was foreseen"
    )


def test_minimum_rule__names_who_breaks_it(tmp_path: Path) -> None:
    run = load_run(write_run(tmp_path / "run", hours=48))
    assert "no policy breaks it" in dispatch_section(run)["minimum_rule"].en
    policy = run.metrics["dispatch"]["policies"]["ridge"]
    policy["violations"]["below_minimum"] = 7
    policy["violation_most_mw"]["below_minimum"] = 250.0
    section = dispatch_section(run)
    rows = dict(section["policy_table"].rows)
    assert "7 (≤ 250 MW)" in [cell.en for cell in rows["ridge"]]
    sentence = section["minimum_rule"].en
    assert "ridge regression: 7 hours below it, at most by 250 MW" in sentence


def test_figure__travels_without_closing_its_script_element(tmp_path: Path) -> None:
    run = load_run(write_run(tmp_path / "run"))
    run.metrics["test"]["rmse_by_step"] = {"</script>": [1.0, 2.0]}
    run.metrics["test"]["horizon"] = 2
    assert "<" not in named(forecast_figures(run))["error_by_step"].script()


def test_text__uses_each_languages_separators() -> None:
    text = Text("{mw:,.1f} MW of {name}", "{mw:,.1f} MW de {name}")
    filled = text.with_values(mw=-1234.5, name=Text("load", "carga"))
    assert filled.en == "\N{MINUS SIGN}1,234.5 MW of load"
    assert filled.pt == "\N{MINUS SIGN}1.234,5 MW de carga"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "\N{EN DASH}"), (float("nan"), "\N{EN DASH}"), (12345.6, "12,346"), (282.94, "282.9"),
     (1.5, "1.50"), (0.0184, "0.0184"), (4.2e-5, "<0.0001"), (0.0, "0")],
)  # fmt: skip
def test_number__has_the_decimals_its_size_deserves(value: float | None, shown: str) -> None:
    assert number(value).en == shown


def test_decimals__tell_the_smallest_number_of_a_column_from_zero() -> None:
    assert decimals([1000.0, None, 0.0, 3.2]) == 2
