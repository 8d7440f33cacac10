"""A revision of a report takes the place of what it revises and stands in nobody's way; what it cannot be is refused."""

from typing import Any

import pytest

from local.stack import Stack
from overtone.steps import withdrawals
from tests.integration.scenario import ISRC, OTHER_ISRC, accrue, deal, sent, settle, small_world
from tests.integration.test_withdrawals import owed, run


@pytest.mark.parametrize("road", ["posted", "stored by an earlier version"])
def test_a_revision_that_came_late_stands_in_the_way_of_none_after_it(stack: Stack, monkeypatch: pytest.MonkeyPatch, road: str) -> None:
    """Higher revisions and the withdrawal of the late one were told for ever to be sent again, and GET said that it counted."""
    small_world(stack)
    deal(stack, "train", {"mechanism": "training_run", "fee_per_work": "10"})
    fox: dict[str, Any] = {"party": "fox", "scope": "disclosures.write"}
    works = [ISRC, OTHER_ISRC, "isrc:SEABC2600077"]
    run(stack, works[:2], revision=2)
    if road == "posted":
        run(stack, works[:1], revision=1)
        assert stack.http("GET", "/v1/training-runs/run-1~r1", **fox).json()["status"] == "withdrawn"
    else:
        with monkeypatch.context() as earlier:  # which left marks in the ledger and no receipt
            at = "2026-10-05T08:00:00.000000Z"
            earlier.setattr(withdrawals, "displaced", lambda _sent, by, told, *_: withdrawals.marks_of("training", by, told, at))
            run(stack, works[:1], revision=1)
    run(stack, works, revision=3)
    for name in ("run-1~r1", "run-1~r2"):
        gone = stack.http("DELETE", f"/v1/training-runs/{name}", **fox)
        assert (gone.status, gone.json()["status"]) == (200, "withdrawn"), gone.text
    listed = stack.http("GET", "/v1/training-runs", **fox).json()["items"]
    assert {one["run_id"]: one["status"] for one in listed if one["status"] == "committed"} == {"run-1~r3": "committed"}
    accrue(stack, "2026-10-05T08:30:00Z")
    stack.at("2026-11-10T06:00:00Z")
    assert settle(stack, "s-1")["status"] == "sealed"
    assert owed(stack, "s-1")["training_run"] == 30


def test_a_revision_is_answered_as_it_was_when_the_receipt_of_what_it_revised_is_forgotten(stack: Stack) -> None:
    """Sent again, or taken back, it was told for ever that its id had been used for something else."""
    small_world(stack)
    asked: dict[str, Any] = {"party": "fox", "scope": "disclosures.write"}
    revision = {"report_id": "rev-10", "month": "2026-10", "currency": "EUR", "net_revenue": "99", "subscribers": 9, "revision": 1}
    stack.at("2028-10-01T00:00:00Z")
    receipt = stack.http("POST", "/v1/revenue", json=revision, **asked)
    assert receipt.status == 201
    stack.at("2029-12-01T00:00:00Z")
    stack.expire()
    again = stack.http("POST", "/v1/revenue", json=revision, **asked)
    assert (again.status, again.json()) == (200, receipt.json())
    gone = stack.http("DELETE", "/v1/revenue/rev-10~r1", **asked)
    assert (gone.status, gone.json()["status"]) == (200, "withdrawn"), gone.text
    assert stack.http("POST", "/v1/revenue", json=revision, **asked).status == 409
    assert not stack.errors


@pytest.mark.parametrize("scope", [{"service": "free"}, {"model": "fox-1"}, {"territory": "SE"}])
def test_a_revision_of_another_scope_is_refused_with_what_to_do(stack: Stack, scope: dict[str, str]) -> None:
    """It replaced nothing: the report of all services stayed, that of one came beside it, and the licensee owed its share of both."""
    small_world(stack)
    whole = {"month": "2026-10", "currency": "EUR", "net_revenue": "1000", "subscribers": 9}
    asked: dict[str, Any] = {"party": "fox", "scope": "disclosures.write"}
    for first, second in ((whole, whole | scope), (whole | scope, whole)):
        name = f"r-{len(first)}"
        sent(stack, "/v1/revenue", first | {"report_id": name})
        moved = stack.http("POST", "/v1/revenue", json=second | {"report_id": name, "revision": 1}, **asked)
        assert (moved.status, "withdraw it (DELETE)" in moved.text) == (409, True), moved.text
        sent(stack, "/v1/revenue", first | {"report_id": name, "revision": 1, "net_revenue": "2000"})


