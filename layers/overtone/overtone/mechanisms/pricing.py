"""What a use costs by rate and by revenue share: shared by the mechanisms that price each use."""

from fractions import Fraction
from typing import Literal, Self

from pydantic import model_validator

from overtone.fields import Amount, Share
from overtone.mechanisms.proportion import Proportion, Proportions
from overtone.mechanisms.shape import RATE_TO_FINE, REVENUE_TO_FINE, Claim, Month, Term, Use
from overtone.mechanisms.tier_prices import Tiered
from overtone.mechanisms.totals import Totals
from overtone.scales import Fine


class Price(Tiered):
    """`rate` per unit in the deal's currency, `revenue_share` of the reported revenue, or both combined."""

    rate: Amount | None = None
    revenue_share: Share | None = None
    combine: Literal["greater_of", "sum"] | None = None

    @model_validator(mode="after")
    def _is_a_price(self) -> Self:
        if self.tiers and (self.rate, self.revenue_share, self.combine) != (None, None, None):
            raise ValueError("tiers stand in place of a rate, a revenue_share and what combines them")
        if self.rate is None and self.revenue_share is None and not self.tiers:
            raise ValueError("name a rate, a revenue_share or both, or tiers")
        if (self.rate is not None and self.revenue_share is not None) != (self.combine is not None):
            raise ValueError("combine (greater_of or sum) goes with a rate and a revenue_share together")
        return self


def pooled(terms: Price) -> bool:
    """Whether what one use costs depends on others."""
    return compares(terms) or bool(terms.tiers)


def compares(terms: Price) -> bool:
    """Whether what is owed is known only when all uses are."""
    return terms.combine == "greater_of"


def by_rate(terms: Price, use: Use, claim: Claim) -> Fine:
    """The rate times the claim's part of the attributed quantity, in fine units of the deal's currency."""
    return Fine((terms.rate or 0) * use.quantity * claim.part * RATE_TO_FINE)


def by_revenue(terms: Price, use: Use, claim: Claim) -> Fine:
    """The share of the claim's part of the attributed revenue, in fine units of the reported currency."""
    return Fine((terms.revenue_share or 0) * use.revenue * claim.part * REVENUE_TO_FINE)


def count_price(term: Term[Price], use: Use, claim: Claim, totals: Totals) -> None:
    """Add both prices to the deal's month total, where the greater of the two is owed."""
    if compares(term.terms) and term.terms.mechanism not in claim.spared:
        totals.add(term.name("by_rate", currency=term.currency), by_rate(term.terms, use, claim))
        totals.add(term.name("by_revenue", currency=use.currency), by_revenue(term.terms, use, claim))


def choose_price(term: Term[Price], month: Month, totals: Totals) -> None:
    """Note which price is owed: the greater on the deal's month total; the revenue share where equal.

    Both in the currency of the month's last terms: an earlier version's rate may be in another.
    """
    rate, revenue = (
        sum((fine * month.rate(name.currency, term.currency) for name, fine in totals.sums_of(term.key, kind) if fine), start=Fraction(0))
        for kind in ("by_rate", "by_revenue")
    )
    totals.notes[term.name("rate_is_greater")] = int(rate > revenue)


def rate_is_greater(term: Term[Price], totals: Totals) -> bool:
    """What `choose_price` noted."""
    return bool(totals.notes.get(term.name("rate_is_greater")))


def owed(term: Term[Price], use: Use, claim: Claim, totals: Totals) -> tuple[tuple[str, Fine], ...]:
    """What the use costs: `(currency, fine)` for each price that is owed."""
    prices: list[tuple[str, Fine]] = []
    rate_owed, share_owed = _owed_by(term, use, totals)
    if rate_owed:
        prices.append((term.currency, by_rate(term.terms, use, claim)))
    if share_owed:
        prices.append((use.currency, by_revenue(term.terms, use, claim)))
    return tuple(prices)


def _owed_by(term: Term[Price], use: Use, totals: Totals) -> tuple[bool, bool]:
    """Whether the use owes by its rate, and whether by its revenue: by both, or by the greater of the month."""
    terms, rate_wins, both = term.terms, rate_is_greater(term, totals), not compares(term.terms)
    return (
        terms.rate is not None and (both or rate_wins),
        terms.revenue_share is not None and bool(use.revenue) and (both or not rate_wins),
    )


def proportion(term: Term[Price], use: Use, totals: Totals) -> Proportions | None:
    """What `owed` says, where there are no tiers: which of two prices is owed is known of the month as a whole."""
    terms, found = term.terms, []
    if terms.tiers:
        return None
    rate_owed, share_owed = _owed_by(term, use, totals)
    if rate_owed:
        found.append(Proportion(term.currency, (terms.rate or 0) * RATE_TO_FINE, 0))
    if share_owed:
        found.append(Proportion(use.currency, 0, (terms.revenue_share or 0) * REVENUE_TO_FINE))
    return tuple(found)
