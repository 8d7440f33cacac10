"""Uses that were denied, unlicensed or over an owner's limit, and how much of them there was."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.model.exact import NANO, ZERO, number
from tests.model.pricing import Month
from tests.model.register import Register
from tests.model.terms import permission
from tests.model.usage import in_nano

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from fractions import Fraction

    from tests.model.usage import Facts, Use


class Broken(NamedTuple):
    """One row of `breaches.csv`; quantity and limit in 1e-9."""

    kind: str
    use: str
    licensee: str
    model: str
    work_key: str
    work_id: str
    side: str
    party_id: str
    usage_month: str
    first_seen: str
    evidence: str
    quantity: int
    limit: int


def breached(facts: Facts, months: Iterable[str], cutoff: str, register: Register | None = None) -> set[Broken]:
    """Every breach of some months; `register`: that of the facts, if made."""
    register = register or Register(facts, cutoff)
    return {broken for month in months for broken in _of_month(Month(facts, month, register))}


def _of_month(month: Month) -> Iterator[Broken]:
    seen: dict[tuple[str, ...], set[Use]] = defaultdict(set)
    amounts: dict[tuple[str, ...], Fraction] = defaultdict(lambda: ZERO)
    for use in month.uses:
        where = set()
        for claim in month.register.claims(use):
            kind = "denied_use" if claim.denied else "" if claim.deal or claim.spared else "unlicensed"
            if kind:
                named = "training" if use.kind == "training" else use.use
                where.add((kind, named, use.licensee, use.model, use.work, claim.work_id, claim.side, claim.holder))
        for one in where:
            seen[one].add(use)
            amounts[one] += use.quantity
    for stated, shown in seen.items():
        yield Broken._make((*stated, month.month, *_shown(shown), in_nano(amounts[stated]), 0))
    over: dict[tuple[Any, ...], list[Use]] = defaultdict(list)
    for about, uses in _over(month):
        over[about] += uses
    for (*overdone, limit), uses in over.items():
        quantity = in_nano(sum((use.quantity for use in uses), ZERO))
        yield Broken._make(("over_limit", *overdone, month.month, *_shown(uses), quantity, int(limit * NANO)))


def _over(month: Month) -> Iterator[tuple[tuple[Any, ...], list[Use]]]:
    """More than the `max_share` of a run's weight, or of a model's attributed quantity in the month."""
    wholes: dict[tuple[str, ...], Fraction] = defaultdict(lambda: ZERO)  # by split too
    parts: dict[tuple[str, ...], list[Use]] = defaultdict(list)
    for use in month.uses:
        if use.attributed and use.kind != "play":
            name: tuple[str, ...] = (use.kind, use.licensee, use.run_id or use.model)
            wholes[*name, use.split] += _size(use)
            parts[*name, use.work].append(use)
    for name, uses in parts.items():
        mine, last = sum(map(_size, uses)), max(use.day for use in uses)
        reached = {(claim.work_id, claim.side, claim.holder) for use in uses for claim in month.register.claims(use) if not claim.law}
        for work_id, side, holder in reached:
            found = month.register.work(work_id, last)
            allowed = permission(found[1], uses[0].kind, uses[0].licensee) if found else {}
            if not found or not allowed.get("max_share"):
                continue
            limit = number(allowed["max_share"])
            split = found[1]["kind"] if name[0] == "output" else "none"
            if mine > limit * (wholes[*name[:3], ""] + wholes[*name[:3], split]):
                yield (uses[0].kind, uses[0].licensee, uses[0].model, uses[0].work, work_id, side, holder, limit), uses


def _shown(uses: Iterable[Use]) -> tuple[str, str]:
    """The first day, and the smallest subject (output, recording or run) that shows it."""
    return min(use.day for use in uses), min(use.subject for use in uses)


def _size(use: Use) -> Fraction:
    return use.weight if use.kind == "training" else use.quantity
