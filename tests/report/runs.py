"""Run directories as a finished sweep leaves them, small and made of formulas."""

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

BASELINES = {"persistence": 60.0, "seasonal_day": 90.0, "ridge": 25.0}
HYDRO = {"minimum_mw": 400.0, "restricted_minimum_mw": 500.0, "maximum_mw": 1500.0}


def write_run(
    folder: Path,
    *,
    hours: int = 24 * 70,
    horizon: int = 1,
    name: str = "study",
    trials: int = 12,
    dispatch: bool = True,
    intervals: bool = False,
    changes: dict[str, Any] | None = None,
    data: dict[str, Any] | None = None,
) -> Path:
    """Write a run's files.

    Args:
        folder: where to.
        hours: length of its test period.
        horizon: steps a forecast.
        name: name of the study.
        trials: trials, of which every fifth is pruned.
        dispatch: whether it has a dispatch case, in which demand is above hydro's maximum.
        intervals: whether its model has intervals.
        changes: values of `metrics.json` to replace, by dotted key.
        data: what is known of its data, or None for a run from before that was written.
    """
    report = folder / "report"
    report.mkdir(parents=True)
    forecast = _forecast(hours, horizon)
    if intervals:
        for column, offset in {"q05": -40, "q25": -15, "q75": 15, "q95": 40}.items():
            forecast[f"model_{column}"] = forecast["model_mw"] + offset * forecast["step"]
    forecast.to_parquet(report / "forecast.parquet", index=False)
    _trials(trials).to_csv(folder / "trials.csv", index=False)
    metrics = _metrics(name, forecast, horizon, trials)
    if intervals:
        metrics["test"]["intervals"] = _intervals(horizon)
    if dispatch:
        frame = _dispatch(hours)
        frame.to_parquet(report / "dispatch.parquet", index=False)
        metrics["dispatch"] = _dispatch_metrics(frame)
    for key, value in (changes or {}).items():
        *path, last = key.split(".")
        node = metrics
        for part in path:
            node = node[part]
        node[last] = value
    if data is not None:
        (report / "data_quality.json").write_text(json.dumps(data), encoding="utf-8")
    (report / "metrics.json").write_text(json.dumps(metrics, allow_nan=False), encoding="utf-8")
    return folder


def _load(times: pd.DatetimeIndex) -> np.ndarray:
    return 40_000 + 6_000 * np.sin(2 * np.pi * times.hour.to_numpy() / 24)


def _forecast(hours: int, horizon: int) -> pd.DataFrame:
    targets = pd.date_range("2022-01-01", periods=hours, freq="h")
    frames = []
    for step in range(1, horizon + 1):
        wave = np.cos(np.arange(hours))
        actual = _load(targets)
        columns = {
            "issue_time": targets - pd.Timedelta(hours=step - 1),
            "target_time": targets,
            "step": step,
            "actual_mw": actual,
            "model_mw": actual + 20 * step * wave,
            **{other: actual + size * step * wave for other, size in BASELINES.items()},
        }
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def _trials(count: int) -> pd.DataFrame:
    rows = []
    for number in range(count):
        pruned = number % 5 == 4
        value = 100.0 + 50 * np.sin(3 * number) ** 2
        rows.append(
            {
                "number": number,
                "state": "pruned" if pruned else "complete",
                "value": None if pruned else value,
                "units": [32, 50, 64, 100][number % 4],
                "learning_rate": 1e-4 * 10 ** (number % 7 / 3),
                "reference": "day" if number % 2 else "week",
                "fold_1_mw": value + 5,
                "fold_2_mw": None if pruned else value - 5,
                "seconds": 10.0 + number,
                "mlflow_run": f"{number:032x}",
            }
        )
    return pd.DataFrame(rows)


def _scores(size: float, best: float) -> dict[str, float]:
    rmse = size * np.sqrt(0.5)
    return {
        "rmse_mw": rmse,
        "mae_mw": 0.9 * rmse,
        "mape_pct": rmse / 400,
        "mase": rmse / 2000,
        "skill": 1 - size / best,
    }


