"""Reminding licensees of what is overdue: an event for each step that an open invoice has reached, once."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from overtone.facts.events import OFFICE, PartyEvent, events_for
from overtone.money import format_minor
from overtone.payout.invoice_balance import Invoice
from overtone.stores import events, receivables

REMINDED_AFTER_DAYS: Final = (1, 14, 30, 60, 90)
"""Days behind the due day on which a licensee, and finance, is reminded."""


def remind(today: str) -> int:
    """Tell of each open invoice the last step that it has reached; doing so again changes nothing. How many are overdue."""
    found = [event for document in receivables.now().invoices() for event in overdue(document, today)]
    events.put(found)
    return len({event.about["number"] for event in found})


def overdue(document: Invoice, today: str) -> Iterator[PartyEvent]:
    """The reminder of an invoice that is open behind its due day. What it says stays as it is, so that it is told once."""
    late = (date.fromisoformat(today) - date.fromisoformat(document.due_on)).days
    reached = max((days for days in REMINDED_AFTER_DAYS if days <= late), default=0)
    if reached and not document.is_closed:
        at = f"{date.fromisoformat(document.due_on) + timedelta(days=reached)}T00:00:00.000000Z"
        about = {"number": document.name, "licensee": document.licensee, "currency": document.currency, "due_on": document.due_on}
        total = format_minor(document.gross, document.currency)
        yield from events_for("invoice.overdue", at, [OFFICE, document.licensee], **about, total=total, days_overdue=reached)
