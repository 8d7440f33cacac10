"""One event for each trigger, as AWS delivers it: for a look, for a test, and for `sam local invoke`."""

import json
from collections.abc import Mapping
from typing import Any, Final

Json = dict[str, Any]

FUNCTIONS: Final = {
    "http-usage.json": "UsageApi",
    "sqs-drop.json": "UsageDrop",
    "sqs-accrual.json": "Accrue",
    "schedule-aggregate.json": "Aggregate",
    "schedule-watch.json": "Aggregate",
    "schedule-reconcile.json": "Reconcile",
    "step-open.json": "Settlement",
    "token-claims.json": "TokenClaims",
    "authorizer.json": "Authorizer",
    "stream-events.json": "Announce",
    "sqs-webhook.json": "Deliver",
}
"""The function that takes each of them."""

_ACCOUNT: Final = "123456789012"
_REGION: Final = "us-east-1"


def _http(path: str, claims: Json, body: str) -> Json:
    http = {"method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.7", "userAgent": "example"}
    return {
        "version": "2.0",
        "routeKey": f"POST {path}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json"},
        "requestContext": {
            "accountId": _ACCOUNT,
            "apiId": "a1b2c3d4e5",
            "authorizer": {"lambda": claims},
            "http": http,
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": f"POST {path}",
            "stage": "$default",
            "time": "08/Oct/2026:05:00:00 +0000",
            "timeEpoch": 1791435600000,
        },
        "body": body,
        "isBase64Encoded": False,
    }


def _s3(bucket: str, key: str, size: int) -> Json:
    return {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "awsRegion": _REGION,
                "eventTime": "2026-10-08T05:00:00.000Z",
                "eventName": "ObjectCreated:Put",
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "configurationId": "usage",
                    "bucket": {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"},
                    "object": {"key": key, "size": size, "eTag": "d41d8cd98f00b204e9800998ecf8427e", "sequencer": "0055AED6DCD90281E5"},
                },
            }
        ]
    }


def _sqs(queue: str, body: Json) -> Json:
    ordered = {"SequenceNumber": "18849496460467696128", "MessageGroupId": body["partition"]} if "partition" in body else {}
    return {
        "Records": [
            {
                "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
                "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
                "body": json.dumps(body),
                "attributes": {
                    "ApproximateReceiveCount": "1",
                    "SentTimestamp": "1791435600000",
                    **ordered,
                },
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:{_REGION}:{_ACCOUNT}:{queue}",
                "awsRegion": _REGION,
            }
        ]
    }


def _token() -> Json:
    return {
        "version": "2",
        "triggerSource": "TokenGeneration_HostedAuth",
        "region": _REGION,
        "userPoolId": f"{_REGION}_a1B2c3D4e",
        "userName": "0a1b2c3d",
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "2example23456789"},
        "request": {
            "userAttributes": {"sub": "0a1b2c3d", "custom:party_id": "june-calloway"},
            "groupConfiguration": {"groupsToOverride": ["statements.read", "choir"], "iamRolesToOverride": [], "preferredRole": None},
            "scopes": ["openid"],
        },
        "response": {"claimsAndScopeOverrideDetails": None},
    }


_EVENT: Final = "2026-10-08T05:00:00.000000Z#0a1b2c3d4e5f60718293"


def _stream(pk: str, sk: str) -> Json:
    written = {"Keys": {"pk": {"S": pk}, "sk": {"S": sk}}, "SequenceNumber": "111", "SizeBytes": 77, "StreamViewType": "KEYS_ONLY"}
    arn = f"arn:aws:dynamodb:{_REGION}:{_ACCOUNT}:table/overtone-ledger/stream/2026-10-01T00:00:00.000"
    about = {"eventID": "1", "eventVersion": "1.1", "eventSource": "aws:dynamodb", "awsRegion": _REGION, "eventSourceARN": arn}
    return {"Records": [{**about, "eventName": "INSERT", "dynamodb": written}]}


_EXECUTION: Final = "arn:aws:states:eu-west-1:123456789012:execution:overtone-SettlementMachine:2026-10-by-the-schedule"


def _authorize(path: str) -> Json:
    """A token that nobody signed: the answer is that it opens nothing."""
    event = _http(path, {}, "")
    context = {name: value for name, value in event["requestContext"].items() if name != "authorizer"}
    asked = {name: event[name] for name in ("version", "routeKey", "rawPath", "rawQueryString")}
    headers = {"authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}
    return asked | {"type": "REQUEST", "identitySource": list(headers.values()), "headers": headers, "requestContext": context}


def build(story: Mapping[str, bytes]) -> dict[str, Json]:
    """The samples by file name; the HTTP event carries a batch of the story."""
    batch = json.loads(story["usage/kestrel/2026-10-01-to-07.json"])
    body = json.dumps({"batch_id": "2026-10-sample", "records": batch["records"][:3]})
    claims = {"client_id": "1example23456789", "party_id": "kestrel", "scope": "usage.write", "user": ""}
    return {
        "http-usage.json": _http("/v1/usage", claims, body),
        "sqs-drop.json": _sqs("overtone-drop", _s3("overtone-drop-example", "usage/kestrel/2026-10-01.csv", 2048)),
        "sqs-accrual.json": _sqs("overtone-accrual.fifo", {"partition": "usage#kestrel#2026-10-03#0000"}),
        "schedule-aggregate.json": {"now": "2026-10-08T05:15:00Z"},
        "schedule-watch.json": {"watch": "2026-10-08T05:00:00Z"},
        "schedule-reconcile.json": {"now": "2026-10-08T04:00:00Z"},
        "step-open.json": {"step": "open", "request": {"scheduled_at": "2026-11-10T06:00:00Z"}, "owner": _EXECUTION},
        "token-claims.json": _token(),
        "authorizer.json": _authorize("/v1/usage"),
        "stream-events.json": _stream("EVENTS#june-calloway", _EVENT),
        "sqs-webhook.json": _sqs("overtone-webhooks", {"party": "june-calloway", "endpoint_id": "mine", "place": _EVENT, "replay": ""}),
    }
