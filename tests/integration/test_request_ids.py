"""Every answer bears the call's id, and a key of the caller's stands for an id that the body lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration import scenario

if TYPE_CHECKING:
    from local.gateway import Response
    from local.stack import Stack

KEY = "6f1c1c0e-8a1b-4a57-9d0e-0c6f5d2b7a11"


def test_every_answer_bears_the_calls_id(stack: Stack) -> None:
    scenario.party(stack, "fox", "licensee")
    good = stack.http("GET", "/v1/parties/fox", scope="admin")
    refused = stack.http("GET", "/v1/parties/nobody", scope="admin")
    assert good.headers["x-request-id"] == good.headers["apigw-requestid"]
    assert refused.json()["request_id"] == refused.headers["x-request-id"] == refused.headers["apigw-requestid"]
    assert refused.headers["x-request-id"] != good.headers["x-request-id"]
    unsigned = stack.http("GET", "/v1/parties/fox")
    assert (unsigned.status, bool(unsigned.headers["apigw-requestid"])) == (401, True)


RECORD = {"record_id": "r-1", "subject": scenario.ISRC, "use": "stream", "used_on": "2026-10-03", "quantity": 1, "territory": "SE"}
ADJUSTMENT = {"party": "ann", "amount": "5", "currency": "EUR", "reason": "a promise", "evidence": "letter"}
BODIES: list[tuple[str, str, dict[str, Any], str]] = [
    ("/v1/usage", "usage.write", {"records": [RECORD]}, "batch_id"),
    (
        "/v1/training-runs",
        "disclosures.write",
        {"model": "m", "trained_on": "2026-10-02", "works": [{"work": scenario.ISRC, "weight": "1"}]},
        "run_id",
    ),
    ("/v1/revenue", "disclosures.write", {"month": "2026-10", "currency": "EUR", "net_revenue": "1"}, "report_id"),
    ("/v1/clearances", "disclosures.write", {"use": "training", "day": "2026-10-04", "works": [scenario.ISRC]}, "clearance_id"),
    ("/v1/adjustments", "finance", ADJUSTMENT, "adjustment_id"),
]


@pytest.fixture
def fox(stack: Stack) -> Stack:
    stack.at("2026-10-05T08:00:00Z")
    scenario.party(stack, "fox", "licensee")
    scenario.party(stack, "ann", "creator")
    return stack


@pytest.mark.parametrize(("path", "scope", "body", "field"), BODIES, ids=[body[0] for body in BODIES])
def test_a_key_stands_for_an_id_that_the_body_lacks(fox: Stack, path: str, scope: str, body: dict[str, Any], field: str) -> None:
    party = None if scope == "finance" else "fox"

    def post(**headers: str) -> Response:
        return fox.http(
            "POST", path, party=party, scope=scope, json=body, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    first, again = post(Idempotency_Key=KEY), post(Idempotency_Key=KEY)
    assert (first.status, first.json()[field]) == (201, KEY)
    assert (again.status, again.json(), again.headers["idempotency-replayed"]) == (200, first.json(), "true")
    bare = post()
    if path == "/v1/adjustments":
        assert (bare.status, len(bare.json()[field])) == (201, 32), "what nobody has a name for is called by what it says"
    else:
        assert (bare.status, field in bare.json()["detail"]) == (422, True)
    own = fox.http("POST", path, party=party, scope=scope, json=body | {field: "mine"}, headers={"Idempotency-Key": KEY})
    assert (own.status, own.json()[field]) == (201, "mine"), "an id in the body counts, whatever the header says"


def test_a_key_names_a_table_too_and_must_be_an_id(fox: Stack) -> None:
    table = "record_id,subject,use,used_on,quantity,territory\nr-1,isrc:SEABC2600001,stream,2026-10-03,1,SE\n"

    def post(key: str) -> Response:
        return fox.http(
            "POST", "/v1/usage", party="fox", scope="usage.write", body=table, headers={"content-type": "text/csv", "idempotency-key": key}
        )

    assert (post(KEY).status, post(KEY).status) == (201, 200)
    assert post("a" * 128).json()["batch_id"] == "a" * 128
    assert post("a" * 129).status == 422
    assert post("no id/at all").status == 422


def test_a_key_that_is_none_is_refused_also_where_the_body_has_an_id(fox: Stack) -> None:
    body = {"hold_id": "h-1", "licensee": "fox", "months": ["2026-10"], "reason": "odd"}
    for key in ("a key", "", "k" * 129):
        for path, sent in (("/v1/holds", body), ("/v1/holds/h-1:decide", {})):
            reply = fox.http("POST", path, scope="finance", json=sent, headers={"idempotency-key": key})
            assert (reply.status, reply.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
