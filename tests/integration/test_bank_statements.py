"""What banks state: receipts that come again, references that stand for two, and what became of payments of ours. Each counts once."""

from typing import Any

import pytest

from local.stack import Stack
from tests.integration import scenario
from tests.integration.scenario import payments, settle
from tests.integration.test_money_in_and_out import CAMT, call

ENTRY = """<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-11-09</Dt></BookgDt>
<AcctSvcrRef>{reference}</AcctSvcrRef><NtryDtls><TxDtls><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"""


@pytest.fixture
def billed(stack: Stack) -> Stack:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed", stack.errors
    return stack


def told(stack: Stack, *entries: str) -> dict[str, Any]:
    body = f"{CAMT[: CAMT.index('<Ntry>')]}{''.join(entries)}</Stmt></BkToCstmrStmt></Document>"
    reply = stack.http("POST", "/v1/collections", scope="finance", body=body, headers={"content-type": "application/xml"})
    assert reply.status == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def test_a_statement_that_comes_again_is_the_same_although_a_number_in_it_is_an_invoice_now(billed: Stack) -> None:
    """The licensee's own number beside the invoice's became an invoice: what was posted before was refused, and all behind it."""
    first = ENTRY.format(amount="5.00", reference="A1", text="invoice 00000001, customer 00000002")
    assert [row["invoices"] for row in told(billed, first)["collections"]] == [["00000001"]]
    scenario.usage(billed, "b-2", ("output:gen-1", "2026-11-03", 50_000))
    scenario.accrue(billed, "2026-11-12T00:00:00Z")
    billed.at("2026-12-10T06:00:00Z")
    assert settle(billed, "2026-11", "2026-11")["status"] == "sealed"
    assert [row["number"] for row in call(billed, "GET", "invoices").json()["items"]] == ["00000002", "00000001"]
    second = ENTRY.format(amount="6.00", reference="A2", text="invoice 00000001")
    again = told(billed, first, second)
    assert [(row["collection_id"], row["known"]) for row in again["collections"]] == [("camt.A1", True), ("camt.A2", False)]
    assert len(call(billed, "GET", "collections").json()["items"]) == 2


def test_a_reference_that_stands_for_two_receipts_is_of_the_first_and_the_other_is_left_to_finance(billed: Stack) -> None:
    """Parts of a batch may bear the reference of the whole: another amount refused the statement, an equal one was lost in the first."""
    entries = [ENTRY.format(amount=amount, reference="B1", text="invoice 00000001") for amount in ("5.00", "6.00", "5.00")]
    entries += [ENTRY.format(amount="7.00", reference="A1", text="invoice 00000001")]
    for _ in range(2):
        heard = told(billed, *entries)
        assert [(row["collection_id"], row["amount"]) for row in heard["collections"]] == [("camt.B1", "5"), ("camt.A1", "7")]
        assert [(row["amount"], row["same_as"]) for row in heard["unmatched"]] == [("6", "camt.B1"), ("5", "camt.B1")]


def test_what_banks_write_for_want_of_a_reference_is_none(billed: Stack) -> None:
    entries = [ENTRY.format(amount=amount, reference="NONREF", text="invoice 00000001") for amount in ("5.00", "6.00", "5.00")]
    for known in (False, True):
        heard = told(billed, *entries)
        assert [(row["amount"], row["known"]) for row in heard["collections"]] == [("5", known), ("6", known), ("5", known)]
        assert heard["unmatched"] == []
    assert len(call(billed, "GET", "collections").json()["items"]) == 3


OF_OURS = """<Ntry><Amt Ccy="EUR">{paid}</Amt><CdtDbtInd>{way}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt>
<NtryDtls><TxDtls><Refs><EndToEndId>{payment_id}</EndToEndId></Refs>{more}</TxDtls></NtryDtls></Ntry>"""
SENT_BACK = "<RtrInf><Rsn><Cd>MS03</Cd></Rsn></RtrInf>"


@pytest.mark.parametrize("order", ["newest first", "oldest first"])
def test_a_statement_that_tells_that_a_payment_left_and_came_back_is_heard_whole(stack: Stack, order: str) -> None:
    """Banks list a statement's entries in either order: of the payment that left behind its return only the first was heard."""
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    settle(stack)
    paid = payments(stack, "2026-10")["ann"]
    left = OF_OURS.format(**paid | {"way": "DBIT", "day": "2026-11-11", "more": ""})
    came = OF_OURS.format(**paid | {"way": "CRDT", "day": "2026-11-12", "more": SENT_BACK})
    entries = (came, left) if order == "newest first" else (left, came)
    stack.at("2026-11-13T06:00:00Z")
    (answer,) = told(stack, *entries)["payments"]
    assert [(row["payment_id"], row["status"]) for row in answer["returned"]] == [(paid["payment_id"], "returned")]
    settle(stack, "second")
    assert payments(stack, "second")["ann"]["returned"] == paid["paid"]


def test_what_the_bank_says_just_before_payments_are_forgotten_stops_no_settlement(stack: Stack) -> None:
    """It was taken, and each settlement from then on failed: what had come back stood in a file whose time was over by then."""
    scenario.work_of(stack, "ann")
    stack.at(scenario.SETTLED)
    settle(stack)
    paid = payments(stack)["ann"]
    body, path = f"payment_id,status,reason\n{paid['payment_id']},returned,AC04\n", "/v1/settlements/2026-10/acknowledgements"
    came = OF_OURS.format(**paid | {"way": "CRDT", "day": "2036-10-30", "more": SENT_BACK})
    stack.at("2036-11-01T06:00:00Z")
    late = stack.http("POST", path, scope="finance", body=body, headers={"content-type": "text/csv"})
    unknown = told(stack, came).get("unknown_payments")
    stack.at("2036-11-12T06:00:00Z")
    assert settle(stack, "last", "2026-11")["status"] == "sealed", stack.errors
    assert (late.status, "/v1/adjustments" in late.json()["detail"]) == (410, True)
    assert unknown == [paid["payment_id"]]


def test_what_an_earlier_version_took_in_without_a_reference_is_known_once(billed: Stack) -> None:
    """It had called the first such receipt by the bank's `NONREF`: the same statement, sent again since, counted the money twice."""
    kept = {"collection_id": "camt.NONREF", "licensee": "fox", "currency": "EUR", "amount": "5", "received_on": "2026-11-09"}
    posted = billed.http("POST", "/v1/collections", scope="finance", json=kept | {"invoices": ["00000001"]})
    assert posted.status == 201, posted.text
    entries = [ENTRY.format(amount=amount, reference="NONREF", text="invoice 00000001") for amount in ("5.00", "6.00", "5.00")]
    for known in (False, True):
        heard = told(billed, *entries)
        assert [(row["amount"], row["known"]) for row in heard["collections"]] == [("5", True), ("6", known), ("5", known)]
        assert heard["collections"][0]["collection_id"] == "camt.NONREF"
        assert heard["unmatched"] == []
    assert len(call(billed, "GET", "collections").json()["items"]) == 3
    nobody = told(billed, *(ENTRY.format(amount=amount, reference="NONREF", text="no invoice") for amount in ("8.00", "5.00")))
    assert [row["amount"] for row in nobody["unmatched"]] == ["8", "5"]
