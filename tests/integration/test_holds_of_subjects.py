"""One output is held: what it brought waits, the rest of its works' money does not; late, twice, corrected, across months, voided."""

import json
from typing import Any

import pytest

from local.gateway import Response
from local.stack import Stack
from tests.integration import scenario
from tests.integration.test_holds import sums, two_works

BOT = {"hold_id": "h-bot", "subject": "output:bot", "months": ["2026-10"], "reason": "one listener around the clock"}
FREE = {("ann", "track"): 105, ("bob", "other"): 15}
HELD = {("fraud_hold", "track"): 90, ("ann", "track"): 15, ("bob", "other"): 15}
VOID = {("ann", "track"): 30, ("bob", "other"): 30}
EARLIER, LATER = "2026-10-05T08:15:00Z", "2026-10-05T09:00:00Z"


def hold(stack: Stack, **changed: Any) -> Response:
    return stack.http("POST", "/v1/holds", scope="finance", json=BOT | changed)


def decide(stack: Stack, outcome: str, hold_id: str = "h-bot") -> Response:
    return stack.http("POST", f"/v1/holds/{hold_id}:decide", scope="finance", json={"outcome": outcome, "evidence": "report 7"})


def settle(stack: Stack, month: str) -> None:
    stack.at(f"{month[:4]}-{int(month[5:]) + 1:02d}-10T06:00:00Z" if month[5:] < "12" else f"{int(month[:4]) + 1}-01-10T06:00:00Z")
    scenario.settle(stack, month, month)


@pytest.fixture
def world(stack: Stack) -> Stack:
    """A price of 1 a use and a pool of 40: `gen` brings `track` and `other` 10 uses each, `bot` brings `track` 60."""
    two_works(stack)
    scenario.disclose(stack, "rep", {"gen": {scenario.ISRC: "0.5", scenario.OTHER_ISRC: "0.5"}, "bot": {scenario.ISRC: "1"}})
    scenario.accrue(stack, EARLIER)
    scenario.usage(stack, "b", ("output:gen", "2026-10-03", 20), ("output:bot", "2026-10-03", 40))
    scenario.usage(stack, "c", ("output:bot", "2026-10-04", 20))
    return stack


def test_what_one_output_brought_waits_and_comes_as_the_difference_when_it_is_freed(world: Stack) -> None:
    assert hold(world).json()["subject"] == "output:bot"
    scenario.accrue(world, LATER)
    settle(world, "2026-10")
    assert sums(world, "2026-10") == HELD
    waiting = world.http("GET", "/v1/suspense", party="ann", scope="statements.read").json()["items"]
    assert {(row["reason"], row["work_id"], row["holds"]) for row in waiting} == {("fraud_hold", "track", "h-bot")}
    (told,) = world.http("GET", "/v1/statements/2026-10", party="ann", scope="statements.read").json()["suspended"]
    assert (told["amount"], told["holds"]) == ("90", [{"hold_id": "h-bot", "since": "2026-10-05"}])
    assert json.loads(scenario.files_of(world)["manifest.json"])["holds"] == ["h-bot"]
    assert decide(world, "released").status == 200
    settle(world, "2026-11")
    assert sums(world, "2026-11") == {("fraud_hold", "track"): -90, ("ann", "track"): 90}
    assert "holds" not in json.loads(scenario.files_of(world, "2026-11")["manifest.json"])
    settle(world, "2026-12")
    assert sums(world, "2026-12") == {}


def test_a_late_hold_takes_back_that_output_alone_and_void_leaves_the_rest_as_if_it_had_not_been_used(world: Stack) -> None:
    scenario.accrue(world, LATER)
    settle(world, "2026-10")
    assert sums(world, "2026-10") == FREE
    assert hold(world).status == 201
    _forget_what_waits(world)
    settle(world, "2026-11")
    assert sums(world, "2026-10", "2026-11") == HELD
    assert decide(world, "void").status == 200
    settle(world, "2026-12")
    assert sums(world, "2026-10", "2026-11", "2026-12") == VOID


def _forget_what_waits(stack: Stack) -> None:
    """As if the function had died after it kept the hold, before it marked a partition."""
    marks = [item for item in stack.items("UsageTable") if item["pk"].startswith("PENDING#")]
    assert len(marks) == 2
    for item in marks:
        stack.table("UsageTable").delete_item(Key={"pk": item["pk"], "sk": item["sk"]})


