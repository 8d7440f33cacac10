"""A registered thing that is no longer what its model wants: its money stands still, everybody else is paid to the last digit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration import scenario
from tests.integration.scenario import ISRC, settle, usage
from tests.integration.test_quarantine import by_licensee, manifest
from tests.integration.test_told import told
from tests.integration.test_what_ifs import done

if TYPE_CHECKING:
    from local.stack import Stack

POOL = {"mechanism": "revenue_pool", "share": "0.07", "basis": "usage"}
MONTHS = ("2026-10", "2026-11", "2026-12")


def world(stack: Stack) -> None:
    """Two licensees, each with prices and a pool, in October and November."""
    scenario.small_world(stack)
    scenario.party(stack, "hare", "licensee")
    scenario.deal(stack, "hares", {"mechanism": "micro_royalty", "rate": "0.013"}, POOL, licensee="hare")
    for month in (10, 11):
        stack.at(f"2026-{month}-06T00:00:00Z")
        revenue = {"report_id": f"h-{month}", "month": f"2026-{month}", "currency": "EUR", "net_revenue": "77.77", "subscribers": 1}
        scenario.sent(stack, "/v1/revenue", revenue, "hare")
        usage(stack, f"h-{month}", (ISRC, f"2026-{month}-04", month), by="hare")
        usage(stack, f"f-{month}", ("output:gen-1", f"2026-{month}-04", month))
        scenario.accrue(stack, f"2026-{month}-06T01:00:00Z")


def close(stack: Stack, month: str) -> dict[str, Any]:
    stack.at(f"{2026 + (month == '2026-12')}-{int(month[5:]) % 12 + 1:02d}-10T06:00:00Z")
    return settle(stack, month, month)


def item_of(stack: Stack, kind: str, name: str) -> dict[str, Any]:
    return next(
        item for item in stack.items("RegistryTable") if item.get("id") == name and item["pk"].startswith(kind) and "versions" in item
    )


def spoil(stack: Stack, item: dict[str, Any], **changed: Any) -> None:
    """As a model that wants something else would find what is stored."""
    texts = []
    for text in item["versions"]:
        stated = json.loads(text)
        texts.append(json.dumps(stated | {"content": stated["content"] | changed}))
    stack.table("RegistryTable").put_item(Item=item | {"versions": texts})


@pytest.fixture(scope="module")
def healthy(deployed_stack: Stack) -> dict[str, Any]:
    """What the lines come to where nothing is spoilt."""
    deployed_stack.reset()
    world(deployed_stack)
    for month in MONTHS:
        assert close(deployed_stack, month)["status"] == "sealed"
    return {"each": {month: by_licensee(deployed_stack, month) for month in MONTHS}, "all": by_licensee(deployed_stack, *MONTHS)}


def test_a_deal_that_cannot_be_read_stops_nobody_but_its_licensee_and_the_mend_brings_the_difference(
    healthy: dict[str, Any], stack: Stack
) -> None:
    world(stack)
    assert close(stack, "2026-10")["status"] == "sealed"
    deal = item_of(stack, "DEALS", "hares")
    spoil(stack, deal, terms=[{"mechanism": "a_way_of_paying_that_is_gone"}])
    assert close(stack, "2026-11")["status"] == "sealed"
    lines = by_licensee(stack, "2026-11")
    assert lines["fox"] == healthy["each"]["2026-11"]["fox"]
    assert not lines.get("hare"), "neither taken back nor added"
    (aside,) = manifest(stack, "2026-11")["quarantined"]
    assert (aside["kind"], aside["reporter"], aside["reason"]) == ("deal", "hare", "unreadable")
    assert stack.ringing() == {"QuarantineAlarm"}
    assert [event["partition"] for event in told(stack, "quarantine.added", "hare")] == ["deal:hare:hares:0000"]
    assert not told(stack, "completeness.missing")
    stack.table("RegistryTable").put_item(Item=deal)
    assert close(stack, "2026-12")["status"] == "sealed"
    assert manifest(stack, "2026-12")["quarantined"] == []
    assert by_licensee(stack, *MONTHS) == healthy["all"]
    assert not stack.errors


def test_a_what_if_takes_nothing_from_whoever_has_a_deal_that_cannot_be_read(stack: Stack) -> None:
    """What was posted of its licensee stands in the next settlement; until there was one, every what-if showed it as lost."""
    world(stack)
    assert close(stack, "2026-10")["status"] == "sealed"
    spoil(stack, item_of(stack, "DEALS", "hares"), terms=[{"mechanism": "a_way_of_paying_that_is_gone"}])
    nothing = done(stack, "nothing", {})
    assert [money["totals"]["owed"]["difference"] for money in nothing["currencies"]] == ["0"]
    assert {row["licensee"] for row in nothing["currencies"][0]["licensees"]} == {"fox", "hare"}


def test_a_work_or_party_that_cannot_be_read_leaves_others_alone_and_comes_back(healthy: dict[str, Any], stack: Stack) -> None:
    world(stack)
    scenario.work(stack, "other", "ann", {"ann": "1"}, identifiers=["isrc:SEABC2600002"])
    scenario.party(stack, "cy", "creator", payout=scenario.BANK)
    kept = [item_of(stack, "WORK", "other"), item_of(stack, "PARTY", "cy")]
    usage(stack, "o-11", ("isrc:SEABC2600002", "2026-11-05", 1), by="hare")
    scenario.accrue(stack, "2026-11-06T02:00:00Z")
    spoil(stack, kept[0], shares="no list")
    assert close(stack, "2026-10")["status"] == "sealed"
    assert close(stack, "2026-11")["status"] == "sealed"
    assert by_licensee(stack, "2026-10", "2026-11")["fox"] == {
        key: amount for key, amount in healthy["all"]["fox"].items() if key[0] in {"2026-10", "2026-11"}
    }
    aside = stack.http("GET", "/v1/quarantine", scope="finance", query={"kind": "work"}).json()["items"]
    assert [(one["partition"], one["reason"]) for one in aside] == [("work::other:0000", "unreadable")]
    stack.table("RegistryTable").put_item(Item=kept[0])
    assert stack.http("POST", "/v1/quarantine/work::other:0000:retry", scope="finance").status == 202
    assert not stack.http("GET", "/v1/quarantine", scope="finance").json()["items"]
