"""Which holds a line waits under, as of a settlement's cut-off: for explanations, and for who asks what waits."""

from overtone.lines import FRAUD_HOLD, LineKey
from overtone.settlement.holds import StandingHold
from overtone.stores import holds as store

NAMED_MAX = 20
"""Holds that are named of one line."""


def notes(key: LineKey, cutoff: str) -> list[str]:
    """A sentence for each hold that a line waits under."""
    if key.reason != FRAUD_HOLD:
        return []
    found = [hold for hold in store.standing(cutoff) if hold.holds(key.usage_month, key.licensee, key.work_key, key.work_id)]
    return [f"it waits under hold {one.hold_id} of {_named(one)}, placed by finance on {one.since}" for one in found[:NAMED_MAX]]


def _named(standing: StandingHold) -> str:
    hold = standing.hold
    named = {"output or recording": hold.subject, "work": hold.work, "licensee": hold.licensee, "reporter": hold.reporter}
    return ", ".join(f"{what} {name}" for what, name in named.items() if name)
