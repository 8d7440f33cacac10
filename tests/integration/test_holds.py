"""Money of suspect uses: held, settled, released, and paid by the settlement after; who may, and what is refused."""

from typing import Any

import pytest

from local.gateway import Response
from local.stack import Stack
from overtone.aws.transactions import TRANSACTION_ITEMS_MAX
from tests.integration import scenario

FACT = {"hold_id": "h-1", "work": "track", "months": ["2026-10"], "reason": "one listener around the clock"}
WIDE = {**FACT, "work": None, "licensee": "fox", "reporter": "fox", "months": ["2026-10", "2026-11"]}
ENDING = {"outcome": "released", "evidence": "the listener is a radio station"}


def say(stack: Stack, method: str, path: str = "", body: dict[str, Any] | None = None, scope: str = "finance") -> Response:
    party = None if scope in {"finance", "admin"} else "ann"
    return stack.http(method, f"/v1/holds{path}", party=party, scope=scope, json=body)


def sums(stack: Stack, *settlements: str) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = {}
    for settlement in settlements:
        for line in scenario.lines_of(stack, settlement):
            name = (line["party_id"] or line["reason"], line["work_id"])
            found[name] = found.get(name, 0) + float(line["amount"])
    return {name: amount for name, amount in found.items() if amount}


def two_works(stack: Stack) -> None:
    """Two works of two creators under a price of 1 a use and a pool of 40, whose revenue is reported."""
    stack.at("2026-09-01T08:00:00Z")
    for name in ("ann", "bob"):
        scenario.party(stack, name, "creator", payout=scenario.BANK)
    scenario.party(stack, "fox", "licensee")
    scenario.work(stack, "track", "ann", {"ann": "1"}, identifiers=[scenario.ISRC])
    scenario.work(stack, "other", "bob", {"bob": "1"}, identifiers=[scenario.OTHER_ISRC])
    pool = {"mechanism": "revenue_pool", "share": "0.1", "basis": "influence"}
    scenario.deal(stack, "open", {"mechanism": "per_output", "rate": "1"}, pool)
    stack.at("2026-10-05T08:00:00Z")
    report = {"report_id": "rev", "month": "2026-10", "currency": "EUR", "net_revenue": "400", "subscribers": 0}
    scenario.sent(stack, "/v1/revenue", report)


@pytest.fixture
def world(stack: Stack) -> Stack:
    """Two works, one price and one pool: 10 by price and 20 by the pool to `track`, as much to `other`."""
    two_works(stack)
    scenario.disclose(stack, "rep", {"gen": {scenario.ISRC: "0.5", scenario.OTHER_ISRC: "0.5"}})
    scenario.usage(stack, "b", ("output:gen", "2026-10-03", 20))
    scenario.accrue(stack, scenario.SETTLED)
    return stack


def test_who_had_a_share_in_the_months_of_a_hold_is_told_of_it(world: Stack) -> None:
    """The track is sold from next year on, and in mid-October half of it was: whose money waits was not told, and the buyer was."""
    world.at(scenario.SETTLED)
    for name in ("cy", "di"):
        scenario.party(world, name, "creator")
    for shares, day in (({"ann": "0.5", "cy": "0.5"}, "2026-10-15"), ({"cy": "1"}, "2026-11-01"), ({"di": "1"}, "2027-01-01")):
        listed = [{"party": holder, "share": share} for holder, share in shares.items()]
        body = {"title": "Track", "kind": "recording", "identifiers": [scenario.ISRC], "shares": listed, "effective_from": day}
        scenario.register(world, "works", "track", body)
    assert say(world, "POST", body=FACT).status == 201
    told = {item["pk"] for item in world.items("LedgerTable") if item["pk"].startswith("EVENTS#") and item["type"] == "hold.placed"}
    assert {name for name in ("ann", "bob", "cy", "di") if any(name in pk for pk in told)} == {"ann", "cy"}


def test_all_who_share_a_work_are_told_of_its_hold_however_many_they_are(stack: Stack) -> None:
    """More than one transaction takes; what did not fit is told beside it."""
    stack.at("2026-10-05T08:00:00Z")
    owners = [f"owner-{number}" for number in range(TRANSACTION_ITEMS_MAX + 1)]
    for name in owners:
        scenario.party(stack, name, "creator")
    scenario.work(stack, "track", owners[0], dict.fromkeys(owners, "0.009"))
    assert say(stack, "POST", "", FACT).status == 201
    told = [item for item in stack.items("LedgerTable") if item["pk"].startswith("EVENTS#owner-") and item["type"] == "hold.placed"]
    assert {item["pk"] for item in told} == {f"EVENTS#{name}" for name in owners}


def test_whose_the_work_was_in_the_months_of_a_hold_is_told_of_it(stack: Stack) -> None:
    """Ann's until the middle of October, bob's until the end of November, and cat's since."""
    two_works(stack)
    scenario.party(stack, "cat", "creator")
    for party, day in (("bob", "2026-10-15"), ("cat", "2026-12-01")):
        scenario.work(stack, "track", "ann", {party: "1"}, identifiers=[scenario.ISRC], effective_from=day)
    assert say(stack, "POST", "", FACT).status == 201
    events = [item["pk"] for item in stack.items("LedgerTable") if item.get("type") == "hold.placed"]
    assert sorted(pk.removeprefix("EVENTS#") for pk in events) == ["ann", "bob", "finance"]


