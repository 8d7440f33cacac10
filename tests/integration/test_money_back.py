"""Through HTTP: money that goes back, the same money posted twice, credit that is paid back, and what late payment costs."""

import csv
import io
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from local.gateway import Response
from local.stack import Stack
from tests.integration import scenario
from tests.integration.scenario import files_of, payments, settle
from tests.integration.test_money_attacks import faults
from tests.integration.test_money_in_and_out import ALICE, BOB, CAMT, call, collected


@pytest.fixture
def owed(stack: Stack) -> Stack:
    """The small world, its one deal paying on receipt and charging 10 % a year for delay, settled once."""
    scenario.small_world(stack)
    terms = {"mechanism": "per_output", "rate": "0.007"}, {"mechanism": "revenue_pool", "share": "0.03", "basis": "influence"}
    scenario.deal(stack, "open", *terms, pays="on_receipt", late_interest="0.1")
    scenario.party(stack, "fox", "licensee", due_days=10)
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed", stack.errors
    return stack


def invoices(stack: Stack) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = call(stack, "GET", "invoices").json()["items"]
    return found


def undo(stack: Stack, collection_id: str, kind: str = "recalled", day: str = "2026-11-10", **more: Any) -> Response:
    body = {"kind": kind, "reversed_on": day, "evidence": "the bank's letter of today"} | more
    return call(stack, "POST", f"collections/{collection_id}:reverse", body=body)


def test_a_collection_that_the_bank_recalled_opens_its_invoice_and_what_was_paid_of_it_stays(owed: Stack, tmp_path: Path) -> None:
    (invoice,) = invoices(owed)
    assert collected(owed, "c-1", invoice["total"], invoice["number"]).status == 201
    settle(owed, "second")
    paid = payments(owed, "second")["ann"]
    assert (paid["status"], paid["uncollected"]) == ("paid", "0")
    first = undo(owed, "c-1")
    assert (first.status, first.json()["amount"]) == (201, invoice["total"])
    assert undo(owed, "c-1").status == 200
    assert undo(owed, "c-1", "posted_wrongly").status == 409
    assert undo(owed, "nobody").status == 404
    assert undo(owed, "c-1", day="2026-11-08").status == 422
    assert [(one["status"], one["open"]) for one in invoices(owed)] == [("open", invoice["total"])]
    assert call(owed, "GET", "collections/c-1").json()["reversal"] == first.json()
    assert [row["reversal"]["kind"] for row in call(owed, "GET", "collections").json()["items"]] == ["recalled"]
    assert collected(owed, "c-2", invoice["total"], invoice["number"]).status == 201
    settle(owed, "third")
    assert "ann" not in payments(owed, "third")
    books = [row for row in csv.reader(io.StringIO(files_of(owed, "third")["journal.csv"].decode())) if row[1] == "bank:EUR"]
    assert sorted((row[2], row[3]) for row in books) == sorted([("", invoice["total"]), (invoice["total"], "")])
    assert faults(owed, tmp_path, "2026-10", "second", "third") == []


def test_the_same_money_is_not_posted_twice_under_two_ids(owed: Stack) -> None:
    (invoice,) = invoices(owed)
    assert collected(owed, "by-hand", invoice["total"], invoice["number"]).status == 201
    twice = collected(owed, "again", invoice["total"])
    assert (twice.status, "by-hand" in twice.json()["detail"]) == (409, True)
    body = CAMT.format(amount=invoice["total"], number=invoice["number"])
    xml: dict[str, Any] = {"headers": {"content-type": "application/xml"}}
    told = owed.http("POST", "/v1/collections", scope="finance", body=body, **xml).json()
    assert (told["collections"], [row.get("same_as") for row in told["unmatched"]]) == ([], ["by-hand", None])
    assert undo(owed, "by-hand", "posted_wrongly", "2026-11-09").status == 201
    told = owed.http("POST", "/v1/collections", scope="finance", body=body, **xml).json()
    assert [row["collection_id"] for row in told["collections"]] == ["camt.REF-1"]
    assert collected(owed, "again", invoice["total"]).status == 409
    other = owed.http("POST", "/v1/collections", scope="finance", body=body.replace("REF/1", "REF/2"), **xml).json()
    assert [row["collection_id"] for row in other["collections"]] == ["camt.REF-2"]
    assert collected(owed, "other", invoice["total"], separate=True).status == 201
    assert collected(owed, "other", invoice["total"]).status == 200


