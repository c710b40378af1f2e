import re
from html import unescape
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from hpo_exp.report.headline import clipping, meaning
from hpo_exp.report.page import duration, write_report
from hpo_exp.report.run_files import RunError, load_run
from tests.report.runs import write_run

SECTIONS = ("run", "notes", "in-short", "leaderboard", "forecast", "dispatch", "search")
BIGGEST = 12_000_000


def page(folder: Path) -> str:
    """The page without plotly.js, whose own code is not ours to judge."""
    text = write_report(folder).read_text(encoding="utf-8")
    return re.sub(r"<script>/\*\*.*?</script>", "", text, flags=re.DOTALL)


def said(html: str, language: str = "en") -> str:
    """What a reader of one language sees, roughly."""
    other = "pt" if language == "en" else "en"
    html = re.sub(rf'<span lang="{other}">[^<]*</span>', "", html)
    html = re.sub(r"<(script|style)[^>]*>.*?</\1>", "", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", html)))


def test_report__has_every_section_and_figure(tmp_path: Path) -> None:
    html = page(write_run(tmp_path / "run", horizon=3))
    assert [name for name in SECTIONS if f'id="{name}"' not in html] == []
    for figure in (
        *("forecast", "error_by_hour", "error_by_month", "error_heatmap", "error_by_step"),
        *("hydro", "imbalance", "waterfall", "shortage", "history", "importances"),
        *("slice_units", "slice_learning_rate", "slice_reference"),
    ):
        assert f'id="chart-{figure}"' in html
        assert f'id="chart-{figure}-data"' in html


def test_report__says_first_of_all_that_data_are_simulated(tmp_path: Path) -> None:
    changes = {"data.simulated": True, "data.source": "seed"}
    html = page(write_run(tmp_path / "run", changes=changes))
    assert html.index('id="simulated"') < html.index("<h1>")
    assert "SIMULATED DATA" in said(html)
    assert "DADOS SIMULADOS" in said(html, "pt")


def test_report__does_not_call_measured_data_simulated(tmp_path: Path) -> None:
    text = said(page(write_run(tmp_path / "run")))
    assert "SIMULATED" not in text
    assert "Measured data" in text


def test_report__says_that_a_series_always_clips(tmp_path: Path) -> None:
    html = page(write_run(tmp_path / "run", hours=135))
    assert (
        "In all 135 hours the demand left for hydro is above the plant's 1,500 MW, so every "
        "forecast leads to the same dispatch."
    ) in said(html)
    assert "supera os 1.500 MW da usina, portanto toda previsão leva" in said(html, "pt")


def test_clipping__does_not_claim_one_dispatch_where_there_are_two(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", hours=48)
    path = folder / "report" / "dispatch.parquet"
    frame = pd.read_parquet(path)
    frame.loc[0, "committed_geracao_hidraulica_mw"] = 1200.0
    frame.to_parquet(path)
    sentence, always = clipping(load_run(folder))
    assert always
    assert sentence is not None
    assert "hardly change the dispatch" in sentence.en


@pytest.mark.parametrize(("clipped", "expected"), [(0, None), (30, "In 30 of 100 hours (30.0 %)")])
def test_clipping__counts_what_it_does_not_always_do(
    tmp_path: Path, clipped: int, expected: str | None
) -> None:
    counts = {"below_minimum": clipped, "above_maximum": 0}
    run = load_run(
        write_run(tmp_path / "run", hours=100, changes={"dispatch.clipped_hours": counts})
    )
    sentence, always = clipping(run)
    assert not always
    assert (sentence is None) == (expected is None)
    assert sentence is None or sentence.en.startswith(expected or "")


def test_report__without_a_dispatch_case_says_so(tmp_path: Path) -> None:
    html = page(write_run(tmp_path / "run", dispatch=False))
    assert 'id="no-dispatch"' in html
    assert "chart-hydro" not in html
    assert "regret" not in said(html).lower()


def test_report__does_without_a_skill(tmp_path: Path) -> None:
    changes = {"test.model.skill": None, "test.baselines.ridge.rmse_mw": 0.0}
    text = said(page(write_run(tmp_path / "run", changes=changes)))
    assert "makes no error to speak of on these data (RMSE 0 MW)" in text
    assert "None" not in text
    assert "nan" not in text.lower().split()


def test_report__does_without_a_regret_percentage(tmp_path: Path) -> None:
    policies = {"model": 50.0, "ridge": 60.0, "perfect": 0.0}
    changes = {
        key: value
        for name, cost in policies.items()
        for key, value in (
            (f"dispatch.policies.{name}.cost", cost),
            (f"dispatch.policies.{name}.regret", cost),
            (f"dispatch.policies.{name}.regret_pct", None),
        )
    }
    text = said(page(write_run(tmp_path / "run", changes=changes)))
    assert "Regret, %" not in text
    assert "cost 50.00 MWh more than perfect foresight" in text


def test_report__of_a_study_that_searched_nothing(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", trials=1)
    trials = pd.read_csv(folder / "trials.csv")
    trials.drop(columns=["units", "learning_rate", "reference"]).to_csv(
        folder / "trials.csv", index=False
    )
    html = page(folder)
    assert "searched no hyperparameter" in said(html)
    assert "chart-history" not in html


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        (0.0000123, "That is more than chance (Diebold-Mariano, p < 0.001)"),
        (0.004, "That is more than chance (Diebold-Mariano, p = 0.004)"),
        (0.04, "That may be chance (Diebold-Mariano, p = 0.040)"),
    ],
)
def test_report__says_whether_a_gain_may_be_chance(tmp_path: Path, p: float, expected: str) -> None:
    run = write_run(tmp_path / "run", changes={"test.significance.ridge.p_value": p})
    text = said(page(run))
    assert expected in text
    assert "lies between \N{MINUS SIGN}6 and \N{MINUS SIGN}2 MW" in text


def test_report__of_one_step_tells_of_all_steps_together(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", horizon=3)
    test = load_run(folder).metrics["test"]
    pooled = {key: test[key] for key in ("model", "baselines", "significance")}
    run = write_run(tmp_path / "other", horizon=3, changes={"test.pooled": pooled})
    assert "Over all 3 steps together its RMSE is 42.43 MW" in said(page(run))


def test_report__of_a_run_from_before_it_was_tested_leaves_chance_open(tmp_path: Path) -> None:
    text = said(page(write_run(tmp_path / "run", changes={"test.significance": {}})))
    assert "chance (" not in text


def test_report__tells_how_a_baseline_was_tuned(tmp_path: Path) -> None:
    found = {"trials": 12, "seconds": 75.0, "best_value": 321.0, "best_params": {"rounds": 400}}
    run = write_run(tmp_path / "run", changes={"test.tuned_baselines": {"lightgbm": found}})
    assert "12 trials in 1 min 15 s, the best one with 321.0 MW (rounds 400)" in said(page(run))


def test_report__shows_how_well_intervals_hold(tmp_path: Path) -> None:
    html = page(write_run(tmp_path / "run", horizon=3, intervals=True))
    for figure in ("fan", "coverage_by_hour", "coverage_by_step"):
        assert f'id="chart-{figure}"' in html
    text = said(html)
    assert "The 90 % interval held 90.3 % of the scored hours, from 88.0 % to 92.6 %" in text
    assert "ridge regression 90.3 80 9.2" in text


def test_report__without_intervals_has_no_section_of_them(tmp_path: Path) -> None:
    assert 'id="intervals"' not in page(write_run(tmp_path / "run"))


def test_report__escapes_what_the_data_say(tmp_path: Path) -> None:
    assert "the balance &amp; the curve differ &lt;by 5 MW&gt;" in page(write_run(tmp_path / "run"))


def test_report__asks_for_nothing_over_a_network(tmp_path: Path) -> None:
    html = page(write_run(tmp_path / "run"))
    assert not re.findall(r"(?:src|href|action)\s*=\s*[\"']?(?!data:)[\w/.]", html)
    assert not re.findall(r"@import|url\(|https?://", html)
    assert "default-src 'none'" in html


@pytest.mark.slow
def test_report__of_a_year_is_below_12_mb(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", hours=8760, horizon=6)
    assert write_report(folder).stat().st_size < BIGGEST


def test_report__is_the_same_for_the_same_files(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    first = write_report(folder).read_bytes()
    assert write_report(folder).read_bytes() == first


def test_report__tells_when_its_folder_says_the_run_was_started(tmp_path: Path) -> None:
    text = said(page(write_run(tmp_path / "study" / "2026-11-22_13-05-09")))
    assert "Run started 2026-11-22 13:05:09" in text
    assert "study/2026-11-22_13-05-09" in text


@pytest.mark.parametrize("name", ["report/metrics.json", "report/forecast.parquet", "trials.csv"])
def test_load__names_the_file_that_is_missing(tmp_path: Path, name: str) -> None:
    folder = write_run(tmp_path / "run")
    (folder / name).unlink()
    with pytest.raises(RunError, match=re.escape(str(folder / name))):
        load_run(folder)


def test_load__names_the_file_that_cannot_be_read(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    (folder / "report" / "metrics.json").write_text("{")
    with pytest.raises(RunError, match=r"metrics\.json cannot be read"):
        load_run(folder)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"horizon": 1, "scored_step": 1}, "issued every hour for the next hour"),
        ({"horizon": 24, "scored_step": 24}, "those of step 24, the last of 24 hours ahead"),
        ({"horizon": 24, "scored_step": 6}, "those of step 6, that is 6 h ahead"),
        ({"horizon": 24, "scored_step": "pooled"}, "those of all 24 hours ahead together"),
        ({"horizon": 24, "scored_step": "3-5"}, "those of steps 3 to 5, that is 3 to 5 h ahead"),
        (
            {"horizon": 38, "scored_step": "15-38", "issue": 10},
            "once a day at 10:00 for the next 38 hours",
        ),
        (
            {"horizon": 38, "scored_step": "15-38", "issue": 10},
            "steps 15 to 38, the 24 hours of the next calendar day",
        ),
    ],
)
def test_meaning__says_which_hours_the_errors_are_of(
    tmp_path: Path, changes: dict[str, Any], expected: str
) -> None:
    run = load_run(write_run(tmp_path / "run", hours=48))
    run.metrics["test"] |= changes
    assert expected in " ".join(sentence.en for sentence in meaning(run))


@pytest.mark.parametrize(
    ("seconds", "shown"), [(20.6, "21 s"), (258, "4 min 18 s"), (4321, "1 h 12 min")]
)
def test_duration__shows_two_units(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown
