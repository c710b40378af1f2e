"""Answers of the publishers' APIs: a JSON list of records."""

import json
from typing import Any

from hpo_exp.errors import DataError


def json_records(
    text: str, source: str, fields: tuple[str, ...], what: str
) -> list[dict[str, Any]]:
    """Read a list of records that all have some fields.

    Args:
        text: the answer.
        source: the name to call it by.
        fields: what each record needs.
        what: what it is a list of, for the message.

    Raises:
        DataError: it is no JSON, or no such list.
    """
    try:
        records = json.loads(text)
    except ValueError as error:
        raise DataError(f"{source} is no JSON ({error}): fetch it again") from error
    if not isinstance(records, list) or not all(
        isinstance(record, dict) and record.keys() >= set(fields) for record in records
    ):
        raise DataError(f"{source} is no list of {what}: fetch it again")
    return records
