"""Whoever compares currencies without a rate stands still; everybody else is paid to the last digit, and the rate brings the difference."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration import scenario
from tests.integration.scenario import FINANCE, ISRC, settle, usage
from tests.integration.test_poison_registry import close, item_of
from tests.integration.test_quarantine import by_licensee, manifest
from tests.integration.test_told import told

if TYPE_CHECKING:
    from local.stack import Stack

MONTHS = ("2026-10", "2026-11", "2026-12")
RATES = [{"from": "USD", "to": "EUR", "rate": "0.9", "source": "ECB"}]
GREATER = {"mechanism": "direct_play", "rate": "0.013", "revenue_share": "0.4", "combine": "greater_of"}
POOL = {"mechanism": "revenue_pool", "share": "0.07", "basis": "usage"}
NEEDY: dict[str, tuple[dict[str, Any], ...]] = {
    "by-price": (GREATER,),
    "by-head": (POOL | {"minimum_per_subscriber": "0.61"},),
    "by-use": (POOL | {"minimum_per_use": "0.11"},),
    "capped": ({"mechanism": "direct_play", "revenue_share": "0.4", "cap": {"amount": "0.09", "per": "month"}},),
    "quarter": (GREATER, {"mechanism": "minimum_guarantee", "amount": "50", "period": "quarter"}),
    "lasting": ({"mechanism": "direct_play", "revenue_share": "0.4", "cap": {"amount": "0.3", "per": "deal"}},),
}
"""Licensees by what they compare: each reports in dollars in November alone, under a deal in euro."""
PARTITIONS = sorted(f"rate:{name}:2026-11-USD-EUR:0000" for name in NEEDY)


def world(stack: Stack) -> None:
    """A good licensee and those of `NEEDY`, in October and November."""
    scenario.small_world(stack)
    scenario.party(stack, "ida", "society", payout=scenario.BANK)
    for name, terms in NEEDY.items():
        scenario.party(stack, name, "licensee")
        scenario.deal(stack, f"deal-{name}", *terms, licensee=name, licensor="ann" if name == "quarter" else None)
    for month, currency in ((10, "EUR"), (11, "USD")):
        stack.at(f"2026-{month}-06T00:00:00Z")
        usage(stack, f"f-{month}", ("output:gen-1", f"2026-{month}-04", month))
        for name in NEEDY:
            revenue = {"report_id": f"r-{month}", "month": f"2026-{month}", "currency": currency, "net_revenue": "77.77", "subscribers": 9}
            scenario.sent(stack, "/v1/revenue", revenue, name)
            usage(stack, f"{name}-{month}", (ISRC, f"2026-{month}-04", month), by=name, currency=currency, revenue="0.33")
        scenario.accrue(stack, f"2026-{month}-06T01:00:00Z")


def post(stack: Stack, settlement: str) -> None:
    assert stack.http("PUT", f"/v1/fx/{settlement}", scope=FINANCE, json={"rates": RATES}).status == 200


def aside(stack: Stack) -> list[str]:
    items = stack.http("GET", "/v1/quarantine", scope=FINANCE, query={"reason": "no_rate"}).json()["items"]
    return sorted(item["partition"] for item in items)


@pytest.fixture(scope="module")
def healthy(deployed_stack: Stack) -> dict[str, Any]:
    """What the lines come to where every rate is posted in time."""
    deployed_stack.reset()
    world(deployed_stack)
    for month in MONTHS:
        post(deployed_stack, month)
        assert close(deployed_stack, month)["status"] == "sealed"
    each = {month: by_licensee(deployed_stack, month) for month in MONTHS}
    assert all(each["2026-11"][name] for name in NEEDY if name != "lasting"), "each of them owes something in November"
    return {"each": each, "all": by_licensee(deployed_stack, *MONTHS)}


def test_a_missing_rate_stops_nobody_but_who_needs_it_and_the_rate_brings_the_difference(healthy: dict[str, Any], stack: Stack) -> None:
    world(stack)
    assert close(stack, "2026-10")["status"] == "sealed"
    assert stack.ringing() == set()
    assert close(stack, "2026-11")["status"] == "sealed"
    lines = by_licensee(stack, "2026-11")
    assert lines["fox"] == healthy["each"]["2026-11"]["fox"]
    assert not {name for name in NEEDY if lines.get(name)}, "neither taken back nor added"
    said = manifest(stack, "2026-11")
    assert [(one["partition"], one["kind"], one["reason"]) for one in said["quarantined"]] == [(p, "rate", "no_rate") for p in PARTITIONS]
    stood = {(one["reporter"], one["month"]) for one in said["waiting"] if one["month"] >= "2026-10"}
    assert stood == {(name, "2026-11") for name in NEEDY} | {("quarter", "2026-10"), ("lasting", "2026-10")}
    assert stack.ringing() == {"QuarantineAlarm"}
    assert [event["partition"] for event in told(stack, "quarantine.added", "by-head")] == ["rate:by-head:2026-11-USD-EUR:0000"]
    assert not told(stack, "completeness.missing")
    assert aside(stack) == PARTITIONS
    assert stack.http("POST", f"/v1/quarantine/{PARTITIONS[0]}:retry", scope=FINANCE).status == 202
    post(stack, "2026-12")
    assert close(stack, "2026-12")["status"] == "sealed"
    assert (manifest(stack, "2026-12")["quarantined"], manifest(stack, "2026-12")["waiting"], aside(stack)) == ([], [], [])
    assert by_licensee(stack, *MONTHS) == healthy["all"]
    assert not stack.errors


def test_a_deal_that_has_another_licensee_by_now_stops_the_one_who_lacks_the_rate(healthy: dict[str, Any], stack: Stack) -> None:
    world(stack)
    scenario.party(stack, "later", "licensee")
    scenario.deal(stack, "deal-by-head", *NEEDY["by-head"], licensee="by-head", effective_from="2026-12-01")
    deal = item_of(stack, "DEALS", "deal-by-head")
    *before, newest = map(json.loads, deal["versions"])
    newest["content"]["licensee"] = "later"  # the door takes no such amendment; what is stored may be older than the door
    stack.table("RegistryTable").put_item(Item=deal | {"versions": [json.dumps(one) for one in (*before, newest)]})
    assert close(stack, "2026-10")["status"] == "sealed"
    assert close(stack, "2026-11")["status"] == "sealed"
    lines = by_licensee(stack, "2026-11")
    assert lines["fox"] == healthy["each"]["2026-11"]["fox"]
    assert not {name for name in NEEDY if lines.get(name)}, "neither taken back nor added"
    assert aside(stack) == PARTITIONS
    post(stack, "2026-12")
    assert close(stack, "2026-12")["status"] == "sealed"
    assert by_licensee(stack, *MONTHS) == healthy["all"]


def test_a_rate_that_nothing_needs_any_more_is_waited_for_no_longer(stack: Stack) -> None:
    world(stack)
    assert close(stack, "2026-11")["status"] == "sealed"
    again = {"report_id": "r-11", "revision": 1, "month": "2026-11", "currency": "USD", "net_revenue": "0", "subscribers": 0}
    for name in NEEDY:
        stack.http("DELETE", f"/v1/usage/{name}-11", party=name, scope="usage.write")
        scenario.sent(stack, "/v1/revenue", again, name)
    scenario.accrue(stack, "2026-12-11T00:00:00Z")
    assert close(stack, "2026-12")["status"] == "sealed"
    assert (manifest(stack, "2026-12")["quarantined"], aside(stack)) == ([], [])


def test_a_strict_settlement_is_refused_and_a_preview_sets_nothing_aside(stack: Stack) -> None:
    world(stack)
    stack.at("2026-12-10T06:00:00Z")
    shown = settle(stack, "look", "2026-11", preview=True)
    assert shown["status"] == "previewed"
    assert (aside(stack), stack.ringing()) == ([], set())
    shown = settle(stack, "2026-11", "2026-11", strict=True)
    assert shown["status"] == "refused"
    assert "no rate from USD to EUR is posted" in shown["detail"]
    stack.errors.clear()
    post(stack, "2026-11")
    assert settle(stack, "2026-11", "2026-11", strict=True)["status"] == "sealed"


def test_an_owner_sees_what_its_work_earns_from_whoever_lacks_no_rate(stack: Stack) -> None:
    """One licensee that lacked a rate refused every owner its month, with the names of all deals that did, private ones among them."""
    world(stack)
    asked: dict[str, Any] = {"party": "ann", "scope": "statements.read", "query": {"month": "2026-11"}}
    reply = stack.http("GET", "/v1/works/track/accruals", **asked)
    assert reply.status == 200, reply.text
    seen = reply.json()
    assert {line["licensee"] for line in seen["lines"]} == {"fox", "capped", "lasting"}, "what a cap compares is left out anyway"
    assert "no_rate" in seen["not_included"]
    asked["query"]["month"] = "2026-10"
    assert "no_rate" not in stack.http("GET", "/v1/works/track/accruals", **asked).json()["not_included"]
    post(stack, "2026-11")
    asked["query"]["month"] = "2026-11"
    whole = stack.http("GET", "/v1/works/track/accruals", **asked).json()
    assert close(stack, "2026-11")["status"] == "sealed"
    assert stack.http("GET", "/v1/works/track/accruals", **asked).json()["totals"] == whole["totals"]
    assert {line["licensee"] for line in whole["lines"]} == set(NEEDY) | {"fox"}
    mine = [line for line in whole["lines"] if line["licensee"] in {"fox", "capped", "lasting"}]
    assert [line["amount"] for line in mine] == [line["amount"] for line in seen["lines"]]
