"""DynamoDB: items, conditions, batches with what they leave over, and transactions that are done once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from local import limits
from local.memory.expressions import Given, Invalid, key_range, updated
from local.memory.tables import NOTHING, Stored, Table, checked, key_of
from local.memory.transactions import Tables, Wire, created

if TYPE_CHECKING:
    from collections.abc import Mapping

BATCH_GET_KEYS_MAX = 100


class DynamoDB(Tables):
    """The client."""

    def _table(self, name: str) -> Table:
        if name not in self.cloud.tables:
            raise self._unknown(name)
        return self.cloud.tables[name]

    # ------------------------------------------------------------ tables

    def do_create_table(self, TableName: str, KeySchema: list[Wire], AttributeDefinitions: list[Wire], **_settings: Any) -> Wire:
        keys = [(key["AttributeName"], key["KeyType"]) for key in KeySchema]
        if keys != [("pk", "HASH"), ("sk", "RANGE")] or any(attribute["AttributeType"] != "S" for attribute in AttributeDefinitions):
            raise Invalid(f"a table with other keys than pk and sk, both text: {keys}")
        self.cloud.tables[TableName] = Table(TableName)
        return created(TableName)

    def do_delete_table(self, TableName: str) -> Wire:
        self._table(TableName)
        return {"TableDescription": {"TableName": self.cloud.tables.pop(TableName).name}}

    # ------------------------------------------------------------ items

    def do_get_item(self, TableName: str, Key: Wire, ConsistentRead: bool = False) -> Wire:
        item = self._table(TableName).get(Key)
        return {} if item is None else {"Item": item}

    def do_put_item(self, TableName: str, Item: Wire, **asked: Any) -> Wire:
        table, item = self._table(TableName), checked(Item)
        self._require(table, Item, _condition(asked), "PutItem")
        table.put(item)
        return {}

    def do_delete_item(self, TableName: str, Key: Wire, **asked: Any) -> Wire:
        table = self._table(TableName)
        key_of(Key, exactly=True)
        self._require(table, Key, _condition(asked), "DeleteItem")
        table.delete(Key)
        return {}

    def do_update_item(self, TableName: str, Key: Wire, UpdateExpression: str, ReturnValues: str = "NONE", **asked: Any) -> Wire:
        table = self._table(TableName)
        self._require(table, Key, _condition(asked), "UpdateItem")
        stored = _update(table, Key, UpdateExpression, asked)
        table.put(stored)
        if ReturnValues == "NONE":
            return {}
        if ReturnValues != "UPDATED_NEW":
            raise TypeError(f"ReturnValues {ReturnValues}, which this stand-in does not know")
        words = set(re.findall(r"#?\w+", UpdateExpression))
        named = words | {name for word, name in (asked.get("ExpressionAttributeNames") or {}).items() if word in words}
        return {"Attributes": {name: value for name, value in stored.item.items() if name in named and name not in Key}}

    def _require(self, table: Table, key: Wire, asked: Wire, operation: str) -> None:
        if not table.holds(key, asked):
            raise self.refuse("ConditionalCheckFailedException", "The conditional request failed", operation)

    # ------------------------------------------------------------ many items

    def do_query(
        self,
        *,
        TableName: str,
        KeyConditionExpression: str,
        ExpressionAttributeValues: Mapping[str, Wire],
        ConsistentRead: bool = False,
        ScanIndexForward: bool = True,
        ExclusiveStartKey: Wire | None = None,
        Limit: int | None = None,
    ) -> Wire:
        span = key_range(KeyConditionExpression, ExpressionAttributeValues)
        page = self._table(TableName).query(span, descending=not ScanIndexForward, after=ExclusiveStartKey, limit=Limit)
        return _listed(page.items, page.last)

    def do_scan(
        self,
        TableName: str,
        ConsistentRead: bool = False,
        ExclusiveStartKey: Wire | None = None,
        Limit: int | None = None,
    ) -> Wire:
        page = self._table(TableName).scan(ExclusiveStartKey, Limit)
        return _listed(page.items, page.last)

    def do_batch_get_item(self, RequestItems: Mapping[str, Wire]) -> Wire:
        asked = [(name, key, group) for name, group in RequestItems.items() for key in group["Keys"]]
        if not 1 <= len(asked) <= BATCH_GET_KEYS_MAX or _repeats((name, key) for name, key, _ in asked):
            raise Invalid("Too many items requested for the BatchGetItem call, or provided list of item keys contains duplicates")
        now, left = self.cloud.hooks.unprocessed({name: [*group["Keys"]] for name, group in RequestItems.items()})
        found = {name: [item for key in keys if (item := self._table(name).get(key)) is not None] for name, keys in now.items()}
        unread = {name: {**RequestItems[name], "Keys": keys} for name, keys in left.items()}
        return {"Responses": found, "UnprocessedKeys": unread}

    def do_batch_write_item(self, RequestItems: Mapping[str, list[Wire]]) -> Wire:
        limits.check_batch_write(RequestItems)
        now, left = self.cloud.hooks.unprocessed({name: [*requests] for name, requests in RequestItems.items()})
        ready = [(self._table(name), request) for name, requests in now.items() for request in requests]
        items = [checked(request["PutRequest"]["Item"]) if "PutRequest" in request else None for _, request in ready]
        for (table, request), item in zip(ready, items, strict=True):
            if item is None:
                table.delete(request["DeleteRequest"]["Key"])
            else:
                table.put(item)
        return {"UnprocessedItems": left}

    # ------------------------------------------------------------ transactions

    def _transact(self, writes: list[tuple[str, Wire]]) -> None:
        places = [(self._table(write["TableName"]), write.get("Item") or write["Key"]) for _, write in writes]
        if _repeats((table.name, place) for table, place in places):
            raise Invalid("Transaction request cannot include multiple operations on one item")
        ready = [checked(write["Item"]) if kind == "Put" else None for kind, write in writes]
        held = [table.holds(place, write) for (table, place), (_, write) in zip(places, writes, strict=True)]
        if not all(held):
            raise self._cancelled(held)
        ready = [
            _update(table, place, write["UpdateExpression"], write) if kind == "Update" else item
            for (table, place), (kind, write), item in zip(places, writes, ready, strict=True)
        ]
        for (table, place), (kind, _), item in zip(places, writes, ready, strict=True):
            if item is not None:
                table.put(item)
            elif kind == "Delete":
                table.delete(place)


def _listed(items: list[Wire], last: Wire | None) -> Wire:
    return {"Items": items, "Count": len(items), "ScannedCount": len(items)} | ({} if last is None else {"LastEvaluatedKey": last})


def _condition(asked: Wire) -> Wire:
    """The parameters of a condition; anything else is a parameter that this stand-in does not know."""
    unknown = asked.keys() - {"ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues"}
    if unknown:
        raise TypeError(f"parameters that this stand-in does not know: {', '.join(sorted(unknown))}")
    return asked


def _update(table: Table, key: Wire, expression: str, asked: Wire) -> Stored:
    names, values = asked.get("ExpressionAttributeNames") or NOTHING, asked.get("ExpressionAttributeValues") or NOTHING
    return checked(updated(expression, Given(table.get(key) or key, names, values)))


def _repeats(places: Any) -> bool:
    keys = [(name, *key_of(place)) for name, place in places]
    return len(set(keys)) < len(keys)
