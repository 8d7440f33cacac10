"""Bank statements that come again, and references that stand for two receipts: each counts once, and what is unclear is finance's."""

from typing import Any

import pytest

from local.stack import Stack
from tests.integration import scenario
from tests.integration.scenario import settle
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
