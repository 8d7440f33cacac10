"""A table's stream, and what Lambda's poller does between it and a function: filters, batches, halves what fails, gives up."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local.aws import REGION, client
from local.faults import WorkerKilled
from local.functions import Function, Runtime, report

if TYPE_CHECKING:
    from moto.dynamodb.models.dynamo_type import Item

TRIES = 3  # of a single record; what AWS does in hours adds nothing here


@dataclass
class TableStream:
    """Keys of items that were new. It takes the place of moto's own shard, which copies every item that is ever written."""

    inserted: list[tuple[str, str]] = field(default_factory=list)

    def add(self, old: Item | None, new: Item | None) -> None:
        """Called by moto's table for every write: the item before and after it."""
        if old is None and new is not None:
            self.inserted.append((new.attrs["pk"].value, new.attrs["sk"].value))


@dataclass(frozen=True)
class StreamMapping:
    """A stream that feeds a function, of which only new items with keys of one beginning pass."""

    stream: TableStream
    function: Function
    prefix: str
    batch_size: int
    dead_letters: str

    def deliver(self, runtime: Runtime) -> bool:
        """Hands over what was written since; whether there was anything."""
        keys = [key for key in self.stream.inserted if key[0].startswith(self.prefix)]
        self.stream.inserted.clear()
        for start in range(0, len(keys), self.batch_size):
            self._hand_over(runtime, keys[start : start + self.batch_size])
        return bool(keys)

    def _hand_over(self, runtime: Runtime, keys: list[tuple[str, str]]) -> None:
        for _ in range(1 if len(keys) > 1 else TRIES):
            try:
                runtime.run(self.function, {"Records": [_record(key) for key in keys]})
            except (Exception, WorkerKilled):  # noqa: BLE001 - whatever a handler raises, its batch comes back
                report(self.function)
            else:
                return
        if len(keys) > 1:
            half = len(keys) // 2
            self._hand_over(runtime, keys[:half])
            self._hand_over(runtime, keys[half:])
            return
        url = client("sqs").get_queue_url(QueueName=self.dead_letters.rsplit(":", 1)[1])["QueueUrl"]
        self.function.grants.check("sqs", "SendMessage", {"QueueUrl": url})  # Lambda sends it with the function's role
        client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps({"DDBStreamBatchInfo": {"batchSize": len(keys)}}))


def _record(key: tuple[str, str]) -> dict[str, Any]:
    keys = {"pk": {"S": key[0]}, "sk": {"S": key[1]}}
    written = {"Keys": keys, "SequenceNumber": "1", "StreamViewType": "KEYS_ONLY"}
    return {"eventID": "1", "eventName": "INSERT", "eventSource": "aws:dynamodb", "awsRegion": REGION, "dynamodb": written}


def prefix_of(criteria: dict[str, Any]) -> str:
    """The beginning of keys that a mapping's filter lets through; raises where it says anything else."""
    (one,) = criteria["Filters"]
    pattern = json.loads(one["Pattern"])
    (allowed,) = pattern["dynamodb"]["Keys"]["pk"]["S"]
    known = {"eventName": ["INSERT"], "dynamodb": {"Keys": {"pk": {"S": [{"prefix": allowed["prefix"]}]}}}}
    if pattern != known:
        raise ValueError(one["Pattern"])
    return str(allowed["prefix"])
