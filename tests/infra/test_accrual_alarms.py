"""That accrual is late, or that nothing tells of it any more, rings; that nobody sends anything does not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from overtone import config
from overtone.facts.pace import SMALL_RECORDS_MAX
from overtone.stores import outbox
from tests.infra.test_alarms import without
from tests.integration.test_usage_api import record, register, send

if TYPE_CHECKING:
    import pytest

    from local.stack import Stack


def test_a_large_partition_that_waits_for_more_wakes_nobody(stack: Stack) -> None:
    """It is accrued when it has doubled or six hours have passed, which is no fault; the alarm rang at two hours, day by day."""
    register(stack, "fox")
    send(stack, "b-1", [record(number) for number in range(SMALL_RECORDS_MAX + 1)])
    stack.tick("2026-10-01T00:15:00Z")
    send(stack, "b-2", [record(SMALL_RECORDS_MAX + 1)])
    for hour in (3, 5, 6):
        stack.tick(f"2026-10-01T{hour:02}:15:00Z")
        assert stack.ringing() == set()
        assert bool(outbox.backlog().newest) is (hour < 6)


def test_a_stack_to_which_nobody_sends_anything_wakes_nobody(stack: Stack) -> None:
    for day in range(1, 12):
        for hour in (3, 9, 23):
            stack.tick(f"2026-10-{day:02}T{hour:02}:00:00Z")
            assert stack.ringing() == set()


def test_facts_that_nobody_takes_from_the_outbox_ring_though_the_function_lives(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The schedule that drains it is off, or not there: what tells of it is another one."""
    register(stack, "fox")
    without(stack, monkeypatch, "AggregateEvery")
    send(stack, "b-1", [record(1)])
    stack.tick("2026-10-01T02:15:00Z")
    assert stack.ringing() == set()
    stack.tick("2026-10-01T02:16:00Z")
    assert stack.ringing() == {"OldestPendingAlarm"}


def test_a_stack_that_accrues_once_a_day_wakes_nobody_every_day(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for its turn does not wait too long; the alarm rang at each turn, for it counted two hours from when a fact came."""
    monkeypatch.setenv("ACCRUE_EVERY_MINUTES", "1440")
    config.settings.cache_clear()
    every = next(one for one in stack._engine.timetable.schedules if one.logical_id == "AggregateEvery")
    without(stack, monkeypatch, "AggregateEvery")
    stack._engine.timetable.schedules.append(replace(every, expression="rate(1440 minutes)"))
    register(stack, "fox")
    for day in (1, 2, 3):
        stack.at(f"2026-10-{day:02}T00:30:00Z")
        send(stack, f"b-{day}", [record(day)])
        for turn in (f"{day:02}T08", f"{day:02}T23", f"{day + 1:02}T00"):
            stack.tick(f"2026-10-{turn}:00:00Z")
            assert stack.ringing() == set()
    assert not outbox.oldest_entry(), "it did have its turn"
    monkeypatch.undo()
    config.settings.cache_clear()
