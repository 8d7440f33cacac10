"""Finds the uses that were denied, unlicensed, or over the limit that an owner set."""

from collections.abc import Iterator
from typing import NamedTuple

from overtone.breaches import DENIED_USE, OVER_LIMIT, UNLICENSED, Breach
from overtone.claims import Covered, Resolver
from overtone.identifiers import UNATTRIBUTED
from overtone.mechanisms.shape import Totals, Use
from overtone.money import NANO
from overtone.work_month import Evidence, WorkMonth, limit_name, limit_size, native_uses


class _Where(NamedTuple):
    kind: str
    use: str
    licensee: str
    model: str
    work_id: str
    title: str
    side: str
    limit: int


def found(resolver: Resolver, work: WorkMonth, totals: Totals, month: str) -> list[Breach]:
    """The breaches of one work in a month: where, since when, how much, and what shows it."""
    if work.key == UNATTRIBUTED:
        return []
    grouped: dict[_Where, list[Evidence]] = {}
    uses = native_uses(work)
    for evidence in uses:
        for where in {_broken(covered, evidence.use) for covered in resolver.claims(work.key, evidence.use)}:
            if where:
                grouped.setdefault(where, []).append(evidence)
    for where, evidence_of in _over_limits(resolver, work.key, uses, totals):
        grouped[where] = evidence_of
    return [_breach(where, grouped[where], work.key, month) for where in sorted(grouped)]


def _broken(covered: Covered, use: Use) -> _Where | None:
    claim = covered.claim
    if claim.reason == DENIED_USE:
        kind = DENIED_USE
    elif not covered.terms:
        kind = UNLICENSED
    else:
        return None
    name = "training" if use.kind == "training" else use.use
    return _Where(kind, name, use.licensee, use.model, claim.work_id, claim.title, claim.side, 0)


def _over_limits(resolver: Resolver, key: str, uses: list[Evidence], totals: Totals) -> Iterator[tuple[_Where, list[Evidence]]]:
    """Uses of a run or of a model's month that come to more than an owner's `max_share` of it."""
    wholes: dict[str, list[Evidence]] = {}
    for evidence in uses:
        if name := limit_name(evidence.use):
            wholes.setdefault(name, []).append(evidence)
    for name, evidence_of in sorted(wholes.items()):
        use = evidence_of[-1].use
        mine = sum(limit_size(evidence.use) for evidence in evidence_of)
        for side in resolver.sides(key, use.day):
            if side.found is None:
                continue
            permissions = side.found.work.permissions
            kind = permissions.training if use.kind == "training" else permissions.generation
            limit = kind.for_licensee(use.licensee).max_share
            if limit is not None and mine * NANO > limit * totals[name]:
                work_id, _, work = side.found
                named = "training" if use.kind == "training" else "output"
                where = _Where(OVER_LIMIT, named, use.licensee, use.model, work_id, work.title, side.side, limit)
                yield where, evidence_of


def _breach(where: _Where, evidence_of: list[Evidence], key: str, month: str) -> Breach:
    return Breach(
        kind=where.kind,
        use=where.use,
        licensee=where.licensee,
        model=where.model,
        work_key=key,
        work_id=where.work_id,
        title=where.title,
        side=where.side,
        party_id="",
        usage_month=month,
        first_seen=min(evidence.use.day for evidence in evidence_of),
        evidence=min(evidence.subject for evidence in evidence_of),
        quantity=sum(NANO if evidence.use.kind == "training" else evidence.use.quantity for evidence in evidence_of),
        limit=where.limit,
        amount=0,
        currency="",
    )