@pytest.mark.parametrize("length", [1, 125, 126, 128])
def test_the_revision_of_a_report_with_the_longest_id_is_read_and_withdrawn(stack: Stack, length: int) -> None:
    """With its revision behind it the id was longer than ids may be: what was answered as its name could be neither read nor taken back."""
    small_world(stack)
    name = "r" * length
    asked: dict[str, Any] = {"party": "fox", "scope": "disclosures.write"}
    revenue = {"report_id": name, "month": "2026-10", "currency": "EUR", "net_revenue": "1", "subscribers": 9}
    for revision in (0, 1):
        run(stack, [ISRC], name, revision=revision)
        sent(stack, "/v1/revenue", revenue | {"revision": revision})
    for path in ("training-runs", "revenue"):
        for method, status in (("GET", "committed"), ("DELETE", "withdrawn"), ("GET", "withdrawn")):
            reply = stack.http(method, f"/v1/{path}/{name}~r1", **asked)
            assert (reply.status, reply.json().get("status")) == (200, status), reply.text
        assert stack.http("GET", f"/v1/{path}/{name}~r{'9' * 2000}", **asked).status == 422


def test_what_was_withdrawn_cannot_be_revised(stack: Stack) -> None:
    """A revision was answered with 201 and counted for nothing: a withdrawal is of all revisions of an id."""
    small_world(stack)
    revenue = {"report_id": "rev-10", "month": "2026-10", "currency": "EUR", "net_revenue": "2469.12", "subscribers": 9}
    levy: dict[str, Any] = {"levy_id": "tax", "administrator": "fox", "month": "2026-10", "currency": "EUR", "amount": "90"}
    levy |= {"distribution": {"formula": "equal_per_party"}}
    asked: dict[str, Any] = {"party": "fox", "scope": "admin"}
    assert stack.http("POST", "/v1/levies", json=levy, **asked).status == 201
    for path, body in (("revenue", revenue), ("levies", levy)):
        name = next(iter(body.values()))
        assert stack.http("DELETE", f"/v1/{path}/{name}", **asked).status == 200
        again = stack.http("POST", f"/v1/{path}", json=body | {"revision": 1}, **asked)
        assert (again.status, f"{name!r} was withdrawn" in again.text) == (409, True), again.text


def test_no_report_is_called_as_a_revision_of_another_is(stack: Stack) -> None:
    """A run `run-1~r5` stood for the fifth revision of `run-1`, which counted no more; to withdraw a report `rev-1~r2` took `rev-1`."""
    small_world(stack)
    levy = {"levy_id": "tax~r12", "month": "2026-10", "currency": "EUR", "amount": "1", "distribution": {"basis": "usage"}}
    revenue = {"report_id": "rev-1~r2", "month": "2026-10", "currency": "EUR", "net_revenue": "1", "subscribers": 1}
    ran = {"run_id": "run-1~r5", "model": "m", "trained_on": "2026-10-02", "works": [{"work": ISRC, "weight": "1"}]}
    for path, name, body in (("levies", "levy_id", levy), ("revenue", "report_id", revenue), ("training-runs", "run_id", ran)):
        refused = stack.http("POST", f"/v1/{path}", party="fox", scope="disclosures.write admin", json=body)
        assert (refused.status, [fault["field"] for fault in refused.json()["errors"]]) == (422, [name]), refused.text


def test_a_report_is_shown_as_it_was_revised_last(stack: Stack) -> None:
    """Asked for by the id under which it was sent, it was shown as it had been at first, as if that still counted."""
    small_world(stack)
    fox: dict[str, Any] = {"party": "fox", "scope": "disclosures.write"}
    revenue = {"report_id": "rev-10", "month": "2026-10", "currency": "EUR", "net_revenue": "1234.56", "subscribers": 9}
    levy: dict[str, Any] = {"levy_id": "tax", "month": "2026-10", "currency": "EUR", "amount": "90", "distribution": {"party": "ann"}}
    assert stack.http("POST", "/v1/levies", scope="admin", json=levy).status == 201
    for revision, highest in ((1, "1"), (11, "11"), (2, "11")):
        sent(stack, "/v1/revenue", revenue | {"net_revenue": f"{revision}", "revision": revision})
        assert stack.http("POST", "/v1/levies", scope="admin", json=levy | {"amount": f"{revision}", "revision": revision}).status == 201
        for path, amount, asked in (("revenue/rev-10", "net_revenue", fox), ("levies/tax", "amount", {"scope": "finance"})):
            shown = stack.http("GET", f"/v1/{path}", **asked).json()
            assert (shown[amount], str(shown["revision"]), shown["status"]) == (highest, highest, "committed")
            assert stack.http("GET", f"/v1/{path}~r1", **asked).json()[amount] == "1"
    for method in ("DELETE", "GET", "DELETE"):
        shown = stack.http(method, "/v1/revenue/rev-10", **fox).json()
        assert (shown["net_revenue"], shown["status"]) == ("11", "withdrawn"), method
