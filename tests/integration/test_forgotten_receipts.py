"""What was stated whole outlives its receipt: it is shown, revised and taken back by what is kept of it."""

from decimal import Decimal
from typing import Any

import pytest

from local.stack import Stack
from overtone.stores import training_runs
from tests.integration.scenario import ISRC, OTHER_ISRC, accrue, deal, disclose, lines_of, sent, settle, small_world
from tests.interruptions import before_each_write

FOX: dict[str, Any] = {"party": "fox", "scope": "disclosures.write"}
RUN = {"run_id": "run-1", "model": "fox-1", "trained_on": "2026-10-02", "works": [{"work": ISRC}]}
REVENUE = {"report_id": "rev-10", "month": "2026-10", "currency": "EUR", "net_revenue": "1234.56", "subscribers": 9}
LEVY = {"levy_id": "levy-1", "administrator": "fox", "month": "2026-10", "currency": "EUR", "amount": "100"}
LEVIED = LEVY | {"distribution": {"formula": "equal_per_party"}}


def forget(stack: Stack) -> None:
    """What the table's time to live does to every receipt, of what was sent and of what was taken back."""
    for item in stack.items("UsageTable"):
        if item["pk"].startswith(("RECEIPT#", "FACTS#")):
            stack.table("UsageTable").delete_item(Key={"pk": item["pk"], "sk": item["sk"]})


def owed(stack: Stack, *settlements: str) -> dict[str, Decimal]:
    """What is owed after these settlements, by mechanism."""
    found: dict[str, Decimal] = {}
    for line in (line for name in settlements for line in lines_of(stack, name)):
        found[line["mechanism"]] = found.get(line["mechanism"], Decimal(0)) + Decimal(line["amount"])
    return {mechanism: amount for mechanism, amount in found.items() if amount}


CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "training_run": ("training-runs/run-1", RUN, RUN | {"revision": 1, "works": [{"work": ISRC}, {"work": OTHER_ISRC}]}),
    "revenue_pool": ("revenue/rev-10", REVENUE, REVENUE | {"revision": 1, "net_revenue": "2469.12"}),
    "levy": ("levies/levy-1", LEVIED, LEVIED | {"revision": 1, "amount": "200"}),
}


@pytest.mark.parametrize("mechanism", CASES)
def test_what_was_stated_whole_is_revised_and_taken_back_when_its_receipt_is_forgotten(stack: Stack, mechanism: str) -> None:
    """There was no such thing (404), or its revision was told to be what had been used before (409): it counted for ever."""
    path, body, revised = CASES[mechanism]
    asked = {"scope": "admin"} if mechanism == "levy" else FOX
    small_world(stack)
    deal(stack, "train", {"mechanism": "training_run", "fee_per_work": "10"})
    if mechanism != "revenue_pool":
        assert stack.http("POST", f"/v1/{path.partition('/')[0]}", json=body, **asked).status == 201
    accrue(stack, "2026-10-05T08:30:00Z")
    stack.at("2026-11-10T06:00:00Z")
    assert settle(stack, "s-1")["status"] == "sealed", stack.errors
    before = stack.http("GET", f"/v1/{path}", **asked).json()
    forget(stack)
    kept = stack.http("GET", f"/v1/{path}", **asked)
    told = {name: said for name, said in before.items() if name in kept.json()}
    assert (kept.status, kept.json()) == (200, told), kept.text
    assert before.keys() - told.keys() <= {"digest", "standing", "administrator"}

    stack.at("2026-11-10T06:30:00Z")
    assert stack.http("POST", f"/v1/{path.partition('/')[0]}", json=revised, **asked).status == 201
    accrue(stack, "2026-11-10T06:40:00Z")
    assert settle(stack, "s-2")["status"] == "sealed", stack.errors
    assert owed(stack, "s-1", "s-2")[mechanism] == 2 * owed(stack, "s-1")[mechanism]
    forget(stack)
    stack.at("2026-11-10T07:00:00Z")
    gone = stack.http("DELETE", f"/v1/{path}", **asked)
    assert (gone.status, gone.json()["status"]) == (200, "withdrawn"), gone.text
    assert stack.http("DELETE", f"/v1/{path}", **asked).body == gone.body
    forget(stack)
    stack.at("2026-11-10T08:00:00Z")
    again = stack.http("DELETE", f"/v1/{path}", **asked)
    assert (again.status, again.json()["withdrawn_at"]) == (200, gone.json()["withdrawn_at"]), again.text
    assert stack.http("GET", f"/v1/{path}", **asked).json()["status"] == "withdrawn"
    if mechanism != "training_run":
        refused = stack.http("POST", f"/v1/{path.partition('/')[0]}", json=revised | {"revision": 2}, **asked)
        assert (refused.status, "under a new id" in refused.text) == (409, True), refused.text
    assert settle(stack, "s-3")["status"] == "sealed", stack.errors
    assert mechanism not in owed(stack, "s-1", "s-2", "s-3")
    assert not stack.errors


def test_others_of_a_name_like_it_are_not_taken_for_what_is_forgotten(stack: Stack) -> None:
    small_world(stack)
    sent(stack, "/v1/training-runs", RUN)
    for name in ("foxy", "fox-2"):
        stack.http("PUT", f"/v1/parties/{name}", scope="admin", json={"name": name, "kind": "licensee", "country": "SE"})
    forget(stack)
    for path in ("training-runs/run", "training-runs/run-1~r1", "revenue/rev-1", "revenue/EUR"):
        assert stack.http("GET", f"/v1/{path}", **FOX).status == 404, path
    for path in ("training-runs/run-1", "revenue/rev-10"):
        assert stack.http("DELETE", f"/v1/{path}", **FOX | {"party": "fo"}).status == 404, path
    assert [run.run_id for run in training_runs.run_headers("9")] == ["run-1"]


def test_a_run_that_is_taken_back_leaves_no_lower_revision_that_came_at_the_same_moment(stack: Stack) -> None:
    """Of two that come at once neither sees the other: the higher counted, and once it was withdrawn the lower did."""
    small_world(stack)
    came: list[int] = []

    def comes(number: int) -> None:
        if not came:
            came.append(number)
            sent(stack, "/v1/training-runs", RUN)

    with before_each_write(stack, "DisclosureApi", comes):
        sent(stack, "/v1/training-runs", RUN | {"revision": 1})
    assert [run.run_id for run in training_runs.run_headers("9")] == ["run-1~r1"]
    gone = stack.http("DELETE", "/v1/training-runs/run-1", **FOX)
    assert (gone.status, gone.json()["run_id"]) == (200, "run-1~r1")
    assert training_runs.run_headers("9") == []
    listed = stack.http("GET", "/v1/training-runs", **FOX).json()["items"]
    assert {(one["run_id"], one["status"]) for one in listed} == {("run-1", "withdrawn"), ("run-1~r1", "withdrawn")}


def test_a_forgotten_report_of_attributions_says_how_its_outputs_are_disclosed_otherwise(stack: Stack) -> None:
    """Nothing but what it says of outputs is kept; the lab was told that there had been no such report, and nothing more."""
    small_world(stack)
    forget(stack)
    gone = stack.http("DELETE", "/v1/attributions/rep-1", **FOX)
    assert (gone.status, "with a higher revision, without shares" in gone.json()["detail"]) == (404, True), gone.text
    disclose(stack, "rep-2", {"gen-1": {}}, revision=1)
    accrue(stack, "2026-10-06T08:30:00Z")
    output = stack.http("GET", "/v1/outputs/gen-1", **FOX).json()
    assert (output["current"]["revision"], output["current"]["shares"]) == (1, [])