def test_money_that_came_twice_is_credit_and_is_paid_back_when_two_persons_agree(owed: Stack) -> None:
    (invoice,) = invoices(owed)
    collected(owed, "c-1", invoice["total"])
    collected(owed, "c-2", invoice["total"], separate=True)
    (aged,) = call(owed, "GET", "receivables").json()["items"]
    assert (aged["open"], aged["credit"]) == ("0.00", invoice["total"])
    body = {"refund_id": "r-1", "licensee": "fox", "currency": "EUR", "amount": invoice["total"], "reason": "paid twice", "evidence": "x"}
    assert call(owed, "POST", "refunds", ALICE, body | {"amount": f"{float(invoice['total']) + 0.01:.2f}"}).status == 422
    assert call(owed, "POST", "refunds", ALICE, body | {"amount": "0.001"}).status == 422
    assert call(owed, "POST", "refunds", ALICE, body).status == 201
    assert call(owed, "POST", "refunds/r-1:accept", ALICE).status == 403
    assert call(owed, "GET", "receivables").json()["items"]
    assert call(owed, "POST", "refunds/r-1:accept", BOB).status == 200
    assert call(owed, "GET", "receivables").json()["items"] == []
    assert [row["status"] for row in call(owed, "GET", "refunds").json()["items"]] == ["accepted"]
    settle(owed, "second")
    trial = {row["account"]: row for row in csv.DictReader(io.StringIO(files_of(owed, "second")["trial_balance.csv"].decode()))}
    paid = payments(owed, "second")["ann"]["paid"]
    assert float(trial["bank:EUR"]["closing"]) == pytest.approx(float(invoice["total"]) - float(paid))


def test_a_licensee_reads_the_lines_behind_its_invoice_and_what_explains_each_but_not_whose_they_are(owed: Stack) -> None:
    (invoice,) = invoices(owed)
    path = f"invoices/{invoice['number']}/lines"
    fox: dict[str, Any] = {"party": "fox", "scope": "statements.read"}
    rows: list[dict[str, str]] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = call(owed, "GET", path, **fox, query={"limit": 2, "cursor": cursor}).json()
        rows, cursor = [*rows, *answer["items"]], answer["next_cursor"]
    assert sum(Fraction(row["amount"]) for row in rows) == Fraction(invoice["exact"])
    assert {row["licensee"] for row in rows} == {"fox"}
    assert not {"party_id", "member_id", "account", "reason"} & set().union(*rows)
    whole = call(owed, "GET", path).json()["items"]
    assert [row["line_id"] for row in whole] == [row["line_id"] for row in rows]
    assert {row["party_id"] for row in whole} == {"ann", ""}
    for row in rows:
        told = call(owed, "GET", f"explain/{invoice['settlement_id']}/{row['line_id']}", **fox)
        assert (told.status, told.json()["verified"], told.json()["line"]["amount"]) == (200, True, row["amount"])
        assert "ann" not in told.text
    assert {row["mechanism"] for row in call(owed, "GET", path, **fox, query={"mechanism": "per_output"}).json()["items"]} == {"per_output"}
    for stranger in ("ann", "nobody"):
        assert call(owed, "GET", path, party=stranger, scope="statements.read").status == 404
    own = [row["line_id"] for row in whole if not row["party_id"]]
    assert call(owed, "GET", f"explain/{invoice['settlement_id']}/{own[0]}", party="ann", scope="statements.read").status == 404


def test_late_payment_costs_what_the_deal_says_on_an_invoice_of_its_own(owed: Stack, tmp_path: Path) -> None:
    (invoice,) = invoices(owed)
    assert (invoice["due_on"], invoice["late_interest_rate"], invoice["late_interest"]) == ("2026-11-20", "0.1", "0")
    owed.at("2026-12-10T06:00:00Z")
    settle(owed, "2026-11", "2026-11")
    note, told = invoices(owed)
    days = 20
    cost = float(invoice["total"]) * 0.1 * days / 365
    assert (note["kind"], note["settlement_id"], told["kind"]) == ("late_interest", "2026-11", "royalties")
    assert float(note["exact"]) == pytest.approx(cost, abs=1e-11)
    assert told["late_interest_billed"] == note["exact"]
    own = call(owed, "GET", f"invoices/{note['number']}", party="fox", scope="statements.read", query={"format": "json"})
    document = json.loads(owed.http("GET", own.headers["location"]).body)
    assert [line["text"] for line in document["lines"]][:1] == [f"Interest at 0.1 a year on invoice {invoice['number']}, due 2026-11-20"]
    behind = call(owed, "GET", f"invoices/{invoice['number']}/interest", party="fox", scope="statements.read").json()
    assert behind["stretches"] == [{"from": "2026-11-20", "to": "2026-12-10", "days": days, "open": invoice["total"]}]
    assert behind["late_interest"] == note["exact"]
    assert call(owed, "GET", f"invoices/{note['number']}/lines").json()["items"] == []
    files = files_of(owed, "2026-11")
    assert {name for name in files if name.startswith("invoices/")} == {
        f"invoices/fox-EUR-interest.{form}" for form in ("json", "csv", "xml", "pdf")
    }
    rows = list(csv.DictReader(io.StringIO(files["trial_balance.csv"].decode())))
    assert [row["closing"] for row in rows if row["account"] == "interest"] == [f"-{note['exact']}"]
    assert collected(owed, "c-1", invoice["total"], invoice["number"], received_on="2026-11-15").status == 201
    settle(owed, "third", "2026-11")
    assert invoices(owed)[0]["exact"] == f"-{note['exact']}"
    assert faults(owed, tmp_path, "2026-10", "2026-11", "third") == []


