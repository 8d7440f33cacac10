"""Every route by everybody who should get nothing: generated from the OpenAPI document, so that a route that is added is asked, too.

Nobody without a token that is in force, with a scope that is not the route's, or with another party's ids in path, query, body or cursor
reads or writes what is not theirs, nor learns it from the refusal. What is whose is told by what was written down in a small world.
"""

from __future__ import annotations

import json
import re
import time
from itertools import product
from typing import TYPE_CHECKING, Any, Final

import pytest

from local import tokens
from local.generate import OPENAPI
from tests.integration import scenario
from tests.integration.scenario import ISRC, files_of, lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.gateway import Response
    from local.stack import Stack

DOCUMENT: Final[dict[str, Any]] = json.loads(OPENAPI.read_text(encoding="utf-8"))
SCOPES: Final = ("usage.write", "disclosures.write", "registry.write", "statements.read", "finance")
OFFICE: Final = frozenset({"finance", "admin"})
THIEF: Final = "eve"
LINE_DIGITS_MIN: Final = 6
"""Of an amount, to be told from another by its digits."""

IDS: Final = {
    "batch_id": "b-1",
    "client_id": "client-1",
    "clearance_id": "k-1",
    "deal_id": "ann-direct",
    "dispute_id": "d-1",
    "endpoint_id": "w-1",
    "hold_id": "h-1",
    "levy_id": "l-1",
    "licensee": "fox",
    "month": "2026-10",
    "output_id": "gen-1",
    "party_id": "ann",
    "report_id": "rep-1",
    "run_id": "run-1",
    "settlement_id": "2026-10",
    "society_id": "stim",
    "what_if_id": "q-1",
    "work_id": "track",
    "year": "2026",
    "folder": "statements",
    "name": "lines.csv",
    "number": "00000001",
    "partition": "usage:fox:2026-10-03:0000",
}
"""Ids of things that are not the thief's."""
OTHERS: Final = {
    "reporter": "fox",
    "licensee": "fox",
    "party": "ann",
    "party_id": "ann",
    "owner": "ann",
    "society": "stim",
    "work": "track",
}
_USED: Final = {"record_id": "r", "subject": ISRC, "use": "stream", "used_on": "2026-10-03", "quantity": 1, "territory": "SE"}
_MADE: Final = {"model": "fox-1", "method": "m", "method_version": "1"}
_PARTY: Final = {"name": "Ann", "kind": "creator", "country": "SE", "payout": scenario.BANK | {"threshold": "9"}}
_WORK: Final = {"title": "Track", "kind": "recording", "shares": [{"party": THIEF, "share": "1"}], "permissions": scenario.ALLOWED}
_TERMS: Final = {"licensee": "fox", "licensor": "ann", "currency": "EUR", "from": "2026-01-01", "territories": ["*"]}
BODIES: Final[dict[str, Any]] = {
    "/v1/usage": {"batch_id": "t-1", "reporter": "fox", "records": [_USED]},
    "/v1/attributions": {"report_id": "t-1", "licensee": "fox", "records": [{"output_id": "gen-1", "confidence": "1", "shares": []}]}
    | _MADE,
    "/v1/training-runs": {
        "run_id": "t-1",
        "licensee": "fox",
        "model": "m",
        "trained_on": "2026-10-01",
        "works": [{"work": ISRC, "weight": "1"}],
    },
    "/v1/revenue": {"report_id": "t-1", "licensee": "fox", "month": "2026-10", "currency": "EUR", "net_revenue": "1"},
    "/v1/completeness": {"reporter": "fox", "month": "2026-10", "batches": 9, "records": 9, "revenue": {}},
    "/v1/clearances": {"clearance_id": "t-1", "licensee": "fox", "use": "training", "day": "2026-10-01", "works": [ISRC]},
    "/v1/parties/{party_id}": _PARTY,
    "/v1/works/{work_id}": _WORK,
    "/v1/deals/{deal_id}": _TERMS | {"terms": [{"mechanism": "micro_royalty", "rate": "0"}]},
    "/v1/societies/{society_id}/tariff": {"rates": [{"admin_fee": "0"}]},
    "/v1/societies/{society_id}/members": {
        "members": [{"party": THIEF, "name": "Eve", "country": "SE", "mandate": {"rights": ["recording"]}}]
    },
    "/v1/works/{work_id}:transfer": {"to": THIEF},
    "/v1/what-ifs": {"what_if_id": "t-1", "months": ["2026-10"], "change": {"deals": [{"replace": "ann-direct", "terms": []}]}},
}
"""What a thief says in the name of others; to the rest of the routes it says nothing."""


