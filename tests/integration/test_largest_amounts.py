"""The largest amounts that are taken stop nobody's settlement, and every digit of them is in its lines."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

from overtone.money import AMOUNT_MAX, format_amount
from overtone.scales import Pico
from tests.integration import scenario

if TYPE_CHECKING:
    from local.stack import Stack

LARGEST = format_amount(Pico(AMOUNT_MAX))
RECORDS = 3


def test_the_largest_revenue_levy_and_report_are_settled_to_the_last_digit(stack: Stack) -> None:
    """Three records, a revenue report and a levy of 10^18 rupiah each; the small world's payee is paid beside them."""
    scenario.small_world(stack)
    scenario.party(stack, "big", "licensee")
    sale, pool = {"mechanism": "direct_play", "revenue_share": "1"}, {"mechanism": "revenue_pool", "share": "1", "basis": "usage"}
    scenario.deal(stack, "whole", sale, pool, licensee="big", currency="IDR")
    plays = [(scenario.ISRC, "2026-10-04", 1)] * RECORDS
    scenario.usage(stack, "big-1", *plays, by="big", revenue=LARGEST, currency="IDR")
    report = {"report_id": "r-1", "month": "2026-10", "currency": "IDR", "net_revenue": LARGEST, "subscribers": 1}
    scenario.sent(stack, "/v1/revenue", report, "big")
    levy = {"levy_id": "l-1", "month": "2026-10", "currency": "IDR", "amount": LARGEST, "distribution": {"party": "ann"}}
    assert stack.http("POST", "/v1/levies", scope="admin", json=levy).status == 201
    scenario.accrue(stack, "2026-10-06T08:15:00Z")
    stack.at(scenario.SETTLED)
    assert scenario.settle(stack)["status"] == "sealed", stack.errors
    sums: dict[str, Decimal] = {}
    with localcontext(prec=60):
        for line in scenario.lines_of(stack):
            if line["currency"] == "IDR":
                sums[line["mechanism"]] = sums.get(line["mechanism"], Decimal(0)) + Decimal(line["amount"])
        largest = Decimal(LARGEST)
        assert sums == {"direct_play": RECORDS * largest, "revenue_pool": largest, "levy": largest}
    assert b",paid," in scenario.files_of(stack)["payments.csv"]
    assert stack.errors == []
