"""What corrections take off invoices that were given up, kept a second time, slowly: in plain fractions, payee by payee.

Who is corrected gets back what it lost of that amount; who is credited instead loses what never came of it; what nobody is credited with is
no credit of the licensee's.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.model.collecting import Debt, Paper

Place = tuple[str, str]
"""Settlement and month."""


@dataclass
class Swap:
    """What a settlement's corrections of one licensee's month took, of which settlements, what of that was lost, what they credited."""

    taken: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    lost: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    credited: int = 0
    known: int = 0
    now: int = 0

    def whole(self) -> int:
        return max(sum(self.taken.values()), self.credited)

    def part(self, amount: int, lost: int) -> int:
        return math.ceil(Fraction(amount * lost, self.whole())) if self.whole() else 0


@dataclass
class Grief:
    """What a payee lost of an amount, named by each settlement and month whose correction concerns it."""

    places: set[Place]
    anywhere: bool
    amount: int
    lost: int

    def meets(self, place: Place) -> bool:
        return place in self.places or (self.anywhere and any(name == place[0] for name, month in self.places if not month))


class Corrections:
    """Of all payees and licensees."""

    def __init__(self, debts: dict[str, Debt]) -> None:
        self.debts = debts
        self.swaps: defaultdict[tuple[str, str], defaultdict[str, Swap]] = defaultdict(lambda: defaultdict(Swap))
        self.griefs: defaultdict[tuple[str, str], list[Grief]] = defaultdict(list)
        self.credited: dict[tuple[str, str, str, str], int] = {}
        self.taken: list[tuple[str, str, str, str, str, int]] = []
        self.gives: dict[tuple[str, str, str], dict[str, int]] = {}

    def reckon(self) -> None:
        """What is given up by now of all that was ever taken."""
        for licensee, debt in self.debts.items():
            for paper in self._royalties(debt):
                swaps = self.swaps[paper.settlement, licensee]
                for month, swap in swaps.items():
                    gone = {name: self.gone(name, licensee, month) for name in swap.taken}
                    swap.now = sum(max(swap.lost[name], math.floor(amount * gone[name])) for name, amount in swap.taken.items())
                paper.void = Fraction(sum(swap.part(swap.credited, swap.now) for swap in swaps.values()), 10**12)

    def gone(self, settlement: str, licensee: str, month: str) -> Fraction:
        """Which part of an amount of a month, billed by a settlement, will never come."""
        found = [paper for paper in self._royalties(self.debts[licensee]) if paper.settlement == settlement]
        if not found:
            return Fraction(0)
        swap, (paper,) = self.swaps[settlement, licensee].get(month, Swap()), found
        stays = 1 - Fraction(swap.now, swap.whole()) if swap.whole() else Fraction(1)
        if paper.given_up and paper.wants() > 0:
            stays *= max(Fraction(0), 1 - paper.given_up / (paper.hopes() + paper.mourned))
        return 1 - stays

    @staticmethod
    def _royalties(debt: Debt) -> list[Paper]:
        return [paper for paper in debt.papers if not paper.for_delay]

    def never_came(self, key: tuple[str, str, str], most: int) -> tuple[int, int]:
        """What a payee loses now of what corrections had credited it, `most` at most; and what of that comes back at once."""
        _, settlement, licensee = key
        lost, back = 0, 0
        for (*of, month), amount in sorted(self.credited.items()):
            swap = self.swaps[settlement, licensee].get(month)
            if of == [*key] and swap is not None and swap.taken:
                new = min(most - lost, swap.part(amount, swap.now) - swap.part(amount, swap.known))
                back += self.mourn(key, month, amount, new)
                lost += new
        return lost, back

    def mourn(self, key: tuple[str, str, str], month: str, base: int, lost: int) -> int:
        """Remember a loss; what of it is lost by whom earlier corrections had credited instead."""
        if not lost:
            return 0
        party, settlement, licensee = key
        back = passed = 0
        rest, places = [], []
        for who, later, whose, in_month, of, amount in self.taken:
            if (who, of, whose) == key and (party, later, licensee, in_month) not in self.credited:
                places.append(((settlement, in_month), later))
            if (who, of, whose) == key and month in {"", in_month}:
                swap = self.swaps[later, licensee][in_month]
                part = math.floor(Fraction(amount * swap.credited, swap.whole())) if swap.whole() else 0
                passed += part
                back += lost * part // base
                amount -= lost * amount // base  # noqa: PLW2901 - what is left of it
            rest.append((who, later, whose, in_month, of, amount))
        back = min(back, lost)
        self.taken = rest
        self.grieve(party, licensee, (settlement, month), max(lost - back, base - passed), lost - back)
        for place, later in places:
            self._goes_on(party, licensee, place, later)
        return back

    def grieve(self, party: str, licensee: str, place: Place, amount: int, lost: int) -> None:
        if not lost:
            return
        for grief in self.griefs[party, licensee]:
            if place in grief.places and grief.anywhere == (not place[1]) and grief.lost:
                grief.lost += lost
                return
        self.griefs[party, licensee].append(Grief({place}, not place[1], amount, lost))

    def comfort(self, party: str, licensee: str, place: Place, amount: int) -> int:
        """What comes back where an amount is taken: first of what that very month had lost."""
        found = 0
        for grief in sorted(self.griefs[party, licensee], key=lambda one: one.anywhere):
            part = min(amount, grief.amount)
            if not part or not grief.lost or not grief.meets(place):
                continue
            back = grief.lost * part // grief.amount
            grief.amount, grief.lost = grief.amount - part, grief.lost - back
            found += back
            amount -= part if grief.anywhere else back
        return found

    def _goes_on(self, party: str, licensee: str, place: Place, later: str) -> None:
        for grief in self.griefs[party, licensee]:
            if grief.lost and grief.meets(place):
                grief.places.add((later, place[1]))

    def remember(self) -> None:
        for swaps in self.swaps.values():
            for swap in swaps.values():
                swap.known = swap.now

    def forget(self, standing: set[tuple[str, str, str]]) -> None:
        """What is settled with a payee loses nothing more."""
        self.credited = {key: amount for key, amount in self.credited.items() if key[:3] in standing}
        self.taken = [one for one in self.taken if (one[0], one[4], one[2]) in standing]

    def correct(
        self, settlement: str, party: str, licensee: str, lines: list[tuple[str, str, int]], given_back: int, standing: set[str]
    ) -> int:
        """Take what lines (month, the settlement they correct, amount) say of a payee; what comes back. A party "" is suspense."""
        takes, gives = self.net(lines)
        self.gives[settlement, party, licensee] = gives
        found = 0
        for (month, of), amount in sorted(takes.items()):
            if not amount:
                continue
            back = self.comfort(party, licensee, (of, month), amount) if party else 0
            spared = min(amount, given_back)
            given_back -= spared
            swap = self.swaps[settlement, licensee][month]
            swap.taken[of] += amount - spared
            swap.lost[of] += min(amount - spared, max(back, math.floor((amount - spared) * self.gone(of, licensee, month))))
            if party and not any(amount > 0 for in_month, _, amount in lines if in_month == month):
                self._goes_on(party, licensee, (of, month), settlement)
            if of in standing:
                self.taken.append((party, settlement, licensee, month, of, amount - back))
            found += back
        return found

    @staticmethod
    def net(lines: list[tuple[str, str, int]]) -> tuple[dict[tuple[str, str], int], dict[str, int]]:
        """What lines take by month and settlement, and credit by month; what changes within a payee's month does neither."""
        takes: defaultdict[tuple[str, str], int] = defaultdict(int)
        gives: defaultdict[str, int] = defaultdict(int)
        for month, of, amount in lines:
            takes[month, of] += max(0, -amount)
            gives[month] += max(0, amount)
        for month, of in sorted(takes):
            both = min(takes[month, of], gives[month])
            takes[month, of] -= both
            gives[month] -= both
        return takes, gives

    def credit(self, settlement: str, party: str, licensee: str, most: int) -> None:
        """Note what corrections credit of what is billed for a payee."""
        for month, amount in sorted(self.gives.pop((settlement, party, licensee), {}).items()):
            part = min(most, amount)
            most -= part
            if part:
                self.swaps[settlement, licensee][month].credited += part
                if party:
                    self.credited[party, settlement, licensee, month] = part

    def idle(self, settlement: str, licensee: str) -> Fraction:
        """What of a note is no credit, in whole cents, rounded down."""
        whole = 0
        for swap in self.swaps[settlement, licensee].values():
            lost = sum(swap.lost.values())
            whole += lost - swap.part(swap.credited, lost)
        return Fraction(whole // 10**10, 100)
