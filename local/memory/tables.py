"""A table: items by partition key, in order of their sort keys, each with its size."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from local import limits
from local.memory.expressions import Given, Invalid, Range, condition

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from random import Random

    from local.streams import TableStream

PAGE_BYTES_MAX = 1024 * 1024
PARTITION_KEY_BYTES_MAX = 2048
SORT_KEY_BYTES_MAX = 1024
LOOSE_MAX = 16
"""New sort keys that are put in their places one by one."""

Wire = dict[str, Any]
NOTHING: Wire = {}


class Stored(NamedTuple):
    """An item in DynamoDB's JSON, and its size in bytes."""

    item: Wire
    size: int


class Page(NamedTuple):
    """Items of one answer, and the key behind which the next one begins."""

    items: list[Wire]
    last: Wire | None


class Table:
    """One table with the primary key (`pk`, `sk`), both text. Nobody changes an item that is in it; items are replaced."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.expires = ""
        self.stream: TableStream | None = None
        self._items: dict[str, dict[str, Stored]] = {}
        self._order: dict[str, list[str]] = {}
        self._loose: dict[str, list[str]] = {}

    def clear(self) -> None:
        """No items."""
        self._items.clear()
        self._order.clear()
        self._loose.clear()
        if self.stream is not None:
            self.stream.inserted.clear()

    def get(self, key: Wire) -> Wire | None:
        """The item of a key, or none."""
        pk, sk = key_of(key, exactly=True)
        stored = self._items.get(pk, {}).get(sk)
        return stored.item if stored else None

    def put(self, stored: Stored) -> None:
        """Replaces an item."""
        pk, sk = key_of(stored.item)
        items = self._items.setdefault(pk, {})
        if sk not in items:
            self._loose.setdefault(pk, []).append(sk)
            if self.stream is not None:
                self.stream.inserted.append((pk, sk))
        items[sk] = stored

    def delete(self, key: Wire) -> None:
        """Removes an item if it is there."""
        pk, sk = key_of(key)
        if self._items.get(pk, {}).pop(sk, None) is not None:
            order = self._ordered(pk)
            del order[bisect_left(order, sk)]

    def _ordered(self, pk: str) -> list[str]:
        """The sort keys of a partition key in order. What came since somebody last asked is put in its place now, many at once."""
        order = self._order.setdefault(pk, [])
        loose = self._loose.pop(pk, [])
        if len(loose) > LOOSE_MAX:
            order += loose
            order.sort()
        else:
            for sk in loose:
                insort(order, sk)
        return order

    def holds(self, key: Wire, asked: Mapping[str, Any]) -> bool:
        """Whether a write's condition holds of the item that is there now."""
        expression = asked.get("ConditionExpression")
        if not expression:
            return True
        names, values = asked.get("ExpressionAttributeNames") or NOTHING, asked.get("ExpressionAttributeValues") or NOTHING
        return condition(expression)(Given(self.get({"pk": key["pk"], "sk": key["sk"]}) or NOTHING, names, values))

    def query(self, span: Range, *, descending: bool, after: Wire | None, limit: int | None) -> Page:
        """Items of a range of sort keys, as many as a page holds."""
        items = self._items.get(span.pk)
        if not items:
            return Page([], None)
        order = self._ordered(span.pk)
        first, end = bisect_left(order, span.low), bisect_right(order, span.high)
        if span.prefix:
            end = bisect_right(order, span.prefix + "\U0010ffff" * 2)
        if after is not None:
            _, seen = key_of(after)
            first, end = (first, min(end, bisect_left(order, seen))) if descending else (max(first, bisect_right(order, seen)), end)
        names = order[first:end]
        return _page(map(items.__getitem__, reversed(names) if descending else names), limit)

    def scan(self, after: Wire | None, limit: int | None) -> Page:
        """Items of the whole table, as many as a page holds."""
        seen = ("", "") if after is None else key_of(after)
        partitions = sorted(pk for pk in self._items if pk >= seen[0])
        return _page((self._items[pk][sk] for pk in partitions for sk in self._ordered(pk) if (pk, sk) > seen), limit)

    def expire(self, now: float, share: float, dice: Random) -> int:
        """Removes items whose time is over, each with the probability `share`; how many."""
        if not self.expires:
            return 0
        over = [
            {"pk": stored.item["pk"], "sk": stored.item["sk"]}
            for items in self._items.values()
            for _, stored in sorted(items.items())
            if float(stored.item.get(self.expires, NOTHING).get("N", "inf")) < now
        ]
        gone = [key for key in over if dice.random() < share]
        for key in gone:
            self.delete(key)
        return len(gone)


def _page(held: Iterable[Stored], limit: int | None) -> Page:
    found: list[Wire] = []
    size = 0
    for item, bytes_of_it in held:
        size += bytes_of_it
        if found and (len(found) == limit or size > PAGE_BYTES_MAX):
            return Page(found, _key(found[-1]))
        found.append(item)
    return Page(found, _key(found[-1]) if found and len(found) == limit else None)


def _key(item: Wire) -> Wire:
    return {"pk": item["pk"], "sk": item["sk"]}


def key_of(place: Mapping[str, Any], *, exactly: bool = False) -> tuple[str, str]:
    """Partition and sort key of an item or key; raises `Invalid` for what DynamoDB would not take."""
    try:
        pk, sk = place["pk"]["S"], place["sk"]["S"]
    except KeyError:
        raise Invalid("One or more parameter values were invalid: Missing the key pk or sk in the item") from None
    if exactly and len(place) != len(("pk", "sk")):
        raise Invalid("The provided key element does not match the schema")
    if not pk or not sk:
        raise Invalid(
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value"
        )
    if len(pk.encode()) > PARTITION_KEY_BYTES_MAX or len(sk.encode()) > SORT_KEY_BYTES_MAX:
        raise Invalid("One or more parameter values were invalid: Size of a key exceeds what the service takes")
    return pk, sk


def checked(item: Wire) -> Stored:
    """An item as it is stored; raises `Invalid` for what DynamoDB would not take."""
    key_of(item)
    try:
        size = limits.check_item(item)
    except limits.Refused as refused:
        raise Invalid(str(refused)) from refused
    return Stored({name: value if "S" in value else _canonical(value) for name, value in item.items()}, size)


def _canonical(value: Wire) -> Wire:
    ((kind, content),) = value.items()
    if kind == "N" and not content.isdigit():
        return {"N": format(Decimal(content).normalize(limits.WIDE), "f")}
    if kind == "M":
        return {"M": {name: _canonical(item) for name, item in content.items()}}
    return {"L": [_canonical(item) for item in content]} if kind == "L" else value
