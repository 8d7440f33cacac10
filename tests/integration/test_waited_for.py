"""Whose month is waited for: who has a deal in force in it, as the deal stood then."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration import scenario
from tests.integration.scenario import FINANCE, ISRC, settle

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


@pytest.mark.parametrize("alone", [False, True])
def test_nobody_waits_for_what_was_declared_and_is_set_aside(stack: Stack, alone: bool) -> None:  # noqa: FBT001 - of `parametrize`
    """It is here and cannot be accrued, which stops nobody: its revenue, or all of a reporter's only day, was said not to be here."""
    scenario.small_world(stack)
    scenario.party(stack, "hare", "licensee")
    scenario.deal(stack, "plays", {"mechanism": "direct_play", "rate": "1"}, licensee="hare")
    days = ["2026-10-06"] if alone else ["2026-10-05", "2026-10-06"]
    for day in days:
        scenario.usage(stack, f"h-{day}", (ISRC, day, 3), by="hare")
        if day == days[-1]:
            garble(stack, f"usage#hare#{day}#0000")
        scenario.accrue(stack, f"{day}T08:15:00Z")
    declared = {"month": "2026-10", "batches": len(days), "records": len(days), "revenue": {"EUR": f"0.0{3 * len(days)}"}}
    assert stack.http("POST", "/v1/completeness", party="hare", scope="usage.write", json=declared).status == 201
    stack.at(scenario.SETTLED)
    record = settle(stack)
    assert record["status"] == "sealed", record
    manifest = json.loads(scenario.files_of(stack)["manifest.json"])
    assert [(one["reporter"], one["day"]) for one in manifest["quarantined"]] == [("hare", days[-1])]
    shown = stack.http("GET", "/v1/completeness/2026-10", scope=FINANCE).json()["reporters"][1]
    assert (shown["complete"], shown["received"]["batches"], shown["pending"]["batches"]) == (False, len(days), 1)


def test_what_never_came_is_waited_for_although_something_else_is_set_aside(stack: Stack) -> None:
    scenario.small_world(stack)
    scenario.usage(stack, "b-2", ("output:gen-1", "2026-10-06", 3))
    garble(stack, "usage#fox#2026-10-06#0000")
    scenario.accrue(stack, "2026-10-06T08:15:00Z")
    declared = {"month": "2026-10", "batches": 3, "records": 3, "revenue": {"EUR": "0.09"}}
    assert stack.http("POST", "/v1/completeness", party="fox", scope="usage.write", json=declared).status == 201
    stack.at(scenario.SETTLED)
    record = settle(stack)
    assert (record["status"], record["reasons"][0]["message"]) == ("refused", "declared and not here: batches 1, records 1")


def garble(stack: Stack, partition: str) -> None:
    """What lies in the table has rotted."""
    (page,) = [item for item in stack.items("UsageTable") if item["pk"] == partition and item["sk"].startswith("PAGE#")]
    stack.table("UsageTable").put_item(Item=page | {"page": bytes(page["page"])[:1] + b"no page at all"})
