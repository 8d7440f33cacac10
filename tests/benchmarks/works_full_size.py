"""A catalogue by drop at full size: `python -m tests.benchmarks.works_full_size 1000000`, with a death of the worker half way.

The stand-in's items are kept on disk here, so that the memory that is printed is that of the step. Each work is registered once: the
answer is counted from what is stored, not from the receipt alone.
"""

from __future__ import annotations

import json
import marshal
import resource
import sqlite3
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.memory import dynamodb
from local.memory.tables import Stored, Table, key_of
from local.stack import Stack
from tests.benchmarks.works import PARTY, TEMPLATE, table

if TYPE_CHECKING:
    from collections.abc import Iterator

WRITES_BEFORE_DEATH = 0.12
"""Writes per work after which the worker dies: a quarter of a work's calls, so about half way."""
AGAIN = timedelta(hours=2)
"""After which the queue delivers again what a dead worker held."""
SCHEMA = "CREATE TABLE items (pk TEXT, sk TEXT, item BLOB, size INTEGER, PRIMARY KEY (pk, sk)) WITHOUT ROWID"


class _Partition:
    """The items of one partition key."""

    def __init__(self, rows: sqlite3.Connection, pk: str) -> None:
        self._rows, self._pk = rows, pk

    def __getitem__(self, sk: str) -> Stored:
        item, size = self._rows.execute("SELECT item, size FROM items WHERE pk = ? AND sk = ?", (self._pk, sk)).fetchone()
        return Stored(marshal.loads(item), size)  # noqa: S302 - what we dumped


class _Items:
    """All items, by partition key."""

    def __init__(self, rows: sqlite3.Connection) -> None:
        self._rows = rows

    def __getitem__(self, pk: str) -> _Partition:
        return _Partition(self._rows, pk)

    def __contains__(self, pk: str) -> bool:
        return self._rows.execute("SELECT 1 FROM items WHERE pk = ? LIMIT 1", (pk,)).fetchone() is not None

    def __iter__(self) -> Iterator[str]:
        return (pk for (pk,) in self._rows.execute("SELECT DISTINCT pk FROM items ORDER BY pk").fetchall())


class DiskTable(Table):
    """The stand-in's table with its items on disk; nobody is told of what is new."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._folder = tempfile.TemporaryDirectory(prefix="overtone-works-")
        self.rows = sqlite3.connect(Path(self._folder.name, "items"), check_same_thread=False, isolation_level=None)
        for statement in ("PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF", "PRAGMA cache_size=-16000", SCHEMA, "BEGIN"):
            self.rows.execute(statement)
        self._items: Any = _Items(self.rows)

    def get(self, key: dict[str, Any]) -> dict[str, Any] | None:
        found = self.rows.execute("SELECT item FROM items WHERE pk = ? AND sk = ?", key_of(key, exactly=True)).fetchone()
        return None if found is None else marshal.loads(found[0])  # noqa: S302 - what we dumped

    def put(self, stored: Stored) -> None:
        row = (*key_of(stored.item), marshal.dumps(stored.item), stored.size)
        self.rows.execute("INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?)", row)

    def clear(self) -> None:
        self.rows.execute("DELETE FROM items")

    def delete(self, key: dict[str, Any]) -> None:
        self.rows.execute("DELETE FROM items WHERE pk = ? AND sk = ?", key_of(key))

    def _ordered(self, pk: str) -> list[str]:
        return [sk for (sk,) in self.rows.execute("SELECT sk FROM items WHERE pk = ? ORDER BY sk", (pk,))]


class _Forgetful(dict[str, Any]):
    """Tokens of transactions, the newest alone: each has its whole transaction in it."""

    def __setitem__(self, token: str, done: Any) -> None:
        self.clear()
        super().__setitem__(token, done)


def main(count: int) -> None:
    """Drop so many works, let the worker die, and see each registered once."""
    dynamodb.Table = DiskTable  # type: ignore[attr-defined]
    stack = Stack.deploy(TEMPLATE)
    stack._deployment.cloud.tokens = _Forgetful()  # type: ignore[attr-defined]
    try:
        for name in ("uni", *(f"uni-{n}" for n in range(100))):
            stack.http("PUT", f"/v1/parties/{name}", scope="admin", json=PARTY)
        stack.put_object("DropBucket", "works/uni/all.csv", table(count))
        before, started, clock = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time(), time.monotonic()
        stack.faults.fail_after(int(count * WRITES_BEFORE_DEATH))
        stack.drain()
        stack.at(stack.now + AGAIN)
        stack.drain()
        cpu, wall = time.process_time() - started, time.monotonic() - clock
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        receipt = json.loads(stack.objects("DropBucket")["receipts/uni/all.csv.json"])
        registry: Any = stack._deployment.cloud.tables[stack.name("RegistryTable")]  # type: ignore[attr-defined]
        (stored,) = registry.rows.execute("SELECT count(*) FROM items WHERE pk GLOB 'WORK#*'").fetchone()
        print(
            f"{count} works: {cpu:.0f} CPU s, {wall:.0f} s, {count / cpu:.0f} per CPU second; memory {before / 1024:.0f} MB before, ",
            end="",
        )
        print(f"{after / 1024:.0f} MB at most; the worker died: {stack.faults.fired}; {stored} items of works; errors {len(stack.errors)}")
        print({name: receipt[name] for name in ("status", "received", "registered", "unchanged", "refused", "parts")}, flush=True)
    finally:
        stack.close()


if __name__ == "__main__":
    main(int(sys.argv[1]))
