"""What labs and administrators report: receipts, idempotency, faults, who may."""

from typing import Any

import pytest

from local.gateway import Response
from local.stack import Stack
from tests import stored_accruals
from tests.integration import scenario
from tests.integration.test_usage_api import register

REVENUE = {"report_id": "rev-1", "month": "2026-10", "currency": "SEK", "net_revenue": "1000000.50", "subscribers": 5000}
LEVY = {"levy_id": "levy-1", "month": "2026-10", "currency": "SEK", "amount": "500", "distribution": {"formula": "equal"}}
RUN = {"run_id": "run-1", "model": "m1", "trained_on": "2026-09-30", "works": [{"work": "isrc:se-abc-26-00001", "weight": "2.5"}]}
REPORT = {
    "report_id": "a-1",
    "model": "m1",
    "method": "sureel",
    "method_version": "2.1",
    "records": [{"output_id": "gen-1", "confidence": "0.92", "shares": [{"work": "isrc:SEABC2600001", "share": "0.31"}]}],
}
CALLS: dict[str, dict[str, Any]] = {"revenue": REVENUE, "training-runs": RUN, "attributions": REPORT}


def post(stack: Stack, path: str, body: object, party: str | None = "fox", scope: str = "disclosures.write") -> Response:
    return stack.http("POST", f"/v1/{path}", party=party, scope=scope, json=body)


@pytest.mark.parametrize("path", CALLS)
def test_the_same_report_again_is_the_same_receipt_and_other_content_a_conflict(fox: Stack, path: str) -> None:
    body = CALLS[path]
    first = post(fox, path, body)
    assert (first.status, first.json()["status"], first.json().get("rejected", [])) == (201, "committed", [])
    stored = [fox.items(name) for name in ("UsageTable", "LedgerTable")]
    fox.at("2026-10-02T00:00:00Z")
    again = post(fox, path, body)
    assert (again.status, again.body, again.headers["idempotency-replayed"]) == (200, first.body, "true")
    changed = body | ({"net_revenue": "1"} if path == "revenue" else {"model": "m2"})
    assert post(fox, path, changed).status == 409
    assert [fox.items(name) for name in ("UsageTable", "LedgerTable")] == stored


def test_all_that_the_document_says_of_an_output_is_taken_and_shown(fox: Stack) -> None:
    evidence = {"uri": "https://evidence.example/gen-2", "sha256": "ab" * 32}
    shares = [
        {"work": "isrc:SEABC2600001", "share": "0.7", "confidence": "0.5"},
        {"work": "work:tune", "share": "1", "side": "composition"},
    ]
    said = {"output_id": "gen-2", "revision": 1, "confidence": "0.92", "basis": "by_side", "shares": shares, "evidence": evidence}
    sent = post(fox, "attributions", REPORT | {"report_id": "a-2", "atomic": True, "records": [said]})
    assert (sent.status, sent.json()["accepted"]) == (201, 1), sent.text
    scenario.accrue(fox, "2026-10-02T00:00:00Z")
    shown = fox.http("GET", "/v1/outputs/gen-2", party="fox", scope="disclosures.write").json()["current"]
    assert {name: shown[name] for name in said} == said


def test_a_weight_that_is_counted_may_be_a_number(fox: Stack) -> None:
    works = [{"work": "work:a", "weight": 1200}, {"work": "work:b", "weight": "3.5"}, {"work": "work:c"}]
    first = post(fox, "training-runs", RUN | {"works": works})
    again = post(fox, "training-runs", RUN | {"works": [{"work": "work:a", "weight": "1200"}, *works[1:]]})
    assert (first.status, again.status, again.body) == (201, 200, first.body)


@pytest.mark.parametrize("path", CALLS)
def test_only_registered_parties_report_and_only_for_themselves(stack: Stack, path: str) -> None:
    assert "PUT /v1/parties/fox" in post(stack, path, CALLS[path]).json()["detail"]
    register(stack, "fox")
    assert post(stack, path, CALLS[path] | {"licensee": "hare"}).status == 403
    assert post(stack, path, CALLS[path], scope="usage.write").status == 403
    assert post(stack, path, CALLS[path] | {"licensee": "fox"}, party=None, scope="admin").status == 201


