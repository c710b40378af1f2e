"""Hours of anybody's table: read as they stand, and refused where they are not hourly."""

import pandas as pd

from hpo_exp.errors import DataError

_HOUR = pd.Timedelta(hours=1)
_DAY_FIRST = r"\d\d?/\d\d?/\d{4}.*"
_ZONED = r".*[Tt ]\d\d.*([Zz]|[+-]\d\d:?(\d\d)?|UTC|GMT)"


def hours_in(texts: "pd.Series[str]", source: str) -> tuple["pd.Series[pd.Timestamp]", list[str]]:
    """Read a column of timestamps, in the order of its lines.

    ISO 8601, or day/month/year where there are slashes, as Brazilian spreadsheets write it.

    Returns:
        Zone-less full hours by line, without those that are no time, and notes of what was done.

    Raises:
        DataError: a timestamp carries a zone, comes after a later one, is there twice or is no
            full hour, most are not an hour apart, or none is a time.
    """
    zoned = texts[texts.str.fullmatch(_ZONED)]
    if len(zoned):
        raise DataError(
            f"{source}, column {texts.name}, line {zoned.index[0]}: {zoned.iloc[0]!r} carries a "
            "time zone; write all hours at one offset (UTC-3), without a zone"
        )
    day_first = texts.str.fullmatch(_DAY_FIRST)
    stamps = pd.to_datetime(texts.mask(day_first), format="ISO8601", errors="coerce")
    swapped = texts[day_first].str.replace(r"^(\d\d?)/(\d\d?)/(\d{4})", r"\3-\2-\1", regex=True)
    stamps[day_first] = pd.to_datetime(swapped, format="mixed", errors="coerce")
    valid = stamps.dropna()
    notes = []
    if len(valid) < len(stamps):
        line = stamps.index[int(stamps.isna().argmax())]
        count = len(stamps) - len(valid)
        notes.append(f"{count} rows without a valid timestamp dropped, the first on line {line}")
    if day_first.any():
        notes.append("timestamps with '/' are taken to be day/month/year")
    if valid.empty:
        raise DataError(f"{source}, column {texts.name}: none of its cells is a time")
    _check_steps(valid, source)
    return valid, notes


def _check_steps(stamps: "pd.Series[pd.Timestamp]", source: str) -> None:
    """Refuse hours that go back, come twice or are not hourly."""
    steps = stamps.diff().iloc[1:]
    for wrong, what in (
        (steps < pd.Timedelta(0), "comes after a later hour; sort the file by time"),
        (steps == pd.Timedelta(0), "is there twice; keep the right row"),
    ):
        if wrong.any():
            line = steps.index[int(wrong.argmax())]
            raise DataError(f"{source}, line {line}: {stamps.loc[line]} {what}")
    usual = steps.mode()
    if len(usual) and usual.iloc[0] != _HOUR:
        raise DataError(
            f"{source} is not hourly: most of its rows are {_spoken(usual.iloc[0])} apart; bring "
            "it to full hours first"
        )
    odd = stamps[stamps != stamps.dt.floor("h")]
    if len(odd):
        raise DataError(
            f"{source}, line {odd.index[0]}: {odd.iloc[0]} is no full hour; label each row with "
            "the start of its hour"
        )


def _spoken(step: pd.Timedelta) -> str:
    minutes = step / pd.Timedelta(minutes=1)
    return f"{minutes / 60:g} hours" if minutes > 60 else f"{minutes:g} minutes"
