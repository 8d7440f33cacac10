"""What clauses of a deal say, by themselves: tiers, periods, scopes, the part of a use that is priced directly."""

from __future__ import annotations

from calendar import monthrange
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from tests.model.exact import ONE, ZERO, number
from tests.model.register import factor_of

if TYPE_CHECKING:
    from tests.model.holding import Deal
    from tests.model.terms import Term
    from tests.model.usage import Use
TENTH: Final = Fraction(1, 10)
SCOPES: Final = {"territory": "territories", "model": "models", "service": "services"}


def last_day(month: str) -> str:
    return f"{month}-{monthrange(int(month[:4]), int(month[5:]))[1]:02d}"


def days_of(month: str) -> list[str]:
    return [f"{month}-{day:02d}" for day in range(1, int(last_day(month)[8:]) + 1)]


def by_tier(term: Term) -> bool:
    """Whether tiers price each use; those of a pool's share count revenue instead."""
    return bool(term.says.get("tiers")) and term.mechanism != "revenue_pool"


def tiered(says: dict[str, Any], before: Fraction, units: Fraction) -> Fraction:
    """What units cost by the tiers that they fall in, after those before."""
    tiers = [(number(tier["from"]), number(tier.get("rate") or tier.get("revenue_share"))) for tier in says["tiers"]]
    after, cost = before + units, ZERO
    for (first, price), (last, _) in zip(tiers, [*tiers[1:], (after, ZERO)], strict=True):
        cost += max(ZERO, min(after, max(last, first)) - max(before, first)) * price
    return cost


def tiered_by(term: Term, use: Use) -> tuple[Fraction, str]:
    """What a use counts in tiers: itself, or its revenue in a currency."""
    return (use.revenue, use.currency) if "revenue_share" in term.says["tiers"][0] else (use.quantity, "")


def services_asked(says: dict[str, Any]) -> list[str]:
    """The services in which an output might be used under a deal: those that it names, else one that does not matter."""
    named = says.get("services") or ["*"]
    return [""] if "*" in named else named


def period_of(per: str, month: str) -> tuple[str, ...]:
    """The months of the calendar period that a month is in."""
    size, number_of_month = {"month": 1, "quarter": 3, "year": 12}[per], int(month[5:])
    first = (number_of_month - 1) // size * size + 1
    return tuple(f"{month[:4]}-{first + offset:02d}" for offset in range(size))


def pool_name(term: Term) -> tuple[Any, ...]:
    """A revenue pool is shared by what its last terms say, over the days whose terms counted alike."""
    return (*term.name, term.says["basis"], "by confidence" if term.says.get("confidence") else "")


def in_scope(deal: Deal, report: dict[str, Any]) -> bool:
    """Whether a report is of what the deal is limited to; one that does not say is not."""
    for dimension, limits in SCOPES.items():
        named = deal.says.get(limits) or ["*"]
        if "*" not in named and report.get(dimension) not in named:
            return False
    return True


def split_part(deal: Deal, use: Use) -> Fraction:
    """What a deal's sides leave of a use in the split of one side."""
    return factor_of(deal, use.split, "disclosed") if use.split else ONE


def direct_part(term: Term, use: Use) -> Fraction:
    """How much of the price goes by influence; the rest goes to the fallback."""
    confidence = term.says.get("confidence")
    if not confidence:
        return ONE
    if not use.attributed or use.band * TENTH < number(confidence.get("min")):
        return ZERO
    return use.band * TENTH if term.says.get("blend") else ONE
