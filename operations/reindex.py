"""Writes the rows by which a party finds the works that it administers, for works that were registered before such rows were.

Each version of a work that is registered, and each work that is handed on, brings its row along; a restored table has those that were
there. Doing it again changes nothing, also while the stack runs: a row is a hint, and whose a work is stands in the work alone.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

import boto3

from operations.restore import BATCH_ITEMS_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKS = "begins_with(pk, :work) AND sk = :entity"


def administered(table: str) -> Iterator[dict[str, Any]]:
    """A row for each work that somebody administers."""
    names = {":work": {"S": "WORK#"}, ":entity": {"S": "ENTITY"}}
    pages = boto3.client("dynamodb").get_paginator("scan")
    for page in pages.paginate(
        TableName=table,
        FilterExpression=WORKS,
        ExpressionAttributeValues=names,
        ExpressionAttributeNames={"#owner": "owner", "#id": "id"},
        ProjectionExpression="#id, #owner",
    ):
        for work in page["Items"]:
            if owner := work["owner"]["S"]:
                yield {"pk": {"S": f"ADMINISTERED#{owner}"}, "sk": work["id"]}


def reindex(table: str) -> int:
    """Write the rows into the table of the registry; how many."""
    client, rows = boto3.client("dynamodb"), list(administered(table))
    for start in range(0, len(rows), BATCH_ITEMS_MAX):
        left: Any = {table: [{"PutRequest": {"Item": row}} for row in rows[start : start + BATCH_ITEMS_MAX]]}
        while left:
            left = client.batch_write_item(RequestItems=left)["UnprocessedItems"]
    return len(rows)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m operations.reindex", description=__doc__)
    parser.add_argument("--stack", required=True, help="the stack whose works were registered by an earlier version")
    found = boto3.client("cloudformation").describe_stack_resource(StackName=parser.parse_args().stack, LogicalResourceId="RegistryTable")
    print(f"registry: {reindex(found['StackResourceDetail']['PhysicalResourceId'])}")


if __name__ == "__main__":
    main()
