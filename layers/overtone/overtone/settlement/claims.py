"""Who has a claim on a use: from a work key, through works, shares and mandates, to deals and payees.

For each party's share on each side the first of these that covers the use is the deal: a direct deal of the
party, a deal of a society that it gave a fitting mandate to, an open deal. What no deal covers
is unlicensed: it has no price, and is listed as a breach. Money that has no payee yet waits in suspense.
"""

from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from overtone import lines
from overtone.facts.usage_kinds import OUTPUT_USES
from overtone.identifiers import UNATTRIBUTED, is_composition_key
from overtone.mechanisms import MECHANISMS, SettledTerm, spared_by
from overtone.mechanisms.shape import Claim, Use
from overtone.mechanisms.totals import TermKey
from overtone.money import NANO, split
from overtone.rights.registry import Side
from overtone.settlement import consent, mandates
from overtone.settlement.consent import DENIED_USE, DISPUTED, FREE, UNCLAIMED_SHARE, UNREGISTERED, Reach, Standing, first_reason
from overtone.settlement.snapshot import ActiveDeal, FoundWork, Snapshot

_NEAREST: Final[tuple[Reach, ...]] = ("direct", "society", "open")


class Holder(NamedTuple):
    """A part of a side: `party` is empty where nobody is known; a `reason` sends it to suspense."""

    party: str
    share: int
    reason: str


