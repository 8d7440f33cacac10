"""Takes things out of a deployed stack: everything, so that a test may start as if it had just been deployed, or what has expired."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends
from moto.sqs.models import sqs_backends
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from local.aws import ACCOUNT, REGION
from local.streams import TableStream

if TYPE_CHECKING:
    from random import Random


def wipe() -> None:
    """Removes items, objects, messages and executions, and what moto remembers of them. The resources stay as they are."""
    dynamodb = dynamodb_backends[ACCOUNT][REGION]
    dynamodb.__dict__.pop("request_tokens", None)
    for table in dynamodb.tables.values():
        table.items = defaultdict(dict)
        stream: object = table.stream_shard
        if isinstance(stream, TableStream):
            stream.inserted.clear()
    for bucket in s3_backends[ACCOUNT]["aws"].buckets.values():
        bucket.keys.clear()
        bucket.multiparts.clear()
    for queue in sqs_backends[ACCOUNT][REGION].queues.values():
        queue._messages.clear()
        queue._pending_messages.clear()
        queue.deleted_messages.clear()
    for machine in stepfunctions_parser_backends[ACCOUNT][REGION].state_machines:
        machine.executions.clear()


def expire(now: float, share: float, dice: Random) -> int:
    """Removes items whose time to live is over, each with the probability `share`; how many."""
    gone = 0
    for table in dynamodb_backends[ACCOUNT][REGION].tables.values():
        if table.ttl.get("TimeToLiveStatus") != "ENABLED":
            continue
        name = table.ttl["AttributeName"]
        for items in table.items.values():
            for sort, item in sorted(items.items(), key=lambda pair: pair[0].value):
                value = item.attrs.get(name)
                if value is not None and float(value.value) < now and dice.random() < share:
                    del items[sort]
                    gone += 1
    return gone
