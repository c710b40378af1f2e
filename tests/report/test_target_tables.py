from pathlib import Path
from typing import Any

from hpo_exp.report.page import write_report
from hpo_exp.report.run_files import load_run
from hpo_exp.report.target_tables import target_tables
from tests.report.runs import write_run

WIND = "geracao_eolica_mw"


def scores(rmse: float, skill: float) -> dict[str, float]:
    return {"rmse_mw": rmse, "mae_mw": 0.8 * rmse, "mape_pct": 9.0, "mase": 0.5, "skill": skill}


def run_with_wind(folder: Path) -> Path:
    wind: dict[str, Any] = {
        "model": scores(1200.0, 0.25),
        "baselines": {"persistence": scores(2000.0, -0.25), "ridge": scores(1600.0, 0.0)},
        "variants": {},
        "significance": {"persistence": {"p_value": 1e-9}, "ridge": {"p_value": 0.03}},
        "rmse_by_step": {
            "model": [300.0, 1000.0, 1500.0],
            "persistence": [500.0, 1500.0, 2500.0],
            "ridge": [310.0, 1200.0, 1700.0],
        },
    }
    changes = {"test.targets": {WIND: wind, "x_mw": wind}, "test.scored_target": WIND}
    return write_run(folder / "run", horizon=3, changes=changes)


def test_target_tables__rank_the_forecasts_of_each_series(tmp_path: Path) -> None:
    wind, other = target_tables(load_run(run_with_wind(tmp_path)))
    assert (wind.column, wind.label.pt, wind.judges) == (WIND, "eólica", True)
    assert (other.column, other.label.en, other.judges) == ("x_mw", "x_mw", False)
    assert [name for name, _ in wind.rows] == ["model", "ridge", "persistence"]
    assert [cell.en for cell in wind.rows[0][1]] == [
        "1,200.0", "960.0", "300.0", "1,500.0", "0.500", "+0.250", "",
    ]  # fmt: skip
    assert wind.rows[1][1][-1].pt == "0,030"
    assert wind.rows[2][1][-1].en == "< 0.001"


def test_report__has_a_table_for_each_series(tmp_path: Path) -> None:
    html = write_report(run_with_wind(tmp_path)).read_text(encoding="utf-8")
    assert f'id="target-{WIND}"' in html
    assert 'id="target-x_mw"' in html
    assert html.count("Trials were judged by this column.") == 1


def test_report__of_the_load_alone_has_none(tmp_path: Path) -> None:
    assert target_tables(load_run(write_run(tmp_path / "run"))) == []
