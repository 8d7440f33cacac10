"""Bodies in every format: the same records, the same digest; hostile ones refused in bounded time; limits on both sides."""

import gzip
import json
import time
from typing import Any

import pytest

from local.gateway import Response
from local.stack import Stack
from overtone.api.request import BODY_BYTES_MAX, UNPACKED_BYTES_MAX
from overtone.facts.limits import BATCH_RECORDS_MAX
from overtone.facts.rows import UsageEntry
from tests.integration.test_accrual import rows
from tests.integration.test_usage_api import record, send

HEADER = "territory,record_id,used_on,subject,use,quantity,revenue,currency,revision"
SECONDS_MAX = 20


def post(stack: Stack, kind: str, body: str | bytes, **query: str) -> Response:
    raw = body.encode() if isinstance(body, str) else body
    asked = {"batch_id": "b-1"} | query
    return stack.http("POST", "/v1/usage", party="fox", scope="usage.write", body=raw, headers={"content-type": kind}, query=asked)


def line(number: int, separator: str = ",") -> str:
    return separator.join(["SE", f"r-{number}", "2026-10-01", "output:gen-1", "stream", "12", "0.0360", "USD", "0"])


def test_the_same_records_have_one_digest_in_every_format(fox: Stack) -> None:
    objects = [record(n) for n in range(3)]
    sent = {
        "application/x-ndjson": "\n".join(map(json.dumps, objects)) + "\n\n",
        "text/csv": "\r\n".join([HEADER, *map(line, range(3))]),
        "text/csv; charset=utf-8": "\n".join(["\ufeff" + HEADER, *map(line, range(3)), ""]),
        "text/tab-separated-values": "\n".join([HEADER, *map(line, range(3))]).replace(",", "\t"),
    }
    first = send(fox, "b-1", objects)
    assert first.status == 201
    for kind, body in sent.items():
        reply = post(fox, kind, body)
        assert (reply.status, reply.body) == (200, first.body), (kind, reply.text)


@pytest.mark.parametrize(
    ("kind", "body", "status", "words"),
    [
        ("text/csv", f"{HEADER}\n{line(1)}\nSE\0", 400, "NUL"),
        ("text/csv", f"{HEADER}\n{line(1)}".encode() + b"\xed\xa0\x80", 400, "UTF-8"),
        ("text/csv", HEADER, 422, "no records"),
        ("text/csv", "", 422, "empty"),
        ("text/csv", f"{HEADER},{HEADER}\n{line(1)}", 422, "two columns"),
        ("text/csv", f"{HEADER}\n" + '"' * 999_999, 422, "at fault"),
        ("text/csv", f"{HEADER}\n" + "x" * 1_000_000, 422, "at fault"),
        ("text/csv", f"{HEADER}\nSE,r,2026-10-01,output:a,stream,{'9' * 1_000_000},1,USD,0", 422, "at fault"),
        ("application/x-ndjson", "[" * 1_000_000, 422, "at fault"),
        ("application/x-ndjson", '{"record_id": "\\ud800"}', 422, "at fault"),
        ("application/x-ndjson", "{},{}", 422, "at fault"),
        ("application/x-ndjson", '{"quantity": ' + "9" * 4_000_000 + "}", 422, "at fault"),
        ("application/x-ndjson", b"\xff", 400, "UTF-8"),
        ("application/x-ndjson", "{}\0", 400, "NUL"),
    ],
)
def test_hostile_bodies_are_problems_in_bounded_time(fox: Stack, kind: str, body: str | bytes, status: int, words: str) -> None:
    start = time.monotonic()
    reply = post(fox, kind, body)
    assert (reply.status, words in reply.json()["detail"]) == (status, True), reply.text[:300]
    assert len(reply.body) < 100_000
    assert time.monotonic() - start < SECONDS_MAX
    assert fox.items("UsageTable") == []


def test_a_batch_id_is_needed_and_atomic_is_true_or_false(fox: Stack) -> None:
    body = f"{HEADER}\n{line(1)}\nSE,bad,x"
    assert post(fox, "text/csv", body, batch_id="").status == 422
    assert post(fox, "text/csv", body, atomic="yes").status == 422
    assert post(fox, "text/csv", body, atomic="true").status == 422
    kept = post(fox, "text/csv", body)
    assert (kept.status, kept.json()["accepted"], kept.json()["rejected"][0]["index"]) == (201, 1, 1)


