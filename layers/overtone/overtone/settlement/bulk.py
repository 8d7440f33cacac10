"""Prices works by the thousand: claims and prices are resolved once for works that are alike, and applied to the sums of each.

That is possible where nothing but the size of a use decides what it earns (`proportion` of its mechanism), no owner's word is broken, and
nothing looks at the lines afterwards. All other works are left to `Pricing.entitled`, whose lines these equal to the byte.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Final, cast

from overtone.facts.rows import AccrualRow, UsageEntry
from overtone.identifiers import UNATTRIBUTED
from overtone.lines import PARTY, LineKey
from overtone.mechanisms import MECHANISMS
from overtone.mechanisms.shape import Earning, Use
from overtone.mechanisms.totals import TermKey, Totals
from overtone.scales import ZERO_FINE
from overtone.settlement.claims import Resolver
from overtone.settlement.coverage import Covered
from overtone.settlement.equivalence import Alike, Ownership, Shape, holders_of
from overtone.settlement.lots import NO_FACTORS, NO_HOLDER, AlikeUses, AlikeWorks, LineFactors, Place
from overtone.settlement.pricing_facts import Entitled
from overtone.settlement.tally import Tally
from overtone.settlement.work_month import WorkMonth, priced_use

_WORK: Final = LineKey._fields.index("work_key")
_WHOSE: Final = LineKey._fields.index("party_id")
_Exact = tuple[str, bool, str, *tuple[Hashable, ...]]
"""A use without its size: its reporter, whether it has revenue, its day and dimensions."""
_UsageRow = tuple[str, str, str, object, tuple[UsageEntry, ...], str, tuple[str, ...]]
"""`AccrualRow` of a partition of usage, whose fields are taken out of it at once."""
_UNSEEN: Final = AlikeUses({})
_Places = Mapping[tuple[str, str], tuple[int, int]]
"""The side of a work, and the number there, of whoever holds a part of a work with this id."""


class Bulk:
    """Prices the works of one month. `excepted` are deals, and `capped` terms, whose lines something looks at later.

    `follows`: whether some pool asks for presence in the latest runs.
    """

    def __init__(
        self, resolver: Resolver, alike: Alike, totals: Totals, *, excepted: Iterable[str], capped: frozenset[TermKey], follows: bool
    ) -> None:
        self._resolver, self._alike, self._totals = resolver, alike, totals
        self._excepted, self._capped, self._follows = frozenset(excepted), capped, follows
        self._uses: dict[_Exact, tuple[Use | None, Hashable]] = {}
        self._priced: dict[Shape, dict[_Exact, AlikeUses | None]] = {}
        self._named: dict[tuple[Shape, Hashable], AlikeUses | None] = {}
        self._distinct: dict[tuple[Shape, frozenset[tuple[Place, LineFactors]]], AlikeUses] = {}

    def entitled(self, works: Iterable[WorkMonth]) -> tuple[Entitled, list[WorkMonth]]:
        """What those works come to that can be priced so, and the others."""
        lots, left = dict[tuple[AlikeUses, ...], AlikeWorks](), list[WorkMonth]()
        for work in works:
            key, usage, runs, latest = work
            apart = runs or (latest and self._follows) or key == UNATTRIBUTED
            owned = None if apart else self._alike.ownership(key)
            if owned is None or (sums := self._sums(key, usage, owned)) is None:
                left.append(work)
                continue
            if uses := tuple(sums):
                if (lot := lots.get(uses)) is None:
                    lot = lots[uses] = AlikeWorks(uses)
                lot.works.append((key, owned[1], tuple(sums.values())))
        return Entitled({}, {}, {}, [], columns=tuple(chain.from_iterable(lot.lines() for lot in lots.values()))), left

    def _sums(self, key: str, usage: Sequence[AccrualRow], owned: Ownership) -> dict[AlikeUses, tuple[int, int]] | None:
        """Quantity and revenue of a work's uses, by what they come to; `None` where one takes more than its size to tell."""
        sums = dict[AlikeUses, tuple[int, int]]()
        if (known := self._priced.get(owned[0])) is None:
            known = self._priced[owned[0]] = {}
        for _, _, reporter, _, entries, _, _ in cast("Iterable[_UsageRow]", usage):
            for entry in entries:
                day, kind, model, use, territory, currency, band, quantity, revenue = entry
                if not (quantity or revenue):
                    continue
                exact = reporter, revenue != 0, day, kind, model, use, territory, currency, band
                if (uses := known.get(exact, _UNSEEN)) is _UNSEEN:
                    uses = known[exact] = self._of_entry(exact, entry, key, owned)
                if uses is None:
                    return None
                if uses in sums:
                    before = sums[uses]
                    sums[uses] = before[0] + quantity, before[1] + revenue
                else:
                    sums[uses] = quantity, revenue
        return sums

    def _of_entry(self, exact: _Exact, entry: UsageEntry, key: str, owned: Ownership) -> AlikeUses | None:
        use, name = self._uses.get(exact) or self._alike_use(exact, entry)
        asked = owned[0], exact if owned[0].by_day else name
        if asked not in self._named:
            self._named[asked] = self._of_use(use, key, owned)
        return self._named[asked]

    def _alike_use(self, exact: _Exact, entry: UsageEntry) -> tuple[Use | None, Hashable]:
        """A use like an entry, if it has a price, and the name of all that are like it on days with the same deals."""
        reporter, bears_revenue = exact[:2]
        deals = self._resolver.snapshot.deals_in_force(reporter, entry.day)
        known = self._uses[exact] = priced_use(reporter, entry, attributed=True), (id(deals), reporter, bears_revenue, exact[3:])
        return known

    def _of_use(self, use: Use | None, key: str, owned: Ownership) -> AlikeUses | None:
        """What a use adds to the lines of any work of a shape."""
        lines = dict[Place, LineFactors]()
        shape, sides = owned
        places = {(sides[side][0], holder): (side, number) for side, number, holder in holders_of(sides)}
        for covered in self._resolver.claims(key, use) if use else ():
            of_claim = self._of_claim(use, covered, places) if use else None
            if of_claim is None:
                return None
            for place, factors in of_claim:
                lines[place] = lines.get(place, NO_FACTORS).plus(factors)
        return self._distinct.setdefault((shape, frozenset(lines.items())), AlikeUses(lines))

    def _of_claim(self, use: Use, covered: Covered, places: _Places) -> list[tuple[Place, LineFactors]] | None:
        """What a claim comes to, line by line; `None` where it takes more than its size to tell."""
        claim, place = covered.claim, places.get((covered.claim.work_id, covered.claim.holder))
        if place is None or not covered.terms or covered.standing.denied or claim.spared or claim.held or claim.deal_id in self._excepted:
            return None
        tally, sums = Tally(self._alike.month, self._totals), dict[LineKey, LineFactors]()
        for term in covered.terms:
            earned = MECHANISMS[term.terms.mechanism].proportion(term, use, self._totals)
            if earned is None or term.key in self._capped:
                return None
            for currency, per_quantity, per_revenue in earned:
                key = tally.key_of(use, claim, term, Earning(currency, ZERO_FINE))
                priced = LineFactors(0, claim.part * per_quantity, claim.part * per_revenue)
                sums[key] = sums.get(key, LineFactors(claim.part, 0, 0)).plus(priced)
        theirs = claim.account == PARTY and claim.party_id == claim.holder
        return [(_place(place, key, theirs=theirs), factors) for key, factors in sums.items()]


def _place(place: tuple[int, int], key: LineKey, *, theirs: bool) -> Place:
    head, middle, whose, tail = key[:_WORK], key[_WORK + 2 : _WHOSE], key[_WHOSE : _WHOSE + 2], key[_WHOSE + 2 :]
    side, number = place
    return Place(side, number, head, middle, (), tail) if theirs else Place(side, NO_HOLDER, head, middle, whose, tail)