def trial(stack: Stack, **query: str) -> dict[str, tuple[str, str]]:
    told = call(stack, "GET", "trial-balance", query=query)
    assert told.status == 200, told.text
    return {row["account"]: (row["number"], row["closing"]) for row in told.json()["items"]}


def test_a_locked_month_takes_no_entry_and_what_is_late_goes_to_the_open_one(owed: Stack, tmp_path: Path) -> None:
    (invoice,) = invoices(owed)
    assert collected(owed, "c-1", "1.00", invoice["number"], received_on="2026-10-20").status == 201
    assert call(owed, "POST", "periods/2026-11:lock").status == 422
    assert [row["month"] for row in call(owed, "GET", "periods").json()["items"]] == ["2026-11"]
    owed.at("2026-12-02T06:00:00Z")
    settle(owed, "2026-11", "2026-11")
    assert trial(owed, last="2026-10")["bank:EUR"] == ("1000", "1")
    october = trial(owed, last="2026-10")
    first = call(owed, "POST", "periods/2026-10:lock")
    assert (first.status, first.json()["status"], first.json()["settlement_id"]) == (201, "locked", "2026-11")
    assert call(owed, "POST", "periods/2026-10:lock").status == 200
    assert call(owed, "POST", "periods/2026-09:lock").status == 409
    assert collected(owed, "c-2", "2.00", invoice["number"], received_on="2026-10-21").status == 201
    assert collected(owed, "c-3", "3.00", invoice["number"], received_on="2026-11-21").status == 201
    settle(owed, "late", "2026-11")
    assert trial(owed, last="2026-10") == october
    entries = csv.DictReader(io.StringIO(files_of(owed, "late")["journal_entries.csv"].decode()))
    days = {row["document"]: row["booked_on"] for row in entries}
    assert (days["collection:c-2"], days["collection:c-3"]) == ("2026-12-02", "2026-11-21")
    books = csv.DictReader(io.StringIO(files_of(owed, "late")["trial_balance.csv"].decode()))
    assert {account: closing for account, (_, closing) in trial(owed).items()} == {row["account"]: row["closing"] for row in books}
    assert [row["status"] for row in call(owed, "GET", "periods").json()["items"]] == ["open", "open", "locked"]
    assert faults(owed, tmp_path, "2026-10", "2026-11", "late") == []


def test_no_month_is_locked_while_a_settlement_writes_into_it_and_none_writes_into_a_locked_one(owed: Stack) -> None:
    owed.at("2026-12-02T06:00:00Z")
    scenario.ask(owed, "2026-11", "2026-11")
    scenario.step(owed, "open", "2026-11", request={"settlement_id": "2026-11"}, code="1")
    assert call(owed, "POST", "periods/2026-11:lock").status == 409
    owed.drain()
    assert call(owed, "POST", "periods/2026-11:lock").status == 201
    owed.at("2026-11-30T06:00:00Z")
    refused = settle(owed, "back", "2026-11", early=True)
    assert (refused["status"], "locked through 2026-11" in refused["detail"]) == ("refused", True)


