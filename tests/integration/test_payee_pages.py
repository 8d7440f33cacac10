"""Payments and lines of a settlement with many payees: a page costs what it reads, and nobody reads the others' to find a payee's."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from overtone.formats.settlement_csv import LINES, PAYMENTS
from overtone.views import file_lines, lines, payments
from tests.integration.scenario import files_of

if TYPE_CHECKING:
    import pytest

    from local.stack import Stack

PAYEES = 2_000
IN_TWO_CURRENCIES = 7
NOT_PAID = 5


def sealed_rows(stack: Stack) -> list[dict[str, str]]:
    """Puts a file of many payees in the place of a settlement's payments, and answers of the bank; the rows of it that are payments."""
    rows = []
    for number in range(PAYEES):
        for currency in ("EUR", "USD")[: 2 if number % IN_TWO_CURRENCIES == 0 else 1]:
            whose = {"party_id": f"p{number:05d}", "name": f'"Payee", the {number}th', "currency": currency}
            by = {"method": "sepa" if currency == "EUR" else "ach", "account": f"a{number}", "bank_file": f"pain001-{currency}.xml"}
            status = "carried" if number % NOT_PAID == 1 else "paid"
            sent = {"paid": f"{number}.25", "status": status, "payment_id": f"OT{number}{currency}"}
            rows.append(dict.fromkeys(PAYMENTS, "0") | whose | by | sent)
    text = io.StringIO()
    file = csv.DictWriter(text, PAYMENTS, lineterminator="\n")
    file.writeheader()
    file.writerows(rows)
    stack.put_object("SettlementBucket", "2026-10/payments.csv", text.getvalue().encode())
    said = "payment_id,status,reason\n" + "".join(f"OT{number}EUR,returned,AC04\n" for number in range(100, PAYEES, 400))
    path = "/v1/settlements/2026-10/acknowledgements"
    answer = stack.http("POST", path, scope="finance", body=said, headers={"content-type": "text/csv"})
    assert (answer.json()["returned_total"], answer.json()["faults_total"]) == (5, 0)
    return [row for row in rows if row["status"] == "paid"]


def walked(stack: Stack, **query: str) -> tuple[list[dict[str, Any]], int]:
    """All payments of all pages, and how many pages there were."""
    found, cursor, pages = [], "", 0
    while pages == 0 or cursor:
        more = {"cursor": cursor} if cursor else {}
        reply = stack.http("GET", "/v1/payments", scope="finance", query={"settlement_id": "2026-10", **query, **more})
        assert reply.status == 200, reply.text
        assert len(reply.json()["items"]) <= int(query.get("limit", "100"))
        found += reply.json()["items"]
        cursor, pages = reply.json()["next_cursor"] or "", pages + 1
    return found, pages


def test_pages_hold_every_payment_once_in_the_order_of_the_file(settled: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = sealed_rows(settled)
    found, pages = walked(settled, limit="500")
    assert [one["payment_id"] for one in found] == [row["payment_id"] for row in rows]
    assert pages == -(-len(rows) // 500)
    monkeypatch.setattr(payments, "SCANNED_BYTES_MAX", 40_000)
    returned = [one["payment_id"] for one in found if one["state"] == "returned"]
    assert returned == ["OT100EUR", "OT500EUR", "OT900EUR", "OT1300EUR", "OT1700EUR"]
    bounded, pages = walked(settled, limit="2", state="returned")
    assert [one["payment_id"] for one in bounded] == returned
    assert pages > len(returned)  # of a rare state some pages are empty, and none reads more than the bound
    in_dollars, _ = walked(settled, limit="90", currency="USD")
    assert [one["payment_id"] for one in in_dollars] == [row["payment_id"] for row in rows if row["currency"] == "USD"]


def test_a_payee_is_found_by_halves(settled: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = sealed_rows(settled)
    monkeypatch.setattr(payments, "SCANNED_BYTES_MAX", 2 * file_lines.PROBED_BYTES)  # the file is a hundred times as long
    for number in (0, 1, 7, 998, PAYEES - 4, PAYEES - 1):
        name = f"p{number:05d}"
        found, pages = walked(settled, party_id=name)
        assert [one["payment_id"] for one in found] == [row["payment_id"] for row in rows if row["party_id"] == name]
        assert pages == 1
    assert walked(settled, party_id="nobody") == ([], 1)
    assert walked(settled, party_id="p00998x") == ([], 1)


def test_lines_of_a_party_are_found_by_halves(settled: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = files_of(settled)["lines.csv"].decode()
    sample = next(row for row in csv.DictReader(io.StringIO(sealed)) if row["party_id"])
    waiting = [sample | {"line_id": f"w{number}", "party_id": "", "title": "Ola, ola"} for number in range(300)]
    own = [sample | {"line_id": f"l{number}", "party_id": f"p{number // 3:05d}", "title": 'A "song", sung'} for number in range(6_000)]
    text = io.StringIO()
    file = csv.DictWriter(text, LINES, lineterminator="\n")
    file.writeheader()
    file.writerows([*waiting, *own])
    settled.put_object("SettlementBucket", "2026-10/lines.csv", text.getvalue().encode())
    monkeypatch.setattr(lines, "SCANNED_BYTES_MAX", 2 * file_lines.PROBED_BYTES)
    for number in (0, 1, 777, 1_999):
        query = {"party_id": f"p{number:05d}"}
        reply = settled.http("GET", "/v1/settlements/2026-10/lines", scope="finance", query=query).json()
        assert [row["line_id"] for row in reply["items"]] == [f"l{3 * number + place}" for place in range(3)]
        assert not reply["next_cursor"]
