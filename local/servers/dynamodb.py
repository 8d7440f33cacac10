"""DynamoDB on dynalite. It has no transactions, so they are put together here from its single writes.

The stand-in serves one request at a time, so nobody sees a transaction half done. dynalite judges each condition, by a write that
changes nothing: an item is replaced by itself, or one that is not there is deleted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from local.memory.expressions import Invalid
from local.memory.tables import NOTHING, Stored, Table, checked
from local.memory.transactions import Tables, Wire, created
from local.servers.answers import asked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from random import Random

    from local.memory.cloud import MemoryCloud

BATCH_ITEMS = 25
ACTIVE_AFTER = {"Delay": 0, "MaxAttempts": 200}
OPERATIONS = {"Put": "put_item", "Delete": "delete_item", "Update": "update_item"}
ASIDE = frozenset({"SSESpecification", "StreamSpecification", "DeletionProtectionEnabled", "Tags", "TableClass"})
"""What the template says of a table that dynalite has no word for."""


class RemoteTable(Table):
    """What the stand-in itself must do with a table of the server: look, empty, forget, and hand over what is new."""

    def __init__(self, name: str, client: Any) -> None:
        super().__init__(name)
        self._client = client

    def get(self, key: Wire) -> Wire | None:
        """The item of a key, or none."""
        found: Wire | None = self._client.get_item(TableName=self.name, Key=_place(key), ConsistentRead=True).get("Item")
        return found

    def put(self, stored: Stored) -> None:
        """Replaces an item."""
        self._client.put_item(TableName=self.name, Item=stored.item)

    def delete(self, key: Wire) -> None:
        """Removes an item if it is there."""
        self._client.delete_item(TableName=self.name, Key=_place(key))

    def clear(self) -> None:
        """No items."""
        keys = [_place(item) for item in self._all()]
        for start in range(0, len(keys), BATCH_ITEMS):
            requests = [{"DeleteRequest": {"Key": key}} for key in keys[start : start + BATCH_ITEMS]]
            self._client.batch_write_item(RequestItems={self.name: requests})
        super().clear()

    def expire(self, now: float, share: float, dice: Random) -> int:
        """Removes items whose time is over, each with the probability `share`; how many."""
        over = [_place(item) for item in self._all() if float(item.get(self.expires, NOTHING).get("N", "inf")) < now]
        gone = [key for key in sorted(over, key=lambda key: (key["pk"]["S"], key["sk"]["S"])) if dice.random() < share]
        for key in gone:
            self.delete(key)
        return len(gone)

    def missing(self, places: Iterable[Wire]) -> list[tuple[str, str]]:
        """Of the items that are about to be written, the keys of those that are not there yet; none where nobody is told of them."""
        if self.stream is None:
            return []
        return [(place["pk"]["S"], place["sk"]["S"]) for place in places if self.get(place) is None]

    def tell(self, keys: list[tuple[str, str]]) -> None:
        """These items are new."""
        if self.stream is not None:
            self.stream.inserted.extend(keys)

    def _all(self) -> Iterator[Wire]:
        for page in self._client.get_paginator("scan").paginate(TableName=self.name):
            yield from page["Items"]


def _place(item: Wire) -> Wire:
    return {"pk": item["pk"], "sk": item["sk"]}


class Dynalite(Tables):
    """The client."""

    def __init__(self, cloud: MemoryCloud, server: Any, attempts: int = 1) -> None:
        super().__init__(cloud, attempts)
        self._server = server

    def _table(self, name: str) -> RemoteTable:
        table = self.cloud.tables.get(name)
        if not isinstance(table, RemoteTable):
            raise self._unknown(name)
        return table

    # ------------------------------------------------------------ tables

    def do_create_table(self, TableName: str, **settings: Any) -> Wire:
        told = {name: value for name, value in settings.items() if name not in ASIDE}
        asked(self._server, "create_table", {"TableName": TableName, **told})
        self._server.get_waiter("table_exists").wait(TableName=TableName, WaiterConfig=ACTIVE_AFTER)
        self.cloud.tables[TableName] = RemoteTable(TableName, self._server)
        return created(TableName)

    def do_delete_table(self, TableName: str) -> Wire:
        answer = asked(self._server, "delete_table", {"TableName": TableName})
        self._server.get_waiter("table_not_exists").wait(TableName=TableName, WaiterConfig=ACTIVE_AFTER)
        del self.cloud.tables[TableName]
        return answer

    # ------------------------------------------------------------ items

    def do_get_item(self, **params: Any) -> Wire:
        return asked(self._server, "get_item", params)

    def do_query(self, **params: Any) -> Wire:
        return asked(self._server, "query", params)

    def do_scan(self, **params: Any) -> Wire:
        return asked(self._server, "scan", params)

    def do_put_item(self, **params: Any) -> Wire:
        return self._write("put_item", params, params["Item"])

    def do_update_item(self, **params: Any) -> Wire:
        return self._write("update_item", params, params["Key"])

    def do_delete_item(self, **params: Any) -> Wire:
        return asked(self._server, "delete_item", params)

    def _write(self, operation: str, params: Wire, place: Wire) -> Wire:
        table = self._table(params["TableName"])
        new = table.missing([place])
        answer = asked(self._server, operation, params)
        table.tell(new)
        return answer

    # ------------------------------------------------------------ many items

    def do_batch_get_item(self, RequestItems: dict[str, Wire]) -> Wire:
        asked(self._server, "batch_get_item", {"RequestItems": RequestItems})  # refuses what is no batch
        now, left = self.cloud.hooks.unprocessed({name: [*group["Keys"]] for name, group in RequestItems.items()})
        answer: Wire = {"Responses": {}, "UnprocessedKeys": {}}
        if any(now.values()):
            keys = {name: {**RequestItems[name], "Keys": keys} for name, keys in now.items() if keys}
            answer = asked(self._server, "batch_get_item", {"RequestItems": keys})
        answer["UnprocessedKeys"] |= {name: {**RequestItems[name], "Keys": keys} for name, keys in left.items()}
        return answer

    def do_batch_write_item(self, RequestItems: dict[str, list[Wire]]) -> Wire:
        now, left = self.cloud.hooks.unprocessed({name: [*requests] for name, requests in RequestItems.items()})
        puts = {self._table(name): [one["PutRequest"]["Item"] for one in requests if "PutRequest" in one] for name, requests in now.items()}
        new = {table: table.missing(items) for table, items in puts.items()}
        answer: Wire = {"UnprocessedItems": {}}
        if any(now.values()):
            answer = asked(self._server, "batch_write_item", {"RequestItems": now})
        for table, keys in new.items():
            table.tell(keys)
        answer["UnprocessedItems"] |= left
        return answer

    # ------------------------------------------------------------ transactions, put together from single writes

    def _transact(self, writes: list[tuple[str, Wire]]) -> None:
        tables = [self._table(write["TableName"]) for _, write in writes]
        places = [self._checked_place(write.get("Item") or write["Key"]) for _, write in writes]
        if len({(table.name, str(place)) for table, place in zip(tables, places, strict=True)}) < len(writes):
            raise Invalid("Transaction request cannot include multiple operations on one item")
        before = [
            asked(self._server, "get_item", {"TableName": table.name, "Key": place, "ConsistentRead": True}).get("Item")
            for table, place in zip(tables, places, strict=True)
        ]
        held = [self._holds(write, place, old) for (_, write), place, old in zip(writes, places, before, strict=True)]
        if not all(held):
            raise self._cancelled(held)
        done: list[tuple[RemoteTable, Wire, Wire | None]] = []
        try:
            for (kind, write), table, place, old in zip(writes, tables, places, before, strict=True):
                if kind != "ConditionCheck":
                    asked(self._server, OPERATIONS[kind], write)
                    done.append((table, place, old))
        except ClientError:
            _undo(done)
            raise
        for (kind, _), table, place, old in zip(writes, tables, places, before, strict=True):
            if kind in {"Put", "Update"} and old is None:
                table.tell([(place["pk"]["S"], place["sk"]["S"])])

    def _checked_place(self, place: Wire) -> Wire:
        if "pk" not in place or "sk" not in place:
            raise Invalid("One or more parameter values were invalid: Missing the key pk or sk in the item")
        return _place(place)

    def _holds(self, write: Wire, place: Wire, old: Wire | None) -> bool:
        """Whether the condition of a write holds now, as dynalite judges it."""
        expression = write.get("ConditionExpression")
        if not expression:
            return True
        request = {"TableName": write["TableName"], "ConditionExpression": expression, **_used(expression, write)}
        try:
            if old is None:
                asked(self._server, "delete_item", request | {"Key": place})
            else:
                asked(self._server, "put_item", request | {"Item": old})
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True


def _used(expression: str, write: Wire) -> Wire:
    """Of a write's names and values those that its condition mentions: dynalite refuses what nothing uses."""
    words = set(re.findall(r"[#:]\w+", expression))
    given = {part: write.get(part) or {} for part in ("ExpressionAttributeNames", "ExpressionAttributeValues")}
    found = {part: {name: one for name, one in values.items() if name in words} for part, values in given.items()}
    return {part: values for part, values in found.items() if values}


def _undo(done: list[tuple[RemoteTable, Wire, Wire | None]]) -> None:
    for table, place, old in done:
        if old is None:
            table.delete(place)
        else:
            table.put(checked(old))
