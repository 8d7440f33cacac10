"""A share of the licensee's reported net revenue of the month, with a floor a subscriber.

As GEMA proposes for generative AI: a share of the net income of the licensee, not less than
an amount a subscriber, paid into a pool. `basis` says what a work's part of the pool follows.
"""

from collections.abc import Iterator
from typing import Final, Literal, Self

from pydantic import model_validator

from overtone.fields import Amount, Share
from overtone.mechanisms.shape import Claim, DealTerms, Month, PoolPart, Term, Use, UseKind, Words, Yield, always
from overtone.mechanisms.totals import Pool, TotalKey, Totals
from overtone.money import NANO, round_half_even
from overtone.rights.registry import MandateUse

words: Final = Words("Your part of the revenue of {licensee}")
mandate_uses: Final[tuple[MandateUse, ...]] = ("output", "generation", "play", "training")
favoured: Final[tuple[str, ...]] = ("share", "minimum_per_subscriber")
needs_licensor: Final = False
spareable: Final[frozenset[UseKind]] = frozenset[UseKind]({"output", "play", "training"})


class Terms(DealTerms):
    """`share` of net revenue and/or `minimum_per_subscriber` in the deal's currency, if greater."""

    mechanism: Literal["revenue_pool"]
    share: Share = 0
    minimum_per_subscriber: Amount = 0
    basis: Literal["influence", "usage", "training", "equal"]

    @model_validator(mode="after")
    def _owes_something(self) -> Self:
        if not self.share and not self.minimum_per_subscriber:
            message = "a revenue_pool needs share or minimum_per_subscriber above 0"
            raise ValueError(message)
        return self


pooled = always


def covers(terms: Terms, use: Use) -> bool:
    """Uses of outputs always; training where the pool follows it; plays where it follows usage."""
    if use.kind == "training":
        return terms.basis == "training"
    plays = use.kind == "play" and terms.basis in {"usage", "equal"}
    return use.attributed and (use.kind == "output" or plays)


def asks(terms: Terms) -> frozenset[UseKind]:
    """The latest training runs, where the pool follows training."""
    return frozenset({"model"} if terms.basis == "training" else ())


def _name(term: Term[Terms]) -> TotalKey:
    """The basis by its kind: a pool is shared by what its last terms say, over the days that counted the same."""
    return term.name("basis", of=term.terms.basis)


def _basis(terms: Terms, use: Use, claim: Claim) -> int:
    if terms.basis == "training":
        return claim.part if use.kind == "model" and use.reporter == use.licensee else 0
    if use.kind not in {"output", "play"}:
        return 0
    if terms.basis == "equal":
        return claim.part if use.first else 0
    return claim.part * use.quantity


def measure(term: Term[Terms], use: Use, claim: Claim, totals: Totals) -> None:
    """Count the basis of the pool."""
    if basis := _basis(term.terms, use, claim):
        totals.add(_name(term), basis)


def pools(term: Term[Terms], month: Month, totals: Totals) -> Iterator[Pool]:
    """The share of each reported currency; or the floor, where it is greater than all of them together."""
    del totals
    reports, terms = month.revenue.get(term.licensee, ()), term.terms
    shares = {r.currency: round_half_even(r.net_revenue * terms.share, NANO) for r in reports}
    floor = terms.minimum_per_subscriber * sum(report.subscribers for report in reports)
    if floor and floor > sum(pico * month.rate(currency, term.currency) for currency, pico in shares.items()):
        shares = {term.currency: floor}
    for currency, pico in sorted(shares.items()):
        if pico:
            yield Pool(term.name("pool", currency=currency), currency, pico, _name(term))


def entitle(term: Term[Terms], use: Use, claim: Claim, totals: Totals) -> Yield:
    """The claim's part of the pools; a use that counts nothing, because an earlier one did, is of the line's quantity."""
    basis = _basis(term.terms, use, claim)
    if basis or (term.terms.basis == "equal" and use.kind != "model"):
        yield PoolPart(_name(term), basis)
