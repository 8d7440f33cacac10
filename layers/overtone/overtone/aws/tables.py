"""A thin typed gateway to DynamoDB, and the limits that the service would enforce late.

Reads are consistent and complete (every page, every unprocessed key); writes are whole (every
unprocessed item) or conditional. What a condition refused comes back as `ConditionFailed`; contention
and throttling are waited out (see `patience`), and come back as `Retryable` only where that takes too long.
Several writes that are done together or not at all: see `transactions`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from botocore.exceptions import ClientError

from overtone.aws import clients
from overtone.aws.attributes import ITEM_BYTES_MAX, Item, Wire, decode, encode, item_bytes
from overtone.aws.keys import Key
from overtone.aws.patience import Attempts, code_of, patiently, pause
from overtone.config import settings
from overtone.errors import TooLarge

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BATCH_WRITE_ITEMS_MAX: Final = 25
BATCH_GET_KEYS_MAX: Final = 100
PK_BYTES_MAX: Final = 2_048
SK_BYTES_MAX: Final = 1_024
"""Of keys; a longer one is the key of nothing, and asking for it is an error of the service's."""

_T = TypeVar("_T")


class ConditionFailed(Exception):
    """A write's condition did not hold. `failed` are the places of those writes in the transaction."""

    def __init__(self, failed: tuple[int, ...] = (0,)) -> None:
        super().__init__(f"condition failed at {failed}")
        self.failed = failed


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on the item as it is: `ABSENT`, what `equals` makes, or an expression of the caller's own."""

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


def chunks(things: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    """Consecutive parts of at most `size`."""
    return (things[start : start + size] for start in range(0, len(things), size))


def key_of(item: Mapping[str, Any]) -> Key:
    """The primary key of an item."""
    return Key(item["pk"], item["sk"])


def wire_key(key: Key) -> Wire:
    """A primary key for the wire."""
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def can_be(key: Key) -> bool:
    """Whether an item can have a key: what is asked for comes from outside, and may be of any length."""
    return len(key.pk.encode()) <= PK_BYTES_MAX and len(key.sk.encode()) <= SK_BYTES_MAX


def checked_item(item: Item) -> Wire:
    """An item for the wire; raises `TooLarge` beyond what an item may hold."""
    check_item_size(item_bytes(item))
    return encode(item)


def check_item_size(size: int) -> None:
    """Raise `TooLarge` beyond what an item may hold."""
    if size > ITEM_BYTES_MAX:
        raise TooLarge(f"an item of {size} bytes exceeds DynamoDB's {ITEM_BYTES_MAX}; send less at a time")


class Table:
    """One table with the primary key (`pk`, `sk`)."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self.client = client
        self.name = name

    def get(self, key: Key) -> Item | None:
        """The item, read consistently."""
        if not can_be(key):
            return None
        answer = patiently(lambda: self.client.get_item(TableName=self.name, Key=wire_key(key), ConsistentRead=True))
        return decode(answer["Item"]) if answer.get("Item") else None

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
        if not can_be(Key(pk, "")):
            return
        request = self._query(pk, prefix, first, last) | {"ScanIndexForward": not descending}
        if after:
            request["ExclusiveStartKey"] = wire_key(Key(pk, after))
        left = limit
        while True:
            if left is not None:
                request["Limit"] = left
            answer = patiently(partial(self.client.query, **request))
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

    def batch_get(self, keys: Iterable[Key], *, consistent: bool = True) -> dict[Key, Item]:
        """Those of the items that are there; as they were a moment ago, for half the price, unless read consistently."""
        found: dict[Key, Item] = {}
        for part in chunks([key for key in dict.fromkeys(keys) if can_be(key)], BATCH_GET_KEYS_MAX):
            left, pauses = [wire_key(key) for key in part], Attempts().pauses()
            while left:
                request: Any = {self.name: {"Keys": left, "ConsistentRead": consistent}}
                answer = patiently(partial(self.client.batch_get_item, RequestItems=request))
                items = map(decode, answer["Responses"].get(self.name, []))
                found |= {key_of(item): item for item in items}
                unread = answer.get("UnprocessedKeys", {}).get(self.name)
                left = [dict(key) for key in unread["Keys"]] if unread else []
                if left:
                    pause(pauses, f"{len(left)} reads unprocessed")
        return found

    def put(self, item: Item, condition: Condition | None = None) -> None:
        """Write an item; raises `ConditionFailed`, but not where it was this very write that stands in its own way."""
        wire, extra, attempts = checked_item(item), condition.wire() if condition else {}, Attempts()
        try:
            patiently(lambda: self.client.put_item(TableName=self.name, Item=wire, **extra), attempts)
        except ClientError as error:
            _check_refused(error)
            if not attempts.doubtful or self.get(key_of(item)) != decode(wire):
                raise ConditionFailed from error

    def delete(self, key: Key, condition: Condition | None = None) -> None:
        """Remove an item if it is there; raises `ConditionFailed`, but not where it was this very write that removed it."""
        extra, attempts = condition.wire() if condition else {}, Attempts()
        try:
            patiently(lambda: self.client.delete_item(TableName=self.name, Key=wire_key(key), **extra), attempts)
        except ClientError as error:
            _check_refused(error)
            if not attempts.doubtful or self.get(key) is not None:
                raise ConditionFailed from error

    def put_many(self, items: Iterable[Item]) -> None:
        """Write items without condition, in batches, until none is left unprocessed."""
        self._write_many([{"PutRequest": {"Item": checked_item(item)}} for item in items])

    def delete_many(self, keys: Iterable[Key]) -> None:
        """Remove items, in batches, until none is left unprocessed."""
        unique = dict.fromkeys(keys)
        self._write_many([{"DeleteRequest": {"Key": wire_key(key)}} for key in unique])

    def _write_many(self, requests: Sequence[Wire]) -> None:
        for part in chunks(requests, BATCH_WRITE_ITEMS_MAX):
            left: Sequence[Any] = part
            pauses = Attempts().pauses()
            while left:
                answer = patiently(partial(self.client.batch_write_item, RequestItems={self.name: left}))
                left = answer.get("UnprocessedItems", {}).get(self.name, [])
                if left:
                    pause(pauses, f"{len(left)} writes unprocessed")


def _check_refused(error: ClientError) -> None:
    """Raise again whatever is no refused condition."""
    if code_of(error) != "ConditionalCheckFailedException":
        raise error


def usage() -> Table:
    """Receipts, pages, outbox."""
    return Table(clients.dynamodb(), settings().usage_table)


def registry() -> Table:
    """Parties, works, deals, outputs."""
    return Table(clients.dynamodb(), settings().registry_table)


def ledger() -> Table:
    """Accruals, month facts, fences, settlement heads."""
    return Table(clients.dynamodb(), settings().ledger_table)
