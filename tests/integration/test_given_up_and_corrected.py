"""Through HTTP: what was billed on an invoice that is given up, and turns out to be another's, or nobody's."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from local.stack import Stack
from tests.integration import scenario
from tests.integration.scenario import files_of, payments, settle
from tests.integration.test_money_attacks import faults
from tests.integration.test_money_in_and_out import ALICE, BOB, call, collected


@pytest.fixture
def billed(stack: Stack) -> Stack:
    """One work of ann's, of which 12 was billed to fox in October; its deal pays on receipt. Nobody was paid yet."""
    scenario.work_of(stack, "ann")
    scenario.party(stack, "bob", "creator", payout=scenario.BANK)
    stack.at("2026-10-05T09:00:00Z")
    scenario.deal(stack, "open", {"mechanism": "per_output", "rate": "1"}, pays="on_receipt")
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed", stack.errors
    return stack


def give_up(stack: Stack, number: str = "00000001") -> None:
    body = {"write_off_id": f"w-{number}", "invoice": number, "reason": "bankrupt", "evidence": "court 9"}
    assert call(stack, "POST", "write-offs", ALICE, body).status == 201
    assert call(stack, "POST", f"write-offs/w-{number}:accept", BOB).status == 200


def bobs(stack: Stack, **shares: str) -> None:
    """The work is found to have been others' all along."""
    scenario.work(stack, "track", "", shares or {"bob": "1"}, identifiers=[scenario.ISRC], effective_from="2026-09-01")


def trial(stack: Stack, settlement_id: str) -> dict[str, str]:
    rows = csv.DictReader(io.StringIO(files_of(stack, settlement_id)["trial_balance.csv"].decode()))
    return {row["account"]: row["closing"] for row in rows}


def owed(stack: Stack, settlement_id: str, *names: str) -> list[tuple[Any, ...]]:
    rows = payments(stack, settlement_id)
    return [tuple(rows[name][key] for key in ("credited", "written_off", "paid", "closing")) for name in names]


def test_what_was_given_up_and_is_anothers_is_nobodys_debt_and_paid_to_nobody(billed: Stack, tmp_path: Path) -> None:
    """Ann had lost the 12; taken off her once more they left her in debt by 12, and bob was paid 12 that never came."""
    give_up(billed)
    settle(billed, "second")
    assert owed(billed, "second", "ann") == [("-12", "12", "0", "0")]
    bobs(billed)
    settle(billed, "third")
    assert owed(billed, "third", "ann", "bob") == [("0", "-12", "0", "0"), ("12", "0", "0", "12")]
    told = call(billed, "GET", "statements/third", party="ann", scope="statements.read")
    assert [(one["written_off"], one["restored"]) for one in told.json()["balances"]] == [("-12", "12")]
    page = call(billed, "GET", "statements/third", party="ann", scope="statements.read", query={"format": "html"}).headers["location"]
    assert "Taken off before as not collected, and given back by a correction" in billed.http("GET", page).body.decode()
    settle(billed, "fourth")
    assert owed(billed, "fourth", "bob") == [("-12", "12", "0", "0")]
    assert set(trial(billed, "fourth").values()) == {"0"}
    assert faults(billed, tmp_path, "2026-10", "second", "third", "fourth") == []


def test_what_was_given_up_and_is_withdrawn_is_no_credit_of_the_licensees(billed: Stack, tmp_path: Path) -> None:
    """Of a usage that was withdrawn the licensee had paid nothing: 12 of its next invoice would have been paid by the note."""
    give_up(billed)
    settle(billed, "second")
    assert billed.http("DELETE", "/v1/usage/b-1", party="fox", scope="usage.write").status == 200
    settle(billed, "third")
    assert owed(billed, "third", "ann") == [("0", "-12", "0", "0")]
    note, first = call(billed, "GET", "invoices").json()["items"]
    assert (note["status"], note["total"], note["forgone"], note["open"]) == ("credit_note", "-12.00", "12.00", "0.00")
    assert (first["status"], first["written_off"]) == ("written_off", "12.00")
    assert call(billed, "GET", "receivables").json()["items"] == []
    assert set(trial(billed, "third").values()) == {"0"}
    scenario.usage(billed, "b-2", ("output:gen-1", "2026-10-03", 5))
    scenario.accrue(billed, "2026-11-10T07:00:00Z")
    settle(billed, "fourth")
    newest = call(billed, "GET", "invoices").json()["items"][0]
    assert (newest["total"], newest["credited"], newest["open"]) == ("5.00", "0.00", "5.00")
    assert faults(billed, tmp_path, "2026-10", "second", "third", "fourth") == []


