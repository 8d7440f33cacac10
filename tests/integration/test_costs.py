"""What a run would be billed for is counted by real items; what a licensee costs is shown to its operator alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from overtone import clock
from overtone.aws import keys, tables
from overtone.aws.keys import Key
from overtone.aws.transactions import Check, Put, transact
from overtone.money import parse_amount
from overtone.prices import Prices
from overtone.stores import registry as registry_store
from overtone.stores.entities import FOREVER
from tests.benchmarks.cost_slices import Slice, begin, day
from tests.integration import scenario

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.meter import Meter
    from local.stack import Stack
    from overtone.prices import Units
    from overtone.stores.registry import Change

BIG = {"pk": "A", "sk": "big", "body": b"x" * 5000}
SMALL = {"pk": "A", "sk": "small", "body": b"x"}


def counted(stack: Stack, monkeypatch: pytest.MonkeyPatch, work: Callable[[], object]) -> tuple[Meter, Units]:
    """What is counted while `work` runs in the place of a handler."""
    meter = stack.metered()
    function = stack.runtime.functions["Reconcile"]
    monkeypatch.setattr(function, "_loaded", lambda _event, _context: work())
    monkeypatch.setattr(function.grants, "check", lambda *_: None)
    stack.runtime.run(function, {})
    return meter, meter.units["reconciliation"]


@pytest.mark.fair  # it counts units
def test_writes_are_billed_by_the_larger_item_and_transactions_twice(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def work() -> None:
        table = tables.usage()
        table.put(BIG)  # 5
        table.put(BIG | {"body": b"x"})  # 5: what was there before
        table.put_many([SMALL, BIG])  # 1 + 5
        transact([Put(table, SMALL), Check(table, Key("A", "big"), tables.equals(sk="big"))])  # 2 * (1 + 5)
        table.delete(Key("A", "big"))  # 5
        table.delete_many([Key("A", "small"), Key("A", "nothing")])  # 1 + 1

    meter, units = counted(stack, monkeypatch, work)
    assert units.write_units == 5 + 5 + 6 + 12 + 5 + 2
    assert units.read_units == 0
    assert meter.calls.total() == 6


def test_reads_are_billed_in_units_of_four_kilobytes(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    tables.usage().put_many([BIG, SMALL])

    def work() -> None:
        table = tables.usage()
        assert table.get(Key("A", "big"))  # 2
        assert table.get(Key("A", "none")) is None  # 1
        assert len(table.batch_get([Key("A", "big"), Key("A", "small"), Key("A", "none")])) == 2  # 2 + 1 + 1
        assert len(list(table.query("A"))) == 2  # 2: together
        assert list(table.query("B")) == []  # 1

    _, units = counted(stack, monkeypatch, work)
    assert units.read_units == 2 + 1 + 4 + 2 + 1
    assert units.write_units == 0
    assert units.invocations == 1
    assert units.mb_ms >= 5 * 5 * 1769


def test_a_plan_asks_for_changed_works_in_batches(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(stack)
    scenario.party(stack, "ann", "creator")
    start = clock.timestamp()
    stack.at("2026-10-03T01:00:00Z")
    scenario.work(stack, "song", "ann", {"ann": "1"}, "composition")
    for number in range(120):
        composition = {"composition": "song"} if number < 2 else {}
        scenario.work(stack, f"w-{number}", "ann", {"ann": "1"}, **composition)

    def work() -> None:
        found.extend(registry_store.with_recordings([c for c in registry_store.changes(start, FOREVER) if c.kind == "work"]))

    found: list[Change] = []
    meter, _ = counted(stack, monkeypatch, work)
    assert len(found) == 121
    assert next(change.keys for change in found if change.id == "song") == ("work:song", "work:w-0", "work:w-1")
    assert meter.calls.total() == keys.CHANGE_SLOTS + 2 + 1 + 1  # the log; works by hundreds; one composition's recordings, and those


def test_a_licensees_costs_are_close_to_what_was_counted(stack: Stack) -> None:
    found = day(stack, Slice("long_tail", "daily", 400))
    reply = stack.http("GET", "/v1/costs?month=2026-10", scope="finance")
    assert reply.status == 200, reply.text
    ((item,), cursor) = reply.json()["items"], reply.json()["next_cursor"]
    assert cursor is None
    assert (item["licensee"], item["records"], item["batches"], item["partitions"]) == ("lab", 400, 1, 1)
    assert item["usage_bytes"] > 400 * 5
    assert parse_amount(item["usd"]["all"]) == sum(parse_amount(item["usd"][part]) for part in ("ingest", "outbox", "accrual", "kept"))
    written = found.units["ingest"].write_units * 625_000
    assert written <= parse_amount(item["usd"]["ingest"]) <= 2 * written
    asked = Prices().of(found.units["accrual"]._replace(mb_ms=0))
    assert 0.5 * asked <= parse_amount(item["usd"]["accrual"]) <= 2 * asked + 20 * 10**6  # the machine that counts has its own speed


def test_costs_are_listed_by_page_and_for_finance_alone(stack: Stack) -> None:
    begin(stack)
    for name in ("ape", "bee", "cat"):
        scenario.party(stack, name, "licensee")
        scenario.usage(stack, f"b-{name}", ("isrc:SEABC2600001", "2026-10-03", 1), by=name)
    scenario.accrue(stack, "2026-10-04T00:00:00Z")
    first = stack.http("GET", "/v1/costs?month=2026-10&limit=2", scope="admin").json()
    assert [item["licensee"] for item in first["items"]] == ["ape", "bee"]
    rest = stack.http("GET", f"/v1/costs?month=2026-10&limit=2&cursor={first['next_cursor']}", scope="finance").json()
    assert ([item["licensee"] for item in rest["items"]], rest["next_cursor"]) == (["cat"], None)
    assert stack.http("GET", "/v1/costs?month=2026-09", scope="finance").json()["items"] == []
    assert stack.http("GET", "/v1/costs", scope="finance").status == 422
    assert stack.http("GET", "/v1/costs?month=2026-10", party="ape", scope="usage.write").status == 403
