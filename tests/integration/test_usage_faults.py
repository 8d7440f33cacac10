"""Bad input: each fault is named by record, field and remedy, and takes no good record with it."""

import gzip
import json
from typing import Any

import pytest

from local.gateway import Response
from local.stack import Stack
from overtone.facts.limits import BATCH_PARTITIONS_MAX, BATCH_RECORDS_MAX, QUANTITY_MAX
from tests.integration.test_usage_api import batch, record, register, send

PROBLEM = "application/problem+json"


def post(stack: Stack, body: bytes, **headers: str) -> Response:
    return stack.http(
        "POST", "/v1/usage", party="fox", scope="usage.write", body=body, headers={"content-type": "application/json"} | headers
    )


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"plays": 3}, "plays", "unknown field"),
    ({"territory": ...}, "territory", "missing"),
    ({"revenue": 0.036}, "revenue", "decimal string"),
    ({"revenue": "1e3"}, "revenue", "decimal string"),
    ({"revenue": "-1"}, "revenue", "higher revision"),
    ({"revenue": ...}, "revenue", "go together"),
    ({"currency": ...}, "currency", "go together"),
    ({"currency": "USB"}, "currency", "ISO 4217"),
    ({"currency": "XAU"}, "currency", "ISO 4217"),
    ({"territory": "XX"}, "territory", "ISO 3166"),
    ({"subject": "isrc:ZZ"}, "subject", "ISRC"),
    ({"subject": "gen-1"}, "subject", "output:<id>"),
    ({"use": "Karaoke night"}, "use", "stream"),
    ({"used_on": "2026-02-30"}, "used_on", "calendar"),
    ({"used_on": "2026-10-03"}, "used_on", "future"),
    ({"used_on": "2026-10-01\n"}, "used_on", "calendar"),
    ({"quantity": 1.5}, "quantity", "whole number"),
    ({"quantity": 1.0}, "quantity", "whole number"),
    ({"quantity": True}, "quantity", "whole number"),
    ({"quantity": "12"}, "quantity", "whole number"),
    ({"quantity": -1}, "quantity", "whole number"),
    ({"quantity": QUANTITY_MAX + 1}, "quantity", "whole number"),
    ({"revision": -1}, "revision", "whole number"),
    ({"record_id": ""}, "record_id", "printable"),
    ({"record_id": ["r"]}, "record_id", "printable"),
    ({"record_id": "r" * 129}, "record_id", "printable"),
    ({"reporter": "songfox"}, "reporter", "that party's token"),
    ({"record_id": "r-1"}, "record_id", "send it once"),
]


@pytest.mark.parametrize(("change", "field", "remedy"), FAULTS)
def test_a_fault_is_named_and_the_good_records_are_kept(fox: Stack, change: dict[str, Any], field: str, remedy: str) -> None:
    reply = send(fox, "b-1", [record(1), record(2, **change), record(3, quantity=QUANTITY_MAX, used_on="2026-10-02")])
    assert (reply.status, reply.json()["received"], reply.json()["accepted"]) == (201, 3, 2)
    (fault,) = reply.json()["rejected"]
    assert (fault["index"], fault["field"]) == (1, field)
    assert fault.get("record_id", "r-2") == (change.get("record_id") if isinstance(change.get("record_id"), str) else "r-2")
    assert remedy in fault["message"]
    stored = fox.http("GET", "/v1/usage/b-1/records", party="fox", scope="usage.write").json()
    assert stored["records"] == [record(1) | {"revision": 0}, record(3, quantity=QUANTITY_MAX, used_on="2026-10-02") | {"revision": 0}]


@pytest.mark.parametrize(("change", "field", "remedy"), FAULTS)
def test_nothing_is_kept_of_an_atomic_batch_with_a_fault(fox: Stack, change: dict[str, Any], field: str, remedy: str) -> None:
    reply = send(fox, "b-1", [record(1), record(2, **change)], atomic=True)
    assert (reply.status, reply.headers["content-type"]) == (422, PROBLEM)
    assert [fault["field"] for fault in reply.json()["errors"]] == [field]
    assert remedy in reply.json()["errors"][0]["message"]
    assert fox.items("UsageTable") == []


