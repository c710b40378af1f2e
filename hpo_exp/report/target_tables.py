"""What the model forecasts beside the load: a table for each series."""

from dataclasses import dataclass
from typing import Any

from hpo_exp.dispatch.policy_names import MODEL
from hpo_exp.report.chance import p_value
from hpo_exp.report.data_texts import COLUMNS
from hpo_exp.report.language import Text, decimals, number
from hpo_exp.report.run_files import FinishedRun


@dataclass(frozen=True)
class TargetTable:
    """How well one series was forecast.

    Attributes:
        column: its column in the data.
        label: its name in words.
        judges: whether trials were judged by it.
        rows: forecasts from the smallest RMSE on, each with its numbers in the table's order: RMSE
            and MAE of the scored steps (MW), RMSE of the first and of the last step (MW), MASE,
            skill, and the chance of a difference from the model.
    """

    column: str
    label: Text
    judges: bool
    rows: list[tuple[str, list[Text]]]


def target_tables(run: FinishedRun) -> list[TargetTable]:
    """The tables, in the model's order; none where it forecasts the load alone."""
    return [
        TargetTable(
            column=column,
            label=COLUMNS.get(column, Text(column, column)),
            judges=column == run.test["scored_target"],
            rows=_rows(found),
        )
        for column, found in run.test.get("targets", {}).items()
    ]


def _rows(found: dict[str, Any]) -> list[tuple[str, list[Text]]]:
    scores = {MODEL: found[MODEL], **found["variants"], **found["baselines"]}
    by_step = found["rmse_by_step"]
    megawatts = {
        name: [score["rmse_mw"], score["mae_mw"], by_step[name][0], by_step[name][-1]]
        for name, score in scores.items()
    }
    spec = f",.{decimals([value for values in megawatts.values() for value in values])}f"
    order = sorted(
        scores, key=lambda name: (scores[name]["rmse_mw"] is None, scores[name]["rmse_mw"])
    )
    return [
        (
            name,
            [
                *(number(value, spec) for value in megawatts[name]),
                number(scores[name]["mase"], ".3f"),
                number(scores[name]["skill"], "+.3f"),
                _chance(found["significance"].get(name)),
            ],
        )
        for name in order
    ]


def _chance(compared: dict[str, Any] | None) -> Text:
    return Text("", "") if compared is None else p_value(compared["p_value"])
