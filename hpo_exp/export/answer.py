"""A bundle that is asked one table at a time, for forecast, interval and dispatch."""

from pathlib import Path

import numpy as np
import pandas as pd

from hpo_exp.export.forecast import Forecast, read_forecast
from hpo_exp.export.hydro_plan import HydroPlan, PlanError, foreseen_supply, plan_hydro
from hpo_exp.export.manifest import load_manifest
from hpo_exp.export.model_inputs import check_askable, inputs_of_hours
from hpo_exp.export.recent_hours import RecentHours, check_hours, split_frame
from hpo_exp.export.saved_model_reader import SavedModelReader


class Bundle:
    """A bundle on disk, loaded."""

    def __init__(self, folder: Path) -> None:
        self.manifest = load_manifest(folder)
        check_askable(self.manifest)
        self._model = SavedModelReader(folder)

    def forecast(self, hours: RecentHours) -> Forecast:
        """Forecast the hours that follow."""
        outputs = self._model(inputs_of_hours(self.manifest, hours))
        return read_forecast(self.manifest, hours.issue, outputs)

    def answer(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Forecast from a table of the last hours, and dispatch what was forecast.

        Args:
            frame: the last hours in the configured columns, the newest last.

        Returns:
            A row a step: issue_time, step, target_time, forecast_mw, a bound a level
            (`forecast_mw_q05`), further targets, hydro_demand_mw, hydro_mw and deviation_mwh
            (NaN where the table does not have what the dispatch needs).

        Raises:
            HoursError: the table will not do; the message says why.
        """
        hours = check_hours(self.manifest, *split_frame(frame, self.manifest))
        forecast = self.forecast(hours)
        plan = self._plan(hours, forecast)
        steps = len(forecast.load_mw)
        unknown = np.full(steps, np.nan)
        columns = {
            "issue_time": np.full(steps, forecast.issue.astype("datetime64[us]")),
            "step": np.arange(1, steps + 1),
            "target_time": forecast.targets.astype("datetime64[us]"),
            "forecast_mw": forecast.load_mw,
            **{
                bound_name(level): forecast.bounds_mw[:, position]
                for position, level in enumerate(forecast.levels)
            },
            **{f"forecast_{name}": values for name, values in forecast.further.items()},
            "hydro_demand_mw": unknown if plan is None else plan.demand_mw,
            "hydro_mw": unknown if plan is None else plan.hydro_mw,
            "deviation_mwh": unknown if plan is None else plan.deviation_mwh,
        }
        return pd.DataFrame(columns)

    def _plan(self, hours: RecentHours, forecast: Forecast) -> HydroPlan | None:
        case = self.manifest.dispatch
        if case is None:
            return None
        try:
            supply = foreseen_supply(case, hours, forecast)
        except PlanError:
            return None
        return plan_hydro(case, forecast.load_mw, supply, None)


def bound_name(level: float) -> str:
    """Column of a bound: `forecast_mw_q05` for 0.05, `forecast_mw_q97.5` for 0.975."""
    percent = f"{100 * level:g}"
    return f"forecast_mw_q{percent if level >= 0.1 else '0' + percent}"
