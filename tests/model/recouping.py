"""What earnings pay back of advances, once more: every settlement of a group from the beginning, in plain fractions, no code shared.

Each settlement says, by deal, what was advanced and what was earned. What was earned before an advance and not kept for one is gone: it
was paid out. Of what the group's earnings come to since, each advance is paid back whole before the next younger one gets anything.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Settlement = Mapping[str, tuple[Fraction, str, Fraction]]


def kept(settlements: Sequence[Settlement]) -> list[Fraction]:
    """What each settlement keeps of the earnings; negative where it gives back."""
    pot, advanced, found, before = Fraction(0), Fraction(0), [], Fraction(0)
    for settlement in settlements:
        new = sum((up for up, _, _ in settlement.values()), Fraction(0))
        if any(up for up, _, _ in settlement.values()):
            pot = min(pot, before)
        advanced += new
        pot += sum((earned for _, _, earned in settlement.values()), Fraction(0))
        now = max(Fraction(0), min(pot, advanced))
        found.append(now - before)
        before = now
    return found


def standing(settlements: Sequence[Settlement]) -> dict[str, Fraction]:
    """What every advance still has to recoup, by deal."""
    paid = sum(kept(settlements), Fraction(0))
    total: dict[str, Fraction] = {}
    since: dict[str, str] = {}
    for settlement in settlements:
        for deal, (up, month, _) in settlement.items():
            if up:
                total[deal] = total.get(deal, Fraction(0)) + up
                since.setdefault(deal, month)
    left = {}
    for deal in sorted(total, key=lambda deal: (since[deal], deal)):
        part = min(total[deal], paid)
        paid -= part
        left[deal] = total[deal] - part
    return left
