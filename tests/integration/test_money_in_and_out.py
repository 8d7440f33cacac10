"""From an invoice to a payment through HTTP: collections, two persons, changed bank details, taxes, what licensees and payees read."""

import csv
import io
import zipfile
from datetime import date, timedelta
from typing import Any

import pytest

from local.gateway import Response
from local.stack import Stack
from overtone.steps import archive
from overtone.views import certificates
from tests.integration import scenario
from tests.integration.scenario import files_of, payments, settle

ALICE, BOB = "alice", "bob"


def call(stack: Stack, method: str, path: str, who: str = ALICE, body: Any = None, **more: Any) -> Response:
    token = stack.token(more.pop("party", None), more.pop("scope", "finance"), sub=who)
    return stack.http(method, f"/v1/{path}", token=token, json=body, **more)


def collected(stack: Stack, collection_id: str, amount: str, *invoices: str, **more: Any) -> Response:
    body = {"collection_id": collection_id, "licensee": "fox", "currency": "EUR", "amount": amount, "received_on": "2026-11-09"}
    return call(stack, "POST", "collections", body=body | {"invoices": list(invoices)} | more)


@pytest.fixture
def on_receipt(stack: Stack) -> Stack:
    """The small world, its one deal paying on receipt, settled once."""
    scenario.small_world(stack)
    scenario.deal(
        stack,
        "open",
        {"mechanism": "per_output", "rate": "0.007"},
        {"mechanism": "revenue_pool", "share": "0.03", "basis": "influence"},
        pays="on_receipt",
    )
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed", stack.errors
    return stack


def test_a_payee_is_paid_as_the_licensee_pays_and_all_of_it_in_the_end(on_receipt: Stack) -> None:
    stack = on_receipt
    first = payments(stack, "2026-10")["ann"]
    assert (first["paid"], first["status"], first["uncollected"]) == ("0", "not_collected", first["credited"])
    (invoice,) = call(stack, "GET", "invoices").json()["items"]
    assert (invoice["number"], invoice["status"], invoice["licensee"]) == ("00000001", "open", "fox")
    own = call(stack, "GET", "invoices", party="fox", scope="statements.read").json()["items"]
    assert own == [invoice]
    assert call(stack, "GET", "invoices/00000001", party="ann", scope="statements.read").status == 404
    for form, start in (("pdf", b"%PDF"), ("csv", b"number,"), ("ubl", b"<?xml"), ("json", b"{")):
        link = call(stack, "GET", "invoices/00000001", query={"format": form}).headers["location"]
        assert stack.http("GET", link).body.startswith(start)
    assert collected(stack, "c-0", "5.00", "00000009").status == 422
    half = f"{float(invoice['total']) / 2:.2f}"
    assert collected(stack, "c-1", half, invoice["number"]).status == 201
    assert collected(stack, "c-1", half, invoice["number"]).status == 200
    assert collected(stack, "c-1", invoice["total"], invoice["number"]).status == 409
    assert settle(stack, "second")["status"] == "sealed"
    second = payments(stack, "second")["ann"]
    assert 0 < float(second["paid"]) <= float(first["credited"]) / 2 + 0.01
    rest = f"{float(invoice['total']) - float(half):.2f}"
    issued = date.fromisoformat(invoice["issued_on"])
    aged = {days: call(stack, "GET", "receivables", query={"as_of": str(issued + timedelta(days))}).json()["items"] for days in (-1, 0, 31)}
    assert [(days, row["open"], row["0-30"], row["31-60"]) for days, rows in aged.items() for row in rows] == [
        (0, rest, rest, "0.00"),
        (31, rest, "0.00", rest),
    ]
    assert collected(stack, "c-2", f"{float(rest) + 10:.2f}").status == 201
    (now,) = call(stack, "GET", "receivables").json()["items"]
    assert (now["open"], now["credit"]) == ("0.00", "10.00")
    assert settle(stack, "third")["status"] == "sealed"
    third = payments(stack, "third")["ann"]
    assert float(third["closing"]) < 0.01
    assert call(stack, "GET", "invoices").json()["items"][0]["status"] == "paid"


