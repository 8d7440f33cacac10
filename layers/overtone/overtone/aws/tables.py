"""A thin typed gateway to DynamoDB, and the limits that the service would enforce late.

Reads are consistent and complete (every page, every unprocessed key); writes are whole (every
unprocessed item) or conditional. What a condition refused comes back as `ConditionFailed`, what
may be tried again as `Retryable`.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from botocore.exceptions import ClientError

from overtone.aws import clients
from overtone.aws.attributes import ITEM_BYTES_MAX, Item, Wire, decode, encode, item_bytes
from overtone.aws.keys import Key
from overtone.config import settings
from overtone.errors import Retryable, TooLarge

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TRANSACTION_ITEMS_MAX: Final = 100
TRANSACTION_BYTES_MAX: Final = 4 * 1024 * 1024
BATCH_WRITE_ITEMS_MAX: Final = 25
BATCH_GET_KEYS_MAX: Final = 100
UNPROCESSED_ROUNDS_MAX: Final = 10
_PAUSE_SECONDS: Final = 0.05

_T = TypeVar("_T")


class ConditionFailed(Exception):
    """A write's condition did not hold. `failed` are the places of those writes in the transaction."""

    def __init__(self, failed: tuple[int, ...] = (0,)) -> None:
        super().__init__(f"condition failed at {failed}")
        self.failed = failed


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on the item as it is: made by `absent`, `present` and `equals`."""

    expression: str
    values: Mapping[str, object] = field(default_factory=dict)

    def wire(self) -> Wire:
        """The request's condition parameters."""
        names = {f"#{name}": name for name in self.values} or {"#pk": "pk"}
        wire: Wire = {"ConditionExpression": self.expression, "ExpressionAttributeNames": names}
        if self.values:
            wire["ExpressionAttributeValues"] = encode({f":{k}": v for k, v in self.values.items()})
        return wire


ABSENT: Final = Condition("attribute_not_exists(#pk)")


def equals(**values: object) -> Condition:
    """The item is there and its attributes have these values."""
    return Condition(" AND ".join(f"#{name} = :{name}" for name in values), values)


@dataclass(frozen=True, slots=True)
class Put:
    """Write an item whole."""

    table: "Table"
    item: Item
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove an item."""

    table: "Table"
    key: Key
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """Write nothing; the condition must hold."""

    table: "Table"
    key: Key
    condition: Condition


Write = Put | Delete | Check


def chunks(things: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    """Consecutive parts of at most `size`."""
    return (things[start : start + size] for start in range(0, len(things), size))


def key_of(item: Mapping[str, Any]) -> Key:
    """The primary key of an item."""
    return Key(item["pk"], item["sk"])


def _wire_key(key: Key) -> Wire:
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def _checked_item(item: Item) -> Wire:
    if (size := item_bytes(item)) > ITEM_BYTES_MAX:
        message = f"an item of {size} bytes exceeds DynamoDB's {ITEM_BYTES_MAX}; send less at a time"
        raise TooLarge(message)
    return encode(item)


class Table:
    """One table with the primary key (`pk`, `sk`)."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self.client = client
        self.name = name

    def get(self, key: Key) -> Item | None:
        """The item, read consistently."""
        found = self.client.get_item(TableName=self.name, Key=_wire_key(key), ConsistentRead=True).get("Item")
        return decode(found) if found else None

    def query(  # noqa: PLR0913 - each is one of Query's own parameters
        self,
        pk: str,
        *,
        prefix: str = "",
        first: str = "",
        last: str = "",
        after: str = "",
        descending: bool = False,
        limit: int | None = None,
    ) -> Iterator[Item]:
        """Items of a `pk` in order of `sk`: all, by `prefix`, or from `first` to `last` inclusive.

        `after` continues behind an `sk` that was seen; `limit` ends after so many items.
        """
        request = self._query(pk, prefix, first, last) | {"ScanIndexForward": not descending}
        if after:
            request["ExclusiveStartKey"] = _wire_key(Key(pk, after))
        left = limit
        while True:
            if left is not None:
                request["Limit"] = left
            answer = self.client.query(**request)
            yield from map(decode, answer["Items"])
            left = None if left is None else left - len(answer["Items"])
            if "LastEvaluatedKey" not in answer or left == 0:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _query(self, pk: str, prefix: str, first: str, last: str) -> dict[str, Any]:
        condition, values = "pk = :pk", {":pk": pk}
        if prefix:
            condition, values = condition + " AND begins_with(sk, :p)", values | {":p": prefix}
        elif first and last:
            condition += " AND sk BETWEEN :f AND :l"
            values |= {":f": first, ":l": last}
        elif first or last:
            condition += " AND sk >= :b" if first else " AND sk <= :b"
            values[":b"] = first or last
        return {
            "TableName": self.name,
            "ConsistentRead": True,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": encode(values),
        }

    def batch_get(self, keys: Iterable[Key]) -> dict[Key, Item]:
        """Those of the items that are there, read consistently."""
        found: dict[Key, Item] = {}
        for part in chunks(list(dict.fromkeys(keys)), BATCH_GET_KEYS_MAX):
            asked = [_wire_key(key) for key in part]
            for attempt in _rounds("reads"):
                answer = self.client.batch_get_item(RequestItems={self.name: {"Keys": asked, "ConsistentRead": True}})
                items = map(decode, answer["Responses"].get(self.name, []))
                found |= {key_of(item): item for item in items}
                left = answer.get("UnprocessedKeys", {}).get(self.name)
                if not left:
                    break
                asked = [dict(key) for key in left["Keys"]]
                _pause(attempt)
        return found

    def put(self, item: Item, condition: Condition | None = None) -> None:
        """Write an item; raises `ConditionFailed`."""
        extra = condition.wire() if condition else {}
        try:
            self.client.put_item(TableName=self.name, Item=_checked_item(item), **extra)
        except self.client.exceptions.ConditionalCheckFailedException as error:
            raise ConditionFailed from error

    def delete(self, key: Key, condition: Condition | None = None) -> None:
        """Remove an item if it is there; raises `ConditionFailed`."""
        extra = condition.wire() if condition else {}
        try:
            self.client.delete_item(TableName=self.name, Key=_wire_key(key), **extra)
        except self.client.exceptions.ConditionalCheckFailedException as error:
            raise ConditionFailed from error

    def put_many(self, items: Iterable[Item]) -> None:
        """Write items without condition, in batches, until none is left unprocessed."""
        self._write_many([{"PutRequest": {"Item": _checked_item(item)}} for item in items])

    def delete_many(self, keys: Iterable[Key]) -> None:
        """Remove items, in batches, until none is left unprocessed."""
        unique = dict.fromkeys(keys)
        self._write_many([{"DeleteRequest": {"Key": _wire_key(key)}} for key in unique])

    def _write_many(self, requests: Sequence[Wire]) -> None:
        for part in chunks(requests, BATCH_WRITE_ITEMS_MAX):
            asked: Sequence[Any] = part
            for attempt in _rounds("writes"):
                answer = self.client.batch_write_item(RequestItems={self.name: asked})
                asked = answer.get("UnprocessedItems", {}).get(self.name, [])
                if not asked:
                    break
                _pause(attempt)


