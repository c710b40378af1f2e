"""Windows of an issue time: what the model reads, what it is asked, what it is measured by.

A forecast with issue row *t* reads rows *t* - time_steps … *t* - 1. Its step *k* (1, 2, …,
horizon) is the hour of row *t* + *k* - 1.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from hpo_exp.features.inputs import Inputs, lag_name, shift
from hpo_exp.features.scaling import Scaling
from hpo_exp.spans import DAY, WEEK

PAST, AHEAD = "past", "ahead"
"""A window's two parts as inputs of a model: measured rows, and what is known ahead."""

Reference = Literal["none", "last_hour", "day", "week"]
SEASON_HOURS = {"day": DAY, "week": WEEK}


@dataclass(frozen=True)
class Windows:
    """Windows over one scaling of the inputs, cut on demand: nothing is copied but a batch.

    Attributes:
        matrix: features of each row, float32, shape (rows, features): measured, then, if the
            experiment wants them, calendar and lags of the row's own hour.
        calendar: calendar of each hour, float32, shape (rows + horizon, calendar features).
        lagged_load: the series of each lag in its scale, float32, shape (rows, lags): the load,
            and what else is forecast.
        lag_offsets: rows from the target back to the value it is given, shape (horizon, lags).
        weather: weather forecasts of each issue row's steps, float32, shape (rows + 1, horizon,
            weather features).
        time_steps: rows a window reads.
    """

    matrix: np.ndarray
    calendar: np.ndarray
    lagged_load: np.ndarray
    lag_offsets: np.ndarray
    weather: np.ndarray
    time_steps: int

    @property
    def horizon(self) -> int:
        """Number of steps."""
        return len(self.lag_offsets)

    @property
    def ahead_features(self) -> int:
        """Number of features known of each target hour."""
        return int(self.calendar.shape[1] + self.lag_offsets.shape[1] + self.weather.shape[2])

    def check_readable(self, issues: np.ndarray) -> None:
        """Make sure that nothing before the table is read.

        Raises:
            IndexError: an issue row reaches back before the table begins.
        """
        reach = self.lag_offsets - np.arange(self.horizon)[:, None]
        _check_rows(issues - max(self.time_steps, int(reach.max(initial=0))))

    def past(self, issues: np.ndarray) -> np.ndarray:
        """What the LSTM reads, shape (issues, time_steps, features)."""
        _check_rows(issues - self.time_steps)
        view = np.lib.stride_tricks.sliding_window_view(self.matrix, self.time_steps, axis=0)
        return view.transpose(0, 2, 1)[issues - self.time_steps]

    def ahead(self, issues: np.ndarray) -> np.ndarray:
        """What is known of each target hour, shape (issues, horizon, calendar + lags + weather)."""
        targets = target_rows(issues, self.horizon)
        rows = targets[:, :, None] - self.lag_offsets
        lags = self.lagged_load[rows, np.arange(self.lag_offsets.shape[1])]
        return np.concatenate([self.calendar[targets], lags, self.weather[issues]], axis=2)


@dataclass(frozen=True)
class Layout:
    """What the columns of windows are.

    Attributes:
        features, ahead_features: columns of a past row, and of a target hour.
        loads, ahead_loads: which columns of the two are loads; the first of `loads` is the load
            of the row itself. (In a view of the inputs, they are the columns of its target.)
        horizon: number of steps.
        targets: number of series that are forecast.
    """

    features: int
    ahead_features: int
    loads: tuple[int, ...]
    ahead_loads: tuple[int, ...]
    horizon: int
    targets: int


def layout_of(inputs: Inputs) -> Layout:
    """The layout of an experiment's windows."""
    names, ahead = feature_names(inputs), ahead_names(inputs)
    own = [place for place, name in enumerate(names) if name == inputs.target]
    lags = [place for place, name in enumerate(names) if is_lag(name, inputs.target)]
    return Layout(
        features=len(names),
        ahead_features=len(ahead),
        loads=tuple(own + lags),
        ahead_loads=tuple(place for place, name in enumerate(ahead) if is_lag(name, inputs.target)),
        horizon=inputs.horizon,
        targets=len(inputs.series),
    )


def is_lag(name: str, column: str) -> bool:
    """Whether a feature is a column of an earlier hour, by its name."""
    stem, _, _ = lag_name(column, 0).partition("0")
    return name.removeprefix("known_").startswith(stem)


def feature_names(inputs: Inputs) -> tuple[str, ...]:
    """Names of the features of a window's row, in the model's order."""
    return (*inputs.past_names, *ahead_names(inputs))[: inputs.row_features]


def ahead_names(inputs: Inputs) -> tuple[str, ...]:
    """Names of the features known ahead, in the model's order."""
    return (
        *inputs.calendar_names,
        *(f"known_{name}" for name in inputs.lag_names),
        *(f"foreseen_{name}" for name in inputs.weather_names),
    )


