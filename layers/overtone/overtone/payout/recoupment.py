"""Recoupment: advances are earned back before anything is payable, oldest first; reserves are held and let go.

A recouped amount is the clamp of what was earned since an advance to what was advanced, always of
the running totals: a correction that takes earnings back gives recoupment back by itself.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from overtone.months import months_apart
from overtone.payout.accounts import Lot
from overtone.payout.advances import Advance, AdvanceEvent
from overtone.scales import ZERO_PICO, Pico


class Period(NamedTuple):
    """The settlement that acts, and the month it settles through."""

    settlement_id: str
    through: str


def recoup_group(balances: Sequence[Advance], *, advanced: Mapping[str, Pico], earned: Pico, period: Period) -> dict[str, Pico]:
    """Book advances (by deal) and earnings of deals that recoup together; what each advance recouped, by deal.

    The oldest advance goes first. Only the sums of the group count, so nothing is recouped twice, whichever deal earned it.
    """
    ordered = sorted(balances, key=lambda balance: (balance.since, balance.deal_id))
    whole = sum((balance.earned for balance in ordered), ZERO_PICO)
    if any(advanced.values()):
        whole = min(whole, sum((balance.recouped for balance in ordered), ZERO_PICO))
    for balance in ordered:
        balance.advanced += advanced.get(balance.deal_id, ZERO_PICO)
    whole += earned
    owed = [max(ZERO_PICO, balance.advanced) for balance in ordered]
    parts = oldest_first(owed, max(ZERO_PICO, min(whole, sum(owed, ZERO_PICO))))
    changes = {balance.deal_id: part - balance.recouped for balance, part in zip(ordered, parts, strict=True)}
    for balance, part in zip(ordered, parts, strict=True):
        balance.recouped = balance.earned = part
        up = advanced.get(balance.deal_id, ZERO_PICO)
        if up or changes[balance.deal_id]:
            balance.note(AdvanceEvent(period.settlement_id, period.through, up, changes[balance.deal_id]))
    ordered[0].earned += whole - sum(parts, ZERO_PICO)
    return changes


def oldest_first(owed: Sequence[Pico], received: Pico) -> list[Pico]:
    """What each of several debts, oldest first, gets of `received`; never more than it is owed."""
    parts = []
    for due in owed:
        part = min(due, received)
        received -= part
        parts.append(part)
    return parts


def release(lot: Lot, through: str) -> Pico:
    """Let go of what a reserve's schedule says by this month: equal parts, one per month; returns the amount."""
    due = Pico(lot.amount * min(lot.periods, max(0, months_apart(lot.through, through))) // lot.periods)
    freed = max(ZERO_PICO, due - lot.released)
    lot.released += freed
    return freed
