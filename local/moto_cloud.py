"""moto as the stand-in for AWS: corrected (see `moto_patches`), and looked into where it has no door."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from moto import mock_aws
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.s3.models import FakeDeleteMarker, s3_backends
from moto.sqs.models import sqs_backends
from moto.stepfunctions.models import stepfunctions_backends  # noqa: F401 - registers the service
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from local import moto_patches, watch
from local.aws import ACCOUNT, REGION
from local.cloud import Waiting
from local.streams import TableStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from random import Random

    from botocore.config import Config
    from moto.core.config import DefaultConfig

    from local.cloud import Hooks


class MotoCloud:
    """See `local.cloud.Cloud`."""

    def __init__(self) -> None:
        # with credentials of its own for the whole process, links that others signed before would lead nowhere
        config: DefaultConfig = {"core": {"reset_boto3_session": False, "mock_credentials": False}}
        self._mock = mock_aws(config=config | {"stepfunctions": {"execute_state_machine": True}})
        self._mock.start()
        boto3.setup_default_session(region_name=REGION)  # after the watch, which only new sessions see
        self._shared: Callable[[str], Any] = cache(lambda service: boto3.client(service, region_name=REGION))

    def start(self, hooks: Hooks) -> None:
        """From now on this stack's clock, faults and functions count."""
        watch.attach(hooks)
        moto_patches.attach(hooks)

    def stop(self) -> None:
        """Is gone."""
        self._mock.stop()

    def client(self, service: str, config: Config | None = None) -> Any:
        """The boto3 client of a service."""
        return self._shared(service) if config is None else boto3.client(service, config=config)  # type: ignore[call-overload]

    def stored(self, table: str, key: Mapping[str, Any]) -> Mapping[str, Any]:
        """An item as it stands; empty where there is none."""
        partitions = dynamodb_backends[ACCOUNT][REGION].tables[table].items
        pk, sk = DynamoType(key["pk"]), DynamoType(key["sk"])
        found: Any = partitions[pk].get(sk) if pk in partitions else None
        return dict(found.to_json()["Attributes"]) if found else {}

    def objects(self, bucket: str) -> dict[str, bytes]:
        """The objects of a bucket, by key; read where they lie, for through the SDK most of a test is reading them."""
        keys = s3_backends[ACCOUNT]["aws"].buckets[bucket].keys
        return {key: keys[key].value for key in sorted(keys) if not isinstance(keys[key], FakeDeleteMarker)}

    def stream(self, table: str) -> TableStream:
        """What is new in a table, from when this was first asked."""
        held: Any = dynamodb_backends[ACCOUNT][REGION].tables[table]
        if not isinstance(held.stream_shard, TableStream):
            held.stream_shard = TableStream()
        stream: TableStream = held.stream_shard
        return stream

    def queues(self) -> Iterator[tuple[str, list[Waiting]]]:
        """Every queue by its name, and what is in it."""
        for name, queue in sqs_backends[ACCOUNT][REGION].queues.items():
            yield name, [Waiting(one.body, one.visible, float(str(one.sent_timestamp)) / 1000) for one in queue._messages]

    def end(self, execution_arn: str, status: str) -> None:
        """An execution ended without a word."""
        for machine in stepfunctions_parser_backends[ACCOUNT][REGION].state_machines:
            executions: Any = machine.executions
            for execution in executions:
                if execution.execution_arn == execution_arn:
                    execution.exec_status = ExecutionStatus[status]

    def wipe(self) -> None:
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
            queue.__dict__.pop("deduplicated", None)
        for machine in stepfunctions_parser_backends[ACCOUNT][REGION].state_machines:
            machine.executions.clear()

    def expire(self, now: float, share: float, dice: Random) -> int:
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
