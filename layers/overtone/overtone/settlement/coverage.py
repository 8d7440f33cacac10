"""What a claim is made of: a side of a work, a holder of a part of it, the deal that covers it, and the terms that price it."""

from collections.abc import Iterable
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

    `first_of` names the terms that see the claim for the first time in the month; `ineligible` says that the deal leaves the work out;
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
        """The use as a term sees it: marked where it is the first."""
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


TermsSeen = dict[tuple[str, ...], set[tuple[TermKey, str]]]
"""The terms that price a claim, by their basis."""


def marked_first(use: Use, covered: Covered, seen: TermsSeen, unheld: TermsSeen) -> Covered:
    """The claim, marked with the terms that price it for the first time in the month, by their basis; training does not count.

    Presence that counts once waits where all uses of the claim do: `unheld` are the terms that price one which does not.
    """
    if use.kind == "training" or not covered.terms:
        return covered
    known = seen.setdefault(_named(covered.claim), set())
    fresh = _bases(covered) - known
    known.update(fresh)
    if not fresh:
        return covered
    free = fresh & unheld.get(_named(covered.claim), set()) if covered.claim.held else ()
    freed = frozenset(key for key, basis in free if basis == COUNTED_ONCE)
    return covered._replace(first_of=frozenset(key for key, _ in fresh), freed=freed)


def not_held(uses: Iterable[tuple[Use, Iterable[Covered]]]) -> TermsSeen:
    """The terms that price a use of each claim that does not wait."""
    found: TermsSeen = {}
    for covered in (covered for use, claims in uses if use.kind != "training" for covered in claims if not covered.claim.held):
        found.setdefault(_named(covered.claim), set()).update(_bases(covered))
    return found


def _named(claim: Claim) -> tuple[str, ...]:
    return (claim.deal_id, claim.side, claim.party_id, claim.holder, claim.reason, *sorted(claim.spared))


def _bases(covered: Covered) -> set[tuple[TermKey, str]]:
    return {(term.key, getattr(term.terms, "basis", "")) for term in covered.terms}
