"""What nobody claimed in time is spread over what was claimed: of the same licensee, deal and month.

As the US Mechanical Licensing Collective does with unclaimed accrued royalties (17 U.S.C. 115(d)(3)(J)).
A claim that comes after is honoured all the same: the money leaves suspense as ever, so there is less to
spread, and the next settlement takes the difference back from those it was spread over.
"""

from collections.abc import Iterator
from typing import Final, Literal

from overtone.lines import PARTY, UNATTRIBUTED, UNCLAIMED_SHARE, UNREGISTERED, ForeignReason, SuspenseReason
from overtone.mechanisms.proportion import no_proportion
from overtone.mechanisms.shape import (
    NOTHING,
    Claim,
    DealTerms,
    Earning,
    Month,
    PoolPart,
    Term,
    Use,
    UseKind,
    Words,
    Yield,
    always,
    survey_nothing,
)
from overtone.mechanisms.steps import no_steps
from overtone.mechanisms.totals import Pool, Totals
from overtone.money import to_fine
from overtone.rights.registry import EVERY_MANDATE_USE, MandateUse
from overtone.scales import Pico

words: Final = Words("Liquidation, {licensee}", part="Your share of the {whole} that nobody claimed: {share}.", once=True)
mandate_uses: Final[tuple[MandateUse, ...]] = EVERY_MANDATE_USE
favoured: Final[tuple[str, ...]] = ()
needs_licensor: Final = False
spareable: Final[frozenset[UseKind]] = NOTHING

UNCLAIMED: Final[frozenset[SuspenseReason | ForeignReason]] = frozenset({UNREGISTERED, UNCLAIMED_SHARE, UNATTRIBUTED})
"""Reasons that a claim would end; `disputed` and `denied_use` wait for somebody who is known."""


class Terms(DealTerms):
    """A liquidation of one deal's month. Made from the fact that finance posted, not agreed on."""

    mechanism: Literal["liquidation"] = "liquidation"


survey = survey_nothing
steps = no_steps
pooled = always
proportion = no_proportion


def covers(_terms: Terms, use: Use) -> bool:
    """Lines that the deal already yields."""
    return use.kind == "line"


def asks(_terms: Terms) -> frozenset[UseKind]:
    """Lines, which makes a second round."""
    return frozenset({"line"})


def measure(term: Term[Terms], use: Use, claim: Claim, totals: Totals) -> None:
    """Sum what is unclaimed, and what it will be spread over."""
    if claim.account == PARTY:
        totals.add(term.name("matched", currency=use.currency), use.amount)
    elif claim.reason in UNCLAIMED:
        totals.add(term.name("unclaimed", currency=use.currency), use.amount)


def pools(term: Term[Terms], month: Month, totals: Totals) -> Iterator[Pool]:
    """The unclaimed amount of each currency in which something was matched."""
    del month
    for name, pico in totals.sums_of(term.key, "unclaimed"):
        matched = term.name("matched", currency=name.currency)
        if totals[matched]:
            yield Pool(name, name.currency, Pico(pico), matched)


def entitle(term: Term[Terms], use: Use, claim: Claim, totals: Totals) -> Yield:
    """A matched line gets its part; an unclaimed one gives what it has, where anything was matched."""
    matched = term.name("matched", currency=use.currency)
    if claim.account == PARTY:
        yield PoolPart(matched, use.amount)
    elif claim.reason in UNCLAIMED and totals[matched]:
        yield Earning(use.currency, to_fine(-use.amount))