def test_of_what_was_given_up_in_part_the_part_that_came_changes_hands(billed: Stack, tmp_path: Path) -> None:
    """Of 12 came 3, which ann was paid. Bob is credited 9, a quarter of which came; and after him cyd all of it, by a second correction."""
    collected(billed, "c-1", "3.00", "00000001")
    settle(billed, "second")
    give_up(billed)
    settle(billed, "third")
    assert owed(billed, "third", "ann") == [("-9", "9", "0", "0")]
    bobs(billed, ann="0.25", bob="0.75")
    settle(billed, "fourth")
    assert owed(billed, "fourth", "ann", "bob") == [("-2.25", "-6.75", "0", "-2.25"), ("9", "0", "0", "9")]
    settle(billed, "fifth")
    assert owed(billed, "fifth", "bob") == [("-6.75", "6.75", "2.25", "0")]
    scenario.party(billed, "cyd", "creator", payout=scenario.BANK)
    bobs(billed, cyd="1")
    settle(billed, "sixth")
    assert owed(billed, "sixth", "ann", "bob") == [("-0.75", "-2.25", "0", "-3"), ("-2.25", "-6.75", "0", "-2.25")]
    settle(billed, "seventh")
    assert owed(billed, "seventh", "cyd") == [("-9", "9", "3", "0")]
    assert trial(billed, "seventh")["written_off"] == "0"
    assert faults(billed, tmp_path, "2026-10", *("second", "third", "fourth", "fifth", "sixth", "seventh")) == []


def test_what_changed_hands_before_it_was_given_up_is_lost_by_whom_it_went_to(billed: Stack, tmp_path: Path) -> None:
    bobs(billed, ann="0.25", bob="0.75")
    settle(billed, "second")
    assert owed(billed, "second", "ann", "bob") == [("-9", "0", "0", "3"), ("9", "0", "0", "9")]
    give_up(billed)
    settle(billed, "third")
    assert owed(billed, "third", "ann", "bob") == [("-3", "3", "0", "0"), ("-9", "9", "0", "0")]
    scenario.party(billed, "cyd", "creator", payout=scenario.BANK)
    bobs(billed, cyd="1")
    settle(billed, "fourth")
    assert owed(billed, "fourth", "ann", "bob") == [("0", "-3", "0", "0"), ("0", "-9", "0", "0")]
    settle(billed, "fifth")
    assert owed(billed, "fifth", "cyd") == [("-12", "12", "0", "0")]
    assert set(trial(billed, "fifth").values()) == {"0"}
    assert faults(billed, tmp_path, "2026-10", "second", "third", "fourth", "fifth") == []


def test_the_tax_of_what_was_given_up_is_no_credit_either_and_new_uses_are_to_be_paid(billed: Stack, tmp_path: Path) -> None:
    scenario.party(billed, "fox", "licensee", tax={"vat_rate": "0.25"})
    scenario.usage(billed, "b-2", ("output:gen-1", "2026-10-03", 8))
    scenario.accrue(billed, "2026-11-10T06:30:00Z")
    settle(billed, "second")
    give_up(billed, "00000002")
    assert billed.http("DELETE", "/v1/usage/b-2", party="fox", scope="usage.write").status == 200
    scenario.usage(billed, "b-3", ("output:gen-1", "2026-11-03", 4))
    scenario.accrue(billed, "2026-12-10T06:30:00Z")
    settle(billed, "third", "2026-11")
    assert owed(billed, "third", "ann") == [("-4", "0", "0", "16")]
    note = call(billed, "GET", "invoices").json()["items"][0]
    assert (note["net"], note["tax"], note["total"], note["forgone"], note["open"]) == ("-4.00", "-1.00", "-5.00", "10.00", "5.00")
    assert note["status"] == "open"
    link = call(billed, "GET", f"invoices/{note['number']}", query={"format": "ubl"}).headers["location"]
    text = billed.http("GET", link).body.decode()
    assert ('PrepaidAmount currencyID="EUR">10.00<' in text, 'PayableAmount currencyID="EUR">-5.00<' in text) == (True, True)
    books = trial(billed, "third")
    assert (books["written_off"], books["tax:vat"], books["receivable:fox"]) == ("0", "-1", "17")
    assert faults(billed, tmp_path, "2026-10", "second", "third") == []
