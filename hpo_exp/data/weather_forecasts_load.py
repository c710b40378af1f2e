"""Weather forecasts put beside the hourly table that they belong to."""

from dataclasses import replace

from hpo_exp.config import DataConfig
from hpo_exp.data.demo_weather_forecasts import make_demo_weather_forecasts
from hpo_exp.data.table import HourlyTable, Provenance, SourceFile
from hpo_exp.data.weather_forecasts import WeatherForecasts
from hpo_exp.data.weather_forecasts_file import read_weather_forecasts


def with_weather_forecasts(table: HourlyTable, config: DataConfig) -> HourlyTable:
    """The table with the forecasts that `data.weather_forecasts` names, if it names any.

    Provenance says so; made-up forecasts make a run one on simulated data.

    Raises:
        DataError: their file cannot be read.
    """
    wanted = config.weather_forecasts
    if wanted is None:
        return table
    files: tuple[SourceFile, ...] = ()
    if wanted.simulate:
        found = make_demo_weather_forecasts(config, wanted.delay_hours)
    elif wanted.path is not None:
        found, file = read_weather_forecasts(
            wanted.path,
            delay=wanted.delay_hours,
            shift_hours=table.provenance.utc_offset_hours - wanted.utc_offset_hours,
            simulated=wanted.simulated,
        )
        files = (file,)
    else:
        return table
    return replace(
        table,
        provenance=_explained(table.provenance, found, files),
        weather_forecasts=found,
    )


def _explained(
    known: Provenance, forecasts: WeatherForecasts, files: tuple[SourceFile, ...]
) -> Provenance:
    """Provenance that tells of the forecasts."""
    names = ", ".join(forecasts.names)
    origin = files[0].name if files else "simulated"
    made_up = " (their values are made up)" if forecasts.simulated else ""
    note = (
        f"weather forecasts of {names}, {origin}{made_up}: {len(set(forecasts.issued.tolist())):,} "
        f"runs, issued {forecasts.issued.min()} to {forecasts.issued.max()}, read from "
        f"{forecasts.delay} h after their issue"
    )
    columns = known.simulated_columns
    if forecasts.simulated and (columns or not known.simulated):  # else all columns are
        columns = (*columns, *(f"weather forecasts of {name}" for name in forecasts.names))
    return replace(
        known,
        simulated=known.simulated or forecasts.simulated,
        simulated_columns=columns,
        files=(*known.files, *files),
        notes=(*known.notes, note),
    )