CAMT = """<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
<GrpHdr><CreDtTm>2026-11-10T05:00:00</CreDtTm></GrpHdr><Stmt><Id>S1</Id>
<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-11-09</Dt></BookgDt>
<AcctSvcrRef>REF/1</AcctSvcrRef>
<NtryDtls><TxDtls><RmtInf><Ustrd>invoice {number}, thanks</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="EUR">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-11-09</Dt></BookgDt></Ntry>
</Stmt></BkToCstmrStmt></Document>"""


def test_a_bank_statement_collects_what_names_an_invoice_and_leaves_the_rest(on_receipt: Stack) -> None:
    (invoice,) = call(on_receipt, "GET", "invoices").json()["items"]
    body = CAMT.format(amount=invoice["total"], number=invoice["number"])
    xml: dict[str, Any] = {"headers": {"content-type": "application/xml"}}
    first = on_receipt.http("POST", "/v1/collections", scope="finance", body=body, **xml)
    assert first.status == 200, first.text
    (posted,) = first.json()["collections"]
    assert (posted["licensee"], posted["invoices"], posted["known"]) == ("fox", ["00000001"], False)
    assert [row["amount"] for row in first.json()["unmatched"]] == ["1"]
    again = on_receipt.http("POST", "/v1/collections", scope="finance", body=body, **xml).json()
    assert [row["known"] for row in again["collections"]] == [True]
    for nothing in ("0.00", "0.001"):  # a statement with an entry that is no money was refused whole, for ever
        notice = CAMT.format(amount=nothing, number=invoice["number"]).replace("REF/1", f"REF/{nothing}")
        told = on_receipt.http("POST", "/v1/collections", scope="finance", body=notice, **xml)
        assert (told.status, told.json().get("collections"), len(told.json().get("unmatched", ()))) == (200, [], 2), nothing
    assert call(on_receipt, "GET", "invoices").json()["items"][0]["status"] == "paid"
    assert len(call(on_receipt, "GET", "collections").json()["items"]) == 1


def test_two_persons_agree_and_one_cannot_be_two(on_receipt: Stack) -> None:
    stack = on_receipt
    body = {"adjustment_id": "a-1", "party": "ann", "amount": "12.50", "currency": "EUR", "reason": "goodwill", "evidence": "ticket 7"}
    assert call(stack, "POST", "adjustments", ALICE, body).status == 201
    assert call(stack, "POST", "adjustments/a-1:accept", ALICE).status == 403
    assert settle(stack, "second")["status"] == "sealed"
    assert "ann" not in payments(stack, "second")
    assert call(stack, "POST", "adjustments/a-1:accept", BOB).status == 200
    assert call(stack, "POST", "adjustments/a-1:accept", BOB).status == 200
    assert call(stack, "POST", "adjustments/a-1:accept", ALICE).status == 403, (
        "also after a colleague did: who proposed it never accepts it"
    )
    write_off = {"write_off_id": "w-1", "invoice": "00000001", "reason": "bankrupt", "evidence": "court 9"}
    assert call(stack, "POST", "write-offs", BOB, write_off).status == 201
    assert call(stack, "POST", "write-offs/w-1:accept", ALICE).status == 200
    assert settle(stack, "third")["status"] == "sealed"
    row = payments(stack, "third")["ann"]
    assert (row["adjusted"], row["paid"], row["closing"]) == ("12.5", "12.5", "0")
    assert row["written_off"] == payments(stack, "2026-10")["ann"]["credited"]
    told = call(stack, "GET", "statements/third", party="ann", scope="statements.read").json()
    assert [(entry["reason"], entry["amount"]) for entry in told["by_hand"]] == [("goodwill", "12.5")]
    assert call(stack, "POST", "opening-balances", ALICE, {"opening_id": "o", "evidence": "x", "balances": []}).status in {409, 422}


