"""AWS's bad days, by seed, between the SDK and moto: what the network and the services do to requests that handlers send.

The SDK sees what it would see of AWS, so its own retries take part. Calls of the runner and of tests have fair weather.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, ReadTimeoutError

from local import limits
from local.faults import WRITES
from local.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from local.permissions import Grants

OVERLAP_SECONDS = 0.02
"""How long a transaction is in flight, on the stack's clock: another one that starts within it meets it on the items they share."""
UNIT_BYTES = 1024
TABLE_METRICS = {"throttles": "WriteThrottleEvents", "conflicts": "TransactionConflict"}


class Answer(NamedTuple):
    """What a service answers."""

    status: int
    headers: dict[str, str]
    body: bytes

    def on(self, request: Any) -> AWSResponse:
        """As botocore takes it."""
        from moto.core.botocore_stubber import MockRawResponse  # noqa: PLC0415 - no other stand-in needs moto

        return AWSResponse(request.url, self.status, self.headers, MockRawResponse(self.body))  # type: ignore[arg-type]

    def error(self, operation: str) -> ClientError:
        """As botocore's caller takes it."""
        told = json.loads(self.body)
        name = told["__type"].partition("#")[2]
        return refusal(name, told["message"], operation, self.status, CancellationReasons=told.get("CancellationReasons"))


class _Write(NamedTuple):
    """One item that a request writes, or checks: its table, key and units."""

    table: str
    pk: str
    sk: str
    units: int


def _error(name: str, message: str, status: int = 400, **more: Any) -> Answer:
    body = {"__type": f"com.amazonaws.dynamodb.v20120810#{name}", "message": message, "Message": message, **more}
    return Answer(status, {"Content-Type": "application/x-amz-json-1.0"}, json.dumps(body).encode())


def _cancelled(reasons: list[str]) -> Answer:
    listed = [{"Code": reason} if reason == "None" else {"Code": reason, "Message": reason} for reason in reasons]
    return _error("TransactionCanceledException", f"Transaction cancelled: [{', '.join(reasons)}]", CancellationReasons=listed)


@dataclass
class Weather:
    """How bad the day is. Rates are shares of a handler's writes to DynamoDB.

    `conflicts` meet a transaction of somebody else, `throttles` are refused, `errors` get a 500, `lost` are done and never answered.
    With `overlaps`, transactions of two invocations that share an item at the same time on the stack's clock meet, for certain.
    `key_units` is what a partition key takes of write units a second, on the stack's clock; requests that cost more in one second
    than that are throttled, as AWS's are once a key's burst is spent.
    """

    conflicts: float = 0.0
    throttles: float = 0.0
    errors: float = 0.0
    lost: float = 0.0
    overlaps: bool = False
    key_units: int | None = None
    seed: int = 0
    met: dict[str, int] = field(default_factory=dict)
    """How often each kind was met since the weather was made."""
    by_table: dict[tuple[str, str], int] = field(default_factory=dict)
    """Of these, what DynamoDB counts as a metric of a table."""

    def __post_init__(self) -> None:
        self._dice = Random(self.seed)
        self._held: dict[tuple[str, str, str], tuple[float, int]] = {}
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}

    @property
    def calm(self) -> bool:
        """Whether nothing can happen."""
        return self.key_units is None and not (self.conflicts or self.throttles or self.errors or self.lost or self.overlaps)

    def _count(self, what: str, table: str = "") -> None:
        self.met[what] = self.met.get(what, 0) + 1
        if name := TABLE_METRICS.get(what):
            self.by_table[name, table] = self.by_table.get((name, table), 0) + 1

    def before(self, operation: str, body: Mapping[str, Any], now: float, owner: int) -> Answer | None:
        """What DynamoDB answers at once without doing anything, or `None` where it goes on."""
        if operation not in WRITES["dynamodb"]:
            return None
        writes = list(_writes(operation, body))
        if self._dice.random() < self.errors:
            self._count("errors")
            return _error("InternalServerError", "Internal server error", 500)
        if self._dice.random() < self.throttles or not self._affordable(writes, now):
            self._count("throttles", writes[0].table)
            return self._throttled(operation, writes)
        if (met := self._conflict(operation, writes, now, owner)) is not None:
            self._count("conflicts", writes[0].table)
            return met
        self._spend(writes, now)
        if self.overlaps and operation == "TransactWriteItems":
            self._held |= {(w.table, w.pk, w.sk): (now + OVERLAP_SECONDS, owner) for w in writes}
        return None

    def after(self, operation: str, status: int) -> None:
        """Called when a request was done; its answer may get lost on the way."""
        if operation in WRITES["dynamodb"] and status < 300 and self._dice.random() < self.lost:
            self._count("lost")
            raise ReadTimeoutError(endpoint_url="dynamodb")

    def _conflict(self, operation: str, writes: list[_Write], now: float, owner: int) -> Answer | None:
        taken = [self._is_held(write, now, owner) for write in writes]
        if self._dice.random() < self.conflicts:
            taken[0] = True
        if not any(taken) or operation == "BatchWriteItem":  # its parts are refused one by one, as unprocessed
            return None
        if operation == "TransactWriteItems":
            return _cancelled(["TransactionConflict" if held else "None" for held in taken])
        return _error("TransactionConflictException", "Transaction is ongoing for the item")

    def _is_held(self, write: _Write, now: float, owner: int) -> bool:
        until, holder = self._held.get((write.table, write.pk, write.sk), (0.0, owner))
        return until > now and holder != owner

    # ------------------------------------------------------------ write units of a key

    def _level(self, key: tuple[str, str], now: float) -> float:
        assert self.key_units is not None
        level, since = self._buckets.get(key, (float(self.key_units), now))
        return min(float(self.key_units), level + (now - since) * self.key_units)

    def _affordable(self, writes: list[_Write], now: float) -> bool:
        return self.key_units is None or all(units <= self._level(key, now) for key, units in _by_key(writes).items())

    def _spend(self, writes: list[_Write], now: float) -> None:
        if self.key_units is not None:
            for key, units in _by_key(writes).items():
                self._buckets[key] = (self._level(key, now) - units, now)

    def _throttled(self, operation: str, writes: list[_Write]) -> Answer:
        if operation == "TransactWriteItems":
            return _cancelled(["ThrottlingError", *["None"] * (len(writes) - 1)])
        return _error("ProvisionedThroughputExceededException", "The level of configured throughput for the table was exceeded")


