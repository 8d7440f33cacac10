"""Which months stand still for want of a rate, and how it is said."""

from __future__ import annotations

from contextlib import nullcontext
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from overtone.errors import Rejected
from overtone.mechanisms.micro_royalty import Terms
from overtone.mechanisms.shape import Month, Term
from overtone.mechanisms.totals import Pool, Totals
from overtone.partitions import Partition
from overtone.scales import Pico
from overtone.settlement.missing_rates import DEALS_NAMED_MAX, LACKING_MAX, Lack, RatesMissing, detail_of, opened_of, stand_together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from overtone.mechanisms.periods import TermPeriod

MONTHS = ("2025-12", "2026-09", "2026-10", "2026-11", "2026-12", "2027-01")
LACK = Lack("2026-11", "hare", "hares", "USD", "EUR")
TERM = Term("hares", 0, "hare", "EUR", Terms.model_validate({"mechanism": "micro_royalty", "rate": "1"}))


def month(**rates: str) -> Month:
    posted = {("USD" if name == "dollar" else "SEK", "EUR"): Fraction(rate) for name, rate in rates.items()}
    return Month("2026-11", "2026-11-30", "2026-11", {}, posted)


def worth(term: Term[Any], of: Month, _: Totals) -> Iterator[Pool]:
    """A mechanism that compares dollars and kronor with its own currency."""
    owed = int(sum(100 * of.rate(currency, term.currency) for currency in ("USD", "SEK", "EUR")))
    yield Pool(term.name("pool"), term.currency, Pico(owed), term.name("basis"))


@pytest.mark.parametrize(
    ("rates", "lacking"),
    [({}, ["SEK", "USD"]), ({"dollar": "0.9"}, ["SEK"]), ({"krona": "0.1"}, ["USD"]), ({"dollar": "0.9", "krona": "0.1"}, [])],
)
def test_all_rates_that_a_term_lacks_are_found_at_once_and_none_of_its_pools_opens(rates: dict[str, str], lacking: list[str]) -> None:
    pools, lacks = opened_of(worth, TERM, month(**rates), Totals())
    assert sorted(lack.source for lack in lacks) == lacking
    assert [pool.amount for pool in pools] == ([] if lacking else [200])
    assert {(lack.month, lack.licensee, lack.deal_id, lack.target) for lack in lacks} <= {("2026-11", "hare", "hares", "EUR")}


@pytest.mark.parametrize(
    ("periods", "standing"),
    [
        ((), MONTHS[3:4]),
        (("month",), MONTHS[3:4]),
        (("quarter",), MONTHS[2:5]),
        (("month", "year"), MONTHS[1:5]),
        (("quarter", "deal"), MONTHS),
    ],
)
def test_months_that_a_deal_counts_together_stand_together(periods: tuple[TermPeriod, ...], standing: tuple[str, ...]) -> None:
    assert stand_together("2026-11", MONTHS, frozenset(periods)) == list(standing)


def test_what_is_set_aside_is_named_by_licensee_month_and_currencies() -> None:
    assert Partition.parse(LACK.partition) == Partition("rate", "hare", "2026-11-USD-EUR", 0)


@pytest.mark.parametrize(("deals", "more"), [(1, ""), (DEALS_NAMED_MAX, ""), (DEALS_NAMED_MAX + 1, " and 1 more")])
def test_the_deals_are_named_up_to_a_few(deals: int, more: str) -> None:
    names = [f"deal-{number}" for number in range(deals)]
    named = ", ".join(names[:DEALS_NAMED_MAX])
    expected = f"no rate is posted from USD to EUR, which {named}{more} needs in 2026-11; PUT /v1/fx of the next settlement"
    assert detail_of([LACK._replace(deal_id=name) for name in reversed(names)]) == expected


@pytest.mark.parametrize(
    ("standing", "outcome"), [(LACKING_MAX, nullcontext()), (LACKING_MAX + 1, pytest.raises(Rejected, match="at most"))]
)
def test_more_than_a_record_can_hold_is_refused(standing: int, outcome: Any) -> None:
    with outcome:
        RatesMissing([LACK]).require_few(standing)


def test_a_refusal_names_every_deal_once_and_is_plain_for_the_state_machine() -> None:
    refused = RatesMissing([LACK, LACK._replace(deal_id="other"), LACK]).refused()
    assert type(refused).__name__ == "Rejected"
    assert [fault.field for fault in refused.faults] == ["deals.hares", "deals.other"]