def _rounds(what: str) -> Iterator[int]:
    yield from range(UNPROCESSED_ROUNDS_MAX)
    message = f"the table left {what} unprocessed {UNPROCESSED_ROUNDS_MAX} times; try again later"
    raise Retryable(message)


def _pause(attempt: int) -> None:
    time.sleep(_PAUSE_SECONDS * 2**attempt)


def transact(writes: Sequence[Write]) -> None:
    """Do all writes or none, at most 100 items and 4 MB.

    Raises `ConditionFailed` naming the writes whose condition did not hold, `Retryable` where
    another transaction was in the way, `TooLarge` beyond the limits.
    """
    if len(writes) > TRANSACTION_ITEMS_MAX:
        message = f"{len(writes)} items exceed the {TRANSACTION_ITEMS_MAX} of one transaction"
        raise TooLarge(message)
    size = sum(item_bytes(write.item) for write in writes if isinstance(write, Put))
    if size > TRANSACTION_BYTES_MAX:
        message = f"{size} packed bytes exceed the {TRANSACTION_BYTES_MAX} of one transaction"
        raise TooLarge(message)
    client = writes[0].table.client
    try:
        client.transact_write_items(TransactItems=[_wire_write(write) for write in writes])
    except client.exceptions.TransactionCanceledException as error:
        raise _cancelled(error) from error
    except client.exceptions.TransactionInProgressException as error:
        message = "the same transaction is under way; try again"
        raise Retryable(message) from error


def _wire_write(write: Write) -> Any:  # noqa: ANN401 - one of the client's typed dicts
    wire: Wire = {"TableName": write.table.name}
    if write.condition is not None:
        wire |= write.condition.wire()
    if isinstance(write, Put):
        return {"Put": wire | {"Item": _checked_item(write.item)}}
    kind = "Delete" if isinstance(write, Delete) else "ConditionCheck"
    return {kind: wire | {"Key": _wire_key(write.key)}}


def _cancelled(error: ClientError) -> Exception:
    reasons = error.response.get("CancellationReasons", [])
    codes = [str(reason.get("Code", "None")) for reason in reasons]
    failed = tuple(i for i, code in enumerate(codes) if code == "ConditionalCheckFailed")
    if failed:
        return ConditionFailed(failed)
    message = f"the transaction was cancelled ({', '.join(sorted(set(codes)))}); try again"
    return Retryable(message)


def usage() -> Table:
    """Receipts, pages, outbox."""
    return Table(clients.dynamodb(), settings().usage_table)


def registry() -> Table:
    """Parties, works, deals, outputs."""
    return Table(clients.dynamodb(), settings().registry_table)


def ledger() -> Table:
    """Accruals, month facts, fences, settlement heads."""
    return Table(clients.dynamodb(), settings().ledger_table)