def test_records_of_a_batch_are_limited_one_under_and_one_over(fox: Stack) -> None:
    lines = [line(n) for n in range(BATCH_RECORDS_MAX + 1)]

    def sent(count: int) -> Response:
        body = gzip.compress("\n".join([HEADER, *lines[:count]]).encode(), 1)
        headers = {"content-type": "text/csv", "content-encoding": "gzip"}
        query = {"batch_id": f"b-{count}"}
        return fox.http("POST", "/v1/usage", party="fox", scope="usage.write", body=body, headers=headers, query=query)

    over = sent(BATCH_RECORDS_MAX + 1)
    assert (over.status, str(BATCH_RECORDS_MAX) in over.json()["detail"]) == (413, True)
    assert sent(BATCH_RECORDS_MAX).json()["accepted"] == BATCH_RECORDS_MAX


def test_unpacked_bodies_are_limited_one_under_and_one_over(fox: Stack) -> None:
    def sent(size: int) -> int:
        body = json.dumps(record(1)).encode()
        packed = gzip.compress(body[:1] + b" " * (size - len(body)) + body[1:], 1)
        assert len(packed) < BODY_BYTES_MAX
        headers = {"content-type": "application/x-ndjson", "content-encoding": "gzip"}
        return fox.http("POST", "/v1/usage", party="fox", scope="usage.write", body=packed, headers=headers, query={"batch_id": "b"}).status

    assert sent(UNPACKED_BYTES_MAX + 1) == 413
    assert sent(UNPACKED_BYTES_MAX) == 201


def shard(stack: Stack, shards: int, effective_from: str) -> int:
    body = {"name": "fox", "kind": "licensee", "country": "SE", "shards": shards, "effective_from": effective_from}
    return stack.http("PUT", "/v1/parties/fox", party="fox", scope="registry.write", json=body).status


def test_shards_change_what_is_read_together_and_nothing_that_is_earned(fox: Stack) -> None:
    def batches() -> list[dict[str, Any]]:
        days = ("2026-10-02", "2026-10-03")
        return [record(n, subject=f"output:gen-{n % 20}", used_on=days[n % 2]) for n in range(100)]

    assert shard(fox, 4, "2026-10-02") == 422
    assert shard(fox, 4, "2026-10-03") == 200
    fox.at("2026-10-02T12:00:00Z")
    assert send(fox, "b-1", batches()).status == 201
    partitions = sorted({i["pk"] for i in fox.items("UsageTable") if i["pk"].startswith("usage#")})
    assert partitions == ["usage#fox#2026-10-02#0000", *(f"usage#fox#2026-10-03#000{n}" for n in range(4))]
    fox.tick()
    earned = sum(entry.quantity for row in rows(fox).values() for entry in row.entries if isinstance(entry, UsageEntry))
    assert earned == 100 * 12 * 10**9


def test_an_accrual_waits_behind_a_fence_and_goes_on_after_it(fox: Stack) -> None:
    send(fox, "b-1", [record(1)])
    fox.table("LedgerTable").put_item(Item={"pk": "FENCE", "sk": "2026-10", "settlement_id": "s"})
    fox.tick("2026-10-01T01:00:00Z")
    assert rows(fox) == {}
    assert [i for i in fox.items("UsageTable") if i["pk"].startswith("PENDING#")]
    assert fox.messages("AccrualQueue") == fox.messages("AccrualDeadLetterQueue") == []
    fox.table("LedgerTable").delete_item(Key={"pk": "FENCE", "sk": "2026-10"})
    fox.tick("2026-10-01T01:15:00Z")
    assert len(rows(fox)) == 1


def test_a_worker_that_had_started_finishes_behind_a_fence(fox: Stack) -> None:
    send(fox, "b-1", [record(1)])
    fox.table("LedgerTable").put_item(Item={"pk": "FENCE", "sk": "2026-10", "settlement_id": "s"})
    fox.table("LedgerTable").put_item(
        Item={"pk": "RUNNING#2026-10", "sk": "usage#fox#2026-10-01#0000", "at": "2026-10-01T00:59:00.000000Z"}
    )
    fox.tick("2026-10-01T01:00:00Z")
    assert len(rows(fox)) == 1
    assert [i for i in fox.items("LedgerTable") if i["pk"].startswith("RUNNING#")] == []


def test_listing_goes_on_where_it_stopped(fox: Stack) -> None:
    sent = [record(n, used_on=f"2026-10-0{1 + n % 2}", territory="US" if n % 3 else "*") for n in range(2500)]
    assert send(fox, "b-1", sent).status == 201
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        query = {"after": after} if after else {}
        page = fox.http("GET", "/v1/usage/b-1/records", party="fox", scope="usage.write", query=query).json()
        found += page["records"]
        after = page.get("next", "")
        if not after:
            break
    assert len(found) == 2500
    assert sorted(map(json.dumps, found)) == sorted(json.dumps(_listed(row)) for row in sent)


def _listed(row: dict[str, Any]) -> dict[str, Any]:
    names = ("record_id", "revision", "subject", "use", "used_on", "quantity", "revenue", "currency", "territory")
    return {name: (row | {"revision": 0})[name] for name in names}
