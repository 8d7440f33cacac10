"""What AWS bills, in integers: units, prices, and what is reckoned of a partition."""

from __future__ import annotations

import pytest

from local import costs as model
from overtone.facts import costs
from overtone.facts.costs import Figures
from overtone.prices import Prices, Units, units_of


@pytest.mark.parametrize(("size", "units"), [(0, 1), (1, 1), (1024, 1), (1025, 2), (400 * 1024, 400)])
def test_a_unit_that_is_begun_is_billed(size: int, units: int) -> None:
    assert units_of(size, 1024) == units


def test_a_million_of_each_costs_its_list_price() -> None:
    prices, million = Prices(), 1_000_000
    assert prices.of(Units(write_units=million)) == 625 * 10**9
    assert prices.of(Units(read_units=million)) == 125 * 10**9
    assert prices.of(Units(http_requests=million, invocations=million)) == 1_200 * 10**9
    assert prices.of(Units(mb_ms=1024 * 1000 * million)) == 13_333_400 * million
    assert prices.of(Units(log_bytes=10**9)) == 5 * 10**11
    assert prices._replace(write_unit=1).of(Units(write_units=million)) == million


def test_parts_of_units_round_up() -> None:
    assert Units(write_units=10, mb_ms=1).times(1, 3) == Units(write_units=4, mb_ms=1)
    assert Prices().of(Units(mb_ms=1)) == 14  # 13.02 and a bit


def test_a_small_partition_is_accrued_with_each_batch_and_a_large_one_as_it_grows() -> None:
    assert costs.accruals(96, 96) == list(range(1, 97))
    large = costs.accruals(1_000_000, 96)
    assert large[-1] == 1_000_000
    assert len(large) < 24
    assert sum(large) < 6 * 1_000_000


def test_what_is_reckoned_grows_with_what_is_known() -> None:
    small = Figures(1_000, 1, 25_000, 200_000, 200)
    often = small._replace(batches=96)
    prices = Prices()
    assert sum(costs.priced(often, prices).values()) > 10 * sum(costs.priced(small, prices).values())
    assert costs.units(small)["ingest"].write_units == 6 + 2 * 25
    assert costs.units(costs.NOTHING)["accrual"].write_units == costs.ACCRUAL_WRITE_UNITS


def test_the_tables_are_of_what_was_counted() -> None:
    found = model.counts()
    for shape, feed in model.COLUMNS:
        small, large = (model.month(found, shape, feed, plays) for plays in (10_000, 3_000_000_000))
        assert large.per_million(large.moved) <= small.per_million(small.moved)
        assert set(large.parts) == set(model.PARTS)
    assert model.usd(1) == "0.001"
    assert model.usd(123_456 * 10**10) == "1,234.560"


def test_a_settlement_reads_a_range_of_every_partition_for_each_bucket_twice() -> None:
    assert model.readings(0) == Units()
    assert model.readings(3)._replace(read_units=0, mb_ms=0) == Units(s3_gets=3 * 2 * 256)
    assert model.readings(3).mb_ms == 3 * 2 * 256 * 5 * 3_008 // 16


def test_the_usual_designs_cost_what_their_writes_do() -> None:
    free = Prices(*(0 for _ in Prices._fields))
    assert model.item_per_event("hot", free._replace(write_unit=1)) == 38 * 1_000_000  # the event, its deduplication, 17 counters; twice
    assert model.batch_of_500("hot") < model.batch_of_500("long_tail") < model.item_per_event("long_tail")
