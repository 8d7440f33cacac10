"""`make serve`, over a real socket."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from local.serve import deployed, places, server
from tests.integration import scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.stack import Stack

Answer = tuple[int, dict[str, str], bytes]


@pytest.fixture
def call(stack: Stack) -> Iterator[Callable[..., Answer]]:
    http = server(stack, 0)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    root = f"http://127.0.0.1:{http.server_address[1]}"

    def send(method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        request = urllib.request.Request(root + path, body or None, headers, method=method)  # noqa: S310 - it is ours
        try:
            with urllib.request.urlopen(request) as response:  # noqa: S310
                return response.status, dict(response.headers), response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, dict(error.headers), error.read()

    yield send
    http.shutdown()
    http.server_close()
    thread.join()


def posted(call: Callable[..., Answer], path: str, **body: Any) -> Any:
    status, _, answer = call("POST", path, json.dumps(body).encode())
    assert status == 200, answer
    return json.loads(answer)


def test_a_token_opens_the_api(call: Callable[..., Answer]) -> None:
    token = posted(call, "/_local/token", party_id="songfox", scope="usage.write")["access_token"]
    assert call("GET", "/v1/usage/nothing", Authorization=f"Bearer {token}")[0] == 404
    assert call("GET", "/v1/usage/nothing")[0] == 401


def test_tokens_of_two_parties_are_two_persons(call: Callable[..., Answer], stack: Stack) -> None:
    """What two persons of finance agree on could be agreed on by nobody: every token was the same person's."""
    scenario.party(stack, "ann", "creator")
    body = json.dumps({"adjustment_id": "a-1", "party": "ann", "amount": "5", "currency": "EUR", "reason": "r", "evidence": "e"}).encode()

    def post(path: str, party_id: str, sent: bytes = b"") -> int:
        token = posted(call, "/_local/token", party_id=party_id, scope="finance")["access_token"]
        named = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        return call("POST", f"/v1/adjustments{path}", sent, **named)[0]

    assert post("", "desk", body) == 201
    assert (post("/a-1:accept", "desk"), post("/a-1:accept", "colleague")) == (403, 200)
    assert post("", "", body.replace(b"a-1", b"a-2")) == 201
    assert (post("/a-2:accept", ""), post("/a-2:accept", "desk")) == (403, 200)


def test_objects_come_and_go(call: Callable[..., Answer], stack: Stack) -> None:
    assert call("PUT", "/_local/s3/DropBucket/receipts/a%20b.csv", b"x" * 100_000)[0] == 200
    assert stack.objects("DropBucket") == {"receipts/a b.csv": b"x" * 100_000}
    assert call("GET", "/_local/s3/DropBucket/receipts/a%20b.csv")[2] == b"x" * 100_000
    assert call("GET", "/_local/s3/DropBucket/receipts/a")[0] == 404
    assert call("GET", "/_local/s3/NoBucket/a")[0] == 404


def test_objects_of_every_bucket_are_read_and_dropped_by_its_name(call: Callable[..., Answer], stack: Stack) -> None:
    """Whoever has the stack on this machine reads a settlement by the names of its files, too; links are held to what they say."""
    for bucket in ("DropBucket", "SettlementBucket", "FactsBucket"):
        path = f"/_local/s3/{bucket}/s-1/lines%20a.csv"
        assert call("PUT", path, b"line_id")[0] == 200
        assert stack.objects(bucket) == {"s-1/lines a.csv": b"line_id"}
        assert call("GET", path)[::2] == (200, b"line_id")
        assert call("GET", f"{path}x")[0] == 404
        assert call("GET", f"{path}?X-Amz-Signature=0")[0] == 403


def test_what_is_served_writes_bank_files_of_each_kind() -> None:
    """Whoever tried ACH on a served stack found the payment `manual`, and no file."""
    stack = deployed(8000)
    try:
        scenario.work_of(stack, "ann", "bob")
        american = {"routing_number": "021000021", "account_number": "12345678"}
        scenario.party(stack, "bob", "creator", payout={"currency": "USD", "method": "ach", "threshold": "0"} | american)
        scenario.deal(stack, "open", {"mechanism": "per_output", "rate": "1"}, currency="USD", effective_from="2026-01-01")
        scenario.party(stack, "ann", "creator", payout=scenario.BANK | {"method": "swift", "currency": "USD", "bic": "ESSESESS"})
        stack.at(scenario.SETTLED)
        assert scenario.settle(stack)["status"] == "sealed"
        assert {"pain001-USD.xml", "ach-USD.txt"} <= set(scenario.files_of(stack))
    finally:
        stack.close()


def test_the_clock_moves(call: Callable[..., Answer], stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    for function in stack.runtime.functions.values():
        monkeypatch.setattr(function, "_loaded", lambda _event, _context: {})
    assert posted(call, "/_local/tick", now="2026-10-05T06:00:00Z") == {"now": "2026-10-05T06:00:00+00:00", "failures": []}
    assert call("POST", "/_local/tick", b'{"now": "yesterday"}')[0] == 400
    assert call("GET", "/_local/tick")[0] == 405
    assert call("POST", "/_local/nothing")[0] == 404


def test_what_is_sent_first_was_accepted_first_also_where_nobody_moves_the_clock(call: Callable[..., Answer], stack: Stack) -> None:
    """While it stood still the batch whose name comes first counted as the earlier one."""
    set_to = "2026-10-05T06:00:00Z"
    posted(call, "/_local/tick", now=set_to)
    scenario.party(stack, "wave", "licensee")
    token = posted(call, "/_local/token", party_id="wave", scope="usage.write")["access_token"]
    for batch, quantity in (("sent-first", 3), ("later", 5)):
        record = {"record_id": "r-1", "subject": "isrc:SEABC2600001", "use": "stream", "used_on": "2026-10-04", "quantity": quantity}
        body = json.dumps({"batch_id": batch, "records": [record | {"territory": "SE"}]}).encode()
        named = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        assert call("POST", "/v1/usage", body, **named)[0] == 201
    assert posted(call, "/_local/tick", now=set_to)["now"] > "2026-10-05T06:00:00+00:00"  # what was accepted does not lie ahead
    counts = {
        batch: json.loads(call("GET", f"/v1/usage/{batch}", b"", Authorization=f"Bearer {token}")[2])["counts"]
        for batch in ("sent-first", "later")
    }
    assert {batch: (said["accrued"], said["conflicts"]) for batch, said in counts.items()} == {"sent-first": (1, 0), "later": (0, 1)}
    assert posted(call, "/_local/tick", now="2026-10-05T05:00:00Z")["now"] == "2026-10-05T05:00:00+00:00"


def test_what_to_open_is_told() -> None:
    assert places("http://x", played=False) == ["http://x", "The console: http://x/console", "The API's pages: http://x/docs"]
    *_, hers = places("http://x", played=True)
    assert hers == "June Calloway's statement: http://x/console/statements/2026-10 (sign in as June Calloway)"