def feature_matrix(inputs: Inputs) -> np.ndarray:
    """Features of each row in raw units, float64, shape (rows, past + calendar + lags)."""
    lags = [
        shift(view.relative, int(offset), np.nan)
        for view in inputs.views
        for offset in lag_offsets(view.lags, 1, view.delay)[0]
    ]
    return np.column_stack([inputs.past, inputs.calendar[: inputs.rows], *lags])


def raw_windows(inputs: Inputs, time_steps: int) -> Windows:
    """Windows in raw units (MW, °C, …), as the exported model and the baselines read them."""
    count = len(inputs.past_names) + len(ahead_names(inputs))
    unit = Scaling(np.zeros(count), np.ones(count), np.zeros(1), np.ones(1))
    return scaled_windows(inputs, feature_matrix(inputs), time_steps, unit)


def scaled_windows(
    inputs: Inputs, matrix: np.ndarray, time_steps: int, scaling: Scaling
) -> Windows:
    """Windows in a training part's scale.

    Args:
        inputs: the experiment's inputs.
        matrix: their `feature_matrix`, handed in because every fold shares it.
        time_steps: rows a window reads.
        scaling: the training part's scaling of that matrix, and of weather forecasts.
    """
    first = len(inputs.past_names)
    middle = first + len(inputs.calendar_names)
    last = middle + len(inputs.lag_names)
    calendar = (inputs.calendar - scaling.mean[first:middle]) / scaling.std[first:middle]
    series = [view.relative for view in inputs.views for _ in inputs.lags]
    lagged = (
        np.column_stack([np.empty((inputs.rows, 0)), *series]) - scaling.mean[middle:last]
    ) / scaling.std[middle:last]
    rows = (matrix - scaling.mean[:last]) / scaling.std[:last]
    weather = (inputs.weather - scaling.mean[last:]) / scaling.std[last:]
    return Windows(
        matrix=rows[:, : inputs.row_features].astype(np.float32),
        calendar=calendar.astype(np.float32),
        lagged_load=lagged.astype(np.float32),
        lag_offsets=np.concatenate(
            [lag_offsets(view.lags, view.horizon, view.delay) for view in inputs.views], axis=1
        ),
        weather=weather.astype(np.float32),
        time_steps=time_steps,
    )


def lag_offsets(lags: tuple[int, ...], horizon: int, delay: int) -> np.ndarray:
    """Rows from a target back to the load given for it, shape (horizon, lags).

    It is the lag itself where that hour is known when the forecast is issued, else the nearest
    multiple that is: step *k* needs an offset of at least *k* + `delay`.
    """
    steps = np.arange(1, horizon + 1)[:, None]
    hours = np.array(lags, dtype=np.int64).reshape(1, -1)
    return hours * -(-(steps + delay) // hours)


def target_rows(issues: np.ndarray, horizon: int) -> np.ndarray:
    """Rows of the target hours, shape (issues, horizon)."""
    return issues[:, None] + np.arange(horizon)


def actual_load(inputs: Inputs, issues: np.ndarray) -> np.ndarray:
    """The load that came (MW), shape (issues, horizon); NaN where unmeasured or yet to come.

    Of a view it is what came of its target, as in all that follows.
    """
    padded = np.concatenate([inputs.actual, np.full(inputs.horizon, np.nan)])
    return padded[target_rows(issues, inputs.horizon)]


def reference_load(inputs: Inputs, kind: Reference, issues: np.ndarray) -> np.ndarray:
    """The load (MW) that a change is predicted against, shape (issues, horizon).

    `none` is 0; `last_hour` the last known hour; `day` and `week` the same hour of the last
    day or week that is known when the forecast is issued.
    """
    if kind == "none":
        return np.zeros((len(issues), inputs.horizon))
    rows = reference_rows(inputs, kind, issues)
    _check_rows(rows)
    return inputs.load[rows]


def _check_rows(rows: np.ndarray) -> None:
    """A negative row would be read from the table's end, which is the future."""
    if (rows < 0).any():
        raise IndexError(f"a forecast reaches {-rows.min()} hours back before the table begins")


def reference_rows(
    inputs: Inputs, kind: Literal["last_hour", "day", "week"], issues: np.ndarray
) -> np.ndarray:
    """Rows of `Inputs.load` that the reference reads, shape (issues, horizon)."""
    if kind == "last_hour":
        return np.repeat(issues[:, None] - 1 - inputs.delay, inputs.horizon, axis=1)
    offsets = lag_offsets((SEASON_HOURS[kind],), inputs.horizon, inputs.delay)[:, 0]
    return target_rows(issues, inputs.horizon) - offsets
