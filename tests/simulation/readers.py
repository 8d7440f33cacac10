"""Every list is what a scan says: pages of any size, filtered or not, against the tables and files that they are read from."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Final

from tests.simulation.actors import Broken

if TYPE_CHECKING:
    from random import Random

    from local.stack import Stack
    from tests.simulation.actors import Actors

PAGES_MAX: Final = 10_000
COLUMNS: Final = {
    "party_id": "party_id",
    "work_id": "work_id",
    "work_key": "work_key",
    "deal_id": "deal_id",
    "licensee": "licensee",
    "mechanism": "mechanism",
    "month": "usage_month",
    "account": "account",
    "reason": "reason",
    "currency": "currency",
}
"""Filters of a settlement's lines, and the column of `lines.csv` that each asks about."""
SHELVES: Final = {"/v1/works": "WORK#", "/v1/parties": "PARTY#", "/v1/deals": "DEALS"}


class Readers:
    """Those who read lists, a page at a time."""

    def __init__(self, actors: Actors, dice: Random) -> None:
        self._actors, self._dice = actors, dice

    def pages(self, path: str, **query: str) -> list[dict[str, Any]] | None:
        """All items of a list, or `None` where a fault came in between."""
        found: list[dict[str, Any]] = []
        self._actors.deeds.did("a list read")
        asked = {"limit": str(self._dice.choice([1, 2, 7, 100]))} | query
        for _ in range(PAGES_MAX):
            reply = self._actors.call("GET", path, None, "finance", query=asked)
            if reply.status >= 500:
                return None
            if reply.status != 200:
                raise Broken("listed", f"GET {path} {asked} -> {reply.status} {reply.text[:300]}")
            page = reply.json()
            if len(page["items"]) > int(asked["limit"]):
                raise Broken("listed", f"GET {path} {asked} has {len(page['items'])} items")
            found += page["items"]
            if page["next_cursor"] is None:
                return found
            asked = asked | {"cursor": page["next_cursor"]}
        raise Broken("listed", f"GET {path} never ends")

    def lines(self, settlement: str) -> str:
        """A sealed settlement's lines, filtered by a value that some line has, or none."""
        body = self._actors.stack.objects("SettlementBucket")[f"{settlement}/lines.csv"].decode()
        rows = list(csv.DictReader(io.StringIO(body)))
        name = self._dice.choice(["", *COLUMNS])
        value = self._dice.choice([row[COLUMNS[name]] for row in rows] or [""]) if name else ""
        query = {name: value} if value else {}
        expected = [row for row in rows if not query or row[COLUMNS[name]] == value]
        found = self.pages(f"/v1/settlements/{settlement}/lines", **query)
        if found is not None and found != expected:
            raise Broken("listed", f"lines of {settlement} by {query}: {len(found)} listed, {len(expected)} in the file")
        return f"{len(expected)} lines of {settlement} by {query or 'nothing'}"

    def explained(self, settlement: str, *, corrected: bool = True) -> str:
        """A line of a sealed settlement, computed again: it comes to the same, but for what was `corrected` since, if anything was."""
        body = self._actors.stack.objects("SettlementBucket")[f"{settlement}/lines.csv"].decode()
        rows = list(csv.DictReader(io.StringIO(body)))
        if not rows:
            return f"{settlement} has no line that could be explained"
        row = self._dice.choice(rows)
        reader = self._dice.choice([None, *sorted({row["party_id"], row["member_id"], row["licensee"]} - {""})])
        path = f"/v1/explain/{settlement}/{row['line_id']}"
        reply = self._actors.call("GET", path, reader, "statements.read" if reader else "finance")
        if reply.status >= 500:
            return f"{path} was not answered"
        if reply.status != 200:
            raise Broken("explained", f"{path} for {reader} -> {reply.status} {reply.text[:300]}")
        told = reply.json()
        if not told["verified"] and not (corrected and told["accrued_again_since"]):
            raise Broken("explained", f"{path} for {reader} ({row['mechanism']} of {row['deal_id']}, {row['amount']}): {told['notes']}")
        self._actors.deeds.did("a line explained")
        return f"{reader or 'finance'} has line {row['line_id']} of {settlement} explained: {told['verified']}"

    def shelf(self) -> str:
        """Works, parties or deals, against the registry's table."""
        path = self._dice.choice(sorted(SHELVES))
        prefix = SHELVES[path]
        before = held(self._actors.stack, prefix)
        found = self.pages(path)
        if found is None:
            return f"GET {path} was not answered"
        names = [str(item["id"]) for item in found]
        if held(self._actors.stack, prefix) == before and sorted(names) != sorted(before):  # nobody registered anything meanwhile
            raise Broken("listed", f"GET {path}: {names} listed, {sorted(before)} held")
        return f"{len(names)} of {path}"


def held(stack: Stack, prefix: str) -> dict[str, str]:
    """The names of what the registry's table holds under keys of a prefix, and whose each is."""
    return {str(item["id"]): str(item.get("owner", "")) for item in stack.items("RegistryTable", prefix) if "id" in item}
