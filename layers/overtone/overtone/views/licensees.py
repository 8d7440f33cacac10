"""What a licensee reads behind its invoices: the lines that were billed, what explains them, and what its delay has cost.

It sees what was used, under which deal, at which price. To whom the money goes is the payees' own business.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from overtone.money import format_amount, format_minor, format_share
from overtone.payout.invoice_balance import Invoice
from overtone.settlement.adjustments import LineDifference
from overtone.settlement.explanation import Explanation
from overtone.stores import settlements as settlement_store
from overtone.views import lines

FILTERS: Final = {name: lines.FILTERS[name] for name in ("work_id", "work_key", "deal_id", "mechanism", "month")}
PAYEE: Final = ("account", "party_id", "member_id", "reason")
"""Columns of a line that say whose the money is, and why it waits."""


def lines_behind(invoice: Invoice, wanted: Mapping[str, str], after: str, limit: int) -> tuple[list[dict[str, str]], str]:
    """The lines that a document bills, in pages as `lines.listing` has them; an invoice for interest has none."""
    if invoice.kind:
        return [], ""
    asked = {**wanted, "licensee": invoice.licensee, "currency": invoice.currency}
    return lines.listing(settlement_store.get(invoice.settlement_id), asked, "", after, limit)


def without_payee(row: Mapping[str, str]) -> dict[str, str]:
    """A line as its licensee sees it."""
    return {name: text for name, text in row.items() if name not in PAYEE}


def explanation_of(told: Explanation) -> Explanation:
    """An explanation as the line's licensee sees it: without the payee, and without who recorded works and parties."""
    versions = [v if v.kind == "deal" else replace(v, author="") for v in told.versions if v.kind != "party"]
    return replace(told, key={name: "" if name in PAYEE else text for name, text in told.key.items()}, versions=versions)


def changes_of(changes: Sequence[LineDifference], *, is_payee: bool) -> list[LineDifference]:
    """What changed a line; a licensee is not told whose money something came off."""
    return [change if is_payee else change._replace(whose="") for change in changes]


def delay(invoice: Invoice, until: str) -> dict[str, Any]:
    """What an invoice's delay has cost to a day, stretch by stretch: what was open, for how many days."""
    stretches = [
        {"from": stretch.since, "to": stretch.until, "days": stretch.days, "open": format_minor(stretch.open, invoice.currency)}
        for stretch in invoice.delays(until)
    ]
    about = {"number": invoice.name, "currency": invoice.currency, "due_on": invoice.due_on, "as_of": until}
    figures = {"late_interest": format_amount(invoice.interest(until)), "late_interest_billed": format_amount(invoice.charged)}
    return about | {"late_interest_rate": format_share(invoice.late.nano), "stretches": stretches} | figures
