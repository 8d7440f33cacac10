"""What another system left in suspense and still waits: as the last sealed settlement has it, and what finance did since."""

from overtone.lines import LineKey
from overtone.payout.adjustments import Adjustment, OpenedSuspense
from overtone.payout.manifest import Link
from overtone.payout.suspense import SuspenseStanding
from overtone.scales import ZERO_PICO, Pico
from overtone.stores import chain as chain_store
from overtone.stores import finance_facts, receivables, sealed_state

STATE = "state/suspense.ndjson"


def standing(key: LineKey) -> Pico:
    """What waits under a key; pico."""
    sealed = sealed_state.of_chain(chain_store.head())
    waits = _sealed(sealed, key)
    for fact in finance_facts.between(receivables.sealed_accounts(sealed).heard, finance_facts.last_number()):
        for entry in finance_facts.entries_of(fact):
            if isinstance(entry, OpenedSuspense) and entry.key == key:
                waits += entry.amount
            elif isinstance(entry, Adjustment) and entry.suspense == key:
                waits -= entry.amount
    return waits


def _sealed(settlement: Link | None, key: LineKey) -> Pico:
    entries = map(SuspenseStanding.decode, sealed_state.lines(settlement, STATE))
    return next((entry.posting.amount for entry in entries if entry.key == key), ZERO_PICO)
