"""Limits on paper follow the template and the counts, and none of them is below what is claimed."""

from __future__ import annotations

from local import capacity
from local.capacity import capacity_table, limits


def test_limits_are_listed_from_the_first_that_is_met() -> None:
    found = limits()
    assert [limit.monthly for limit in found] == sorted(limit.monthly for limit in found)
    assert len({limit.part for limit in found}) == len(found)
    assert all(limit.part in capacity_table() for limit in found)


def test_more_buckets_and_memory_lift_what_they_are_said_to() -> None:
    assert capacity._settlement(1_024)[0].monthly >= 4 * capacity._settlement(256)[0].monthly - 4
    by_part = {limit.part: limit.monthly for limit in limits()}
    assert by_part["write the books"] >= 1_000_000
    assert by_part["disclose outputs"] >= 100_000_000
    assert by_part["accrue one reporter's day"] >= 1_000_000_000
    assert by_part["settle a part of a month"] * 4 * 3 >= 1_000_000_000  # with the settings that its row names
