"""Whether the model's gain over the best baseline is more than chance, in words."""

from hpo_exp.report.language import Text, number
from hpo_exp.report.run_files import FinishedRun
from hpo_exp.report.texts import TEXTS, name_of

SIGNIFICANT = 0.01
"""Chance below which a difference between two forecasts is called one."""
LEAST_P = 0.001


def p_value(value: float | None) -> Text:
    """A probability with the decimals that matter; tiny ones are told as such."""
    if value is not None and value < LEAST_P:
        return Text(f"< {LEAST_P}", f"< {LEAST_P}".replace(".", ","))
    return number(value, ".3f")


def chance(run: FinishedRun) -> list[Text]:
    """Whether the gain over the best baseline, or the loss, could be luck."""
    compared = run.test.get("significance", {}).get(run.best_baseline)
    if compared is None or None in (compared["p_value"], *compared["interval"]):
        return []
    low, high = compared["interval"]
    key = "not_chance" if compared["p_value"] < SIGNIFICANT else "chance"
    return [TEXTS[key].with_values(p=_equal(p_value(compared["p_value"])), low=low, high=high)]


def pooled(run: FinishedRun) -> list[Text]:
    """All steps together, where the figures above are of some."""
    together = run.test.get("pooled")
    if together is None or together["model"]["skill"] is None:
        return []
    baselines = together["baselines"]
    best = min(baselines, key=lambda name: baselines[name]["rmse_mw"])
    model = together["model"]
    values = {"rmse": model["rmse_mw"], "percent": 100 * model["skill"], "name": name_of(best)}
    p = p_value(together["significance"][best]["p_value"])
    return [TEXTS["pooled_too"].with_values(horizon=run.test["horizon"], p=_equal(p), **values)]


def _equal(p: Text) -> Text:
    """A p-value with its sign, which a tiny one has already."""
    return p if p.en.startswith("<") else Text(f"= {p.en}", f"= {p.pt}")
