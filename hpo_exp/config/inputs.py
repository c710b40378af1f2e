"""Settings of what goes in: the hourly table and the features of a forecast."""

from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import Field, NaiveDatetime, model_validator

from hpo_exp.config.publishers import PublishersConfig
from hpo_exp.config.quality import QualityConfig
from hpo_exp.config.section import Finite, Hours, Section

LOAD = "carga_mw_subsistema"
MAX_HORIZON = 48
Weight = Annotated[float, Field(gt=0)]


class Subsystem(Section):
    """What the project knows about one of the grid's subsystems."""

    station: str | None = Field(description="INMET station that stands for its weather, or null")
    states: dict[str, Weight] = Field(
        description="states whose holidays move its load (two letters), and their weights"
    )
    timezone: str | None = Field(default=None, description="zone of its clocks, or null")


class Station(Section):
    """An INMET weather station."""

    latitude: float = Field(ge=-90, le=90, description="degrees, south is negative")
    longitude: float = Field(ge=-180, le=180, description="degrees, west is negative")


class WeatherForecastsConfig(Section):
    """Where weather forecasts come from: runs of a weather model, each with its issue time."""

    path: Path | None = Field(
        default=None,
        description="csv or parquet of issue_time, target_time and a column a forecast value, "
        "named as the table names it (`TEMP_BULB_SECO`), or null for none",
    )
    delay_hours: Hours = Field(description="hours from a run's issue until it can be read")
    utc_offset_hours: int = Field(
        default=0, ge=-12, le=14, description="the file's times' offset from UTC, all year"
    )
    simulated: bool = Field(
        default=False, description="whether the file's values are made up, which it cannot say"
    )
    simulate: bool = Field(
        default=False, description="data=demo: make forecasts of its temperature up"
    )

    @model_validator(mode="after")
    def _check(self) -> "WeatherForecastsConfig":
        if self.simulate and self.path is not None:
            raise ValueError("simulate and path both say where forecasts come from: set one")
        return self


class DataConfig(Section):
    """Where the hourly table comes from."""

    source: Literal["demo", "ons", "csv", "seed"] = Field(description="kind of source")
    root: Path | None = Field(description="folder of the publishers' raw files")
    path: Path | None = Field(
        default=None,
        description="csv: the file to read (or a .parquet); ons: the user's own file of what "
        "nobody publishes (frequency, voltage, flow restriction, realised dispatch), or null",
    )
    columns: dict[str, str] = Field(
        default={},
        description="role to the column of that file (`load: carga_mw_subsistema`); a role left "
        "at its default may be absent from the file",
    )
    simulated: bool = Field(
        default=False, description="whether that file's values are made up, which it cannot say"
    )
    kinds: list[Literal["balance", "weather", "cmo", "price", "load_api"]] = Field(
        default=["balance", "weather", "cmo", "price", "load_api"],
        description="ons: what is joined to the load curve (and downloaded), where it is there",
    )
    download: bool = Field(
        default=False,
        description="ons: fetch into root what is missing from the publishers, and the current "
        "year again; nothing else ever asks the internet",
    )
    publishers: PublishersConfig | None = Field(default=None, description="where it is fetched")
    stations: dict[str, Station] = Field(default={}, description="INMET's stations, by their code")
    cache: Path | None = Field(
        default=None, description="ons: folder of tables built before, or null to build anew"
    )
    weather_forecasts: WeatherForecastsConfig | None = Field(
        default=None,
        description="weather forecasts beside the table, or null for none; "
        "features.weather_forecasts says which of their columns are read",
    )
    quality: QualityConfig | None = Field(
        default=None, description="checks of the table and repairs, or null for none"
    )
    alert_mw: Finite = Field(
        default=800, description="wind from which alerta_intermitente is raised (MW)"
    )
    subsystem: str = Field(description="subsystem of the grid")
    subsystems: dict[str, Subsystem] = Field(description="the subsystems to choose from")
    station: str | None = Field(description="INMET weather station, or null for no weather")
    states: dict[str, Weight] = Field(
        description="states whose holidays are features (two letters), and their weights"
    )
    timezone: str | None = Field(
        default=None,
        description="zone of the clocks that people live by, for the calendar (daylight saving "
        "moves their hours, not the table's), or null for the table's own clock",
    )
    start: NaiveDatetime | None = Field(description="first hour to read, or null for all there is")
    end: NaiveDatetime | None = Field(description="last hour to read, or null for all there is")
    fill: Literal["last", "day"] = Field(
        description="rule for missing inputs, past values only: the last known value, or the "
        "same hour a day before"
    )
    fill_hours: Hours = Field(
        description="longest gap, in hours, filled for training; windows that touch a longer "
        "one are dropped (in the test period every gap is filled and counted)"
    )

    @model_validator(mode="after")
    def _check(self) -> "DataConfig":
        if self.start and self.end and self.start >= self.end:
            raise ValueError(f"start {self.start} is not before end {self.end}")
        if self.timezone is not None and self.timezone not in available_timezones():
            raise ValueError(f"timezone {self.timezone!r} is none, as America/Sao_Paulo is")
        if self.subsystem not in self.subsystems:
            raise ValueError(
                f"data.subsystem is {self.subsystem!r}: choose {', '.join(self.subsystems)}"
            )
        if self.download and (self.source != "ons" or self.publishers is None):
            raise ValueError("download needs the official data and data.publishers: use data=ons")
        if self.weather_forecasts and self.weather_forecasts.simulate and self.source != "demo":
            raise ValueError(
                "weather_forecasts.simulate makes forecasts up for data=demo alone: give those of "
                "a weather model in weather_forecasts.path"
            )
        return self


