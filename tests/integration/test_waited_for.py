"""Whose month is waited for: who has a deal in force in it, as the deal stood then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration import scenario
from tests.integration.scenario import FINANCE, settle

if TYPE_CHECKING:
    from local.stack import Stack

DEAL: dict[str, Any] = {"licensee": "fox", "licensor": "ann", "currency": "EUR", "territories": ["*"]} | {
    "terms": [{"mechanism": "per_output", "rate": "1"}]
}


def versions(*versions: dict[str, Any]) -> list[dict[str, Any]]:
    return [DEAL | version for version in versions]


DEALS = {
    "renewed from next year on": versions({"from": "2026-01-01"}, {"from": "2027-01-01", "effective_from": "2027-01-01"}),
    "ended later on, and as if it had never run": versions(
        {"from": "2026-01-01"}, {"from": "2026-01-01", "to": "2026-09-30", "effective_from": "2026-11-01"}
    ),
    "behind its end, in its tail": versions({"from": "2026-01-01", "to": "2026-09-30", "tail": {"months": 6}}),
}


@pytest.mark.parametrize("deal", DEALS)
def test_a_month_is_waited_for_by_the_deal_that_is_in_force_in_it(stack: Stack, deal: str) -> None:
    """The version recorded last decided: a renewal for next year let this year's months be settled without what was declared."""
    scenario.work_of(stack, "ann")
    ended = {"from": "2025-01-01", "to": "2025-12-31"}
    scenario.register(stack, "deals", "open", DEAL | {"licensor": None, "effective_from": "2025-01-01"} | ended)
    for version in DEALS[deal]:
        scenario.register(stack, "deals", "own", version)
    declared = {"month": "2026-10", "batches": 2, "records": 2, "revenue": {}}
    assert stack.http("POST", "/v1/completeness", party="fox", scope="usage.write", json=declared).status == 201
    stack.at(scenario.SETTLED)
    record = settle(stack)
    assert record["status"] == "refused", record
    assert "declared and not here" in str(record["reasons"])
    assert stack.http("GET", "/v1/settlements/2026-10", scope=FINANCE).json()["status"] == "refused"
