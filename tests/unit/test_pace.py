"""When a partition is worth accruing again: at each limit, and one over."""

import pytest

from overtone.facts.pace import SMALL_RECORDS_MAX, PartitionBacklog, is_due

NOON = "2026-10-03T12:00:00.000000Z"
LATE = PartitionBacklog(1, "2026-10-03T11:59:00.000000Z")


def test_causes_add_up_and_the_oldest_counts() -> None:
    assert PartitionBacklog.of([(3, "2026-10-03T11:00:00Z"), (0, "2026-10-03T10:00:00Z")]) == PartitionBacklog(3, "2026-10-03T10:00:00Z")


@pytest.mark.parametrize(("accrued", "due"), [(0, True), (SMALL_RECORDS_MAX, True), (SMALL_RECORDS_MAX + 1, False)])
def test_a_small_partition_is_always_due(accrued: int, due: bool) -> None:  # noqa: FBT001 - a case
    assert is_due(LATE, accrued, NOON, 6) is due


@pytest.mark.parametrize(("records", "due"), [(99_999, False), (100_000, True)])
def test_a_large_one_when_it_has_doubled(records: int, due: bool) -> None:  # noqa: FBT001 - a case
    assert is_due(LATE._replace(records=records), 100_000, NOON, 6) is due


@pytest.mark.parametrize(("since", "due"), [("2026-10-03T06:00:00.000001Z", False), ("2026-10-03T06:00:00.000000Z", True)])
def test_a_large_one_when_something_has_waited_long_enough(since: str, due: bool) -> None:  # noqa: FBT001 - a case
    assert is_due(PartitionBacklog(0, since), 100_000, NOON, 6) is due


def test_the_work_over_a_month_is_a_small_multiple_of_the_size_whatever_the_rhythm() -> None:
    for batch in (100, 1_000, 30_000):
        total = accrued = read = waiting = 0
        while total < 3_000_000:
            total, waiting = total + batch, waiting + batch
            if is_due(PartitionBacklog(waiting, NOON), accrued, NOON, 6):
                accrued, waiting, read = total, 0, read + (total if accrued > SMALL_RECORDS_MAX else 0)
        assert read <= 3 * total
