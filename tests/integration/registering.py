"""Registering by the API, as the tests of the registry do."""

from typing import Any

from local.gateway import Response
from local.stack import Stack

ANN: dict[str, Any] = {
    "name": "Ann",
    "kind": "creator",
    "country": "SE",
    "payout": {
        "currency": "SEK",
        "method": "sepa",
        "iban": "SE4550000000058398257466",
        "account_type": "checking",
        "threshold": "100",
        "period": "month",
    },
}

ISRC = "isrc:SEABC2600001"

WORK: dict[str, Any] = {"title": "Song", "kind": "recording", "identifiers": [ISRC], "shares": [{"party": "ann", "share": "1"}]}

DEAL: dict[str, Any] = {
    "licensee": "fox",
    "licensor": "ann",
    "currency": "SEK",
    "from": "2026-01-01",
    "terms": [{"mechanism": "micro_royalty", "rate": "0.1"}],
}


def put(stack: Stack, path: str, body: object, party: str | None, scope: str = "registry.write") -> Response:
    return stack.http("PUT", f"/v1/{path}", party=party, scope=scope, json=body)


def get(stack: Stack, path: str, party: str | None, scope: str = "statements.read") -> Response:
    return stack.http("GET", f"/v1/{path}", party=party, scope=scope)


def register(stack: Stack, name: str, kind: str = "creator", **more: object) -> None:
    assert put(stack, f"parties/{name}", {"name": name.title(), "kind": kind, "country": "SE"} | more, name).status == 201
