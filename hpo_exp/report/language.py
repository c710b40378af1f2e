"""Sentences and numbers in both languages of the page, side by side; the page shows one."""

import math
import re
import string
from collections.abc import Mapping
from typing import Any, NamedTuple

from markupsafe import Markup, escape

LANGUAGES = ("en", "pt")
DASH, MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"
MOST_DECIMALS = 4
# The space between a number and its unit.
_UNIT = re.compile(r"(?<=\d) (?=%|[MG]Wh?\b|h\b)")
_SWAP = str.maketrans(",.", ".,")


class Text(NamedTuple):
    """The same words in English and in (Brazilian) Portuguese."""

    en: str
    pt: str

    def with_values(self, **values: object) -> "Text":
        """Fill in `{name:format}`; numbers take each language's separators, None is a dash.

        The format `q` shows a quantity with as many decimals as its size deserves.
        """
        return Text(*(_Formatter(code).vformat(self[i], (), values) for i, code in _CODES))

    def markup(self) -> Markup:
        """HTML that holds both, marked so that the style sheet can hide one."""
        en, pt = (_UNIT.sub("\N{NO-BREAK SPACE}", text) for text in self)
        if en == pt:
            return escape(en)
        spans = [Markup('<span lang="{}">{}</span>').format(*x) for x in (("en", en), ("pt", pt))]
        return Markup().join(spans)


_CODES = tuple(enumerate(LANGUAGES))


class _Formatter(string.Formatter):
    """Formats values for one language."""

    def __init__(self, language: str) -> None:
        self._language = language

    def get_field(
        self,
        field_name: str,
        args: Any,  # noqa: ANN401 - as the base class has it
        kwargs: Mapping[str, Any],
    ) -> Any:  # noqa: ANN401 - likewise
        """Take a value by its plain name."""
        del args
        return kwargs[field_name], field_name

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ANN401 - any value
        """Format one value."""
        if isinstance(value, Text):
            return value[LANGUAGES.index(self._language)]
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            return DASH
        if not isinstance(value, int | float) or isinstance(value, bool):
            return str(value)
        shown = format(value, format_spec) if format_spec != "q" else _quantity(value)
        shown = shown.replace("-", MINUS)
        return shown.translate(_SWAP) if self._language == "pt" else shown


def number(value: float | None, spec: str = "q") -> Text:
    """A number with each language's separators."""
    return Text(*[f"{{value:{spec}}}"] * len(LANGUAGES)).with_values(value=value)


def _quantity(value: float) -> str:
    """A number with the decimals its size deserves."""
    least = 10.0**-MOST_DECIMALS
    return f"<{least:.{MOST_DECIMALS}f}" if 0 < value < least else f"{value:,.{decimals([value])}f}"


def decimals(values: list[float | None]) -> int:
    """Decimals that a column of numbers needs to tell its smallest one (other than 0) from 0."""
    sizes = [abs(value) for value in values if value is not None and math.isfinite(value) and value]
    smallest = min(sizes, default=1000.0)
    if smallest >= 1000:
        return 0
    if smallest >= 100:
        return 1
    return 2 if smallest >= 1 else min(MOST_DECIMALS, 2 - math.floor(math.log10(smallest)))
