"""The stand-in itself: all that is stored, sent and started, and the clients that lead to it."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

from local.cloud import Waiting
from local.memory.dynamodb import DynamoDB
from local.memory.naming import Functions, Naming, Secrets
from local.memory.s3 import S3, Bucket
from local.memory.sqs import SQS, Queue
from local.memory.states import Execution, StepFunctions
from local.memory.uploads import Uploads
from local.streams import TableStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from random import Random

    from botocore.config import Config

    from local.cloud import Hooks
    from local.memory.machine import Machine
    from local.memory.tables import Table


class MemoryCloud:
    """See `local.cloud.Cloud`."""

    hooks: Hooks

    def __init__(self) -> None:
        self.turn = threading.RLock()
        self.tables: dict[str, Table] = {}
        self.tokens: dict[str, tuple[float, list[Any]]] = {}
        self.buckets: dict[str, Bucket] = {}
        self.uploads = Uploads()
        self.queues_by_name: dict[str, Queue] = {}
        self.machines: dict[str, Machine] = {}
        self.executions: dict[str, Execution] = {}
        self.secrets: dict[str, str] = {}
        self._clients: dict[tuple[str, int], Any] = {}

    def start(self, hooks: Hooks) -> None:
        """From now on this stack's clock, faults and functions count."""
        self.hooks = hooks

    def stop(self) -> None:
        """Is gone."""
        self.wipe()

    def client(self, service: str, config: Config | None = None) -> Any:
        """The client of a service; one that sends again as often as `config` says."""
        attempts = (getattr(config, "retries", None) or {}).get("total_max_attempts", 1)
        if (service, attempts) not in self._clients:
            self._clients[service, attempts] = self._made(service, attempts, config)
        return self._clients[service, attempts]

    def _made(self, service: str, attempts: int, config: Config | None) -> Any:
        if service == "s3":
            return S3(self, attempts, config)
        if service == "lambda":
            return Functions(self)
        known = {"dynamodb": DynamoDB, "sqs": SQS, "stepfunctions": StepFunctions, "secretsmanager": Secrets}
        return known[service](self, attempts) if service in known else Naming(self, service)

    def new_bucket(self, name: str) -> Bucket:
        """An empty bucket."""
        return Bucket(name)

    def tell(self, arn: str, text: str) -> None:
        """Carries a notification to a queue or a function."""
        if ":sqs:" in arn:
            self.queues_by_name[arn.rsplit(":", 1)[1]].send(text, self.hooks.epoch())
        else:
            self.hooks.invoke(arn, json.dumps(json.loads(text)).encode(), wait_for_answer=False)

    def stored(self, table: str, key: Mapping[str, Any]) -> Mapping[str, Any]:
        """An item as it stands; empty where there is none."""
        return self.tables[table].get({"pk": key["pk"], "sk": key["sk"]}) or {}

    def objects(self, bucket: str) -> dict[str, bytes]:
        """The objects of a bucket, by key."""
        held = self.buckets[bucket]
        found = ((key, held.versions[key][-1].body) for key in held.order)
        return {key: body for key, body in found if body is not None}

    def stream(self, table: str) -> TableStream:
        """What is new in a table, from when this was first asked."""
        found = self.tables[table].stream = self.tables[table].stream or TableStream()
        return found

    def queues(self) -> Iterator[tuple[str, list[Waiting]]]:
        """Every queue by its name, and what is in it."""
        now = self.hooks.epoch()
        for name, queue in self.queues_by_name.items():
            yield name, [Waiting(message.body, message.visible_at <= now, message.sent_at) for message in queue.messages]

    def end(self, execution_arn: str, status: str) -> None:
        """An execution ended without a word."""
        self.executions[execution_arn].status = status

    def wipe(self) -> None:
        """Nothing stored, sent or started; the resources stay."""
        self.tokens.clear()
        self.executions.clear()
        for table in self.tables.values():
            table.clear()
        for bucket in self.buckets.values():
            bucket.clear()
        for queue in self.queues_by_name.values():
            queue.clear()

    def expire(self, now: float, share: float, dice: Random) -> int:
        """Removes items whose time to live is over, each with the probability `share`; how many."""
        return sum(table.expire(now, share, dice) for table in self.tables.values())
