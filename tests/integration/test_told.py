"""Everything that the contract names is told to whom it concerns, in the transaction that it tells of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from overtone.stores import chain as chain_store
from overtone.stores import events
from tests.integration import scenario
from tests.integration.scenario import settle, small_world
from tests.integration.test_month_end import daily, declare

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from local.stack import Stack

OFFICE = "finance"


def told(stack: Stack, kind: str, party: str = "") -> list[dict[str, Any]]:
    """The events of a type that a party, or without one the office, reads."""
    reply = stack.http("GET", "/v1/events", party=party or None, scope="statements.read" if party else "finance", query={"type": kind})
    assert reply.status == 200, reply.text
    found: list[dict[str, Any]] = reply.json()["items"]
    return found


def test_a_month_that_is_incomplete_refused_sealed_and_paid_back(stack: Stack) -> None:
    small_world(stack)
    declare(stack, 2)
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "refused"
    (missing,) = told(stack, "completeness.missing", "fox")
    assert (missing["month"], missing["settlement_id"]) == ("2026-10", "2026-10")
    assert [event["reporter"] for event in told(stack, "completeness.missing")] == ["fox"]
    (refused,) = told(stack, "settlement.refused")
    assert refused["detail"].startswith("usage is not complete")
    scenario.usage(stack, "b-2", ("output:gen-1", "2026-10-09", 1))
    assert settle(stack)["status"] == "sealed"
    (sealed,) = told(stack, "settlement.sealed")
    assert (sealed["settlement_id"], sealed["through"]) == ("2026-10", "2026-10")
    (ready,) = told(stack, "statement.ready", "ann")
    (invoice,) = told(stack, "invoice.issued", "fox")
    assert (invoice["number"], ready["at"], invoice["at"]) == ("00000001", sealed["at"], sealed["at"])
    assert not told(stack, "statement.ready", "fox")
    payments = stack.http("GET", "/v1/payments", scope="finance", query={"settlement_id": "2026-10"}).json()["items"]
    body = f"payment_id,status,reason\n{payments[0]['payment_id']},returned,AC04\n"
    for _ in range(2):
        path = "/v1/settlements/2026-10/acknowledgements"
        answer = stack.http("POST", path, scope="finance", body=body, headers={"content-type": "text/csv"})
        assert answer.json()["returned_total"] == 1, answer.text
    for party in ("ann", ""):
        (came_back,) = told(stack, "payment.returned", party)
        assert (came_back["payment_id"], came_back["reason"]) == (payments[0]["payment_id"], "AC04")


def test_a_settlement_that_fails_says_so_and_a_preview_does_not(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    small_world(stack)
    stack.at(scenario.SETTLED)
    stack.runtime.functions["Settlement"].load()

    def broken(event: dict[str, Any], context: Any) -> Any:
        if event["step"] == "emit":
            raise ValueError("no room")
        return kept(event, context)

    kept: Any = stack.runtime.functions["Settlement"]._loaded
    assert kept is not None
    monkeypatch.setattr(stack.runtime.functions["Settlement"], "_loaded", broken)
    assert settle(stack, "try", preview=True)["status"] == "failed"
    assert not told(stack, "settlement.failed")
    assert settle(stack)["status"] == "failed"
    (failed,) = told(stack, "settlement.failed")
    assert failed["settlement_id"] == "2026-10"
    assert "no room" in failed["detail"]


def test_what_is_set_aside_is_told_once_to_its_reporter_and_to_finance(stack: Stack) -> None:
    small_world(stack)
    (page,) = [item for item in stack.items("UsageTable") if item["sk"].startswith("PAGE#b-1") and item["pk"].startswith("usage#")]
    stack.table("UsageTable").put_item(Item=page | {"page": b"no page at all"})
    for number in range(2):
        scenario.usage(stack, f"more-{number}", ("output:gen-1", "2026-10-03", 1))
        for minute in range(5):
            scenario.accrue(stack, f"2026-10-05T{9 + number:02}:{10 * minute:02}:00Z")
    for party in ("fox", ""):
        (aside,) = told(stack, "quarantine.added", party)
        assert (aside["reporter"], aside["day"]) == ("fox", "2026-10-03")


def test_who_sent_what_was_not_kept_is_told(stack: Stack) -> None:
    small_world(stack)
    record = {"record_id": "r", "subject": "output:gen-1", "use": "stream", "used_on": "2026-10-03", "quantity": 1, "territory": "nonsense"}
    body = {"batch_id": "bad", "records": [record]}
    assert stack.http("POST", "/v1/usage", party="fox", scope="usage.write", json=body).status == 422
    head = "record_id,subject,use,used_on,quantity,territory\n"
    stack.at("2026-10-05T08:16:00Z")
    stack.put_object("DropBucket", "usage/fox/oct.csv", (head + "r-9,output:gen-1,stream,2026-10-03,1,nonsense\n").encode())
    stack.put_object("DropBucket", "usage/fox/none.csv", b"not,a,header\n1,2,3\n")
    stack.drain()
    posted, *dropped = told(stack, "batch.rejected", "fox")
    assert (posted["batch_id"], posted["errors"][0]["field"]) == ("bad", "territory")
    assert {event["key"] for event in dropped} == {"usage/fox/oct.csv", "usage/fox/none.csv"}
    assert all(event["receipt"] in stack.objects("DropBucket") for event in dropped)


def test_what_one_transaction_has_no_room_for_is_told_whatever_dies(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The seal stands, its execution dies before all are told: the daily try tells the rest."""
    small_world(stack)
    stack.at(scenario.SETTLED)
    monkeypatch.setattr(events, "TRANSACTION_ITEMS_MAX", 3)

    def dies(_record: Any, _news: Sequence[Any]) -> None:
        raise ValueError("out of memory")

    with monkeypatch.context() as patch:
        patch.setattr(chain_store, "tell_rest", dies)
        assert settle(stack)["status"] == "sealed"
    assert len(told(stack, "settlement.sealed")) == 1
    assert not told(stack, "statement.ready", "ann")
    daily(stack, "2026-11-11")
    (ready,) = told(stack, "statement.ready", "ann")
    daily(stack, "2026-11-12")
    assert told(stack, "statement.ready", "ann") == [ready]
    (record,) = [item for item in stack.items("LedgerTable") if item["pk"] == "SETTLEMENTS"]
    assert record["untold"] == 0


def test_an_open_invoice_is_reminded_of_once_a_step_until_it_is_paid(stack: Stack) -> None:
    small_world(stack)
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed"
    (invoice,) = stack.http("GET", "/v1/invoices", scope="finance").json()["items"]
    for day in ("2026-12-10", "2026-12-11", "2026-12-12"):
        stack.at(f"{day}T04:00:00Z")
        stack.invoke("Reconcile", {"now": f"{day}T04:00:00Z"})
    (reminder,) = told(stack, "invoice.overdue", "fox")
    assert (reminder["number"], reminder["due_on"], reminder["days_overdue"]) == (invoice["number"], "2026-12-10", 1)
    paid = {"collection_id": "c", "licensee": "fox", "currency": "EUR", "amount": invoice["total"], "received_on": "2026-12-12"}
    assert stack.http("POST", "/v1/collections", scope="finance", json=paid).status == 201
    stack.invoke("Reconcile", {"now": "2027-02-01T04:00:00Z"})
    assert told(stack, "invoice.overdue", "fox") == [reminder]
    assert not stack.errors
