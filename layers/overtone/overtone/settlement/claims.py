"""Who has a claim on a use: from a work key, through works, shares and mandates, to deals and payees.

For each party's share on each side the first of these that covers the use is the deal: a direct deal of the
party, a deal of a society that it gave a fitting mandate to, an open deal. What no deal covers
is unlicensed: it has no price, and is listed as a breach. Money that has no payee yet waits in suspense.
"""

from collections.abc import Iterator, Sequence

from overtone import lines
from overtone.facts.splits import side_named
from overtone.facts.usage_kinds import OUTPUT_USES
from overtone.identifiers import UNATTRIBUTED
from overtone.lines import DENIED_USE, Side
from overtone.mechanisms import MECHANISMS, SettledTerm
from overtone.mechanisms.shape import Claim, Use
from overtone.money import NANO
from overtone.rights.shares import RIGHTS, Right
from overtone.scales import Atto
from overtone.settlement import consent, mandates
from overtone.settlement.consent import ConsentStanding, first_reason
from overtone.settlement.coverage import Coverage, Covered, Holder, SideOfWork
from overtone.settlement.covering import Covering
from overtone.settlement.deals import Deal, factor_of_split
from overtone.settlement.holdings import holders, part_of
from overtone.settlement.holds import Hold
from overtone.settlement.snapshot import ActiveDeal, Snapshot