def _metrics(name: str, forecast: pd.DataFrame, horizon: int, trials: int) -> dict[str, Any]:
    best = min(BASELINES.values())
    sizes = {"model": 20.0, **BASELINES}
    return {
        "study": {
            "name": name,
            "trials": {"complete": trials - trials // 5, "pruned": trials // 5, "failed": 0},
            "wall_seconds": 4321.0,
            "best_value": 100.0,
            "best_value_over_seeds": 101.5,
            "best_trial": 0,
            "best_params": {
                "units": 32,
                "layers": 1,
                "learning_rate": 1e-4,
                "reference": "week",
            },
            "epochs": 7,
        },
        "data": {
            "source": "ons",
            "simulated": False,
            "subsystem": "SE",
            "rows": 33_648,
            "start": "2019-03-01T00:00:00",
            "end": "2022-12-31T23:00:00",
            "sha256": "ab" * 32,
            "features": ["carga_mw_subsistema"],
            "absent_features": [],
            "test_hours_filled": {"carga_mw_subsistema": 3},
            "files": [{"name": "CURVA_CARGA_2022.csv", "sha256": "cd" * 32}],
            "notes": ["the balance & the curve differ <by 5 MW>"],
        },
        "test": {
            "start": forecast["target_time"].min().isoformat(),
            "end": forecast["target_time"].max().isoformat(),
            "hours": int(forecast["target_time"].nunique()),
            "unmeasured_hours": 0,
            "horizon": horizon,
            "issue": "hourly",
            "scored_step": horizon,
            "model": _scores(20.0 * horizon, best * horizon),
            "baselines": {k: _scores(v * horizon, best * horizon) for k, v in BASELINES.items()},
            "variants": {},
            "significance": {
                name: {
                    "dm_statistic": -5.0,
                    "p_value": 0.02 if name == "ridge" else 1e-6,
                    "rmse_difference_mw": -4.0,
                    "interval": [-6.0, -2.0],
                }
                for name in BASELINES
            },
            "rmse_by_step": {
                k: [v * step * np.sqrt(0.5) for step in range(1, horizon + 1)]
                for k, v in sizes.items()
            },
        },
        "code": "0123456789abcdef",
        "versions": {"keras": "3.15.1", "optuna": "5.0.0"},
    }


def _intervals(horizon: int) -> dict[str, Any]:
    found = {"probability": 0.9, "coverage": 0.903, "width_mw": 80.0, "pinball_mw": 6.5}
    return {
        "levels": [0.05, 0.25, 0.75, 0.95],
        "days": 60,
        **found,
        "coverage_by_hour": [0.88 + hour / 500 for hour in range(24)],
        "coverage_by_step": [0.9] * horizon,
        "baselines": {"ridge": found | {"pinball_mw": 9.25}},
    }


def _dispatch(hours: int) -> pd.DataFrame:
    times = pd.date_range("2022-01-01", periods=hours, freq="h")
    load = _load(times)
    frames = []
    for policy, hydro in {"model": 1500.0, "ridge": 1500.0, "perfect": 1500.0}.items():
        columns = {
            "time": times,
            "policy": policy,
            "load_forecast_mw": load,
            "load_mw": load,
            "committed_geracao_hidraulica_mw": hydro,
            "settled_geracao_hidraulica_mw": hydro,
            "demand_forecast_mw": load,
            "demand_mw": load,
            "hydro_demand_mw": load,
            "hydro_minimum_mw": HYDRO["minimum_mw"],
            "hydro_maximum_mw": HYDRO["maximum_mw"],
            "deficit_mwh": load - hydro,
            "surplus_mwh": 0.0,
            "cost_deficit": load - hydro,
            "cost_surplus": 0.0,
            "cost": load - hydro,
        }
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def _dispatch_metrics(frame: pd.DataFrame) -> dict[str, Any]:
    hours = int(frame["time"].nunique())
    policy = {
        "cost": float(frame["cost"].sum() / 3),
        "deficit_mwh": float(frame["deficit_mwh"].sum() / 3),
        "surplus_mwh": 0.0,
        "violated_hours": 0,
        "other_violated_hours": 0,
        "violations": {"below_minimum": 0, "above_maximum": 0},
        "violation_most_mw": {"below_minimum": 0.0, "above_maximum": 0.0},
        "regret": 0.0,
        "regret_pct": 0.0,
    }
    return {
        "case": "seed",
        "unit": "MWh",
        "hours": hours,
        "hydro": {**HYDRO, "realised": None},
        "supply_forecast": "same hour of the last day known",
        "supply_filled_hours": {"geracao_eolica_mw": 0},
        "clipped_hours": {"below_minimum": 0, "above_maximum": hours},
        "policies": {name: copy.deepcopy(policy) for name in ("model", "ridge", "perfect")},
    }