def test_several_holds_are_each_their_own_and_follow_what_is_corrected(world: Stack) -> None:
    scenario.accrue(world, LATER)
    others: list[dict[str, Any]] = [{}, {"subject": "output:gen"}, {"reporter": "ann"}, {"months": ["2026-09", "2026-11"]}]
    for number, changed in enumerate(others):
        assert hold(world, hold_id=f"h-{number}", **changed).status == 201
    settle(world, "2026-10")
    assert sums(world, "2026-10") == {("fraud_hold", "track"): 105, ("fraud_hold", "other"): 15}
    world.http("DELETE", "/v1/holds/h-1", scope="finance")
    scenario.disclose(world, "rep-2", {"bot": {scenario.OTHER_ISRC: "1"}}, revision=1)
    settle(world, "2026-11")
    assert sums(world, "2026-10", "2026-11") == {("ann", "track"): 15, ("fraud_hold", "other"): 90, ("bob", "other"): 15}
    for day, record in (("2026-10-03", "b-1"), ("2026-10-04", "c-0")):
        scenario.usage(world, f"void-{day}", ("output:bot", day, 0), record_id=record, revision=1, revenue="0")
    settle(world, "2026-12")
    assert sums(world, "2026-10", "2026-11", "2026-12") == VOID


def test_a_line_that_waits_is_explained_by_the_output_that_is_held_and_the_rest_without_it(world: Stack) -> None:
    hold(world)
    scenario.accrue(world, LATER)
    settle(world, "2026-10")
    behind = {}
    for line in scenario.lines_of(world):
        if line["mechanism"] == "per_output" and line["work_id"] == "track":
            told = world.http("GET", f"/v1/explain/2026-10/{line['line_id']}", scope="finance").json()
            assert (told["verified"], {row["accrues_to_the_same_now"] for row in told["accruals"]}) == (True, {True})
            behind[line["reason"]] = {one["subject"] for one in told["evidence"]}
            under = "it waits under hold h-bot of output or recording output:bot, placed by finance on 2026-10-05"
            assert (under in told["notes"]) == (line["reason"] == "fraud_hold")
    assert behind == {"fraud_hold": {"output:bot"}, "": {"output:gen"}}


def test_who_has_a_share_is_told_when_it_is_held_and_when_that_ends_and_who_is_billed_when_it_is_void(world: Stack) -> None:
    hold(world)
    world.at("2026-10-05T10:00:00Z")
    assert decide(world, "void").status == 200

    def news(party: str | None) -> list[tuple[str, ...]]:
        scope = "registry.write" if party else "finance"
        items = world.http("GET", "/v1/events", party=party, scope=scope).json()["items"]
        return [(one["type"], one["hold_id"], one["subject"], one["status"]) for one in items if one["type"].startswith("hold.")]

    placed, ended = ("hold.placed", "h-bot", "output:bot", "held"), ("hold.ended", "h-bot", "output:bot", "void")
    assert {party: news(party) for party in ("ann", "bob", "fox", None)} == {
        "ann": [placed, ended],
        "bob": [],
        "fox": [],
        None: [placed, ended],
    }
    assert hold(world, hold_id="h-fox", subject=None, licensee="fox").status == 201
    assert decide(world, "void", "h-fox").status == 200
    told = world.http("GET", "/v1/events?type=hold.ended", party="fox", scope="registry.write").json()["items"]
    assert [(one["hold_id"], one["status"], "reason" in one) for one in told] == [("h-fox", "void", False)]


@pytest.mark.parametrize(
    ("subject", "told"),
    [
        ("bot", "is no subject; send output:<id>"),
        ("unlisted:rest", "is no subject"),
        ("isrc:SEABC26000", "not an ISRC"),
        ("output:none", "nobody disclosed output:none"),
        (scenario.UNKNOWN, "nobody disclosed"),
    ],
)
def test_a_subject_that_cannot_be_is_refused_by_its_path(world: Stack, subject: str, told: str) -> None:
    scenario.accrue(world, LATER)
    refused = hold(world, subject=subject)
    assert (refused.status, refused.json()["errors"][0]["field"]) == (422, "subject"), refused.text
    assert told in refused.json()["errors"][0]["message"]


def test_what_has_expired_cannot_be_taken_apart_any_more(world: Stack) -> None:
    scenario.accrue(world, LATER)
    world.at("2031-01-01T08:00:00Z")
    refused = hold(world)
    assert (refused.status, refused.json()["errors"][0]["field"]) == (422, "subject"), refused.text
    assert "usage of 2026-10 is kept no more" in refused.text
