"""The daily reports account for every record; a difference between rows and reports rings."""

import json
from typing import Any

from local.stack import Stack
from overtone.aws import object_keys
from overtone.facts import accrual_object
from overtone.facts.accrual_pages import encode_usage, usage_columns, works_of
from overtone.facts.columns import ColumnReader, Writer
from tests import stored_accruals
from tests.integration.test_accrual import disclose, train
from tests.integration.test_usage_api import record, send

USAGE_PARTITION = "usage#fox#2026-10-01#0000"


def report(stack: Stack, day: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stack.objects("DropBucket")[f"reconciliation/fox/{day}.json"])
    return found


def test_every_record_of_a_day_is_accounted_for(fox: Stack) -> None:
    send(fox, "b-1", [record(1), record(2), record(3, subject="isrc:USRC17607839"), record(4, quantity=-1)])
    send(fox, "b-2", [record(1), record(2, revision=1)])
    train(fox)
    fox.tick("2026-10-01T12:00:00Z")
    send(fox, "b-3", [record(9)])
    fox.http("DELETE", "/v1/usage/b-3", party="fox", scope="usage.write")
    send(fox, "b-4", [record(10)])
    fox.tick("2026-10-02T00:00:00Z")
    fox.invoke("Reconcile", {"now": "2026-10-02T01:00:00Z"})
    found = report(fox, "2026-10-01")
    assert found["balanced"] is True
    assert [line["batch_id"] for line in found["batches"]] == ["b-1", "b-2", "b-3", "b-4"]
    assert found["totals"] == {
        "received": 8,
        "accepted": 7,
        "rejected": 1,
        "accrued": 1,
        "duplicates": 1,
        "superseded": 1,
        "conflicts": 0,
        "withdrawn": 1,
        "waiting_for_accrual": 0,
        "waiting_for_attribution": 3,
    }
    assert [(other["kind"], other["id"]) for other in found["reports"]] == [("training", "run-1"), ("withdrawal", "b-3")]
    assert disclose(fox, "a-1", "gen-1") == 201
    fox.tick("2026-10-03T00:15:00Z")
    totals = report(fox, "2026-10-01")["totals"]
    assert (totals["accrued"], totals["waiting_for_attribution"]) == (4, 0)
    assert not fox.errors


def test_rows_that_do_not_hold_what_was_reported_ring(fox: Stack) -> None:
    send(fox, "b-1", [record(1), record(2, subject="isrc:USRC17607839")])
    fox.tick("2026-10-01T12:00:00Z")
    assert fox.invoke("Reconcile", {"now": "2026-10-02T01:00:00Z"}) == {"reports": 1, "broken": 0, "failed": 0}
    found = {place: page for _, place, page in stored_accruals.pages(fox)}
    (place,) = [place for place, page in found.items() if "isrc:" in "".join(works_of(USAGE_PARTITION, page))]
    columns = usage_columns(ColumnReader(found[place]))
    wrong = found | {place: encode_usage(columns._replace(quantity=[columns.quantity[0] + 1, *columns.quantity[1:]]), Writer())}
    body, directory = accrual_object.assemble(wrong, dict.fromkeys(wrong, 1))
    fox.put_object("FactsBucket", object_keys.accruals("2026-10", USAGE_PARTITION, directory.name), body)
    (item,) = stored_accruals.directories(fox)
    fox.table("LedgerTable").put_item(Item=item | directory.encode())
    assert fox.invoke("Reconcile", {"now": "2026-10-02T01:00:00Z"}) == {"reports": 1, "broken": 1, "failed": 0}
    assert "InvariantBrokenAlarm" in fox.ringing()


def test_completeness_says_what_is_missing(fox: Stack) -> None:
    def declare(**said: object) -> int:
        body = {"month": "2026-10", "batches": 2, "records": 2, "revenue": {"USD": "0.072"}} | said
        return fox.http("POST", "/v1/completeness", party="fox", scope="usage.write", json=body).status

    def missing() -> object:
        found = fox.http("GET", "/v1/completeness/2026-10", party="fox", scope="usage.write").json()
        assert found["complete"] is not bool(found["reporters"][0]["missing"] or found["reporters"][0]["surplus"])
        return found["reporters"][0]["missing"]

    assert declare() == 201
    assert missing() == {"batches": 2, "records": 2, "revenue": {"USD": "0.072"}}
    send(fox, "b-1", [record(1)])
    fox.tick()
    assert missing() == {"batches": 1, "records": 1, "revenue": {"USD": "0.036"}}
    send(fox, "b-2", [record(2)])
    fox.tick("2026-10-01T00:15:00Z")
    assert missing() == {}
    assert declare(batches=2) == 201
    assert fox.http("GET", "/v1/completeness/2026-10", party="fox", scope="usage.write").json()["complete"] is True
    assert declare(revenue={"USD": 0.5}) == 422
    assert declare(month="2026-13") == 422
    assert fox.http("GET", "/v1/completeness/2026-10", party="hare", scope="usage.write").json()["reporters"] == []