def test_a_batch_without_a_good_record_is_refused(fox: Stack) -> None:
    reply = send(fox, "b-1", [record(1, quantity=-1), 7, "text", None])
    assert (reply.status, [fault["index"] for fault in reply.json()["errors"]]) == (422, [0, 1, 2, 3])
    assert fox.items("UsageTable") == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"not json", 400),
        (b"", 400),
        (b"[]", 400),
        (b'{"batch_id": "b", "records": []}', 422),
        (b'{"batch_id": "b"}', 422),
        (b'{"records": [{}]}', 422),
        (b'{"batch_id": "b/c", "records": [{}]}', 422),
        (b'{"batch_id": "b#1", "records": [{}]}', 422),
        (b'{"batch_id": [], "records": [{}]}', 422),
        (b'{"batch_id": {"id": "b"}, "records": [{}]}', 422),
        (b'{"batch_id": "b", "records": [{}], "atomic": 1}', 422),
        (b'{"batch_id": "b", "records": [{}], "extra": 1}', 422),
        (b'{"batch_id": "b", "reporter": "hare", "records": [{}]}', 403),
        (b'{"batch_id": "\\ud800", "records": [{}]}', 400),
        (b'{"batch_id": "b", "records": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
        (b'{"batch_id": "b", "records": [{"quantity": ' + b"9" * 5_000_000 + b"}]}", 400),
        (b'{"batch_id": "b", "records": [' + b",".join([b"1"] * (BATCH_RECORDS_MAX + 1)) + b"]}", 413),
    ],
)
def test_a_body_that_is_no_batch_is_a_problem(fox: Stack, body: bytes, status: int) -> None:
    reply = post(fox, body)
    assert (reply.status, reply.headers["content-type"]) == (status, PROBLEM), reply.text[:500]
    assert reply.json()["status"] == status
    assert reply.json()["detail"]
    assert fox.items("UsageTable") == []


def test_gzip_bodies_are_unpacked_within_limits(fox: Stack) -> None:
    body = json.dumps({"batch_id": "b-1", "records": [record(1)]}).encode()
    assert post(fox, gzip.compress(body), **{"content-encoding": "gzip"}).status == 201
    assert post(fox, body).status == 200
    assert post(fox, gzip.compress(b" " * 70_000_000), **{"content-encoding": "gzip"}).status == 413
    assert post(fox, gzip.compress(body)[:-9], **{"content-encoding": "gzip"}).status == 400
    assert post(fox, body, **{"content-encoding": "gzip"}).status == 400
    assert post(fox, body, **{"content-encoding": "br"}).status == 415
    assert post(fox, body, **{"content-type": "text/plain"}).status == 415


def test_partitions_of_a_batch_are_limited_one_under_and_one_over(fox: Stack) -> None:
    days = [f"2026-{month:02d}-{day:02d}" for month in (5, 6, 7, 8) for day in range(1, 31)]
    under = [record(number, used_on=days[number]) for number in range(BATCH_PARTITIONS_MAX)]
    over = [record(number, used_on=days[number]) for number in range(BATCH_PARTITIONS_MAX + 1)]
    assert send(fox, "b-1", under).status == 201
    reply = send(fox, "b-2", over)
    assert (reply.status, str(BATCH_PARTITIONS_MAX) in reply.json()["detail"]) == (413, True)


def test_only_registered_parties_report_and_only_for_themselves(stack: Stack) -> None:
    reply = send(stack, "b-1", [record(1)])
    assert (reply.status, "PUT /v1/parties/fox" in reply.json()["detail"]) == (403, True)
    register(stack, "fox")
    assert send(stack, "b-1", [record(1)], reporter="fox").status == 201
    assert send(stack, "b-2", [record(1)], party="hare", reporter="fox").status == 403
    admin = {"batch_id": "b-3", "reporter": "fox", "records": [record(1)]}
    assert stack.http("POST", "/v1/usage", party=None, scope="admin", json=admin).status == 201
    assert stack.http("POST", "/v1/usage", party="fox", scope="statements.read", json=admin).status == 403
    assert batch(stack, "b-3")["accepted"] == 1
    assert stack.http("GET", "/v1/usage/b-3", party="hare", scope="usage.write").status == 404
    assert stack.http("GET", "/v1/usage/b-3", party="hare", scope="usage.write", query={"reporter": "fox"}).status == 403
    assert stack.http("GET", "/v1/usage/b-3", party=None, scope="finance", query={"reporter": "fox"}).status == 200