def test_a_changed_account_waits_unless_finance_confirms_it(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at("2026-11-09T06:00:00Z")
    scenario.party(stack, "ann", "creator", payout=scenario.BANK | {"iban": "NO9386011117947"})
    stack.at(scenario.SETTLED)
    settle(stack)
    held = payments(stack, "2026-10")["ann"]
    assert (held["status"], held["paid"], held["held"]) == ("bank_details_changed", "0", held["closing"])
    confirmed = call(stack, "POST", "parties/ann/bank-details:confirm")
    assert confirmed.status == 200, confirmed.text
    settle(stack, "second")
    assert payments(stack, "second")["ann"]["status"] == "paid"
    (paid,) = call(stack, "GET", "payments", query={"settlement_id": "second"}).json()["items"]
    assert (paid["state"], paid["party_id"], paid["method"]) == ("sent", "ann", "sepa")


def test_balances_of_another_system_are_opened_before_the_first_settlement(stack: Stack) -> None:
    scenario.small_world(stack)
    scenario.party(stack, "cy", "creator", payout=scenario.BANK)
    text = "party,currency,balance,reserve,periods,deal_id,licensee,unrecouped\nann,EUR,7.25,,,open,fox,1000\ncy,EUR,20,5,2,,,\n"
    csv_type: dict[str, Any] = {"headers": {"content-type": "text/csv"}, "query": {"opening_id": "o-1", "evidence": "export of 31 August"}}
    token = {name: stack.token(None, "finance", sub=name) for name in (ALICE, BOB)}
    assert stack.http("POST", "/v1/opening-balances", token=token[ALICE], body=text, **csv_type).status == 201
    assert stack.http("POST", "/v1/opening-balances/o-1:accept", token=token[BOB]).status == 200
    stack.at(scenario.SETTLED)
    settle(stack)
    rows = payments(stack, "2026-10")
    assert (rows["ann"]["adjusted"], rows["ann"]["paid"]) == ("7.25", "7.25")
    assert rows["ann"]["recouped"] == f"{float(rows['ann']['credited']) - 7.25:.12f}".rstrip("0")
    assert (rows["cy"]["paid"], rows["cy"]["reserve"]) == ("15", "5")
    assert stack.http("POST", "/v1/opening-balances", token=token[ALICE], body=text, **csv_type).status == 200
    csv_type["query"]["opening_id"] = "o-2"
    assert stack.http("POST", "/v1/opening-balances", token=token[ALICE], body=text, **csv_type).status == 409


def test_another_system_s_suspense_is_opened_waits_and_is_given_to_whom_it_belongs(stack: Stack) -> None:
    scenario.small_world(stack)
    columns = "currency,party,balance,suspense,month,work,title\n"
    text = f"{columns}EUR,,30,disputed,2025-03,track,Track\nEUR,ann,1,,,,\nEUR,,5,unregistered,2024-01,,Old\n"
    csv_type: dict[str, Any] = {"headers": {"content-type": "text/csv"}, "query": {"opening_id": "o-1", "evidence": "export"}}
    token = {name: stack.token(None, "finance", sub=name) for name in (ALICE, BOB)}
    for bad in ("x", "currency,balance,suspense\nEUR,3,disputed\n", "currency,party,balance,suspense,month\nEUR,ann,3,disputed,2025-03\n"):
        assert stack.http("POST", "/v1/opening-balances", token=token[ALICE], body=bad, **csv_type).status in {400, 422}
    twice = text + "EUR,,1,disputed,2025-03,track,\n"
    assert stack.http("POST", "/v1/opening-balances", token=token[ALICE], body=twice, **csv_type).status == 422
    assert stack.http("POST", "/v1/opening-balances", token=token[ALICE], body=text, **csv_type).status == 201
    assert stack.http("POST", "/v1/opening-balances/o-1:accept", token=token[BOB]).status == 200
    stack.at(scenario.SETTLED)
    settle(stack)
    query = {"mechanism": "opening"}
    waits = call(stack, "GET", "suspense", query=query).json()["items"]
    assert sorted((row["reason"], row["amount"], row["title"], row["usage_month"]) for row in waits) == [
        ("disputed", "30", "Track", "2025-03"),
        ("unregistered", "5", "Old", "2024-01"),
    ]
    where = {"opening_id": "o-1", "reason": "disputed", "month": "2025-03", "work": "track"}
    body = {"adjustment_id": "a-1", "party": "ann", "amount": "20", "currency": "EUR", "reason": "hers", "evidence": "x", "suspense": where}
    assert call(stack, "POST", "adjustments", ALICE, body | {"amount": "30.000001"}).status == 422
    assert call(stack, "POST", "adjustments", ALICE, body | {"amount": "-1"}).status == 422
    assert call(stack, "POST", "adjustments", ALICE, body | {"suspense": where | {"month": "2025-04"}}).status == 422
    for name in ("a-1", "a-2"):
        assert call(stack, "POST", "adjustments", ALICE, body | {"adjustment_id": name}).status == 201
    assert call(stack, "POST", "adjustments/a-1:accept", BOB).status == 200
    assert call(stack, "POST", "adjustments/a-1:accept", BOB).status == 200
    assert call(stack, "POST", "adjustments/a-2:accept", BOB).status == 422
    before = payments(stack, "2026-10")["ann"]
    settle(stack, "second")
    row = payments(stack, "second")["ann"]
    assert (before["adjusted"], row["adjusted"], row["paid"]) == ("1", "20", "20")
    left = call(stack, "GET", "suspense", query=query).json()["items"]
    assert sorted((row["reason"], row["amount"]) for row in left) == [("disputed", "10"), ("unregistered", "5")]
    books = list(csv.DictReader(io.StringIO(files_of(stack, "second")["trial_balance.csv"].decode())))
    assert {row["account"]: row["closing"] for row in books if row["account"] in {"opening", "suspense:disputed"}} == {
        "opening": "36",
        "suspense:disputed": "-10",
    }


def test_a_settlement_is_one_download(on_receipt: Stack) -> None:
    link = call(on_receipt, "GET", "settlements/2026-10/zip")
    assert link.status == 307, link.text
    packed = on_receipt.http("GET", link.headers["location"]).body
    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        found = {name.removeprefix("2026-10/"): opened.read(name) for name in opened.namelist()}
    assert found == files_of(on_receipt)
    again = call(on_receipt, "GET", "settlements/2026-10/zip")
    assert on_receipt.http("GET", again.headers["location"]).body == packed
    assert call(on_receipt, "GET", "settlements/nobody/zip").status == 404


def test_a_large_settlement_is_packed_in_the_background_and_is_the_same(on_receipt: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    count = len(files_of(on_receipt)) - 1
    monkeypatch.setattr(archive, "AHEAD_MAX", 3)
    monkeypatch.setattr(archive, "FILES_AT_ONCE_MAX", count - 1)
    asked = call(on_receipt, "GET", "settlements/2026-10/zip")
    assert (asked.status, asked.json()) == (202, {"settlement_id": "2026-10", "status": "packing"})
    assert call(on_receipt, "GET", "settlements/2026-10/zip").headers["retry-after"] == "20"
    on_receipt.drain()
    link = call(on_receipt, "GET", "settlements/2026-10/zip")
    packed = on_receipt.http("GET", link.headers["location"]).body
    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        assert opened.testzip() is None
        assert {name.removeprefix("2026-10/"): opened.read(name) for name in opened.namelist()} == files_of(on_receipt)
    on_receipt.aws("s3").delete_object(Bucket=on_receipt.name("SettlementBucket"), Key="archives/2026-10.zip")
    monkeypatch.setattr(archive, "FILES_AT_ONCE_MAX", count)
    link = call(on_receipt, "GET", "settlements/2026-10/zip")
    assert on_receipt.http("GET", link.headers["location"]).body == packed


def test_a_settlement_that_no_execution_can_pack_is_downloaded_file_by_file(on_receipt: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    count = len(files_of(on_receipt)) - 1
    monkeypatch.setattr(archive, "FILES_MAX", count - 1)
    assert call(on_receipt, "GET", "settlements/2026-10/zip").status == 413
    monkeypatch.setattr(archive, "FILES_MAX", count)
    assert call(on_receipt, "GET", "settlements/2026-10/zip").status == 307


def test_tax_by_country_is_withheld_to_the_cent(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario.small_world(stack)
    scenario.party(stack, "bob", "creator", payout=scenario.BANK, country="NO", tax={"self_billing": True})
    gift = {"adjustment_id": "a-1", "party": "bob", "amount": "10", "currency": "EUR", "reason": "goodwill", "evidence": "x"}
    assert (call(stack, "POST", "adjustments", ALICE, gift).status, call(stack, "POST", "adjustments/a-1:accept", BOB).status) == (201, 200)
    table = {"rates": [{"country": "SE", "from": "2026-01-01", "rate": "0.3"}]}
    assert call(stack, "PUT", "tax-rates", body=table).status == 200
    stack.at(scenario.SETTLED)
    settle(stack)
    row = payments(stack, "2026-10")["ann"]
    assert row["withheld"] == f"{float(row['withheld']):.2f}".rstrip("0").rstrip(".")
    assert abs(float(row["withheld"]) - 0.3 * (float(row["paid"]) + float(row["withheld"]))) <= 0.005
    year = call(stack, "GET", "statements/annual/2026", party="ann", scope="statements.read").json()
    assert [(item["withheld"], item["paid"], item["payments"]) for item in year["items"]] == [(row["withheld"], row["paid"], 1)]
    certificate = call(stack, "GET", "statements/annual/2026", query={"party_id": "ann", "format": "csv"}).text.splitlines()
    assert certificate[1].startswith("2026,SE,ann,Ann,,EUR,")
    assert call(stack, "GET", "statements/annual/2025", query={"party_id": "ann"}).status == 404
    bulk = call(stack, "GET", "statements/annual/2026/certificates", query={"authority": "SE"})
    assert bulk.text.splitlines() == certificate
    links = [call(stack, "GET", "statements/2026-10", query={"party_id": who, "format": "ubl"}) for who in ("bob", "ann")]
    assert [link.status for link in links] == [307, 404]
    assert b">389<" in stack.http("GET", links[0].headers["location"]).body
    norway = call(stack, "GET", "statements/annual/2026/certificates", query={"authority": "NO"}).text
    assert norway.splitlines() == [certificate[0], "2026,NO,bob,Bob,,EUR,10,0,10,1"]
    packed = call(stack, "GET", "statements/annual/2026/certificates", query={"format": "zip"}).body
    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        assert {name: opened.read(name).decode() for name in opened.namelist()} == {
            **dict.fromkeys(("2026/SE.csv", "2026/SE/ann.csv"), bulk.text),
            **dict.fromkeys(("2026/NO.csv", "2026/NO/bob.csv"), norway),
        }
    for limit, pages in ((2, [["ann", "bob"]]), (1, [["ann"], ["bob"]])):
        monkeypatch.setattr(certificates, "PAYEES_MAX", limit)
        seen: list[list[str]] = []
        cursor = ""
        while not seen or cursor:
            page = call(stack, "GET", "statements/annual/2026/certificates", query={"cursor": cursor})
            seen.append([row["party_id"] for row in csv.DictReader(io.StringIO(page.text))])
            cursor = page.headers.get("next-cursor", "")
        assert seen == pages
    assert call(stack, "GET", "statements/annual/2025/certificates").status == 404
    assert call(stack, "GET", "statements/annual/2026/certificates", party="ann", scope="statements.read").status == 403
    assert call(stack, "GET", "statements/annual/26", query={"party_id": "ann"}).status == 422
