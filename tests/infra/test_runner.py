"""The local stack itself: what it delivers, refuses and breaks must be what AWS would, or the other tests prove nothing."""

from __future__ import annotations

import base64
import gzip
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

import pytest

from overtone import clock
from overtone.aws import clients

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.stack import Stack


Handler = "Callable[[dict[str, Any]], Any]"


def answering(seen: list[Any]) -> Callable[[Any], Any]:
    def handler(event: Any) -> Any:
        seen.append(event)
        return {"statusCode": 200, "body": "fine"}

    return handler


def test_who_may_pass_is_the_authorizer_s_to_say(stack: Stack, handle: Any) -> None:
    handle("UsageApi", answering([]))
    post = {"party": "songfox", "scope": "usage.write"}
    handle("Authorizer", lambda _event: {"isAuthorized": False, "context": {}})
    assert stack.http("POST", "/v1/usage", json={}).status == 401
    assert stack.http("POST", "/v1/usage", json={}, **post).status == 403  # type: ignore[arg-type]
    handle("Authorizer", lambda _event: {"isAuthorized": True, "context": {"party_id": "songfox"}})
    assert stack.http("POST", "/v1/usage", json={}, **post).status == 200  # type: ignore[arg-type]
    assert stack.http("POST", "/v1/nothing", json={}, **post).status == 404  # type: ignore[arg-type]


def test_what_the_authorizer_says_is_kept_for_five_minutes_by_token(stack: Stack, handle: Any) -> None:
    seen: list[Any] = []
    handle("UsageApi", answering([]))

    def allowed(event: dict[str, Any]) -> dict[str, Any]:
        seen.append(event["identitySource"])
        return {"isAuthorized": True, "context": {}}

    handle("Authorizer", allowed)
    first, second = stack.token("songfox", "usage.write"), stack.token("hare", "usage.write")
    for token in (first, first, second):
        stack.http("GET", "/v1/usage/b-1", token=token)
    assert seen == [[f"Bearer {first}"], [f"Bearer {second}"]]
    stack.at("2026-10-01T00:05:00Z")
    stack.http("GET", "/v1/usage/b-1", token=first)
    assert len(seen) == 3


def test_what_the_authorizer_found_reaches_the_function(stack: Stack, handle: Any) -> None:
    seen: list[Any] = []
    handle("UsageApi", answering(seen))
    handle("Authorizer", lambda _event: {"isAuthorized": True, "context": {"party_id": "songfox", "scope": "usage.write"}})
    stack.http("GET", "/v1/usage/b-1", party="songfox", scope="usage.write", query={"a": ["1", "2"]})
    (event,) = seen
    assert event["requestContext"]["authorizer"] == {"lambda": {"party_id": "songfox", "scope": "usage.write"}}
    assert event["pathParameters"] == {"batch_id": "b-1"}
    assert event["queryStringParameters"] == {"a": "1,2"}


@pytest.mark.parametrize(
    ("headers", "body", "encoded"),
    [
        ({"content-type": "application/json"}, b"{}", False),
        ({"content-type": "text/csv; charset=utf-8"}, b"a,b", False),
        ({"content-type": "application/problem+json"}, b"{}", False),
        ({"content-type": "application/x-ndjson"}, b"{}\n", True),
        ({"content-type": "application/json", "content-encoding": "gzip"}, gzip.compress(b"{}", mtime=0), True),
    ],
)
def test_bodies_that_are_not_text_arrive_encoded(stack: Stack, handle: Any, headers: dict[str, str], body: bytes, *, encoded: bool) -> None:
    seen: list[Any] = []
    handle("UsageApi", answering(seen))
    stack.http("POST", "/v1/usage", party="songfox", scope="usage.write", body=body, headers=headers)
    (event,) = seen
    assert event["isBase64Encoded"] is encoded
    assert (base64.b64decode(event["body"]) if encoded else event["body"].encode()) == body


def test_the_payload_has_a_limit(stack: Stack, handle: Any) -> None:
    handle("UsageApi", answering([]))
    post = {"party": "songfox", "scope": "usage.write", "headers": {"content-type": "application/x-ndjson"}}
    assert stack.http("POST", "/v1/usage", body=b"x" * 4_500_000, **post).status == 200  # type: ignore[arg-type]
    assert stack.http("POST", "/v1/usage", body=b"x" * 4_720_000, **post).status == 413  # type: ignore[arg-type]  # base64 adds a third


def test_a_crash_is_a_500(stack: Stack, handle: Any) -> None:
    def crash(_event: Any) -> Any:
        raise ValueError("boom")

    handle("UsageApi", crash)
    response = stack.http("POST", "/v1/usage", json={}, party="songfox", scope="usage.write")
    assert (response.status, response.json()) == (500, {"message": "Internal Server Error"})
    assert [(name, str(error)) for name, error in stack.errors] == [("UsageApi", "boom")]


def test_a_dropped_file_is_announced_once(stack: Stack, handle: Any) -> None:
    seen: list[Any] = []
    handle("UsageDrop", seen.append)
    stack.put_object("DropBucket", "usage/spotify/plays 1.csv", b"a")
    stack.put_object("DropBucket", "receipts/spotify/plays.json", b"b")
    assert seen == []
    stack.drain()
    stack.drain()
    told = [json.loads(record["body"]) for event in seen for record in event["Records"]]
    assert [unquote_plus(event["Records"][0]["s3"]["object"]["key"]) for event in told] == ["usage/spotify/plays 1.csv"]


