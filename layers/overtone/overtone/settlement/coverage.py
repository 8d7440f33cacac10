"""What a claim is made of: a side of a work, a holder of a part of it, the deal that covers it, and the terms that price it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from overtone import lines
from overtone.lines import LineKey, Side, SuspenseReason
from overtone.mechanisms import SettledTerm
from overtone.mechanisms.shape import PART, Claim, Use
from overtone.mechanisms.totals import TermKey
from overtone.scales import Atto
from overtone.settlement.consent import FREE, ConsentStanding, Reach
from overtone.settlement.snapshot import ActiveDeal, FoundWork

COUNTED_ONCE: Final = "equal"
"""The basis of terms that count a work once a month, however often it was used."""


class Holder(NamedTuple):
    """A part of a side: `party` is empty where nobody is known; a `reason` sends it to suspense.

    `rights` are its parts of performance and mechanical, where the work's shares tell them apart; then `share` is the mean.
    """

    party: str
    share: int
    reason: SuspenseReason
    rights: tuple[int, int] | None = None


class SideOfWork(NamedTuple):
    """A side that a key reaches: `disclosed` is the one that the key itself names; one that stands `alone` has the whole price.

    Of the others the deal's `sides` say how much of a price is theirs; a deal that says nothing pays the disclosed one alone.
    """

    side: Side
    found: FoundWork | None
    disclosed: bool
    alone: bool


class Coverage(NamedTuple):
    """The deal that covers a holder's share, those of its terms that do, who is paid, what a buyout spares."""

    active: ActiveDeal | None
    terms: tuple[SettledTerm, ...]
    payee: str
    spared: frozenset[str]
    reach: Reach


class Covered(NamedTuple):
    """A claim with the terms that price it. Without terms it is unlicensed, unless a buyout spares it.

    `first_of` names the terms that count the claim once a month, by this use; `ineligible` says that the deal leaves the work out;
    `freed` names the terms for which its presence, counted once, does not wait although the use does.
    """

    claim: Claim
    terms: tuple[SettledTerm, ...]
    version: int
    first_of: frozenset[TermKey] = frozenset()
    ineligible: bool = False
    standing: ConsentStanding = FREE
    freed: frozenset[TermKey] = frozenset()

    def seen(self, use: Use, term: SettledTerm) -> Use:
        """The use as a term sees it: marked where it counts as the first."""
        return use._replace(first=True) if self.first_of and term.key in self.first_of else use


def to_party(deal_id: str, party: str) -> Claim:
    """The claim of a party that is paid as such, for no work."""
    return Claim(deal_id, Atto(PART), "", "", "", lines.PARTY, party, party, "", "")


def claim_of_line(key: LineKey, title: str) -> Claim:
    """The claim that a line pays, for what looks at lines."""
    return Claim(
        key.deal_id,
        Atto(PART),
        key.work_key,
        key.work_id,
        key.side,
        key.account,
        key.party_id,
        key.member_id,
        key.reason,
        title,
    )


_Counted = tuple[TermKey, str]
"""A term that counts a work once, and the side of the work."""


class FirstUses:
    """Marks the uses by which a work's presence is counted once a month under terms of `basis: equal`: one work, use by use, in order.

    A side counts with the holders of its first use, each with its part, whoever is paid by then. One who comes later (by a mandate, a
    transfer, a dispute) counts where the others leave something of the side: a work is never counted twice. Presence waits where all uses
    of its holder do, of which `uses` tell if there are holds. Training does not count.
    """

    def __init__(self, uses: Iterable[tuple[Use, Iterable[Covered]]] = ()) -> None:
        self._free: set[tuple[_Counted, str]] = set()
        self._holders: dict[_Counted, set[str]] = {}
        self._parts: dict[_Counted, int] = {}
        for covered in (covered for use, claims in uses if use.kind != "training" for covered in claims if not covered.claim.held):
            self._free.update((name, covered.claim.holder) for name in _counted(covered))

    def marked(self, use: Use, claims: Sequence[Covered]) -> Sequence[Covered]:
        """A use's claims, those marked that it counts for."""
        if use.kind == "training":
            return claims
        wholes: dict[_Counted, int] = {}
        fresh: dict[_Counted, list[Claim]] = {}
        for covered in claims:
            for name in _counted(covered):
                wholes[name] = wholes.get(name, 0) + covered.claim.part
                if covered.claim.holder not in self._holders.get(name, ()):
                    fresh.setdefault(name, []).append(covered.claim)
        counts: dict[_Counted, set[str]] = {}
        for name, new in fresh.items():
            parts = self._parts.get(name, 0) + sum(claim.part for claim in new)
            if parts <= wholes[name]:
                counts[name], self._parts[name] = {claim.holder for claim in new}, parts
                self._holders.setdefault(name, set()).update(counts[name])
        return [self._marked(covered, counts) for covered in claims] if counts else claims

    def _marked(self, covered: Covered, counts: Mapping[_Counted, set[str]]) -> Covered:
        holder = covered.claim.holder
        first = [name for name in _counted(covered) if holder in counts.get(name, ())]
        if not first:
            return covered
        freed = frozenset(name[0] for name in first if (name, holder) in self._free) if covered.claim.held else frozenset()
        return covered._replace(first_of=frozenset(name[0] for name in first), freed=freed)


def _counted(covered: Covered) -> list[_Counted]:
    return [(term.key, covered.claim.side) for term in covered.terms if getattr(term.terms, "basis", "") == COUNTED_ONCE]
