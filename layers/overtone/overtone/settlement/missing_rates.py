"""Which deals compare amounts between whose currencies no rate is posted, and what has to stand still for it.

A floor, the greater of two prices, a tier of revenue or a cap cannot be decided without the rate. Nobody but the licensee concerned waits
for it: in that month, and in those that its deals count together with it, its money stands as it was last posted.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any, Final, NamedTuple

from overtone.errors import Fault, NoRate, Rejected
from overtone.mechanisms.periods import TermPeriod, first_month
from overtone.mechanisms.shape import Month
from overtone.mechanisms.totals import Pool, Totals
from overtone.partitions import Partition

RATE: Final = "rate"
"""The kind of what is set aside: a licensee's month that lacks a rate."""
LACKING_MAX: Final = 200
"""Months of licensees that may lack a rate in one settlement; with more of them it is the rates that are wrong, and it is refused."""
DEALS_NAMED_MAX: Final = 5


class Lack(NamedTuple):
    """A deal that needs a rate in a month which is not posted."""

    month: str
    licensee: str
    deal_id: str
    source: str
    target: str

    @property
    def partition(self) -> str:
        """The name under which it is set aside: of a licensee, a month and a pair of currencies."""
        return str(Partition(RATE, self.licensee, f"{self.month}-{self.source}-{self.target}", 0))


class RatesMissing(Rejected):
    """Deals lack rates: which, all at once."""

    def __init__(self, lacks: Sequence[Lack]) -> None:
        said = str(NoRate(lacks[0].source, lacks[0].target))
        faults = [Fault(f"{lack.source} to {lack.target} in {lack.month}", field=f"deals.{lack.deal_id}") for lack in sorted(set(lacks))]
        super().__init__(said, faults)
        self.lacks = tuple(sorted(set(lacks)))

    def refused(self) -> Rejected:
        """The same as what stops a settlement for good: a step of the state machine is not tried again after it."""
        return Rejected(self.detail, self.faults)

    def require_few(self, standing: int) -> None:
        """Raise `Rejected` where more stands still than the record of a settlement can hold."""
        if standing > LACKING_MAX:
            raise Rejected(f"{standing} months of licensees lack a rate, at most {LACKING_MAX} may stand still; {self.detail}", self.faults)


def opened_of(
    pools: Callable[[Any, Month, Totals], Iterator[Pool]],
    term: Any,  # noqa: ANN401 - of any mechanism
    month: Month,
    totals: Totals,
) -> tuple[list[Pool], list[Lack]]:
    """The pools of a term; where it lacks rates, all that it lacks and no pools."""
    lacks = list[Lack]()
    while True:
        try:
            found = list(pools(term, month, totals))
        except NoRate as error:  # look on as if it were posted: whoever posts it should not learn of the next one a month later
            lacks.append(Lack(month.month, term.licensee, term.deal_id, error.source, error.target))
            month = month._replace(rates={**month.rates, (error.source, error.target): Fraction(1)})
        else:
            return ([] if lacks else found), lacks


def stand_together(month: str, months: Iterable[str], periods: frozenset[TermPeriod]) -> list[str]:
    """The months, of these, whose money stands where one month's does: those that terms with these periods count together with it."""
    return sorted(
        other for other in months if other == month or any(first_month(period, other) == first_month(period, month) for period in periods)
    )


def detail_of(lacks: Sequence[Lack]) -> str:
    """Why a licensee's month stands, in words: `lacks` are of one partition."""
    deals, first = sorted({lack.deal_id for lack in lacks}), lacks[0]
    more = f" and {len(deals) - DEALS_NAMED_MAX} more" if len(deals) > DEALS_NAMED_MAX else ""
    wanted = f"from {first.source} to {first.target}, which {', '.join(deals[:DEALS_NAMED_MAX])}{more} needs in {first.month}"
    return f"no rate is posted {wanted}; PUT /v1/fx of the next settlement"
