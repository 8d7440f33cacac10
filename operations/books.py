"""Keeps the books that stand, where an earlier version marked some of them as replaced: in time the bucket would remove these.

    python -m operations.books STACK

A book that was removed already is there again while the bucket keeps its last version, ninety days long. Doing it again changes nothing,
also while a settlement runs: at worst a book that it replaces meanwhile is kept.
"""

from __future__ import annotations

import argparse
import json
from typing import Any, Final, NamedTuple

import boto3

HEAD: Final = {"pk": {"S": "CHAIN"}, "sk": {"S": "HEAD"}}
"""Where the ledger says which settlement was sealed last."""
INDEX: Final = "state/books.json"
MARK: Final = {"Key": "superseded", "Value": "true"}
"""By which a rule of the bucket removes a book when its time is over."""


class Kept(NamedTuple):
    """Books that stand: how many there are, how many were marked as replaced, how many were removed and are there again; and those lost."""

    standing: int
    marked: int
    back: int
    lost: list[str]


def standing(ledger: str, bucket: str) -> list[str]:
    """The keys of the books that the settlement which was sealed last names; none before the first."""
    head = boto3.client("dynamodb").get_item(TableName=ledger, Key=HEAD, ConsistentRead=True).get("Item", {})
    sealed_id = head.get("sealed_id", {}).get("S", "")
    if not sealed_id:
        return []
    index = json.loads(boto3.client("s3").get_object(Bucket=bucket, Key=f"{sealed_id}/{INDEX}")["Body"].read())
    months = index.get("months", index)  # before it had a format it was its months alone
    return sorted(key for month in months.values() for key in month["parts"].values())


def keep(ledger: str, bucket: str) -> Kept:
    """Let every book that stands be there, and stay."""
    client, keys = boto3.client("s3"), standing(ledger, bucket)
    marked = back = 0
    lost = list[str]()
    for key in keys:
        if removed := _removed(bucket, key):
            if not removed[1]:
                lost.append(key)
                continue
            client.delete_object(Bucket=bucket, Key=key, VersionId=removed[0])
            back += 1
        tags = client.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
        if MARK in tags:
            kept: Any = [MARK | {"Value": "false"}, *(tag for tag in tags if tag["Key"] != MARK["Key"])]
            client.put_object_tagging(Bucket=bucket, Key=key, Tagging={"TagSet": kept})
            marked += 1
    return Kept(len(keys), marked, back, lost)


def _removed(bucket: str, key: str) -> tuple[str, bool] | None:
    """The mark of an object's deletion, and whether a version of it is left; nothing of an object that is there."""
    listed = boto3.client("s3").list_object_versions(Bucket=bucket, Prefix=key, MaxKeys=10)
    versions = [one for one in listed.get("Versions", []) if one["Key"] == key]
    if any(one["IsLatest"] for one in versions):
        return None
    marks = [one["VersionId"] for one in listed.get("DeleteMarkers", []) if one["Key"] == key and one["IsLatest"]]
    return marks[0] if marks else "", bool(versions and marks)


def main() -> None:
    """The command; it ends with 1 where a book is lost."""
    parser = argparse.ArgumentParser(prog="python -m operations.books", description=__doc__)
    parser.add_argument("stack")
    stack, client = parser.parse_args().stack, boto3.client("cloudformation")
    ledger, bucket = (
        client.describe_stack_resource(StackName=stack, LogicalResourceId=name)["StackResourceDetail"]["PhysicalResourceId"]
        for name in ("LedgerTable", "SettlementBucket")
    )
    kept = keep(ledger, bucket)
    print(f"{kept.standing} books stand; {kept.marked} were marked as replaced, {kept.back} are there again")
    if kept.lost:
        raise SystemExit("\n".join([f"{len(kept.lost)} are lost; bring them back from a backup, under their keys:", *kept.lost]))


if __name__ == "__main__":
    main()