class Resolver:
    """Answers for one snapshot; remembers which deal covers whom."""

    def __init__(self, snapshot: Snapshot, holds: Sequence[Hold] = ()) -> None:
        self.snapshot, self.holds = snapshot, holds
        self._waits, self._voids = ([hold for hold in holds if hold.void == void] for void in (False, True))
        self._covering = Covering(snapshot)
        self._holders: dict[tuple[str, int, str], Sequence[Holder]] = {}
        self._led: dict[tuple[str, Side, str, tuple[str, ...]], dict[str, str]] = {}

    def claims(self, key: str, use: Use) -> tuple[Covered, ...]:
        """Everybody's claims on one use of a key, but for those that a hold voided. A share that no deal covers has no terms."""
        found = self._claims(key, use)
        return tuple(one for one in found if not self.voids(key, use, one.claim.work_id)) if self._voids else found

    def voids(self, key: str, use: Use, work_id: str = "") -> bool:
        """Whether a decision took a use out of the bill."""
        return self._named_by(self._voids, key, use, work_id) if self._voids else False

    def works_used(self, key: str, use: Use) -> Iterator[str]:
        """The registered works whose sides a use of a key is of, whoever licenses them, but for those that a hold voided."""
        for side in (self._split(key, use, use.split),) if use.split else self.sides(key, use.day):
            if side.found and not self.voids(key, use, side.found.work_id):
                yield side.found.work_id

    def _claims(self, key: str, use: Use) -> tuple[Covered, ...]:
        if key == UNATTRIBUTED:
            return tuple(self._unattributed(use))
        sides = tuple(self.sides(key, use.day))
        own = (self._split(key, use, use.split),) if use.split else sides
        found = tuple(
            covered for side in own for holder in self.holders(side, use.territory) for covered in self._covered(key, side, holder, use)
        )
        return found if len(sides) == 1 else self._cleared(key, use, sides, found)

    def _cleared(self, key: str, use: Use, sides: tuple[SideOfWork, ...], found: tuple[Covered, ...]) -> tuple[Covered, ...]:
        """The claims where deals that require both sides have them; else theirs are unlicensed, and so is all that nothing covers."""
        bound = {covered.claim.deal_id for covered in found if self._binds_both_sides(covered.claim.deal_id, use)}
        if not bound:
            return found
        open_sides = [side for side in sides if not self._is_cleared(side, use)]
        if not open_sides:
            return found
        kept = [covered._replace(terms=()) if covered.claim.deal_id in bound else covered for covered in found]
        shown = {(covered.claim.side, covered.claim.holder) for covered in found if not covered.terms}
        for side in open_sides:
            for holder in self.holders(side, use.territory):
                if (side.side, holder.party) in shown:
                    continue
                part = sum(part for coverage, part in self._coverages(side.side, holder, use) if not coverage.terms)
                if part:
                    stands, waiting = _standing(side, holder, use, Coverage(None, (), holder.party, frozenset(), ""))
                    claim = _claim(key, side, waiting, "", part * NANO, holder.party)
                    kept += [Covered(claim, (), 0, standing=stands)]
        return tuple(kept)

    def _binds_both_sides(self, deal_id: str, use: Use) -> bool:
        deals = self.snapshot.deals_in_force(use.licensee, use.day)
        return any(active.deal.requires == "both_sides" for active in deals if active.deal_id == deal_id)

    def _is_cleared(self, side: SideOfWork, use: Use) -> bool:
        """Whether a deal covers the whole of a side."""
        return all(
            coverage.terms for holder in self.holders(side, use.territory) for coverage, _ in self._coverages(side.side, holder, use)
        )

    def followed(self, key: str, use: Use, term: SettledTerm) -> Iterator[Covered]:
        """Claims on presence in a model's latest run (a `model` use), for the pool of a term.

        They are the shares for which the term's deal is the one that covers an output of the model in one of the term's uses.
        """
        names = dict.fromkeys((*OUTPUT_USES, *getattr(term.terms, "uses", ())))
        outputs = [
            use._replace(kind="output", use=name, service=service) for name in names if name != "*" for service in term.scope.services_asked
        ]
        asked = [output for output in outputs if MECHANISMS[term.terms.mechanism].covers(term.terms, output)]
        sides = tuple(self.sides(key, use.day))
        if self._binds_both_sides(term.deal_id, use) and len(sides) > 1:
            asked = [output for output in asked if all(self._is_cleared(side, output) for side in sides)]
        for side in sides:
            for holder in self.holders(side, use.territory):
                covered_by = (self._covered(key, side, holder, output, use) for output in asked)
                found = ([one for one in several if one.claim.deal_id == term.deal_id] for several in covered_by)
                mine = [one for one in next(filter(None, found), []) if not self.voids(key, use, one.claim.work_id)]
                yield from (covered._replace(terms=(term,)) for covered in mine)

    def sides(self, key: str, day: str) -> Iterator[SideOfWork]:
        """The sides that a key reaches: a recording's own and its composition's, or a composition's or a likeness' alone."""
        found = self.snapshot.work_by_key(key, day)
        named = found.work.kind if found else side_named(key)
        if named and named != "recording":
            yield SideOfWork(named, found, disclosed=True, alone=True)
            return
        yield SideOfWork("recording", found, disclosed=True, alone=False)
        linked = found.work.composition if found else None
        written = self.snapshot.work(linked, day) if linked else None
        yield SideOfWork("composition", written, disclosed=False, alone=False)

    def holders(self, side: SideOfWork, territory: str) -> Sequence[Holder]:
        """The parts of a side for a use in a territory, which are asked for with every use of the work."""
        if side.found is None:
            return holders(side, territory)
        name = (side.found.work_id, side.found.version, territory)
        if (known := self._holders.get(name)) is None:
            known = self._holders[name] = holders(side, territory)
        return known

    def _split(self, key: str, use: Use, side: Side) -> SideOfWork:
        """The one side that a key reaches in an output whose sides are split apart; nothing is followed from one to the other."""
        found = self.snapshot.work_by_key(key, use.day)
        matching = found if found and found.work.kind == side else None
        return SideOfWork(side, matching, disclosed=True, alone=False)

    def _covered(self, key: str, side: SideOfWork, holder: Holder, use: Use, permitted: Use | None = None) -> Iterator[Covered]:
        """The claims under the deals that cover the use, if they have a part in the price; `permitted`: what was asked for, if another."""
        for coverage, part in self._coverages(side.side, holder, use):
            if (factor := _factor(side, coverage.active)) == 0:
                continue
            active = coverage.active
            stands, waiting = _standing(side, holder, permitted or use, coverage)
            claim = self._claim(key, side, waiting, use, (active.deal_id if active else "", part * factor, coverage.payee))
            if coverage.spared:
                claim = claim._replace(spared=coverage.spared)
            yield Covered(claim, coverage.terms, active.version if active else 0, standing=stands)

    def _coverages(self, side: Side, holder: Holder, use: Use) -> list[tuple[Coverage, int]]:
        """What covers a holder's share, and the part of it that each prices; one covers it all unless deals license single rights."""
        if not self._covering.differs_by_right(use):
            return [(self._covering.coverage(side, holder.party, use), holder.share)] if holder.share else []
        found: dict[tuple[str, str, frozenset[str]], tuple[Coverage, list[Right]]] = {}
        for right in RIGHTS:
            coverage = self._covering.coverage(side, holder.party, use, right)
            name = (coverage.active.deal_id if coverage.active else "", coverage.payee, coverage.spared)
            found.setdefault(name, (coverage, []))[1].append(right)
        parts = [(one, part_of(holder, one.active.deal.rights if one.active else None, rights)) for one, rights in found.values()]
        return [(coverage, part) for coverage, part in parts if part]

    def generated(self, work_id: str, day: str) -> bool:
        """Whether a work says that some part of it was generated by a machine."""
        found = self.snapshot.work(work_id, day)
        return bool(found and found.work.ai and "generated" in found.work.ai.model_dump().values())

    def levied(self, key: str, use: Use, term: SettledTerm, wanted: Side | None) -> Iterator[Covered]:
        """Claims on a work's month under a levy: of one side's owners, or those of the side disclosed."""
        for side in self.sides(key, use.day):
            if ((side.side != wanted) if wanted else not side.disclosed) or self.voids(key, use, side.found.work_id if side.found else ""):
                continue
            for holder in self.holders(side, use.territory):
                yield self._claim_of(key, side, holder, use, term)

    def repertoire(self, work_id: str, use: Use, active: ActiveDeal) -> Iterator[Covered]:
        """Claims on a work as part of what a deal's licensor can license, itself or where the deal holds for those who mandated it.

        A decision that voids a licensee's uses leaves the work there.
        """
        found = self.snapshot.work(work_id, use.day)
        key, of_work = f"work:{work_id}", [hold for hold in self._voids if hold.work]
        if found is None or self._named_by(of_work, key, use, work_id):
            return
        side = SideOfWork(found.work.kind, found, disclosed=True, alone=True)
        licensor = active.deal.licensor
        for holder in self.holders(side, use.territory):
            societies = self._societies_within(holder.party, side.side, use, active.deal)
            if not holder.party or licensor not in {holder.party, *societies}:
                continue
            payee = mandates.payee(licensor, holder.party, societies)
            if part := part_of(holder, active.deal.rights, RIGHTS):
                claim = self._claim(key, side, holder, use, (active.deal_id, part * NANO, payee))
                spared = self._covering.spared(holder.party, use, societies, active.deal)
                yield Covered(claim._replace(spared=spared), active.terms, active.version)

    def _societies_within(self, party: str, side: Side, use: Use, deal: Deal) -> dict[str, str]:
        """The societies that a party's mandates lead to where a deal holds; many works ask for the same."""
        name = (party, side, use.day, deal.territories)
        if (known := self._led.get(name)) is None:
            known = self._led[name] = mandates.societies_within(self.snapshot, party, side, use, deal.territories)
        return known

    def _claim_of(self, key: str, side: SideOfWork, holder: Holder, use: Use, term: SettledTerm) -> Covered:
        payee = mandates.payee(None, holder.party, mandates.societies(self.snapshot, holder.party, side.side, use))
        claim = self._claim(key, side, holder, use, (term.deal_id, holder.share * NANO, payee))
        return Covered(claim, (term,), 0)

    def _claim(self, key: str, side: SideOfWork, holder: Holder, use: Use, owed: tuple[str, int, str]) -> Claim:
        """A claim on what is `owed` (deal, part, payee), held where a hold names the use, the work disclosed or the work of the side."""
        claim = _claim(key, side, holder, *owed)
        return claim._replace(held=True) if self._waits and self._named_by(self._waits, key, use, claim.work_id) else claim

    def _named_by(self, holds: Sequence[Hold], key: str, use: Use, work_id: str = "") -> bool:
        named = self.snapshot.work_by_key(key, use.day)
        works = {work_id, named.work_id if named else ""}
        return any(hold.names(use, works) for hold in holds)

    def _unattributed(self, use: Use) -> Iterator[Covered]:
        """The one deal, if any, that owes for what no work is named for."""
        for active, terms in self._covering.fitting(use):
            if terms:
                claim = Claim(
                    deal_id=active.deal_id,
                    part=Atto(NANO * (factor_of_split(use.split, active.deal) if use.split else NANO)),
                    work_key=UNATTRIBUTED,
                    work_id="",
                    side=use.split,
                    account=lines.SUSPENSE,
                    party_id="",
                    member_id="",
                    reason=lines.UNATTRIBUTED,
                    title="",
                    held=self._named_by(self._waits, UNATTRIBUTED, use),
                )
                yield Covered(claim, terms, active.version)
                return


def _standing(side: SideOfWork, holder: Holder, use: Use, coverage: Coverage) -> tuple[ConsentStanding, Holder]:
    """Whether the use was denied under the deal that covers the share, and the holder with the first of its reasons to wait."""
    stands = consent.standing(side.found.work if side.found else None, use, coverage.active, coverage.reach)
    reason = first_reason((holder.reason, DENIED_USE)) if stands.denied else holder.reason
    return stands, holder._replace(reason=reason)


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
        part=Atto(part),
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


def _factor(side: SideOfWork, active: ActiveDeal | None) -> int:
    if side.alone:
        return NANO
    sides = active.deal.sides if active else None
    if sides is None:
        return NANO if side.disclosed else 0
    return sides.of(side.side)
