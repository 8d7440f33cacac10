"""A play of a registered recording itself: its owners and its composition's owners are paid."""

from collections.abc import Iterator
from typing import Final, Literal

from overtone.mechanisms import pricing, tier_prices
from overtone.mechanisms.proportion import Proportions
from overtone.mechanisms.shape import Claim, Earning, Month, Term, Use, UseKind, Words, Yield, asks_nothing, survey_nothing
from overtone.mechanisms.totals import Pool, Totals
from overtone.rights.registry import MandateUse

words: Final = Words("Plays of your recordings at {licensee}", ("{n} play", "{n} plays"), ("play", "plays"))
mandate_uses: Final[tuple[MandateUse, ...]] = ("play",)
favoured: Final[tuple[str, ...]] = ("rate", "revenue_share")
needs_licensor: Final = False
spareable: Final[frozenset[UseKind]] = frozenset[UseKind]({"play"})


class Terms(pricing.Price):
    """A rate per play, a share of what the play earned, or both."""

    mechanism: Literal["direct_play"]


asks = asks_nothing
survey = survey_nothing
steps = tier_prices.steps


def covers(_terms: Terms, use: Use) -> bool:
    """Plays of recordings."""
    return use.kind == "play"


def pooled(terms: Terms) -> bool:
    """Where the greater of two prices is owed on the month's total."""
    return pricing.pooled(terms)


def measure(term: Term[Terms], use: Use, claim: Claim, totals: Totals) -> None:
    """Count what `greater_of` compares."""
    if term.terms.tiers:
        tier_prices.measure(term, use, claim, totals)
    else:
        pricing.count_price(term, use, claim, totals)


def pools(term: Term[Terms], month: Month, totals: Totals) -> Iterator[Pool]:
    """None; `greater_of` is decided here."""
    pricing.choose_price(term, month, totals)
    return iter(())


def entitle(term: Term[Terms], use: Use, claim: Claim, totals: Totals) -> Yield:
    """The price of the claim's part of the plays."""
    if term.terms.tiers:
        yield from tier_prices.entitle(term, use, claim)
    for currency, fine in pricing.owed(term, use, claim, totals):
        yield Earning(currency, fine)


def proportion(term: Term[Terms], use: Use, totals: Totals) -> Proportions | None:
    """The price of a play."""
    return pricing.proportion(term, use, totals) if use.kind == "play" else None
