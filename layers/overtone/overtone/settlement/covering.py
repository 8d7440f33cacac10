"""Which deal covers a party's share of a use: its own, else a society's that it gave a fitting mandate to, else an open one.

Many uses of many works ask alike, so that whatever was answered once is remembered.
"""

from collections.abc import Collection, Sequence
from typing import Final

from overtone.lines import Side
from overtone.mechanisms import MECHANISMS, SettledTerm, spared_by
from overtone.mechanisms.shape import Use
from overtone.rights.shares import RIGHTS, Right
from overtone.settlement import mandates
from overtone.settlement.consent import Reach
from overtone.settlement.coverage import Coverage
from overtone.settlement.deals import Deal
from overtone.settlement.favours import raised_for
from overtone.settlement.snapshot import ActiveDeal, Snapshot

FittingDeal = tuple[ActiveDeal, tuple[SettledTerm, ...]]
"""A deal that a use is within, and those of its terms that cover the use."""
_NEAREST: Final[tuple[Reach, ...]] = ("direct", "society", "open")


class Covering:
    """Answers for the deals of one snapshot. Days with the same deals have one tuple of them, by which answers are remembered."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._coverage: dict[tuple[int | str, ...], Coverage] = {}
        self._fitting: dict[tuple[int | str, ...], list[FittingDeal]] = {}
        self._by_right: dict[int, bool] = {}

    def differs_by_right(self, use: Use) -> bool:
        """Whether some deal in force licenses single rights."""
        deals = self._snapshot.deals_in_force(use.licensee, use.day)
        if (known := self._by_right.get(id(deals))) is None:
            known = self._by_right[id(deals)] = any(active.deal.rights for active in deals)
        return known

    def fitting(self, use: Use) -> list[FittingDeal]:
        """The deals in force that a use is within, in the order in which they are asked; the same for every party and side."""
        deals = self._snapshot.deals_in_force(use.licensee, use.day)
        name = (id(deals), use.attributed, use.kind, use.use, use.territory, use.model, use.service)
        if (known := self._fitting.get(name)) is None:
            known = [(active, _covering(active, use, deals)) for active in deals if self._snapshot.fits(active.deal, use)]
            self._fitting[name] = known
        return known

    def coverage(self, side: Side, party: str, use: Use, right: Right | None = None) -> Coverage:
        """The deal in force that covers a party's share of a side (an empty party: anybody's), of one right where that is asked for."""
        deals = self._snapshot.deals_in_force(use.licensee, use.day)
        when = use.day if party in self._snapshot.mandating else ""
        name = (id(deals), when, use.kind, use.use, use.territory, use.model, use.service, side, party, right or "")
        if (known := self._coverage.get(name)) is None:
            known = self._coverage[name] = self._cover(side, party, use, right)
        return known

    def spared(self, party: str, use: Use, societies: Collection[str], owing: Deal) -> frozenset[str]:
        """The mechanisms that buyouts spare a party's repertoire (a `repertoire` use) under a deal that owes for it."""
        buying = (
            active
            for active in self._snapshot.deals_in_force(use.licensee, use.day)
            if _tier(active, party, societies) in {"direct", "society"} and self._snapshot.fits(active.deal, use)
        )
        within = (active.terms for active in buying if set(owing.rights or RIGHTS) <= set(active.deal.rights or RIGHTS))
        return frozenset().union(*(spared_by(term.terms, use) for terms in within for term in terms))

    def _cover(self, side: Side, party: str, use: Use, right: Right | None) -> Coverage:
        societies = mandates.societies(self._snapshot, party, side, use)
        spared: frozenset[str] = frozenset()
        tiers: dict[Reach, FittingDeal] = {}
        for active, terms in self.fitting(use):
            tier = _tier(active, party, societies)
            if not tier or (right and right not in (active.deal.rights or RIGHTS)):
                continue
            for term in active.terms if tier != "open" else ():
                spared |= spared_by(term.terms, use)
            if terms:
                tiers.setdefault(tier, (active, terms))
        reach: Reach = next((tier for tier in _NEAREST if tier in tiers), "")
        chosen, covering = tiers.get(reach, (None, ()))
        return Coverage(chosen, covering, mandates.payee(_licensor(chosen), party, societies), spared, reach)


def _covering(active: ActiveDeal, use: Use, deals: Sequence[ActiveDeal]) -> tuple[SettledTerm, ...]:
    found = tuple(term for term in active.terms if MECHANISMS[term.terms.mechanism].covers(term.terms, use))
    if not active.deal.mfn_group:
        return found
    in_force = [(one.deal_id, one.version, one.deal) for one in deals]
    return tuple(raised_for(active.deal, term, in_force, use.day, use.use) for term in found)


def _licensor(active: ActiveDeal | None) -> str | None:
    return active.deal.licensor if active else None


def _tier(active: ActiveDeal, party: str, societies: Collection[str]) -> Reach:
    """How a deal reaches a party: itself, through a society, as anybody, or not at all."""
    licensor = active.deal.licensor
    if party and licensor == party:
        return "direct"
    if licensor is not None and licensor in societies:
        return "society"
    return "open" if active.deal.is_open else ""
