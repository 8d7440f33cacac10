"""Samples and bad events, sent as AWS and as clients would."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from events import bad, cast, samples

if TYPE_CHECKING:
    from local.gateway import Response
    from local.stack import Stack

EVENTS = Path(bad.__file__).parent
BAD = sorted((EVENTS / "bad").glob("*.json"))
NOW = "2026-10-08T05:00:00Z"


@pytest.fixture
def populated(stack: Stack) -> Stack:
    """The story's parties, on the day of the samples."""
    stack.at(NOW)
    token = stack.token(None, "admin")
    for party, body in cast.parties().items():
        assert stack.http("PUT", f"/v1/parties/{party}", token=token, json=body).status == 201
    return stack


def send(stack: Stack, case: dict[str, Any]) -> Response:
    body = case["text"].encode() if "text" in case else json.dumps(case["body"]).encode()
    headers = {"content-type": "application/json"}
    return stack.http(case["method"], case["path"], party=case["party"], scope=case["scope"], body=body, headers=headers)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_events_get_an_answer_that_helps(populated: Stack, path: Path) -> None:
    case = json.loads(path.read_bytes())
    answer = send(populated, case)
    assert answer.status == case["status"], answer.text
    told = answer.json()
    if answer.status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert {"type", "title", "status", "detail"} <= set(told)
    faults = told.get("rejected") or told.get("errors") or [{"message": told["detail"]}]
    if "field" in case:
        assert [fault["field"] for fault in faults] == [case["field"]]
    assert any(case["says"] in fault["message"] for fault in faults)
    assert told.get("accepted", 0) == case.get("kept", 0)
    assert not populated.errors


@pytest.mark.parametrize("path", [path for path in BAD if "kept" in json.loads(path.read_bytes())], ids=lambda path: path.stem)
def test_what_was_good_beside_it_is_kept(populated: Stack, path: Path) -> None:
    case = json.loads(path.read_bytes())
    send(populated, case)
    token = populated.token(case["party"], case["scope"])
    kept = populated.http("GET", f"/v1/usage/{case['body']['batch_id']}/records", token=token).json()["records"]
    assert [record["record_id"] for record in kept] == ["good-1"]


def sample(name: str) -> Any:
    return json.loads((EVENTS / "samples" / name).read_bytes())


def test_every_trigger_of_the_template_has_a_sample() -> None:
    template = (EVENTS.parent / "template.yaml").read_text()
    assert {path.name for path in (EVENTS / "samples").glob("*.json")} == set(samples.FUNCTIONS)
    assert all(f"\n  {function}:\n" in template for function in samples.FUNCTIONS.values())


def test_the_sample_of_a_request_is_taken(populated: Stack) -> None:
    answer = populated.invoke("UsageApi", sample("http-usage.json"))
    assert answer["statusCode"] == 201
    receipt = json.loads(answer["body"])
    assert (receipt["reporter"], receipt["received"], receipt["accepted"]) == ("kestrel", 3, 3)


def test_the_samples_of_queues_and_schedules_are_handled(populated: Stack) -> None:
    populated.invoke("UsageApi", sample("http-usage.json"))
    told = populated.invoke("Aggregate", sample("schedule-aggregate.json"))
    assert told["batches"] == 1
    assert populated.invoke("Accrue", sample("sqs-accrual.json")) == {"batchItemFailures": []}
    assert populated.invoke("Aggregate", sample("schedule-watch.json")) == {"batches": 0, "partitions": 0}
    populated.invoke("Reconcile", sample("schedule-reconcile.json"))


def test_the_sample_of_a_dropped_file_is_committed(populated: Stack) -> None:
    event = sample("sqs-drop.json")
    announced = json.loads(event["Records"][0]["body"])
    record = announced["Records"][0]["s3"]
    record["bucket"]["name"] = populated.name("DropBucket")
    columns = "record_id,subject,use,used_on,quantity,revenue,currency,territory"
    body = f"{columns}\nr-1,output:bl-2610000,stream,2026-10-03,3,0.0117,USD,US\n".encode()
    record["object"]["size"] = len(body)
    populated.put_object("DropBucket", record["object"]["key"], body)
    event["Records"][0]["body"] = json.dumps(announced)
    assert populated.invoke("UsageDrop", event) == {"batchItemFailures": []}
    receipt = json.loads(populated.objects("DropBucket")["receipts/kestrel/2026-10-01.json"])
    assert receipt["accepted"] == 1


def test_the_samples_of_streams_and_webhooks_are_handled(populated: Stack) -> None:
    assert populated.invoke("Announce", sample("stream-events.json")) is None, "there is no such event"
    assert populated.invoke("Deliver", sample("sqs-webhook.json")) == {"batchItemFailures": []}, "nor anybody who wants it"


def test_the_samples_of_steps_and_tokens_are_answered(populated: Stack) -> None:
    step = sample("step-open.json")
    assert populated.invoke("Settlement", step) == {"settlement_id": "", "refused": True, "rings": False}, "nothing is there to settle"
    report = {"report_id": "rev-10", "month": "2026-10", "currency": "USD", "net_revenue": "1", "subscribers": 1}
    assert populated.http("POST", "/v1/revenue", party="brightloom", scope="disclosures.write", json=report).status == 201
    assert populated.invoke("Settlement", step) == {"settlement_id": "2026-10", "refused": False, "rings": False}
    claims = populated.invoke("TokenClaims", sample("token-claims.json"))["response"]["claimsAndScopeOverrideDetails"]
    scopes, party = ["overtone/statements.read"], {"party_id": "june-calloway"}
    assert claims == {"accessTokenGeneration": {"scopesToAdd": scopes, "claimsToAddOrOverride": party}}
    assert populated.invoke("Authorizer", sample("authorizer.json")) == {"isAuthorized": False, "context": {}}
