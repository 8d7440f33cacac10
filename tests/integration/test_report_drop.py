"""Manifests and disclosures that are dropped: taken whole or in chunks."""

import gzip
import json

import pytest

from local.stack import Stack
from overtone.stores import training_runs
from tests.integration.dropping import drop
from tests.integration.test_accrual import rows


def manifest(works: int, **changed: object) -> str:
    head = {"run_id": "run-1", "model": "m1", "trained_on": "2026-09-30"} | changed
    return "\n".join([json.dumps(head), *(json.dumps({"work": f"work:w{n}", "weight": "1.5"}) for n in range(works))])


def test_a_manifest_is_dropped_whole(fox: Stack) -> None:
    given = drop(fox, "run.ndjson", manifest(30_000), kind="training")
    assert (given["status"], given["accepted"], given["run_id"]) == ("committed", 30_000, "run-1")
    assert drop(fox, "run.ndjson.gz", gzip.compress(manifest(30_000).encode()), kind="training") == given
    fox.tick()
    assert not fox.errors
    assert len(rows(fox)) == 30_000
    (header,) = [i for i in fox.items("LedgerTable") if i["pk"] == "RUNS"]
    assert (header["works"], header["weight"], header["shards"]) == (30_000, "45000", 2)


def test_a_dropped_manifest_is_revised_and_one_id_is_one_run(fox: Stack) -> None:
    """A `revision` was read from posted runs alone: dropped, the same id with other works was refused, and another model was not seen."""
    for name, works, head in (("first", 3, {}), ("second", 2, {"revision": 2}), ("late", 1, {"revision": 1})):
        given = drop(fox, f"{name}.ndjson", manifest(works, **head), kind="training")
        assert (given["status"], given["accepted"]) == ("committed", works)
    assert [(run.run_id, run.works) for run in training_runs.run_headers("9")] == [("run-1~r2", 2)]
    again = drop(fox, "again.ndjson", manifest(3), kind="training")
    assert (again["status"], "was withdrawn" in again["detail"]) == ("refused", True)
    other = drop(fox, "other.ndjson", manifest(2, revision=2, model="m2"), kind="training")
    assert (other["status"], "is of m1, trained on 2026-09-30" in other["detail"]) == ("refused", True)


def test_a_manifest_with_a_work_twice_is_refused_by_name(fox: Stack) -> None:
    body = manifest(25_000) + '\n{"work": "work:w7"}'
    given = drop(fox, "run.ndjson", body, kind="training")
    assert (given["status"], [fault["record_id"] for fault in given["errors"]]) == ("refused", ["work:w7"])
    assert [i for i in fox.items("UsageTable") if i["pk"].startswith(("RECEIPT#", "training#"))] == []


def test_disclosures_are_dropped_in_chunks(fox: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overtone.steps.drop_reports.DISCLOSURES_CHUNK_MAX", 40)
    head = {"report_id": "a-1", "model": "m1", "method": "s", "method_version": "1"}
    share = [{"work": "work:a", "share": "0.5"}]
    good = [json.dumps({"output_id": f"gen-{n}", "confidence": "0.9", "shares": share}) for n in range(99)]
    body = "\n".join([json.dumps(head), *good, "no json"])
    given = drop(fox, "a.ndjson", body, kind="attributions")
    assert (given["status"], given["received"], given["accepted"], given["reports"]) == ("committed", 100, 99, 3)
    assert [fault["index"] for fault in given["rejected"]] == [99]
    fox.tick()
    assert not fox.errors
    shown = fox.http("GET", "/v1/outputs/gen-98", party="fox", scope="disclosures.write").json()
    assert shown["current"]["report_id"] == "a-1#00003"
    gone = fox.http("DELETE", "/v1/attributions/a-1%2300003", party="fox", scope="disclosures.write")
    assert (gone.status, gone.json()["status"]) == (200, "withdrawn"), gone.text
    fox.tick()
    assert fox.http("GET", "/v1/outputs/gen-98", party="fox", scope="disclosures.write").status == 404
    assert fox.http("GET", "/v1/outputs/gen-1", party="fox", scope="disclosures.write").json()["current"]["report_id"] == "a-1#00001"
