"""Reading of a settlement as its parties do."""

from typing import Any

from local.gateway import Response
from local.stack import Stack


def get(stack: Stack, path: str, party: str | None = None, scope: str = "finance", **query: Any) -> Response:
    return stack.http("GET", f"/v1/{path}", party=party, scope=scope, query=query)


def faults(reply: Response) -> list[str]:
    assert reply.headers["content-type"] == "application/problem+json"
    return [fault["field"] for fault in reply.json().get("errors", [])]