def test_what_is_held_waits_and_is_paid_exactly_once_it_is_released(world: Stack) -> None:
    assert say(world, "POST", "", FACT).status == 201
    scenario.settle(world)
    assert sums(world, "2026-10") == {("fraud_hold", "track"): 30, ("bob", "other"): 30}
    waiting = world.http("GET", "/v1/suspense", party="ann", scope="statements.read").json()["items"]
    assert {(row["reason"], row["work_id"]) for row in waiting} == {("fraud_hold", "track")}
    assert say(world, "POST", "/h-1:decide", ENDING).json()["status"] == "released"
    world.at("2026-12-10T06:00:00Z")
    scenario.settle(world, "2026-11", "2026-11")
    assert sums(world, "2026-11") == {("fraud_hold", "track"): -30, ("ann", "track"): 30}
    assert world.http("GET", "/v1/suspense", scope="finance").json()["items"] == []


def test_what_is_voided_leaves_the_licensee_s_bill(world: Stack) -> None:
    say(world, "POST", "", FACT)
    scenario.settle(world)
    voided = say(world, "POST", "/h-1:decide", {"outcome": "void", "evidence": "report 7 of the auditors"})
    assert (voided.status, voided.json()["status"]) == (200, "void")
    assert say(world, "DELETE", "/h-1").json() == voided.json()
    world.at("2026-12-10T06:00:00Z")
    scenario.settle(world, "2026-11", "2026-11")
    assert sums(world, "2026-11") == {("fraud_hold", "track"): -30, ("bob", "other"): 20}  # 10 fewer owed, the pool is the other's
    assert say(world, "POST", "/h-1:decide", ENDING).status == 409


def test_a_hold_after_the_settlement_takes_back_and_a_release_without_words_gives_again(world: Stack) -> None:
    scenario.settle(world)
    before = sums(world, "2026-10")
    assert say(world, "POST", "", WIDE).status == 201
    world.at("2026-12-10T06:00:00Z")
    scenario.settle(world, "2026-11", "2026-11")
    assert sums(world, "2026-10", "2026-11") == {("fraud_hold", "track"): 30, ("fraud_hold", "other"): 30}
    assert say(world, "DELETE", "/h-1").json()["outcome"] == "released"
    world.at("2027-01-10T06:00:00Z")
    scenario.settle(world, "2026-12", "2026-12")
    assert sums(world, "2026-10", "2026-11", "2026-12") == before == {("ann", "track"): 30, ("bob", "other"): 30}


def test_who_may_hold_and_what_is_refused(world: Stack) -> None:
    assert {say(world, method, path, FACT, "statements.read").status for method, path in (("POST", ""), ("DELETE", "/h-1"))} == {403}
    assert say(world, "GET", "", scope="registry.write").status == 403
    for changed, field in (({"work": "none"}, "work"), ({"licensee": "nobody"}, "licensee"), ({"subject": "output:no"}, "subject")):
        refused = say(world, "POST", "", FACT | changed)
        assert (refused.status, refused.json()["errors"][0]["field"]) == (422, field), refused.text
    assert say(world, "GET", "/h-1").status == say(world, "DELETE", "/h-1").status == 404
    first = say(world, "POST", "", FACT, "admin")
    assert (first.status, first.json()["status"], first.json()["posted_by"]) == (201, "held", "admin")
    again = say(world, "POST", "", FACT)
    assert (again.status, again.json()) == (200, first.json())
    assert say(world, "POST", "", FACT | {"months": ["2026-11"]}).status == 409
    assert say(world, "POST", "", {**FACT, "hold_id": "h-2"}).status == 201
    page = world.http("GET", "/v1/holds", scope="finance", query={"limit": "1"}).json()
    rest = world.http("GET", "/v1/holds", scope="finance", query={"cursor": page["next_cursor"]}).json()
    assert [hold["hold_id"] for hold in (*page["items"], *rest["items"])] == ["h-1", "h-2"]


def test_how_a_hold_ends_is_kept_and_stands(world: Stack) -> None:
    say(world, "POST", "", FACT)
    for refused in (say(world, "POST", "/h-1:decide", {"outcome": "void"}), say(world, "DELETE", "/h-1?outcome=void")):
        assert (refused.status, "with evidence" in refused.text) == (422, True)
    ended = say(world, "POST", "/h-1:decide", ENDING)
    assert (ended.status, ended.json()["evidence"], ended.json()["decided_by"]) == (200, ENDING["evidence"], "finance")
    assert say(world, "POST", "/h-1:decide", ENDING).json() == say(world, "DELETE", "/h-1").json() == ended.json()
    assert say(world, "POST", "/h-1:decide", {**ENDING, "evidence": "another"}).status == 409
    assert say(world, "GET", "/h-1").json() == say(world, "POST", "", FACT).json() == ended.json()
