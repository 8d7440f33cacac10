"""What licensees owe now: as the last sealed settlement left it, with all that finance has recorded since."""

from typing import Final

import orjson

from overtone.aws import buckets
from overtone.errors import NotFound
from overtone.facts import cells
from overtone.payout.adjustments import Adjustment, AgreedOpening, OpenedSuspense
from overtone.payout.invoice_balance import Invoice
from overtone.payout.manifest import Link
from overtone.payout.receivables import Receivables
from overtone.stores import chain as chain_store
from overtone.stores import finance_facts, line_objects, sealed_files, sealed_state
from overtone.stores.settlements import Settlement

STATE: Final = "state/receivables.ndjson"
"""Where a settlement leaves the accounts of all debtors."""


def sealed_accounts(settlement: Link | None) -> Receivables:
    """Every account as a settlement left it; none before the first, and where it was sealed before there were invoices."""
    return Receivables.decode(sealed_state.read(settlement, STATE).splitlines())


def heard_by(record: Settlement) -> int:
    """How many of finance's facts a sealed settlement had heard; 0 where it was sealed before there were any."""
    key = sealed_files.named(record, STATE)
    head = next(line_objects.split(buckets.settlement().stream(key)), b"") if key else b""
    return int(orjson.loads(head)["heard"]) if head else 0


def now() -> Receivables:
    """Every account, with all that finance has recorded."""
    found = sealed_accounts(sealed_state.of_chain(chain_store.head()))
    for fact in finance_facts.between(found.heard, finance_facts.last_number()):
        for entry in finance_facts.entries_of(fact):
            if not isinstance(entry, Adjustment | AgreedOpening | OpenedSuspense):
                found.hear(entry, fact.accepted_at[:10])
    return found


def invoice(number: str) -> Invoice:
    """A document by its number; raises `NotFound`."""
    stated = cells.digits(number)
    found = None if stated is None else now().find(stated)
    if found is None:
        raise NotFound(f"there is no invoice {number!r:.80}")
    return found