class SideOfWork(NamedTuple):
    """A side that a key reaches. `factor` is fixed for a side that stands alone, else the deal's."""

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

    `first_of` names the terms that see the claim for the first time in the month.
    """

    claim: Claim
    terms: tuple[SettledTerm, ...]
    version: int
    first_of: frozenset[TermKey] = frozenset()
    standing: Standing = FREE

    def seen(self, use: Use, term: SettledTerm) -> Use:
        """The use as a term sees it: marked where it is the first."""
        return use._replace(first=True) if self.first_of and term.key in self.first_of else use


class Resolver:
    """Answers for one snapshot; remembers which deal covers whom."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._coverage: dict[tuple[int | str, ...], Coverage] = {}

    def claims(self, key: str, use: Use) -> tuple[Covered, ...]:
        """Everybody's claims on one use of a key. A share that no deal covers has no terms."""
        if key == UNATTRIBUTED:
            return tuple(self._unattributed(use))
        return tuple(
            covered
            for side in self.sides(key, use.day)
            for holder in self.holders(side)
            if (covered := self._covered(key, side, holder, use)) is not None
        )

    def followed(self, key: str, use: Use, term: SettledTerm) -> Iterator[Covered]:
        """Claims on presence in a model's latest run (a `model` use), for the pool of a term.

        They are the shares for which the term's deal is the one that covers an output of the model in one of the term's uses.
        """
        outputs = [use._replace(kind="output", use=name) for name in OUTPUT_USES]
        asked = [output for output in outputs if MECHANISMS[term.terms.mechanism].covers(term.terms, output)]
        for side in self.sides(key, use.day):
            for holder in self.holders(side):
                found = (self._covered(key, side, holder, output, use) for output in asked)
                covered = next((one for one in found if one and one.claim.deal_id == term.deal_id), None)
                if covered:
                    yield covered._replace(terms=(term,))

    def sides(self, key: str, day: str) -> Iterator[SideOfWork]:
        """The sides that a key reaches: a recording's own and its composition's, or a composition's alone."""
        found = self.snapshot.work_by_key(key, day)
        composition = found.work.kind == "composition" if found else is_composition_key(key)
        if composition:
            yield SideOfWork("composition", found, disclosed=True, alone=True)
            return
        yield SideOfWork("recording", found, disclosed=True, alone=False)
        linked = found.work.composition if found else None
        written = self.snapshot.work(linked, day) if linked else None
        yield SideOfWork("composition", written, disclosed=False, alone=False)

    def holders(self, side: SideOfWork) -> list[Holder]:
        """The parts of a side on a day, whatever its owners allow; they add up to the whole."""
        if side.found is None:
            return [Holder("", NANO, UNREGISTERED)]
        work = side.found.work
        claimed = {share.party: share.share for share in work.shares if share.share}
        if work.claimed > NANO:
            scaled = split(NANO, claimed)
            return [Holder(party, part, DISPUTED) for party, part in scaled.items() if part]
        reason = DISPUTED if work.disputed else ""
        held = [Holder(party, share, reason) for party, share in claimed.items()]
        if (rest := NANO - work.claimed) > 0:
            held.append(Holder("", rest, reason or UNCLAIMED_SHARE))
        return held

    def _covered(self, key: str, side: SideOfWork, holder: Holder, use: Use, permitted: Use | None = None) -> Covered | None:
        """The claim under the deal that covers the use, if it has a part in the price; `permitted`: what was asked for, if another."""
        coverage = self.coverage(side.side, holder.party, use)
        factor = _factor(side, coverage.active)
        if factor == 0:
            return None
        active = coverage.active
        deal_id = active.deal_id if active else ""
        stands = consent.standing(side.found.work if side.found else None, permitted or use, active, coverage.reach)
        if stands.denied:
            holder = holder._replace(reason=first_reason((holder.reason, DENIED_USE)))
        claim = _claim(key, side, holder, deal_id, holder.share * factor, coverage.payee)
        if coverage.spared:
            claim = claim._replace(spared=coverage.spared)
        return Covered(claim, coverage.terms, active.version if active else 0, standing=stands)

    def coverage(self, side: Side, party: str, use: Use) -> Coverage:
        """The deal in force that covers a party's share of a side (an empty party: anybody's)."""
        deals = self.snapshot.deals_in_force(use.licensee, use.day)
        when = use.day if party and self.snapshot.ever_mandates(party) else ""
        name = (id(deals), when, use.kind, use.use, use.territory, use.model, side, party)
        if (known := self._coverage.get(name)) is None:
            known = self._coverage[name] = self._cover(side, party, use)
        return known

    def _cover(self, side: Side, party: str, use: Use) -> Coverage:
        deals = [d for d in self.snapshot.deals_in_force(use.licensee, use.day) if d.deal.fits(use)]
        societies = mandates.societies(self.snapshot, party, side, use)
        spared: frozenset[str] = frozenset()
        tiers: dict[Reach, ActiveDeal] = {}
        for active in deals:
            tier = _tier(active, party, societies)
            if not tier:
                continue
            for term in active.terms if tier != "open" else ():
                spared |= spared_by(term.terms, use)
            if any(MECHANISMS[term.terms.mechanism].covers(term.terms, use) for term in active.terms):
                tiers.setdefault(tier, active)
        reach: Reach = next((tier for tier in _NEAREST if tier in tiers), "")
        chosen = tiers.get(reach)
        return Coverage(chosen, _covering(chosen, use), mandates.payee(_licensor(chosen), party, societies), spared, reach)

    def levied(self, key: str, use: Use, term: SettledTerm, wanted: Side | None) -> Iterator[Covered]:
        """Claims on a work's month under a levy: of one side's owners, or those of the side disclosed."""
        for side in self.sides(key, use.day):
            if (side.side != wanted) if wanted else not side.disclosed:
                continue
            for holder in self.holders(side):
                yield self._claim_of(key, side, holder, use, term)

    def repertoire(self, work_id: str, use: Use, active: ActiveDeal) -> Iterator[Covered]:
        """Claims on a work as part of what a deal's licensor can license."""
        found = self.snapshot.work(work_id, use.day)
        if found is None:
            return
        side = SideOfWork(found.work.kind, found, disclosed=True, alone=True)
        licensor = active.deal.licensor
        for holder in self.holders(side):
            societies = mandates.societies(self.snapshot, holder.party, side.side, use)
            if not holder.party or licensor not in {holder.party, *societies}:
                continue
            payee = mandates.payee(licensor, holder.party, societies)
            claim = _claim(f"work:{work_id}", side, holder, active.deal_id, holder.share * NANO, payee)
            yield Covered(claim, active.terms, active.version)

    def _claim_of(self, key: str, side: SideOfWork, holder: Holder, use: Use, term: SettledTerm) -> Covered:
        payee = mandates.payee(None, holder.party, mandates.societies(self.snapshot, holder.party, side.side, use))
        claim = _claim(key, side, holder, term.deal_id, holder.share * NANO, payee)
        return Covered(claim, (term,), 0)

    def _unattributed(self, use: Use) -> Iterator[Covered]:
        """The one deal, if any, that owes for what no work is named for."""
        for active in self.snapshot.deals_in_force(use.licensee, use.day):
            terms = _covering(active, use)
            if terms and active.deal.fits(use):
                claim = Claim(
                    deal_id=active.deal_id,
                    part=NANO * NANO,
                    work_key=UNATTRIBUTED,
                    work_id="",
                    side="",
                    account=lines.SUSPENSE,
                    party_id="",
                    member_id="",
                    reason=consent.UNATTRIBUTED,
                    title="",
                )
                yield Covered(claim, terms, active.version)
                return


def _claim(
    key: str,
    side: SideOfWork,
    holder: Holder,
    deal_id: str,
    part: int,
    payee: str,
) -> Claim:
    suspended = bool(holder.reason)
    return Claim(
        deal_id=deal_id,
        part=part,
        work_key=key,
        work_id=side.found.work_id if side.found else "",
        side=side.side,
        account=lines.SUSPENSE if suspended else lines.PARTY,
        party_id="" if suspended else payee,
        member_id="" if suspended else holder.party,
        reason=holder.reason,
        title=side.found.work.title if side.found else "",
        holder=holder.party,
    )


def _covering(active: ActiveDeal | None, use: Use) -> tuple[SettledTerm, ...]:
    terms = active.terms if active else ()
    return tuple(term for term in terms if MECHANISMS[term.terms.mechanism].covers(term.terms, use))


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


def _factor(side: SideOfWork, active: ActiveDeal | None) -> int:
    if side.alone:
        return NANO
    sides = active.deal.sides if active else None
    if sides is None:
        return NANO if side.disclosed else 0
    return sides.recording if side.side == "recording" else sides.composition
