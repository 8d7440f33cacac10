"""Finds the uses that were denied, unlicensed, or over the limit that an owner set."""

from collections.abc import Iterator
from typing import NamedTuple

from overtone.lines import DENIED_USE, LineSide
from overtone.mechanisms.shape import Use
from overtone.mechanisms.totals import TotalKey, Totals
from overtone.money import NANO
from overtone.rights.registry import Work
from overtone.scales import ZERO_NANO, ZERO_PICO, Nano
from overtone.settlement.breaches import OVER_LIMIT, UNLICENSED, Breach, BreachKind
from overtone.settlement.claims import Resolver
from overtone.settlement.consent import permission
from overtone.settlement.coverage import Covered
from overtone.settlement.snapshot import FoundWork
from overtone.settlement.tally import Denied, DeniedAmounts
from overtone.settlement.work_month import UseEvidence, limit_name, limit_size, limit_total


class _Where(NamedTuple):
    kind: BreachKind
    use: str
    licensee: str
    model: str
    work_key: str
    work_id: str
    title: str
    side: LineSide
    party_id: str
    limit: int


class ClaimedUse(NamedTuple):
    """A use of a work, and everybody's claims on it."""

    evidence: UseEvidence
    claims: tuple[Covered, ...]


def breaches_of(resolver: Resolver, native: list[ClaimedUse], totals: Totals, month: str, amounts: DeniedAmounts) -> list[Breach]:
    """The breaches of one work in a month: whose share, since when, how much, what shows it, and what waits for it (`amounts`)."""
    grouped: dict[_Where, list[UseEvidence]] = {}
    for evidence, claims in native:
        for where in {_broken(covered, evidence.use) for covered in claims}:
            if where:
                grouped.setdefault(where, []).append(evidence)
    for where, uses in _over_limits(resolver, native, totals):
        grouped.setdefault(where, []).extend(uses)
    return [breach for where in sorted(grouped) for breach in _breaches(where, grouped[where], month, amounts)]


def _broken(covered: Covered, use: Use) -> _Where | None:
    claim = covered.claim
    if covered.standing.denied:
        kind: BreachKind = DENIED_USE
    elif not covered.terms and not claim.spared and not covered.ineligible:
        kind = UNLICENSED
    else:
        return None
    return _Where(kind, use.named, use.licensee, use.model, claim.work_key, claim.work_id, claim.title, claim.side, claim.holder, 0)


def _over_limits(resolver: Resolver, native: list[ClaimedUse], totals: Totals) -> Iterator[tuple[_Where, list[UseEvidence]]]:
    """Uses of a run or of a model's month that come to more than an owner's `max_share` of it."""
    wholes: dict[TotalKey, list[ClaimedUse]] = {}
    for claimed in native:
        if name := limit_name(claimed.evidence.use):
            wholes.setdefault(name, []).append(claimed)
    for name, uses in sorted(wholes.items()):
        use = max((claimed.evidence.use for claimed in uses), key=lambda use: use.day)
        mine = sum(limit_size(claimed.evidence.use) for claimed in uses)
        asked = (covered.claim for claimed in uses for covered in claimed.claims if covered.standing.asked)
        for key, work_id, side, party in sorted({(claim.work_key, claim.work_id, claim.side, claim.holder) for claim in asked}):
            found = resolver.snapshot.work(work_id, use.day)
            limit = _limit(found.work, use) if found else None
            if found and limit is not None and mine * NANO > limit * (totals[name] + _split_total(found.work, use, name, totals)):
                yield _over(use, key, found, (side, party), limit), [claimed.evidence for claimed in uses]


def _split_total(work: Work, use: Use, name: TotalKey, totals: Totals) -> int:
    """What a model's outputs that are split by side come to, of the side that the work is of."""
    return totals[limit_total(name, work.kind)] if use.kind == "output" else 0


def _over(use: Use, key: str, found: FoundWork, whose: tuple[LineSide, str], limit: int) -> _Where:
    named = "training" if use.kind == "training" else "output"
    return _Where(OVER_LIMIT, named, use.licensee, use.model, key, found.work_id, found.work.title, *whose, limit)


def _limit(work: Work, use: Use) -> int | None:
    word = permission(work, use)
    return word.max_share if word else None


def _breaches(where: _Where, evidence_of: list[UseEvidence], month: str, amounts: DeniedAmounts) -> Iterator[Breach]:
    """A row for each currency that waits, one without an amount where none does."""
    named = Denied(where.use, where.licensee, where.model, where.work_key, where.work_id, where.side, where.party_id)
    waiting = amounts.get(named, {}) if where.kind == DENIED_USE else {}
    for currency, pico in sorted(waiting.items()) or [("", ZERO_PICO)]:
        yield Breach(
            **where._asdict(),
            usage_month=month,
            first_seen=min(evidence.use.day for evidence in evidence_of),
            evidence=min(evidence.subject for evidence in evidence_of),
            quantity=sum((Nano(NANO) if evidence.use.kind == "training" else evidence.use.quantity for evidence in evidence_of), ZERO_NANO),
            amount=pico,
            currency=currency,
        )
