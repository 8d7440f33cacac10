"""Usage through HTTP: receipts, replays, faults; and what the ledger says after accrual."""

from typing import Any

from local.gateway import Response
from local.stack import Stack
from overtone.facts.rows import UsageEntry
from tests import stored_accruals

DAY = "2026-10-01"


def record(number: int = 1, **changed: object) -> dict[str, Any]:
    whole = {
        "record_id": f"r-{number}",
        "subject": "output:gen-1",
        "use": "stream",
        "used_on": DAY,
        "quantity": 12,
        "revenue": "0.0360",
        "currency": "USD",
        "territory": "SE",
    }
    return {name: value for name, value in (whole | changed).items() if value is not ...}


def register(stack: Stack, name: str, kind: str = "licensee", **more: object) -> None:
    body = {"name": name, "kind": kind, "country": "SE"} | more
    assert stack.http("PUT", f"/v1/parties/{name}", party=name, scope="registry.write", json=body).status in {200, 201}


def send(stack: Stack, batch_id: str, records: list[Any], party: str = "fox", **more: object) -> Response:
    return stack.http("POST", "/v1/usage", party=party, scope="usage.write", json={"batch_id": batch_id, "records": records} | more)


def batch(stack: Stack, batch_id: str, party: str = "fox") -> dict[str, Any]:
    reply = stack.http("GET", f"/v1/usage/{batch_id}", party=party, scope="usage.write")
    assert reply.status == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def test_a_receipt_means_committed_and_the_same_again_is_the_same_receipt(fox: Stack) -> None:
    first = send(fox, "b-1", [record(1), record(2)])
    assert (first.status, first.json()["accepted"], first.json()["rejected"]) == (201, 2, [])
    stored = fox.items("UsageTable")
    again = send(fox, "b-1", [record(1), record(2)])
    assert (again.status, again.body, again.headers["idempotency-replayed"]) == (200, first.body, "true")
    assert fox.items("UsageTable") == stored
    other = send(fox, "b-1", [record(1, quantity=13)])
    assert other.status == 409
    assert "new id" in other.json()["detail"]


def test_usage_is_accrued_and_its_batch_accounted_for(fox: Stack) -> None:
    send(fox, "b-1", [record(1), record(2, subject="isrc:USRC17607839")])
    assert batch(fox, "b-1")["counts"]["waiting_for_accrual"] == 2
    fox.tick()
    assert not fox.errors
    assert batch(fox, "b-1")["counts"] == {
        "accrued": 1,
        "duplicates": 0,
        "superseded": 0,
        "conflicts": 0,
        "withdrawn": 0,
        "waiting": 1,
        "waiting_for_accrual": 0,
        "waiting_for_attribution": 1,
    }
    assert sorted(row.work_key for _, row in stored_accruals.rows(fox)) == ["isrc:USRC17607839", "unattributed"]


def test_a_late_disclosure_moves_what_was_unattributed(fox: Stack) -> None:
    send(fox, "b-1", [record(1)])
    fox.tick()
    report = {
        "report_id": "a-1",
        "model": "m1",
        "method": "sureel",
        "method_version": "2.1",
        "records": [{"output_id": "gen-1", "confidence": "0.92", "shares": [{"work": "isrc:SEABC2600001", "share": "0.31"}]}],
    }
    reply = fox.http("POST", "/v1/attributions", party="fox", scope="disclosures.write", json=report)
    assert reply.status == 201, reply.text
    fox.tick()
    assert not fox.errors
    rows = {
        row.work_key: [(entry.model, entry.quantity, entry.revenue) for entry in row.entries if isinstance(entry, UsageEntry)]
        for _, row in stored_accruals.rows(fox)
    }
    assert rows == {
        "isrc:SEABC2600001": [("m1", 3_720_000_000, 11_160_000_000_000_000_000)],
        "unattributed": [("m1", 8_280_000_000, 24_840_000_000_000_000_000)],
    }
    assert batch(fox, "b-1")["counts"]["accrued"] == 1
    output = fox.http("GET", "/v1/outputs/gen-1", party="fox", scope="disclosures.write").json()
    assert output["current"]["shares"] == [{"work": "isrc:SEABC2600001", "share": "0.31"}]
    assert output["usage"] == [
        {"month": "2026-10", "reporter": "fox", "use": "stream", "quantity": 12, "revenue": "0.036", "currency": "USD"}
    ]
