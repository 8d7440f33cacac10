"""Counts what a run would be billed for: every call that handlers send, by the sizes of the real items and AWS's rules.

A write is billed by the larger of the item before and after, in units of 1 KB; a strongly consistent read in units of 4 KB, each item
of a batch by itself and a query by what it returns; in a transaction everything twice. A condition that is only checked is counted as
a write, which is the dearer reading of the documentation. A function is billed for its own CPU time, as measured, and for
`CALL_MILLISECONDS` of waiting per call, one after the other; what the stand-in itself takes is left out.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from botocore.exceptions import ClientError

from local import limits
from overtone.prices import (
    CALL_MILLISECONDS,
    HTTP_REQUEST_BYTES,
    MESSAGE_REQUEST_BYTES,
    READ_UNIT_BYTES,
    WRITE_UNIT_BYTES,
    Units,
    units_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from local.functions import Function

LOG_BYTES: Final = 900
"""What an invocation leaves in the log: Lambda's own start and report in JSON, and a line of the handler's."""
PARTS: Final = {
    "UsageApi": "ingest",
    "UsageDrop": "ingest",
    "Aggregate": "outbox",
    "DisclosureApi": "disclosures",
    "Accrue": "accrual",
    "Reconcile": "reconciliation",
    "Settlement": "settlement",
    "FinanceApi": "settlement",
}
OTHER: Final = "other"
S3_PUTS: Final = frozenset(
    {"PutObject", "CreateMultipartUpload", "UploadPart", "UploadPartCopy", "CompleteMultipartUpload", "CopyObject", "ListObjectsV2"}
    | {"PutObjectTagging"}
)
SUCCESS: Final = 200
S3_FREE: Final = frozenset({"DeleteObject", "DeleteObjects", "AbortMultipartUpload"})


class _Running(NamedTuple):
    part: str
    memory_mb: int


class Meter:
    """What was counted since it was made: units by part, and calls by part, service and operation."""

    def __init__(self, stored: Callable[[str, Mapping[str, Any]], Mapping[str, Any]]) -> None:
        self._stored = stored
        self.units: dict[str, Units] = {}
        self.calls: Counter[tuple[str, str, str]] = Counter()
        self._running: list[_Running] = []
        self._aside = 0.0

    def add(self, part: str, units: Units) -> None:
        self.units[part] = self.units.get(part, Units()).plus(units)

    @property
    def part(self) -> str:
        """The part that runs now."""
        return self._running[-1].part if self._running else OTHER

    @contextmanager
    def invocation(self, function: Function, event: Any) -> Iterator[None]:
        """A function runs."""
        running = _Running(part_of(function.logical_id, event), function.memory_mb)
        self._running.append(running)
        calls, aside, began = self.calls.total(), self._aside, time.process_time()
        try:
            yield
        finally:
            own = time.process_time() - began - (self._aside - aside)
            waited = (self.calls.total() - calls) * CALL_MILLISECONDS
            self._running.pop()
            milliseconds = max(1, round(own * 1000)) + waited
            units = Units(invocations=1, mb_ms=milliseconds * running.memory_mb, log_bytes=LOG_BYTES)
            self.add(running.part, units)

    def request(self, service: str, operation: str, request: Any, send: Callable[[], Any]) -> Any:
        """A request of a handler: passes it on and counts it."""
        began = time.process_time()
        try:
            body = json.loads(request.body) if service in {"dynamodb", "sqs"} else {}
            written = self._written(service, operation, body)
            answer = send()
            self._count(service, operation, body, written, json.loads(answer.content) if _is_told(service, answer) else {})
            return answer
        finally:
            self._aside += time.process_time() - began

    def call(self, service: str, operation: str, params: Mapping[str, Any], answer: Callable[[], Any]) -> Any:
        """The same for a call that never became a request."""
        began = time.process_time()
        try:
            written = self._written(service, operation, params)
            try:
                found = answer()
            except ClientError:
                self._count(service, operation, params, written, {})
                raise
            self._count(service, operation, params, written, found)
            return found
        finally:
            self._aside += time.process_time() - began

    def _count(self, service: str, operation: str, body: Mapping[str, Any], written: Units, told: Mapping[str, Any]) -> None:
        self.calls[self.part, service, operation] += 1
        self.add(self.part, written.plus(_asked(service, operation, body, told)))

    def _written(self, service: str, operation: str, body: Mapping[str, Any]) -> Units:
        """What a request costs to write: by the larger of each item before and after."""
        if service != "dynamodb":
            return Units()
        factor = 2 if operation == "TransactWriteItems" else 1
        sizes = (max(limits.item_bytes(self._stored(table, key)), size) for table, key, size in _writes(operation, body))
        return Units(write_units=factor * sum(units_of(size, WRITE_UNIT_BYTES) for size in sizes))

    def http(self, function: Function, sent: int, answered: int) -> None:
        """A request to the API, and its answer."""
        self.add(part_of(function.logical_id, None), Units(http_requests=units_of(max(sent, answered), HTTP_REQUEST_BYTES)))

    def polled(self, function: Function, event: Any) -> None:
        """Messages were taken from a queue for a function, and deleted."""
        self.add(part_of(function.logical_id, event), Units(messages=2))

    def entered(self) -> None:
        """A state machine entered a state."""
        self.add("settlement", Units(transitions=1))

    def fired(self) -> None:
        """A schedule fired."""
        self.add(OTHER, Units(schedules=1))


def part_of(logical_id: str, event: Any) -> str:
    """Which part of the flow an invocation belongs to; indexing and merging disclosures is not accrual."""
    part = PARTS.get(logical_id, OTHER)
    if part == "accrual" and any(kind in json.dumps(event).replace("\\", "") for kind in ('"attribution#', '"outputs#')):
        return "disclosures"
    return part


def _is_told(service: str, answer: Any) -> bool:
    return service == "dynamodb" and answer.status_code == SUCCESS


def _asked(service: str, operation: str, body: Mapping[str, Any], told: Mapping[str, Any]) -> Units:
    """`told` is what DynamoDB answered; nothing where it refused."""
    if service == "dynamodb":
        return _read(operation, body, told)
    if service == "s3":
        if operation in S3_FREE:
            return Units()
        return Units(s3_puts=1) if operation in S3_PUTS else Units(s3_gets=1)
    return Units(messages=units_of(len(json.dumps(body)), MESSAGE_REQUEST_BYTES)) if service == "sqs" else Units()


# --- DynamoDB


def _read(operation: str, body: Mapping[str, Any], told: Mapping[str, Any]) -> Units:
    """What an answer cost to read."""
    if not told and operation != "GetItem":
        return Units()
    if operation == "GetItem":
        return Units(read_units=_read_units(told.get("Item") or {}))
    if operation == "BatchGetItem":
        found = [item for items in told.get("Responses", {}).values() for item in items]
        groups = body["RequestItems"].values()
        missing = sum(len(group["Keys"]) for group in groups) - len(found)
        whole = missing + sum(map(_read_units, found))
        return Units(read_units=whole if all(group.get("ConsistentRead") for group in groups) else -(-whole // 2))
    if operation == "Query":
        return Units(read_units=units_of(sum(map(limits.item_bytes, told["Items"])), READ_UNIT_BYTES))
    return Units()


def _read_units(item: Mapping[str, Any]) -> int:
    return units_of(limits.item_bytes(item), READ_UNIT_BYTES)


def _writes(operation: str, body: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], int]]:
    """Table, key and new size of each item that a request writes, removes or checks."""
    if operation == "TransactWriteItems":
        inner = [next(iter(entry.values())) for entry in body["TransactItems"]]
        asked = [(one["TableName"], one) for one in inner]
    elif operation == "BatchWriteItem":
        asked = [(table, next(iter(one.values()))) for table, group in body["RequestItems"].items() for one in group]
    elif operation in {"PutItem", "DeleteItem"}:
        asked = [(body["TableName"], body)]
    else:
        asked = []
    for table, one in asked:
        item = one.get("Item")
        yield table, item or one["Key"], limits.item_bytes(item) if item else 0