class Asked:
    """One operation, with the ids of others in its path."""

    def __init__(self, method: str, path: str, said: dict[str, Any]) -> None:
        self.method, self.template, self.said = method.upper(), path, said
        self.path = re.sub(r"\{(\w+)\}", lambda found: IDS.get(found[1], "x-1"), path)
        self.scopes = frozenset(said["security"][0]["token"])
        self.body = None if self.method in {"GET", "DELETE"} else BODIES.get(path, {})
        self.query = [one["name"] for one in said.get("parameters", []) if one.get("in") == "query"]

    def __repr__(self) -> str:
        return f"{self.method} {self.template}"


OPERATIONS: Final = [Asked(method, path, said) for path, methods in DOCUMENT["paths"].items() for method, said in methods.items()]


def furnish(stack: Stack) -> None:
    """A settled month, and one thing of each kind that has an owner."""
    scenario.world(stack)
    scenario.party(stack, THIEF, "creator")
    told = [
        (
            "POST",
            "/v1/clearances",
            "fox",
            "disclosures.write",
            {"clearance_id": "k-1", "use": "training", "day": "2026-10-01", "works": [ISRC]},
        ),
        ("POST", "/v1/disputes", "bob", "registry.write", {"dispute_id": "d-1", "work": "other", "reason": "a secret reason"}),
        ("PUT", "/v1/webhooks/w-1", "ann", "statements.read", {"url": "http://127.0.0.1:9/secret-path"}),
        (
            "POST",
            "/v1/levies",
            None,
            "admin",
            {"levy_id": "l-1", "month": "2026-10", "currency": "EUR", "amount": "777.77", "distribution": {"formula": "equal"}},
        ),
        ("PUT", "/v1/parties/ann/clients/client-1", None, "admin", None),
    ]
    for method, path, party, scope, body in told:
        reply = stack.http(method, path, party=party, scope=scope, json=body)
        assert reply.status in {200, 201}, (path, reply.text)
    stack.at(scenario.SETTLED)
    assert scenario.settle(stack)["status"] == "sealed"
    reply = stack.http(
        "POST", "/v1/holds", scope="finance", json={"hold_id": "h-1", "licensee": "fox", "months": ["2026-10"], "reason": "a secret reason"}
    )
    assert reply.status == 201, reply.text
    reply = stack.http("POST", "/v1/what-ifs", scope="finance", json={"what_if_id": "q-1", "months": ["2026-10"], "change": {"levies": []}})
    assert reply.status == 202, reply.text
    stack.drain()


def secrets(stack: Stack) -> list[str]:
    """Texts that only their owners and the office may read: accounts, revenue, rates, reasons, and every amount that was settled."""
    amounts = {line["amount"].lstrip("-") for line in lines_of(stack)}
    payments = files_of(stack)["payments.csv"].decode()
    amounts |= set(re.findall(r"\d+\.\d+", payments))
    told = {"SE4550000000058398257466", "1234.56", "0.013", "777.77", "a secret reason", "secret-path"}
    return sorted(told | {amount for amount in amounts if len(amount) >= LINE_DIGITS_MIN})


def stored(stack: Stack) -> dict[str, str]:
    """Every item and object, as text."""
    items = {f"{table} {item['pk']} {item['sk']}": repr(item) for table in TABLES for item in stack.items(table)}
    objects = {
        f"{bucket} {key}": repr(body) for bucket in ("DropBucket", "SettlementBucket") for key, body in stack.objects(bucket).items()
    }
    return items | objects


TABLES: Final = ("UsageTable", "RegistryTable", "LedgerTable")


