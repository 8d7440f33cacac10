"""What licensees owe now: as the last sealed settlement left it, and what finance has recorded since."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from overtone import clock
from overtone.money import format_amount, format_minor, format_share
from overtone.payout.invoice_balance import Invoice, InvoiceStatus
from overtone.payout.receivables import Receivables
from overtone.scales import ZERO_PICO, Pico
from overtone.stores import receivables

AGES: Final = (("0-30", 30), ("31-60", 60), ("61-90", 90))
OVER: Final = "over"


def status(document: Invoice) -> InvoiceStatus:
    """Where a document stands."""
    if document.gross < 0 and document.due <= 0:
        return "credit_note"
    if document.is_closed:
        return "paid" if document.is_settled else "written_off"
    return "part_paid" if document.cash or document.credited else "open"


def shown(document: Invoice) -> dict[str, Any]:
    """A document as it is answered."""
    names = ("net", "tax", "gross", "cash", "credited", "written_off", "open")
    figures = {name: format_minor(getattr(document, name), document.currency) for name in names}
    figures["total"] = figures.pop("gross")
    figures["collected"] = figures.pop("cash")
    about = {"number": document.name, "licensee": document.licensee, "currency": document.currency, "status": status(document)}
    about["kind"] = document.kind or "royalties"
    days = {"settlement_id": document.settlement_id, "issued_on": document.issued_on, "due_on": document.due_on}
    if any(document.forgone):
        figures["forgone"] = format_minor(sum(document.forgone, ZERO_PICO), document.currency)
    late = {"late_interest_rate": format_share(document.late.nano)} if document.late.weighted else {}
    if late:
        late["late_interest"] = format_amount(document.interest(clock.today()))
        late["late_interest_billed"] = format_amount(document.charged)
    return about | days | figures | {"exact": format_amount(document.exact)} | late


def listing(wanted: dict[str, str], after: str, limit: int) -> tuple[list[dict[str, Any]], str]:
    """Documents from the newest back, behind the one numbered `after`; and where to go on."""
    documents = sorted(receivables.now().invoices(), key=lambda one: -one.number)
    fits = (row for one in documents if not after or one.name < after for row in [shown(one)] if _fits(row, wanted))
    page = [row for row, _ in zip(fits, range(limit + 1), strict=False)]
    return page[:limit], page[limit - 1]["number"] if len(page) > limit else ""


def _fits(row: dict[str, Any], wanted: dict[str, str]) -> bool:
    return all(row[name] == value for name, value in wanted.items())


def ageing(as_of: str | None) -> dict[str, Any]:
    """What is open by licensee and currency, by days since it was billed; what is overdue, and credit that no invoice has used.

    As of an earlier day: of what had been billed by then, what is open now.
    """
    today = as_of or clock.today()
    return {"as_of": today, "items": list(_aged(receivables.now(), today))}


def _aged(accounts: Receivables, today: str) -> Iterator[dict[str, Any]]:
    for (licensee, currency), account in sorted(accounts.accounts.items()):
        sums = dict.fromkeys((*(name for name, _ in AGES), OVER, "overdue"), 0)
        billed = [document for document in account.invoices if document.issued_on <= today]
        for document in billed:
            age = (date.fromisoformat(today) - date.fromisoformat(document.issued_on)).days
            sums[next((name for name, most in AGES if age <= most), OVER)] += document.open
            sums["overdue"] += document.open if document.due_on < today else 0
        figures = {name: format_minor(Pico(pico), currency) for name, pico in sums.items()}
        total = sum(document.open for document in billed)
        credit = account.credit
        if total or credit:
            about = {"licensee": licensee, "currency": currency, "open": format_minor(Pico(total), currency)}
            yield about | figures | {"credit": format_minor(credit, currency)}