class FeaturesConfig(Section):
    """What a forecast sees, how far it looks, and when it is issued."""

    past: list[str] = Field(min_length=1, description="columns read over the last time_steps")
    optional: list[str] = Field(description="more of them, used where the table has them")
    targets: list[str] = Field(
        description="columns that the same network forecasts beside the load, wind and solar "
        "generation for example; ahead_lags are read of them as well"
    )
    growing: dict[str, Annotated[int, Field(ge=28)]] = Field(
        description="those of the targets that grow as plants are built, and days: each is read "
        "and forecast relative to its mean over so many days known"
    )
    past_lags: list[Annotated[int, Field(ge=1)]] = Field(
        description="hours by which the load is shifted to make further past columns"
    )
    calendar: list[
        Literal[
            "hour",
            "day_hour",
            "weekday",
            "week_day",
            "week_hour",
            "holiday",
            "holiday_near",
            "holiday_kind",
            "year_turn",
            "season",
        ]
    ] = Field(description="calendar of the target hour, known ahead")
    past_rows: Literal["measured", "everything"] = Field(
        description="what a past hour holds: what was measured, or its own calendar and lags too"
    )
    ahead_lags: list[Annotated[int, Field(ge=1)]] = Field(
        description="load this many hours before the target hour (the nearest multiple that is "
        "known when the forecast is issued)"
    )
    weather_forecasts: list[str] = Field(
        default=[],
        description="columns of data.weather_forecasts, of each target hour as the newest run "
        "foresees it that is out when the forecast is issued",
    )
    publication_delay: dict[str, Hours] = Field(
        description="hours by which a column is published late"
    )
    reference: Literal["none", "last_hour", "day", "week"] = Field(
        description="what the model predicts a change against: nothing, the last known hour, "
        "or the same hour a day or a week before"
    )
    horizon: int = Field(ge=1, le=MAX_HORIZON, description="number of steps (hours) forecast")
    issue: Literal["hourly"] | Annotated[int, Field(ge=0, le=23)] = Field(
        description="forecasts are issued hourly, or once a day at this hour"
    )

    @model_validator(mode="after")
    def _check(self) -> "FeaturesConfig":
        repeated = [name for name in self.targets if self.targets.count(name) > 1 or name == LOAD]
        if repeated:
            raise ValueError(f"targets names {repeated[0]} twice: the load is always forecast")
        twice = [n for n in self.weather_forecasts if self.weather_forecasts.count(n) > 1]
        if twice:
            raise ValueError(f"weather_forecasts names {twice[0]} twice")
        strange = set(self.growing) - set(self.targets)
        if strange:
            raise ValueError(f"growing names {min(strange)}, which is none of the targets")
        return self