def _by_key(writes: list[_Write]) -> dict[tuple[str, str], int]:
    keys: dict[tuple[str, str], int] = {}
    for write in writes:
        keys[write.table, write.pk] = keys.get((write.table, write.pk), 0) + write.units
    return keys


def _writes(operation: str, body: Mapping[str, Any]) -> Iterator[_Write]:
    """The items that a request writes or checks. A transaction costs twice."""
    if operation == "TransactWriteItems":
        for entry in body["TransactItems"]:
            ((_, inner),) = entry.items()
            yield _write(inner["TableName"], inner.get("Item") or inner["Key"], 2)
    elif operation == "BatchWriteItem":
        for table, requests in body["RequestItems"].items():
            for request in requests:
                ((_, inner),) = request.items()
                yield _write(table, inner.get("Item") or inner["Key"], 1)
    else:
        yield _write(body["TableName"], body.get("Item") or body["Key"], 1)


def _write(table: str, item: Mapping[str, Any], factor: int) -> _Write:
    units = factor * -(-limits.item_bytes(item) // UNIT_BYTES)
    return _Write(table, item["pk"]["S"], item["sk"]["S"], units)


def without_hints(operation: str, request: Any, sent: Any, grants: Grants) -> Any:
    """S3 says 403 of a missing object to whom may not list the bucket."""
    if operation not in {"GetObject", "HeadObject"} or sent.status_code != 404 or grants.allows("s3:ListBucket", bucket_of(request.url)):
        return sent
    body = b"" if operation == "HeadObject" else b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
    return Answer(403, {"Content-Type": "application/xml"}, body).on(request)


def unhinted(operation: str, params: Mapping[str, Any], answer: Callable[[], Any], grants: Grants) -> Any:
    """The same for a call that never became a request."""
    try:
        return answer()
    except ClientError as error:
        missing = operation in {"GetObject", "HeadObject"} and error.response["ResponseMetadata"]["HTTPStatusCode"] == 404
        if not missing or grants.allows("s3:ListBucket", f"arn:aws:s3:::{params['Bucket']}"):
            raise
        raise refusal("403" if operation == "HeadObject" else "AccessDenied", "Access Denied", operation, 403) from error


def bucket_of(url: str) -> str:
    """The ARN of the bucket that a request names in its host."""
    return f"arn:aws:s3:::{urlsplit(url).netloc.split('.s3.')[0]}"
