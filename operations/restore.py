"""Fills a new stack with what another one held at an instant: three restored tables, and a versioned bucket.

Point-in-time recovery restores a table into one of another name, and a stack makes its own tables; so the items are copied. Copying again
changes nothing: an item is written as it is, an object under its key.

The stack stands still meanwhile. A schedule of its own that ran between two tables would accrue what it finds, and say that it is done;
what the next table brings would then be what was accrued before, and what was accepted last would count nowhere.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
from boto3.s3.transfer import TransferConfig

from operations import schedules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TABLES = {"usage": "UsageTable", "registry": "RegistryTable", "ledger": "LedgerTable"}
BUCKETS = {"settlement": "SettlementBucket", "drop": "DropBucket", "facts": "FactsBucket"}
COPIED = {"drop": "receipts/"}
"""What of a bucket is copied, where it is not all: a new stack would read each file that is copied into its drop bucket as a new one."""
BATCH_ITEMS_MAX = 25
COPIED_AT_ONCE_BYTES_MAX = 5 * 1024**3
"""S3 copies up to so many bytes in one call, and more of them in pieces."""


def copy_table(source: str, target: str) -> int:
    """Write every item of one table into another; how many."""
    client, count = boto3.client("dynamodb"), 0
    pages = client.get_paginator("scan").paginate(TableName=source, ConsistentRead=True, PaginationConfig={"PageSize": BATCH_ITEMS_MAX})
    for page in pages:
        left: Any = {target: [{"PutRequest": {"Item": item}} for item in page["Items"]]} if page["Items"] else {}
        while left:
            left = client.batch_write_item(RequestItems=left)["UnprocessedItems"]
        count += len(page["Items"])
    return count


def copy_bucket(source: str, target: str, at: datetime, prefix: str = "") -> int:
    """Copy what a versioned bucket held under a prefix at an instant; how many objects."""
    client, count = boto3.client("s3"), 0
    for key, version in _standing(client, source, at, prefix):
        place: Any = {"Bucket": source, "Key": key, "VersionId": version}
        about = client.head_object(**place)
        if about["ContentLength"] > COPIED_AT_ONCE_BYTES_MAX:
            in_pieces = TransferConfig(multipart_threshold=COPIED_AT_ONCE_BYTES_MAX)  # which take nothing along by themselves
            client.copy(place, target, key, ExtraArgs={"ContentType": about["ContentType"]}, Config=in_pieces)
            if tags := client.get_object_tagging(**place)["TagSet"]:
                client.put_object_tagging(Bucket=target, Key=key, Tagging={"TagSet": tags})
        else:
            client.copy_object(Bucket=target, Key=key, CopySource=place)
        count += 1
    return count


def _standing(client: Any, bucket: str, at: datetime, prefix: str) -> Iterator[tuple[str, str]]:
    """Each key that was there at an instant, with its version of then.

    Times are whole seconds. Of a key's versions of one second the newest is listed first; where a deletion lies among them, the listing
    says of the latest that it is, and of older ones what was written is taken rather than that it was removed.
    """
    newest: dict[str, tuple[tuple[datetime, bool, bool], str]] = {}
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        versions = [(entry, str(entry["VersionId"])) for entry in page.get("Versions", [])]
        deleted = [(entry, "") for entry in page.get("DeleteMarkers", [])]
        for entry, version in (*versions, *deleted):
            before, rank = newest.get(entry["Key"]), (entry["LastModified"], bool(entry["IsLatest"]), bool(version))
            if entry["LastModified"] <= at and (before is None or rank > before[0]):
                newest[entry["Key"]] = (rank, version)
    return ((key, version) for key, (_, version) in sorted(newest.items()) if version)


def restore(resources: dict[str, str], tables: dict[str, str], buckets: dict[str, str], at: datetime) -> dict[str, int]:
    """Copy restored tables and buckets (by short name) into a stack's own (physical names by logical id); how much of each."""
    done = {name: copy_table(source, resources[TABLES[name]]) for name, source in tables.items()}
    copied = {name: copy_bucket(source, resources[BUCKETS[name]], at, COPIED.get(name, "")) for name, source in buckets.items()}
    return done | copied


def require_still(stack: str, names: Sequence[str]) -> None:
    """End the command while one of the stack's schedules is on."""
    if on := schedules.running(names):
        message = f"{', '.join(on)} would run while tables are half copied; python -m operations.schedules {stack} off"
        raise SystemExit(message)


def _pairs(texts: Sequence[str], known: dict[str, str]) -> dict[str, str]:
    pairs = dict(text.split("=", 1) for text in texts)
    if unknown := sorted(pairs.keys() - known.keys()):
        message = f"{unknown[0]!r} is none of {', '.join(known)}"
        raise SystemExit(message)
    return pairs


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m operations.restore", description=__doc__)
    parser.add_argument("--stack", required=True, help="the new stack")
    parser.add_argument("--at", required=True, help="the instant to which the tables were restored, ISO 8601")
    parser.add_argument(
        "--tables", nargs="*", default=[], metavar="NAME=TABLE", help=f"restored tables; NAME is one of {', '.join(TABLES)}"
    )
    parser.add_argument("--buckets", nargs="*", default=[], metavar="NAME=BUCKET", help=f"old buckets; NAME is one of {', '.join(BUCKETS)}")
    asked = parser.parse_args()
    at = datetime.fromisoformat(asked.at)
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    require_still(asked.stack, schedules.of(asked.stack))
    pages = boto3.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=asked.stack)
    resources = {entry["LogicalResourceId"]: entry["PhysicalResourceId"] for page in pages for entry in page["StackResourceSummaries"]}
    for name, count in restore(resources, _pairs(asked.tables, TABLES), _pairs(asked.buckets, BUCKETS), at).items():
        print(f"{name}: {count}")


if __name__ == "__main__":
    main()
