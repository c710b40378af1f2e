"""What every part of the schema is made of."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Hours = Annotated[int, Field(ge=0)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class Section(BaseModel):
    """A part of the configuration: unknown keys are refused, values are fixed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)
