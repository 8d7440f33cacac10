"""A fee per month, quarter or year, whatever was used: shared like a pool, by use, by training, or equally over the repertoire.

It is owed when its period has ended, for the whole of it. What follows use is shared over all of the period's uses; presence in the
repertoire and in the latest runs are those of the last month of the period that the deal was in force in, whose terms count.
"""

from collections.abc import Iterator
from typing import ClassVar, Final, Literal, Self

from pydantic import model_validator

from overtone.fields import Amount, Model
from overtone.mechanisms.periods import CalendarPeriod, TermPeriod, period_months
from overtone.mechanisms.proportion import no_proportion
from overtone.mechanisms.shape import Claim, DealTerms, Month, PoolPart, Term, Use, UseKind, Words, Yield, always, survey_nothing
from overtone.mechanisms.steps import PriceStep
from overtone.mechanisms.totals import SHARED_BASIS, Pool, TotalKey, Totals
from overtone.rights.registry import MandateUse

words: Final = Words("Your part of the licence fee of {licensee}", part="Your share of the fee of {whole}: {share}.")
mandate_uses: Final[tuple[MandateUse, ...]] = ("output", "generation", "play", "training")
favoured: Final[tuple[str, ...]] = ()
needs_licensor: Final = False
spareable: Final[frozenset[UseKind]] = frozenset[UseKind]({"output", "play", "training", "repertoire"})


class Fee(Model):
    """`amount` in the deal's currency per calendar period."""

    amount: Amount
    per: CalendarPeriod

    @model_validator(mode="after")
    def _owes_something(self) -> Self:
        if not self.amount:
            raise ValueError("a licence_fee needs an amount above 0")
        return self


class Terms(DealTerms):
    """`basis`: what a work's part follows; `presence` counts the licensor's repertoire."""

    recurs: ClassVar[bool] = True

    mechanism: Literal["licence_fee"]
    fee: Fee
    basis: Literal["presence", "usage", "influence", "training", "equal"]

    def periods(self) -> frozenset[TermPeriod]:
        """And that of the fee."""
        return super().periods() | {self.fee.per}


survey = survey_nothing
pooled = always
proportion = no_proportion


def covers(_terms: Terms, use: Use) -> bool:
    """Everything that the fee is paid for: outputs, plays and training; and the repertoire."""
    return use.attributed and use.kind in {"output", "play", "training", "repertoire"}


def asks(terms: Terms) -> frozenset[UseKind]:
    """The repertoire or the latest runs, where the fee follows them."""
    asked: dict[str, frozenset[UseKind]] = {"presence": frozenset({"repertoire"}), "training": frozenset({"model"})}
    return asked.get(terms.basis, frozenset())


def _period(term: Term[Terms], month: str) -> str:
    return f"{term.terms.fee.per} {period_months(term.terms.fee.per, month)[-1]}"


def _basis_name(term: Term[Terms], month: str) -> TotalKey:
    """What is shared over a period's uses is counted under it; what is present at its end, under the month."""
    if term.terms.basis in {"presence", "training"}:
        return term.name("present", of=f"{term.terms.basis} {month}")
    return term.name(SHARED_BASIS, of=f"{term.terms.basis} {_period(term, month)}")


def _size(terms: Terms, use: Use) -> int:
    if terms.basis == "presence":
        return 1 if use.kind == "repertoire" and not use.first else 0
    if terms.basis == "training":
        return 1 if use.kind == "model" and use.reporter == use.licensee else 0
    if use.kind not in {"output", "play"} or (terms.basis == "influence" and use.kind == "play"):
        return 0
    if terms.basis == "equal":
        return 1 if use.first else 0
    return use.quantity


def measure(term: Term[Terms], use: Use, claim: Claim, totals: Totals) -> None:
    """Count the basis of the fee."""
    if basis := _size(term.terms, use) * claim.part:
        totals.add(_basis_name(term, use.month), basis)


def pools(term: Term[Terms], month: Month, totals: Totals) -> Iterator[Pool]:
    """The fee, once its period has ended, as this month's terms say (see `residue.agree`)."""
    del totals
    fee = term.terms.fee
    if period_months(fee.per, month.month)[-1] <= month.through:
        name = term.name("fee", of=_period(term, month.month))
        yield Pool(name, term.currency, fee.amount, _basis_name(term, month.month), month.month)


def steps(term: Term[Terms], pool: Pool, totals: Totals) -> Iterator[PriceStep]:
    """The fee and what it is shared by, as the period's last month says, which need not be the line's own."""
    del term, totals
    per, basis = (name.of.partition(" ")[0] for name in (pool.name, pool.basis))
    yield PriceStep.of(f"fee per {per}, due for the {pool.name.of}, shared by {basis}", pool.amount)


def entitle(term: Term[Terms], use: Use, claim: Claim, totals: Totals) -> Yield:
    """The claim's part of the fee; a use that counts nothing, because an earlier one did, is of the line's quantity."""
    del totals
    basis = _size(term.terms, use) * claim.part
    if basis or (term.terms.basis == "equal" and use.kind in {"output", "play"}):
        yield PoolPart(_basis_name(term, use.month), basis)
