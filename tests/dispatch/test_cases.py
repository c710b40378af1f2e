from typing import Any

import pytest
from pydantic import ValidationError

from tests.dispatch.cases import RICH, configured_case, rich_case


@pytest.mark.parametrize("name", ["seed", "demo", "csv", "se", "ne_wind"])
def test_case__of_conf_is_whole(name: str) -> None:
    case = configured_case(name)
    assert case.case == name
    priced = name in {"se", "ne_wind"}
    assert (case.unit == "R$") == priced == bool(case.thermal)


def test_priced_cases__use_the_cheaper_source_first() -> None:
    """Their prices are in the order that makes hydro the source that follows the load."""
    for name in ("se", "ne_wind"):
        case = configured_case(name)
        blocks = [block.price for block in case.thermal]
        assert blocks == sorted(blocks)
        assert blocks[1] < case.hydro.price < blocks[2]
        assert case.prices.balancing_up is not None
        assert case.reserve is not None
        assert case.reserve.price < case.prices.balancing_up < case.prices.deficit


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"curtailable": ["geracao_solar_mw"]}, "curtailable names geracao_solar_mw"),
        ({"unit": "MWh"}, "unit MWh means that deficit and surplus cost 1"),
        ({"program_hours": 7}, "program_hours 7 does not divide hydro.budget.hours 24"),
        ({"program_hours": 49}, "less than or equal to 48"),
        ({"thermal": [{"minimum_mw": 9, "maximum_mw": 5, "price": 1}]}, "minimum_mw 9 is above"),
        (
            {"interchange": {**RICH["interchange"], "export_price": 300}},  # type: ignore[dict-item]
            "export_price should be below import_price",
        ),
    ],
)
def test_case__that_contradicts_itself_is_refused(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        rich_case(**changes)