def test_what_the_bank_sends_back_may_be_exactly_what_a_correction_takes_off(stack: Stack) -> None:
    scenario.work_of(stack, "ann")
    stack.at(scenario.SETTLED)
    settle(stack)
    paid = payments(stack, "2026-10")["ann"]
    assert (paid["status"], paid["paid"]) == ("paid", "12")
    body, path = f"payment_id,status,reason\n{paid['payment_id']},returned,AC04\n", "/v1/settlements/2026-10/acknowledgements"
    assert stack.http("POST", path, scope="finance", body=body, headers={"content-type": "text/csv"}).status == 200
    assert stack.http("DELETE", "/v1/usage/b-1", party="fox", scope="usage.write").status == 200
    dollars = {"adjustment_id": "a-1", "party": "ann", "amount": "5", "currency": "USD", "reason": "goodwill", "evidence": "x"}
    assert call(stack, "POST", "adjustments", ALICE, dollars).status == 201
    assert call(stack, "POST", "adjustments/a-1:accept", BOB).status == 200
    moved = scenario.BANK | {"currency": "USD", "iban": "NO9386011117947"}
    scenario.party(stack, "ann", "creator", payout=moved, tax={"self_billing": True})
    stack.at("2026-12-10T06:00:00Z")
    assert settle(stack, "2026-11", "2026-11")["status"] == "sealed"
    rows = csv.DictReader(io.StringIO(files_of(stack, "2026-11")["payments.csv"].decode()))
    back, new = sorted(rows, key=lambda row: row["currency"])
    assert (back["credited"], back["returned"], back["closing"]) == ("0", "12", "0")
    assert (new["status"], new["paid"]) == ("paid", "5")

    def billed(currency: str) -> Response:
        asked = {"format": "ubl"} | ({"currency": currency} if currency else {})
        return stack.http("GET", "/v1/statements/2026-11", party="ann", scope="statements.read", query=asked)

    for currency, kind in (("EUR", b">261<"), ("USD", b">389<")):
        assert kind in stack.http("GET", billed(currency).headers["location"]).body, currency
    assert (billed("").status, billed("SEK").status) == (422, 404), "of two none is the one"


def test_a_proposal_sent_again_after_it_was_accepted_is_the_first_one(owed: Stack) -> None:
    """What it asked for was done, so the same was refused: there was nothing open, no credit and nothing waiting any more."""
    (invoice,) = invoices(owed)
    assert collected(owed, "c-1", f"{float(invoice['total']) + 5:.2f}").status == 201
    settle(owed, "second")
    refund = {"refund_id": "r-1", "licensee": "fox", "currency": "EUR", "amount": "5.00", "reason": "paid too much", "evidence": "x"}
    assert call(owed, "POST", "refunds", ALICE, refund).status == 201
    assert call(owed, "POST", "refunds/r-1:accept", BOB).status == 200
    again = call(owed, "POST", "refunds", ALICE, refund)
    assert (again.status, again.json().get("status")) == (200, "accepted")
    assert call(owed, "POST", "refunds", ALICE, refund | {"amount": "4.00"}).status in {409, 422}
    assert undo(owed, "c-1").status == 201
    given_up = {"write_off_id": "w-1", "invoice": invoice["number"], "reason": "bankrupt", "evidence": "court 9"}
    assert call(owed, "POST", "write-offs", ALICE, given_up).status == 201
    assert call(owed, "POST", "write-offs/w-1:accept", BOB).status == 200
    again = call(owed, "POST", "write-offs", ALICE, given_up)
    assert (again.status, again.json().get("status")) == (200, "accepted")


def test_opened_balances_sent_again_after_the_first_settlement_are_the_first_ones(stack: Stack) -> None:
    scenario.small_world(stack)
    waits = {"currency": "EUR", "balance": "3", "suspense": "unregistered", "month": "2025-03"}
    opened = {"opening_id": "o-1", "evidence": "the old system", "balances": [{"party": "ann", "currency": "EUR", "balance": "7"}, waits]}
    assert call(stack, "POST", "opening-balances", ALICE, opened).status == 201
    assert call(stack, "POST", "opening-balances/o-1:accept", BOB).status == 200
    stack.at(scenario.SETTLED)
    settle(stack)
    assert call(stack, "POST", "opening-balances", ALICE, opened).status == 200
    assert call(stack, "POST", "opening-balances", ALICE, opened | {"opening_id": "o-2"}).status == 409
    given: dict[str, Any] = {"adjustment_id": "a-1", "party": "ann", "amount": "3", "currency": "EUR", "reason": "hers", "evidence": "x"}
    given |= {"suspense": {"opening_id": "o-1", "reason": "unregistered", "month": "2025-03"}}
    assert call(stack, "POST", "adjustments", ALICE, given).status == 201
    assert call(stack, "POST", "adjustments/a-1:accept", BOB).status == 200
    assert call(stack, "POST", "adjustments", ALICE, given).status == 200


def test_balances_that_were_proposed_before_the_first_settlement_are_not_accepted_after_it(stack: Stack) -> None:
    """Finance was told to post an adjustment instead: who then accepted what still stood there had the balance paid twice."""
    scenario.small_world(stack)
    opened = {"opening_id": "o-1", "evidence": "the old system", "balances": [{"party": "ann", "currency": "EUR", "balance": "7"}]}
    assert call(stack, "POST", "opening-balances", ALICE, opened).status == 201
    stack.at(scenario.SETTLED)
    settle(stack)
    assert call(stack, "POST", "opening-balances/o-1:accept", BOB).status == 409
    settle(stack, "second")
    assert "ann" not in payments(stack, "second")
