"""Switches a stack's schedules off and on: meanwhile nothing accrues, settles or is reconciled by itself.

    python -m operations.schedules STACK off

A schedule is given as a whole whenever it is changed, and so it is here: what it starts and when stays as it was deployed.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from collections.abc import Iterable

SCHEDULE = "AWS::Scheduler::Schedule"
STATES = {"on": "ENABLED", "off": "DISABLED"}
_SAID_BY_AWS = frozenset({"Arn", "CreationDate", "LastModificationDate", "ResponseMetadata"})


def of(stack: str) -> list[str]:
    """The names of a stack's schedules."""
    pages = boto3.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    found = [entry for page in pages for entry in page["StackResourceSummaries"]]
    return [entry["PhysicalResourceId"] for entry in found if entry["ResourceType"] == SCHEDULE]


def running(names: Iterable[str]) -> list[str]:
    """Those of the schedules that are on."""
    client = boto3.client("scheduler")
    return [name for name in names if client.get_schedule(Name=name)["State"] == STATES["on"]]


def switch(names: Iterable[str], to: str) -> None:
    """Switch schedules `on` or `off`."""
    client = boto3.client("scheduler")
    for name in names:
        found: Any = client.get_schedule(Name=name)
        stated = {field: value for field, value in found.items() if field not in _SAID_BY_AWS}
        client.update_schedule(**stated | {"State": STATES[to]})


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m operations.schedules", description=__doc__)
    parser.add_argument("stack")
    parser.add_argument("to", choices=sorted(STATES))
    asked = parser.parse_args()
    names = of(asked.stack)
    switch(names, asked.to)
    print(f"{asked.to}: {', '.join(names)}")


if __name__ == "__main__":
    main()
