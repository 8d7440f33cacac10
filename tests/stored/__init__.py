"""Whole stacks as versions of the code left them: what is kept for years has to be read by every later version.

A sample is made by the version that it is of, before the next is begun: `python -m tests.stored VERSION`. Pictures of documents are
left out: nothing reads them.
"""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.integration import scenario

if TYPE_CHECKING:
    from local.stack import Stack

FOLDER = Path(__file__).parent
TABLES = ("UsageTable", "RegistryTable", "LedgerTable")
BUCKETS = ("DropBucket", "SettlementBucket", "FactsBucket")
NEXT = "2026-12-10T06:00:00Z"
"""When the settlement after the sample's is asked for."""
SAID = ("usage_month", "deal_id", "mechanism", "licensee", "work_key", "account", "party_id", "member_id", "reason", "quantity", "amount")


def story(stack: Stack) -> None:
    """A month settled, and of the next one batch accrued and one still in the outbox."""
    scenario.world(stack)
    stack.at(scenario.SETTLED)
    assert scenario.settle(stack)["status"] == "sealed"
    scenario.usage(stack, "b-9", ("output:gen-1", "2026-10-09", 4), ("output:gen-2", "2026-11-02", 3))
    scenario.accrue(stack, "2026-11-10T09:00:00Z")
    scenario.usage(stack, "b-10", ("output:gen-1", "2026-11-03", 2))


def settled_next(stack: Stack) -> list[dict[str, str]]:
    """The lines of the settlement after, by what they are for."""
    stack.at(NEXT)
    assert scenario.settle(stack, "2026-11", "2026-11")["status"] == "sealed", stack.errors
    return [{name: line[name] for name in SAID} for line in scenario.lines_of(stack, "2026-11")]


def taken(stack: Stack) -> dict[str, Any]:
    """All that a stack keeps, as JSON."""
    scans = {name: stack.aws("dynamodb").scan(TableName=stack.name(name))["Items"] for name in TABLES}
    objects = {name: stack.objects(name) for name in BUCKETS}
    return {
        "tables": {name: [_plain(item) for item in items] for name, items in scans.items()},
        "buckets": {
            name: {key: base64.b64encode(body).decode() for key, body in found.items() if not key.endswith(".pdf")}
            for name, found in objects.items()
        },
    }


def put(stack: Stack, sample: dict[str, Any]) -> None:
    """Let a stack hold what a sample holds."""
    for name, items in sample["tables"].items():
        for item in items:
            stack.aws("dynamodb").put_item(TableName=stack.name(name), Item=_bytes(item))
    for name, objects in sample["buckets"].items():
        for key, body in objects.items():
            stack.aws("s3").put_object(Bucket=stack.name(name), Key=key, Body=base64.b64decode(body))


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    return found


def _plain(node: Any) -> Any:
    if isinstance(node, bytes):
        return {"base64": base64.b64encode(node).decode()}
    if isinstance(node, dict):
        return {name: _plain(value) for name, value in node.items()}
    return [_plain(value) for value in node] if isinstance(node, list) else node


def _bytes(node: Any) -> Any:
    if isinstance(node, dict):
        return base64.b64decode(node["base64"]) if set(node) == {"base64"} else {name: _bytes(value) for name, value in node.items()}
    return [_bytes(value) for value in node] if isinstance(node, list) else node
