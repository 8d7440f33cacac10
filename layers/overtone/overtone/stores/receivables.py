"""What licensees owe now: as the last sealed settlement left it, with all that finance has recorded since."""

from typing import Final

from overtone.aws import buckets, object_keys
from overtone.errors import NotFound
from overtone.payout.adjustments import Adjustment, AgreedOpening, OpenedSuspense
from overtone.payout.billed import Invoice
from overtone.payout.receivables import Receivables
from overtone.stores import finance_facts
from overtone.stores import settlements as settlement_store

STATE: Final = "state/receivables.ndjson"
"""Where a settlement leaves the accounts of all debtors."""


def sealed_accounts(settlement_id: str) -> Receivables:
    """Every account as a settlement left it; before the first, none."""
    body = buckets.settlement().get(object_keys.settlement_file(settlement_id, STATE, preview=False)) if settlement_id else b""
    return Receivables.decode(body.splitlines())


def now() -> Receivables:
    """Every account, with all that finance has recorded."""
    found = sealed_accounts(settlement_store.chain()["sealed_id"])
    for fact in finance_facts.between(found.heard, finance_facts.last_number()):
        for entry in finance_facts.entries_of(fact):
            if not isinstance(entry, Adjustment | AgreedOpening | OpenedSuspense):
                found.hear(entry, fact.accepted_at[:10])
    return found


def invoice(number: str) -> Invoice:
    """A document by its number; raises `NotFound`."""
    found = now().find(int(number)) if number.isascii() and number.isdigit() else None
    if found is None:
        message = f"there is no invoice {number!r}"
        raise NotFound(message)
    return found
