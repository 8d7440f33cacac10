"""A table in plain values, as boto3's resource has it: for tests and the runner, on whichever stand-in runs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from local.limits import BATCH_WRITE_ITEMS_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Item = dict[str, Any]
_PLAIN, _WIRE = TypeDeserializer(), TypeSerializer()


class PlainTable:
    """One table."""

    def __init__(self, client: Any, name: str) -> None:
        self._client, self._name = client, name

    def put_item(self, Item: Item) -> None:  # noqa: N803 - the API's own name
        """Writes an item."""
        self._client.put_item(TableName=self._name, Item=_wire(Item))

    def get_item(self, Key: Item) -> dict[str, Item]:  # noqa: N803
        """The item, under `Item`, where there is one."""
        found = self._client.get_item(TableName=self._name, Key=_wire(Key), ConsistentRead=True)
        return {"Item": _plain(found["Item"])} if "Item" in found else {}

    def delete_item(self, Key: Item) -> None:  # noqa: N803
        """Removes an item."""
        self._client.delete_item(TableName=self._name, Key=_wire(Key))

    def delete_items(self, keys: Sequence[Item]) -> None:
        """Removes many items."""
        for start in range(0, len(keys), BATCH_WRITE_ITEMS_MAX):
            requests = [{"DeleteRequest": {"Key": _wire(key)}} for key in keys[start : start + BATCH_WRITE_ITEMS_MAX]]
            left = self._client.batch_write_item(RequestItems={self._name: requests}).get("UnprocessedItems", {})
            self.delete_items([_plain(request["DeleteRequest"]["Key"]) for request in left.get(self._name, ())])

    def all(self, *prefixes: str) -> Iterator[Item]:
        """Every item, or those whose `pk` begins with one of these."""
        for page in self._client.get_paginator("scan").paginate(TableName=self._name):
            yield from (_plain(item) for item in page["Items"] if not prefixes or item["pk"]["S"].startswith(prefixes))


def _wire(item: Item) -> Item:
    return {name: _WIRE.serialize(value) for name, value in item.items()}


def _plain(item: Item) -> Item:
    return {name: _plain_value(value) for name, value in item.items()}


def _plain_value(value: Item) -> Any:
    """As boto3 deserializes, which takes five times as long over what is in almost every item."""
    ((kind, content),) = value.items()
    if kind == "S":
        return content
    if kind == "N":
        return Decimal(content)
    if kind == "L":
        return [_plain_value(part) for part in content]
    return _plain(content) if kind == "M" else _PLAIN.deserialize(value)  # type: ignore[arg-type]
