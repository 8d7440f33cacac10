"""Answers that no other test asks for, each held against the OpenAPI document by the witness that sees them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration import scenario
from tests.witness import Undocumented, Witness, closed

if TYPE_CHECKING:
    from local.gateway import Response
    from local.stack import Stack

LEVY = {"levy_id": "l-1", "month": "2026-10", "currency": "EUR", "amount": "10", "distribution": {"party": "ann"}}


def test_the_answers_of_a_settled_month(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    assert scenario.settle(stack)["status"] == "sealed"

    def get(path: str) -> Any:
        reply = stack.http("GET", path, scope="admin")
        assert reply.status == 200, reply.text
        return reply.json()

    def send(method: str, path: str, body: dict[str, Any] | None = None, party: str | None = None, scope: str = "admin") -> Response:
        reply = stack.http(method, path, party=party, scope=scope, json=body)
        assert reply.status in {200, 201}, reply.text
        return reply

    assert get("/v1/completeness/2026-10")["complete"] is True
    assert [cost["licensee"] for cost in get("/v1/costs?month=2026-10")["items"]] == ["fox"]
    (invoice,) = get("/v1/invoices")["items"]
    assert get(f"/v1/invoices/{invoice['number']}") == invoice
    assert stack.http("GET", f"/v1/invoices/{'9' * 5_000}", scope="finance").status == 404
    assert {line["party_id"] for line in get("/v1/settlements/2026-10/lines?account=party")["items"]} == {"ann"}
    assert get("/v1/revenue/rev-10?licensee=fox")["net_revenue"] == "1234.56"
    assert get("/v1/usage/b-1/records?reporter=fox")["records"][0]["quantity"] == 12
    assert get("/v1/adjustments")["items"] == get("/v1/write-offs")["items"] == []
    assert get("/v1/tax-rates")["rates"] == []
    send("POST", "/v1/disputes", {"dispute_id": "d-1", "work": "track", "reason": "I played it"}, "ann", "registry.write")
    assert get("/v1/disputes/d-1")["status"] == "open"
    levy = {"levy_id": "l-1", "month": "2026-10", "currency": "EUR", "amount": "10", "distribution": {"formula": "equal"}}
    send("POST", "/v1/levies", levy)
    assert get("/v1/levies/l-1")["amount"] == "10"
    assert send("DELETE", "/v1/levies/l-1").json()["status"] == "withdrawn"
    assert send("DELETE", "/v1/usage/b-1", party="fox", scope="usage.write").json()["status"] == "withdrawn"


def test_a_mandate_is_refused_or_withdrawn(stack: Stack) -> None:
    scenario.party(stack, "stim", "society")
    approved = stack.http("POST", "/v1/societies/stim:approve", scope="admin", json={"evidence": "register, entry 7"})
    assert approved.status == 200, approved.text
    for member in ("bob", "eve"):
        mandate = {"society": "stim", "rights": ["composition"], "uses": ["training"]}
        body = {"name": member.title(), "kind": "creator", "country": "SE", "mandates": [mandate]}
        scenario.register(stack, "parties", member, body, member)

    def answer(member: str, verdict: str, by: str) -> str:
        (stands,) = stack.http("GET", f"/v1/parties/{member}", party=member, scope="registry.write").json()["accords"]
        path = f"/v1/parties/{member}/mandates/{stands['mandate']}:{verdict}"
        reply = stack.http("POST", path, party=by, scope="registry.write", json={"reason": "not yet"})
        assert reply.status == 200, reply.text
        (stands,) = reply.json()["accords"]
        return str(stands["status"])

    assert answer("bob", "refuse", "stim") == "refused"
    assert answer("eve", "withdraw", "eve") == "withdrawn"


def test_what_the_document_does_not_say_is_no_answer() -> None:
    described = {
        "components": {"responses": {}},
        "paths": {
            "/v1/plays/{id}": {
                "get": {
                    "operationId": "get_play",
                    "responses": {
                        "200": {"content": {"application/json": {"schema": {"type": "object", "properties": {"n": {"type": "integer"}}}}}}
                    },
                }
            }
        },
    }
    from local.gateway import Request, Response  # noqa: PLC0415 - here alone

    witness, request = Witness(described), Request("GET", "/v1/plays/p-1", "", [], b"")

    def answer(status: int, body: bytes, media_type: str = "application/json") -> None:
        witness(request, Response(status, {"content-type": media_type}, body))

    answer(200, b'{"n": 1}')
    for status, body, media_type, why in [
        (200, b'{"n": "1"}', "application/json", "at n"),
        (200, b'{"n": 1, "m": 2}', "application/json", "'m' was unexpected"),
        (201, b'{"n": 1}', "application/json", "answers 201"),
        (200, b"n", "text/plain", "as text/plain"),
        (404, b"{}", "application/problem+json", "answers 404"),
    ]:
        with pytest.raises(Undocumented, match=why):
            answer(status, body, media_type)
    assert closed({"type": "object", "properties": {}, "additionalProperties": True})["additionalProperties"] is True
