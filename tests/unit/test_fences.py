"""Accrual and settlement exclude each other in every order of their steps, and wherever a worker dies."""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from overtone.aws import keys, tables
from overtone.aws.keys import Key
from overtone.aws.tables import Condition, ConditionFailed, key_of
from overtone.errors import Retryable
from overtone.stores import fences
from overtone.stores.fences import Fenced
from tests.interleavings import Interleaving, interleavings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

MONTH, PARTITION = "2026-10", "usage#fox#2026-10-03#0000"
ROWS = (Key("2026-10#0000", "a"), Key("2026-10#0000", "b"))


class Died(BaseException):
    """The worker is gone."""


class Ledger:
    """A table in memory, consistent as DynamoDB's consistent reads are, that lets others move before each call."""

    def __init__(self, step: Callable[[], None]) -> None:
        self.items: dict[Key, dict[str, Any]] = {}
        self._step = step
        self.lives = threading.local()
        """How many calls the thread that asks has left before it dies; without a number, no end."""

    def _call(self, pk: str) -> None:
        if pk == keys.MONTHS:
            return
        self._step()
        left = getattr(self.lives, "calls", None)
        if left == 0:
            raise Died
        self.lives.calls = None if left is None else left - 1

    def _check(self, key: Key, condition: Condition | None) -> None:
        if condition is None:
            return
        item = self.items.get(key)
        holds = item is None if not condition.values else item is not None and condition.values.items() <= item.items()
        if not holds:
            raise ConditionFailed

    def get(self, key: Key) -> dict[str, Any] | None:
        self._call(key.pk)
        return self.items.get(key)

    def put(self, item: dict[str, Any], condition: Condition | None = None) -> None:
        self._call(item["pk"])
        self._check(key_of(item), condition)
        self.items[key_of(item)] = item

    def delete(self, key: Key, condition: Condition | None = None) -> None:
        self._call(key.pk)
        self._check(key, condition)
        self.items.pop(key, None)

    def put_many(self, items: Iterable[dict[str, Any]]) -> None:
        for item in items:
            self.put(item)

    def delete_many(self, gone: Iterable[Key]) -> None:
        for key in gone:
            self.delete(key)

    def query(self, pk: str) -> Iterator[dict[str, Any]]:
        self._call(pk)
        return iter([item for key, item in sorted(self.items.items()) if key.pk == pk])


class World:
    """A worker that writes two rows, and a settlement that reads them twice."""

    def __init__(self, run: Interleaving, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ledger = Ledger(run.step)
        self.ledger.items[Key(keys.MONTHS, MONTH)] = {"pk": keys.MONTHS, "sk": MONTH}
        self.reads: list[list[int]] = []
        self.fresh: list[bool] = []
        monkeypatch.setattr(tables, "ledger", lambda: self.ledger)

    def work(self, value: int) -> None:
        try:
            self.fresh.append(fences.begin(MONTH, PARTITION) == 1)
        except (Fenced, Retryable):
            return
        for row in ROWS:
            self.ledger.put({**row._asdict(), "value": value})
        fences.end(MONTH, PARTITION)

    def die_after(self, calls: int) -> None:
        self.ledger.lives.calls = calls
        with suppress(Died):
            self.work(1)
        self.ledger.lives.calls = None

    def settle(self) -> None:
        fences.raise_over([MONTH], "s-1", "e-1")
        if fences.running([MONTH]):
            return
        for _ in range(2):
            self.reads.append([item["value"] for item in self.ledger.query(ROWS[0].pk)])


def test_whoever_comes_second_sees_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = settled = worked = 0
    for run in interleavings():
        with monkeypatch.context() as patch:
            world = World(run, patch)
            run.run([partial(world.work, 1), world.settle])
        runs, settled, worked = runs + 1, settled + bool(world.reads), worked + bool(world.fresh)
        assert world.reads in ([], [[], []], [[1, 1], [1, 1]]), run.choices
        assert not world.ledger.items.get(keys.running(MONTH, PARTITION)), run.choices
    assert runs > 20
    assert 0 < settled < runs
    assert 0 < worked < runs


@pytest.mark.parametrize("calls", range(6))
def test_what_a_dead_worker_began_is_finished_before_it_is_read(calls: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It dies after so many calls; its message is delivered again while a settlement starts, or has started."""
    runs = settled = 0
    for run in interleavings():
        with monkeypatch.context() as patch:
            world = World(run, patch)

            def worker(world: World = world) -> None:
                world.die_after(calls)
                world.work(2)

            run.run([worker, world.settle])
        runs, settled = runs + 1, settled + bool(world.reads)
        assert world.reads in ([], [[], []], [[2, 2], [2, 2]], [[1, 1], [1, 1]]), run.choices
        if calls >= 3:  # where it had entered, the next delivery knows that rows may be half written
            assert world.fresh in ([], [True, False]), run.choices
    assert settled
    assert runs > settled


def test_two_workers_are_never_both_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue delivers one partition to one worker; where a lost one still lives, at most one of them enters afresh."""
    for run in interleavings():
        with monkeypatch.context() as patch:
            world = World(run, patch)

            def enter(world: World = world) -> None:
                try:
                    world.fresh.append(fences.begin(MONTH, PARTITION) == 1)
                except Retryable:
                    return

            run.run([enter, enter])
        assert world.fresh.count(True) == 1, run.choices


def test_checking_and_marking_in_the_other_order_would_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """The enumeration finds the fault of a worker that looks before it marks: it would read rows that change."""

    def begin(month: str, partition: str) -> int:
        ledger = tables.ledger()
        if ledger.get(keys.fence(month)) is not None:
            raise Fenced(month)
        ledger.put({**keys.running(month, partition)._asdict(), "at": "", "entered": True})
        return 1

    monkeypatch.setattr(fences, "begin", begin)
    torn = 0
    for run in interleavings():
        with monkeypatch.context() as patch:
            world = World(run, patch)
            run.run([partial(world.work, 1), world.settle])
        torn += world.reads not in ([], [[], []], [[1, 1], [1, 1]])
    assert torn
