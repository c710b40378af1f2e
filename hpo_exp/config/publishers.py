"""Settings of the publishers: where their files are, and how patiently they are asked."""

from typing import Annotated

from pydantic import Field, SecretStr

from hpo_exp.config.section import Section

Seconds = Annotated[float, Field(gt=0)]


class HttpConfig(Section):
    """How a publisher's server is asked."""

    user_agent: str = Field(
        min_length=1, description="what requests call themselves; INMET resets those without one"
    )
    timeout_s: Seconds = Field(description="longest silence of a server (s)")
    deadline_s: Seconds = Field(description="longest time for one file, all attempts together (s)")
    attempts: int = Field(ge=1, description="attempts at a file before it is given up")
    wait_s: Annotated[float, Field(ge=0)] = Field(
        description="pause after the first failure (s); it doubles with each further one"
    )
    longest_wait_s: Annotated[float, Field(ge=0)] = Field(description="longest such pause (s)")


class YearlyFile(Section):
    """A kind of file of which there is one a year."""

    url: str = Field(pattern=r"^https?://.*\{year\}.*", description="address, with {year} in it")
    first_year: int = Field(ge=1990, description="first year that is published")


class LoadApiConfig(Section):
    """ONS's load API: half-hourly loads, also of days that the yearly file does not have yet."""

    url: str = Field(
        pattern=r"^https?://.*\{start\}.*\{end\}.*\{area\}.*",
        description="address, with {start}, {end} (days) and {area} in it",
    )
    areas: dict[str, str] = Field(description="subsystem to the API's load area")
    days: int = Field(ge=1, description="most days a call: the API cuts long answers silently")
    most_rows: int = Field(ge=1, description="rows at which an answer has been cut")


class WeatherApiConfig(Section):
    """INMET's API of one station's hours, which wants a token."""

    url: str = Field(
        pattern=r"^https?://.*\{start\}.*\{end\}.*\{station\}.*\{token\}.*",
        description="address, with {start}, {end} (days), {station} and {token} in it",
    )
    token: SecretStr | None = Field(
        description="the user's token, best left in the environment, or null to do without"
    )


class PublishersConfig(Section):
    """Everything that is known about the publishers' servers."""

    http: HttpConfig
    load: YearlyFile
    balance: YearlyFile
    cmo: YearlyFile
    weather: YearlyFile
    load_api: LoadApiConfig
    weather_api: WeatherApiConfig
    price_page: str = Field(
        description="CCEE's page of hourly prices, which people download themselves"
    )
