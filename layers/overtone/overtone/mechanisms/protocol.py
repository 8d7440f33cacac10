"""What each mechanism's module offers, as a type: mypy checks every module that is named in the registry against it."""

from collections.abc import Iterator
from typing import Protocol

from overtone.mechanisms.proportion import Proportions
from overtone.mechanisms.shape import Claim, Month, T_contra, Term, Use, UseKind, Words, Yield
from overtone.mechanisms.steps import PriceStep
from overtone.mechanisms.totals import Pool, Totals
from overtone.rights.registry import MandateUse


class Mechanism(Protocol[T_contra]):
    """What each module of this package offers. See the package's docstring."""

    @property
    def words(self) -> Words:
        """The mechanism on a statement."""
        ...

    @property
    def mandate_uses(self) -> tuple[MandateUse, ...]:
        """The uses of a mandate that a society collects this money under."""
        ...

    @property
    def favoured(self) -> tuple[str, ...]:
        """The fields that a most-favoured-nation clause raises."""
        ...

    @property
    def needs_licensor(self) -> bool:
        """Whether it owes something to the licensor as such, so that an open deal cannot hold it."""
        ...

    @property
    def spareable(self) -> frozenset[UseKind]:
        """The kinds of use that it prices and that a buyout may spare; none where it cannot be bought out."""
        ...

    def covers(self, terms: T_contra, use: Use, /) -> bool:
        """Whether these terms license this use."""
        ...

    def asks(self, terms: T_contra, /) -> frozenset[UseKind]:
        """The kinds of derived use (`model`, `work`, `repertoire`, `deal`, `line`) that it needs."""
        ...

    def pooled(self, terms: T_contra, /) -> bool:
        """Whether what one work earns can depend on other works."""
        ...

    def survey(self, term: Term[T_contra], use: Use, part: int, totals: Totals, /) -> None:
        """Add what a use of the licensee within the deal's scope adds to a whole, whether or not the deal covers the work.

        `part` (1e-18) is what the deal's sides leave of it.
        """
        ...

    def measure(self, term: Term[T_contra], use: Use, claim: Claim, totals: Totals, /) -> None:
        """Add what the claim contributes to the month's totals."""
        ...

    def pools(self, term: Term[T_contra], month: Month, totals: Totals, /) -> Iterator[Pool]:
        """What is owed as a whole, once all claims are measured."""
        ...

    def steps(self, term: Term[T_contra], pool: Pool, totals: Totals, /) -> Iterator[PriceStep]:
        """How a pool of the term came to its amount, for explanations."""
        ...

    def entitle(self, term: Term[T_contra], use: Use, claim: Claim, totals: Totals, /) -> Yield:
        """What the use earns the claim."""
        ...

    def proportion(self, term: Term[T_contra], use: Use, totals: Totals, /) -> Proportions | None:
        """What `entitle` yields for a use like this of any size, as factors of quantity and revenue; `None` where it is more."""
        ...
