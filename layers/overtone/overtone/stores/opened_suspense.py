"""What another system left in suspense and still waits: as the last sealed settlement has it, and what finance did since."""

from overtone.aws import buckets, object_keys
from overtone.lines import LineKey
from overtone.payout.adjustments import Adjustment, OpenedSuspense
from overtone.payout.suspense import SuspenseStanding
from overtone.scales import ZERO_PICO, Pico
from overtone.stores import finance_facts, receivables
from overtone.stores import settlements as settlement_store

STATE = "state/suspense.ndjson"


def standing(key: LineKey) -> Pico:
    """What waits under a key; pico."""
    sealed = settlement_store.chain()["sealed_id"]
    waits = _sealed(sealed, key) if sealed else ZERO_PICO
    for fact in finance_facts.between(receivables.sealed_accounts(sealed).heard, finance_facts.last_number()):
        for entry in finance_facts.entries_of(fact):
            if isinstance(entry, OpenedSuspense) and entry.key == key:
                waits += entry.amount
            elif isinstance(entry, Adjustment) and entry.suspense == key:
                waits -= entry.amount
    return waits


def _sealed(settlement_id: str, key: LineKey) -> Pico:
    rest = b""
    for chunk in buckets.settlement().stream(object_keys.settlement_file(settlement_id, STATE, preview=False)):
        *whole, rest = (rest + chunk).split(b"\n")
        for text in whole:
            if (entry := SuspenseStanding.decode(text)).key == key:
                return entry.posting.amount
    return ZERO_PICO