class House:
    """A furnished stack, what must not be read of it, and what stands in it."""

    def __init__(self, stack: Stack) -> None:
        furnish(stack)
        self.stack, self.secrets, self.before = stack, secrets(stack), stored(stack)

    def learns_nothing(self, asked: Asked, reply: Response, who: str) -> None:
        found = [secret for secret in self.secrets if secret in reply.text]
        assert not found, (who, asked, reply.status, found, reply.text[:400])

    def changes_nothing(self, asked: Asked, who: str, mine: str = "") -> None:
        """What stands is what stood, but for what is in the name of who asked."""
        if asked.method == "GET":
            return
        now = stored(self.stack)
        changed = [name for name in {*now, *self.before} if now.get(name) != self.before.get(name)]
        wrong = [name for name in changed if not mine or (mine not in name and mine not in now.get(name, ""))]
        wrong += [name for name in changed if name in self.before and mine not in name]
        assert not wrong, (who, asked, sorted(wrong)[:5])
        self.before = now

    def ask(self, asked: Asked, token: str | None, **more: Any) -> Response:
        headers = {"authorization": token} if token else {}
        return self.stack.http(asked.method, asked.path, headers=headers, json=asked.body, **more)


@pytest.fixture
def house(stack: Stack) -> House:
    return House(stack)


def strangers(stack: Stack) -> Iterator[tuple[str, str | None]]:
    """Tokens that open nothing, whatever they say."""
    (pool_id,), client = stack._deployment.pool_ids.values(), stack._deployment.client_ids["MachineClient"]
    every = "admin finance usage.write registry.write statements.read disclosures.write"

    def signed(pool: str = pool_id, who: str = client, **claims: Any) -> str:
        return f"Bearer {tokens.sign(pool, who, every, {'party_id': 'ann'} | claims)}"

    yield "no token", None
    yield "no token at all", "Bearer x.y.z"
    yield "expired", signed(exp=int(time.time()) - 600)
    yield "another issuer", signed(pool="eu-west-1_Elsewhere")
    yield "an unknown client", signed(who="nobody-knows")
    yield "an id token", signed(token_use="id")
    whole = signed()
    yield "another signature", whole[:-8] + ("A" * 8 if whole[-8:] != "A" * 8 else "B" * 8)


def test_whoever_has_no_token_that_opens_anything_gets_nothing(house: House) -> None:
    for (who, token), asked in product(list(strangers(house.stack)), OPERATIONS):
        reply = house.ask(asked, token)
        assert reply.status in {401, 403}, (who, asked, reply.status, reply.text[:300])
        house.learns_nothing(asked, reply, who)
    house.changes_nothing(Asked("POST", "/v1/usage", DOCUMENT["paths"]["/v1/usage"]["post"]), "strangers")


def test_no_scope_opens_a_route_that_asks_for_another(house: House) -> None:
    for scope, asked in product(SCOPES, OPERATIONS):
        if scope in asked.scopes:
            continue
        for party in ("ann", "fox", None):  # even who owns it needs the scope
            reply = house.ask(asked, f"Bearer {house.stack.token(party, scope)}")
            assert reply.status == 403, (scope, party, asked, reply.status, reply.text[:300])
            house.learns_nothing(asked, reply, f"{party} with {scope}")
    house.changes_nothing(Asked("POST", "/v1/usage", DOCUMENT["paths"]["/v1/usage"]["post"]), "wrong scopes")


def test_with_the_right_scope_nobody_reads_or_writes_what_is_anothers(house: House) -> None:
    """Another party's ids in the path and in the body; then, route by route, in each query parameter, and behind its cursors."""
    for asked in OPERATIONS:
        for scope in sorted(asked.scopes - OFFICE):
            who, token = f"{THIEF} with {scope}", f"Bearer {house.stack.token(THIEF, scope)}"
            reply = house.ask(asked, token)
            house.learns_nothing(asked, reply, who)
            assert reply.status != 307, (who, asked, reply.headers)
            house.changes_nothing(asked, who, THIEF)
            for name in asked.query:
                if name in OTHERS:
                    house.learns_nothing(asked, house.ask(asked, token, query={name: OTHERS[name]}), f"{who}, {name}")
            if "cursor" in asked.query:
                listed = house.ask(asked, f"Bearer {house.stack.token(None, 'admin finance')}", query={"limit": "1"})
                if listed.status == 200 and (cursor := listed.json()["next_cursor"]):
                    house.learns_nothing(asked, house.ask(asked, token, query={"cursor": cursor}), f"{who}, a cursor of finance's")


def test_who_acts_for_nobody_sees_what_belongs_to_nobody(house: House) -> None:
    for asked in OPERATIONS:
        for scope in sorted(asked.scopes - OFFICE):
            reply = house.ask(asked, f"Bearer {house.stack.token(None, scope)}")
            house.learns_nothing(asked, reply, f"nobody with {scope}")
            house.changes_nothing(asked, f"nobody with {scope}")