@pytest.mark.parametrize(
    ("path", "change", "field"),
    [
        ("revenue", {"net_revenue": 1000000.5}, "net_revenue"),
        ("revenue", {"net_revenue": "-1"}, "net_revenue"),
        ("revenue", {"currency": "XXX"}, "currency"),
        ("revenue", {"month": "2026-13"}, "month"),
        ("revenue", {"subscribers": "5"}, "subscribers"),
        ("revenue", {"extra": 1}, "extra"),
        ("training-runs", {"trained_on": "2026-10-09"}, "trained_on"),
        ("training-runs", {"works": []}, "records"),
        ("training-runs", {"works": [{"work": "isrc:SEABC2600001"}, {"work": "ISRC:SE-ABC-26-00001"}]}, "work"),
        ("training-runs", {"works": [{"work": "iswc:T0345246802"}]}, "work"),
        ("training-runs", {"works": [{"work": "work:a", "weight": 1.5}]}, "weight"),
        ("attributions", {"records": []}, "records"),
        ("attributions", {"method": ""}, "method"),
        ("attributions", {"records": [{"output_id": "gen-1", "confidence": 0.92, "shares": []}]}, "confidence"),
    ],
)
def test_faults_name_the_field_and_nothing_is_kept(fox: Stack, path: str, change: dict[str, Any], field: str) -> None:
    reply = post(fox, path, CALLS[path] | change)
    assert (reply.status, reply.headers["content-type"]) == (422, "application/problem+json"), reply.text
    assert field in {fault.get("field") for fault in reply.json()["errors"]}, reply.text
    assert [i for i in fox.items("UsageTable") if i["pk"].startswith("RECEIPT#")] == []


def test_good_disclosures_are_kept_beside_bad_ones_unless_atomic(fox: Stack) -> None:
    bad = {"output_id": "gen-2", "confidence": "2", "shares": []}
    mixed = REPORT | {"records": [*REPORT["records"], bad]}
    assert post(fox, "attributions", mixed | {"atomic": True}).status == 422
    reply = post(fox, "attributions", mixed)
    assert (reply.status, reply.json()["accepted"], [f["index"] for f in reply.json()["rejected"]]) == (201, 1, [1])


def test_levies_are_deposited_by_admins_with_a_distribution_that_adds_up(fox: Stack) -> None:
    assert post(fox, "levies", LEVY).status == 403
    assert post(fox, "levies", LEVY, party=None, scope="admin").status == 201
    assert post(fox, "levies", LEVY, party=None, scope="admin").status == 200
    assert post(fox, "levies", LEVY | {"amount": "501"}, party=None, scope="admin").status == 409
    broken = {"children": [{"fraction": "1/3", "formula": "equal"}, {"fraction": "1/3", "formula": "equal"}]}
    reply = post(fox, "levies", LEVY | {"levy_id": "levy-2", "distribution": broken}, party=None, scope="admin")
    assert reply.status == 422, reply.text
    facts = [i for i in fox.items("LedgerTable") if i["pk"] == "MONTH#2026-10"]
    assert [(i["sk"], i["amount"], i["currency"]) for i in facts] == [("LEVY#levy-1", "500", "SEK")]


def test_a_run_is_indexed_and_accrued_at_its_works(fox: Stack) -> None:
    works = [{"work": f"work:w{n}", "weight": f"{n}"} for n in range(3)]
    assert post(fox, "training-runs", RUN | {"works": works}).status == 201
    (header,) = [i for i in fox.items("LedgerTable") if i["pk"] == "RUNS"]
    assert (header["sk"], header["model"], header["works"], header["weight"], header["shards"]) == ("2026-09-30#fox#run-1", "m1", 3, "3", 1)
    fox.tick()
    found = {row.work_key: row.entries for _, row in stored_accruals.rows(fox, "RUN#fox#run-1#")}
    assert found == {f"work:w{n}": (("2026-09-30", "m1", "run-1", n * 10**9),) for n in range(3)}