def test_a_file_that_cannot_be_read_ends_in_the_dead_letter_queue(stack: Stack, handle: Any) -> None:
    attempts: list[Any] = []

    def crash(event: Any) -> Any:
        attempts.append(event)
        raise ValueError

    handle("UsageDrop", crash)
    stack.put_object("DropBucket", "usage/spotify/x.csv", b"a")
    for day in range(1, 7):
        stack.at(f"2026-10-{day:02}T00:00:00Z")
        stack.drain()
    assert len(attempts) == 4
    assert len(stack.messages("DropDeadLetterQueue")) == 1


def send(stack: Stack, group: str, body: str) -> None:
    stack.aws("sqs").send_message(QueueUrl=stack.name("AccrualQueue"), MessageBody=body, MessageGroupId=group, MessageDeduplicationId=body)


def test_failed_messages_come_back_and_end_in_the_dead_letter_queue(stack: Stack, handle: Any) -> None:
    tried: list[str] = []

    def fail_one(event: Any) -> Any:
        tried.extend(record["body"] for record in event["Records"])
        return {"batchItemFailures": [{"itemIdentifier": r["messageId"]} for r in event["Records"] if r["body"] == "bad"]}

    handle("Accrue", fail_one)
    send(stack, "p1", "good")
    send(stack, "p2", "bad")
    stack.drain()
    stack.drain()
    assert sorted(tried) == ["bad", "good"], "not before the visibility timeout"
    for day in range(2, 9):
        stack.at(f"2026-10-{day:02}T00:00:00Z")
        stack.drain()
    assert tried.count("bad") == 5
    assert stack.messages("AccrualQueue") == []
    assert stack.messages("AccrualDeadLetterQueue") == ["bad"]


def test_a_group_waits_for_its_failed_message(stack: Stack, handle: Any) -> None:
    seen: list[str] = []

    def crash(event: Any) -> Any:
        seen.extend(record["body"] for record in event["Records"])
        raise ValueError

    handle("Accrue", crash)
    send(stack, "p1", "first")
    stack.drain()
    handle("Accrue", lambda event: seen.extend(record["body"] for record in event["Records"]))
    send(stack, "p1", "second")
    send(stack, "p2", "other")
    stack.drain()
    assert seen == ["first", "other"]
    stack.at("2026-10-02T00:00:00Z")
    stack.drain()
    assert seen == ["first", "other", "first", "second"]


def test_schedules_fire_as_the_clock_passes(stack: Stack, handle: Any) -> None:
    fired: list[str] = []
    daily: list[str] = []

    def settlement(event: Any) -> Any:
        asked = event["request"]
        (fired if "scheduled_at" in asked else daily).extend(asked.values())
        return {"settlement_id": "x", "refused": True, "rings": False}

    handle("Aggregate", lambda event: fired.append(event["now"]))
    handle("Settlement", settlement)
    stack.tick("2026-10-01T01:00:00Z")
    exported = "T00:15:00Z"  # the clock stops for the daily export too, and what is due every few minutes fires with it
    assert fired == [f"2026-10-01{exported}", "2026-10-01T01:00:00Z"]
    stack.tick("2026-11-11T00:00:00Z")
    october, november = "2026-10-10T06:00:00Z", "2026-11-10T06:00:00Z"
    assert [time for time in fired[2:] if time not in daily and not time.endswith(exported)] == [
        october,
        october,
        november,
        november,
        "2026-11-11T00:00:00Z",
    ]
    assert (daily[0], daily[-1], len(daily)) == ("2026-10-01T07:30:00Z", "2026-11-10T07:30:00Z", 41)
    assert clock.now() == stack.now
    assert stack.now.isoformat() == "2026-11-11T00:00:00+00:00"


def put(stack: Stack, number: int) -> None:
    table = stack.aws("dynamodb")
    table.put_item(TableName=stack.name("UsageTable"), Item={"pk": {"S": "k"}, "sk": {"S": str(number)}})


def test_presigned_urls_can_be_followed(stack: Stack, handle: Any) -> None:
    s3, bucket = clients.s3(), stack.name("SettlementBucket")
    stack.put_object("SettlementBucket", "s-1/lines.csv", b"line_id\n")

    def redirect(_event: Any) -> Any:
        url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "s-1/lines.csv"})
        return {"statusCode": 307, "headers": {"Location": url}}

    handle("FinanceApi", redirect)
    response = stack.http("GET", "/v1/settlements/s-1/files/lines.csv", party="house", scope="finance")
    assert response.headers["location"].startswith("/_local/s3/SettlementBucket/s-1/lines.csv?")
    assert stack.http("GET", response.headers["location"]).body == b"line_id\n"
    assert stack.http("GET", "/_local/s3/SettlementBucket/s-1/lines.csv").status == 403, "without a signature"


def test_each_test_starts_empty(stack: Stack) -> None:
    put(stack, 1)
    stack.put_object("SettlementBucket", "a", b"1")
    send(stack, "p", "m")
    stack.tick("2026-10-02T00:00:00Z")
    stack.reset()
    assert stack.items("UsageTable") == []
    assert stack.objects("SettlementBucket") == {}
    assert stack.messages("AccrualQueue") == []
    assert stack.executions() == []
    assert stack.now.isoformat() == "2026-10-01T00:00:00+00:00"
    assert json.dumps(stack.errors) == "[]"
