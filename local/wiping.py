"""Empties a deployed stack, so that a test may start as if it had just been deployed: milliseconds, not seconds."""

from __future__ import annotations

from collections import defaultdict

from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends
from moto.sqs.models import sqs_backends
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from local.aws import ACCOUNT, REGION


def wipe() -> None:
    """Removes items, objects, messages and executions, and what moto remembers of them. The resources stay as they are."""
    dynamodb = dynamodb_backends[ACCOUNT][REGION]
    dynamodb.__dict__.pop("request_tokens", None)
    for table in dynamodb.tables.values():
        table.items = defaultdict(dict)
    for bucket in s3_backends[ACCOUNT]["aws"].buckets.values():
        bucket.keys.clear()
        bucket.multiparts.clear()
    for queue in sqs_backends[ACCOUNT][REGION].queues.values():
        queue._messages.clear()
        queue._pending_messages.clear()
        queue.deleted_messages.clear()
    for machine in stepfunctions_parser_backends[ACCOUNT][REGION].state_machines:
        machine.executions.clear()
