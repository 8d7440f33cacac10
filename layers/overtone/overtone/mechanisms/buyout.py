"""An amount once, for a repertoire: from then on the mechanisms it covers owe nothing for those works.

The amount is shared over the licensor's repertoire as of the day it is due. What the covered mechanisms
would have owed is kept beside every line as its shadow amount (see `claims`, which marks the spared shares).
"""

from collections.abc import Iterator
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from overtone.fields import Amount
from overtone.mechanisms.catalogue import PRICED
from overtone.mechanisms.proportion import no_proportion
from overtone.mechanisms.shape import NOTHING, Claim, DealTerms, Month, PoolPart, Term, Use, UseKind, Words, Yield, always, survey_nothing
from overtone.mechanisms.steps import no_steps
from overtone.mechanisms.totals import Pool, Totals
from overtone.rights.registry import EVERY_MANDATE_USE, MandateUse

words: Final = Words("Buyout by {licensee}", part="Your share of the {whole} for which these uses were sold: {share}.", once=True)
mandate_uses: Final[tuple[MandateUse, ...]] = EVERY_MANDATE_USE
favoured: Final[tuple[str, ...]] = ()
needs_licensor: Final = True
spareable: Final[frozenset[UseKind]] = NOTHING


def _priced(name: str) -> str:
    if name not in PRICED:
        raise ValueError(f"{name!r} cannot be bought out; name some of {', '.join(PRICED)}")
    return name


CoveredUse = Annotated[str, AfterValidator(_priced), WithJsonSchema({"type": "string", "enum": list(PRICED)})]


class Terms(DealTerms):
    """`amount` in the deal's currency, due on the deal's first day; `covers` names mechanisms that can be spared."""

    mechanism: Literal["buyout"]
    amount: Amount
    split: Literal["equal", "weight"] = "equal"
    covers: Annotated[tuple[CoveredUse, ...], Field(min_length=1, strict=False)]

    @model_validator(mode="after")
    def _owes_something(self) -> Self:
        if not self.amount:
            raise ValueError("a buyout needs an amount above 0")
        return self


survey = survey_nothing
steps = no_steps
pooled = always
proportion = no_proportion


def covers(_terms: Terms, use: Use) -> bool:
    """The works of its repertoire, as such. What it spares others is asked with `spares`."""
    return use.kind == "repertoire"


def asks(_terms: Terms) -> frozenset[UseKind]:
    """The deal and its repertoire, in the month that the deal begins."""
    return frozenset({"deal", "repertoire"})


def spares(terms: Terms, use: Use) -> frozenset[str]:
    """The covered mechanisms that could otherwise owe something for this use."""
    return frozenset(name for name in terms.covers if use.kind in PRICED[name].spareable)


def _basis(term: Term[Terms], use: Use, claim: Claim) -> int:
    return claim.part * (use.weight if term.terms.split == "weight" else 1)


def measure(term: Term[Terms], use: Use, claim: Claim, totals: Totals) -> None:
    """Count the repertoire, on the day that the deal begins; the deal itself counts nothing, and is owed without any works."""
    if use.first:
        totals.add(term.name("basis"), _basis(term, use, claim) if use.kind == "repertoire" else 0)


def pools(term: Term[Terms], month: Month, totals: Totals) -> Iterator[Pool]:
    """The amount, in the month that it is due: the month that the deal was seen to begin in."""
    del month
    if term.name("basis") in totals.sums:
        yield Pool(term.name("amount"), term.currency, term.terms.amount, term.name("basis"))


def entitle(term: Term[Terms], use: Use, claim: Claim, totals: Totals) -> Yield:
    """The claim's part of the amount."""
    if use.first and use.kind == "repertoire":
        yield PoolPart(term.name("basis"), _basis(term, use, claim))
