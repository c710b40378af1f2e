"""Settings of the baselines that cost something, and are run where they are asked for."""

from typing import Literal

from pydantic import Field

from hpo_exp.config.search import ParameterSpec
from hpo_exp.config.section import Section

LightGbmParameter = Literal[
    "learning_rate",
    "num_leaves",
    "max_depth",
    "min_data_in_leaf",
    "feature_fraction",
    "bagging_fraction",
    "lambda_l1",
    "lambda_l2",
    "min_gain_to_split",
    "linear_lambda",
    "path_smooth",
    "reference",
]


class LightGbmConfig(Section):
    """LightGBM, tuned on the same folds as the network."""

    trials: int | None = Field(
        ge=1, description="trials of its search, or null for as many as the study has"
    )
    seconds: float | None = Field(
        gt=0, description="time after which its search begins no further trial, or null"
    )
    rounds: int = Field(ge=1, description="most boosting rounds of a model")
    tuned_steps: int = Field(
        ge=1,
        description="how many steps of the horizon are tried, spread evenly, and the last scored "
        "one; a trial's value is of the scored ones among them",
    )
    search: dict[LightGbmParameter, ParameterSpec] = Field(
        description="parameters to search, by LightGBM's names; reference as in features.reference"
    )


class BaselinesConfig(Section):
    """Baselines beside those that every run has."""

    lightgbm: LightGbmConfig | None = Field(description="LightGBM, or null to leave it out")
