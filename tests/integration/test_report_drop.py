"""Manifests and disclosures that are dropped: taken whole or in chunks."""

import gzip
import json
from typing import Any

import pytest

from local.gateway import Response
from local.stack import Stack
from overtone.stores import facts as fact_store
from overtone.stores import training_runs
from tests.integration.dropping import drop
from tests.integration.test_accrual import rows
from tests.interruptions import before_each_write


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


@pytest.mark.parametrize("posted_first", [True, False])
def test_a_run_that_comes_by_both_roads_is_one_run(fox: Stack, *, posted_first: bool) -> None:
    """It was refused as "other content", to be sent under a new id: whoever did so owed the fee of a second run."""
    head, *works = map(json.loads, manifest(3).splitlines())

    def posted(**changed: object) -> Response:
        body = head | {"works": works} | changed
        return fox.http("POST", "/v1/training-runs", party="fox", scope="disclosures.write", json=body)

    first = posted().json() if posted_first else drop(fox, "run.ndjson", manifest(3), kind="training")
    again = drop(fox, "again.ndjson", manifest(3), kind="training") if posted_first else posted().json()
    told = ("run_id", "model", "status", "accepted", "digest", "accepted_at")
    assert [again.get(name) for name in told] == [first.get(name) for name in told], again
    assert [(run.run_id, run.works) for run in training_runs.run_headers("9")] == [("run-1", 3)]
    for changed in ({"model": "m2"}, {"trained_on": "2026-09-29"}, {"works": works[:2]}):
        assert posted(**changed).status == 409, changed
    assert drop(fox, "model.ndjson", manifest(3, model="m2"), kind="training")["status"] == "refused"
    assert drop(fox, "works.ndjson", manifest(2), kind="training")["status"] == "refused"


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


def test_files_of_one_name_and_two_kinds_have_two_receipts(fox: Stack) -> None:
    """Who dropped disclosures beside usage of the same name read of one what had become of the other."""
    drop(fox, "oct.ndjson", manifest(3), kind="training")
    drop(fox, "oct.ndjson", "no json\n")
    left = {kind: json.loads(fox.objects("DropBucket")[f"receipts/fox/{kind}/oct.ndjson.json"]) for kind in ("training", "usage")}
    assert [(of_kind["status"], of_kind["accepted"]) for of_kind in left.values()] == [("committed", 3), ("rejected", 0)]


@pytest.mark.parametrize(
    ("good", "bad", "head", "status"),
    [(0, 3, {}, "rejected"), (0, 0, {}, "refused"), (5, 1, {"atomic": True}, "refused"), (6, 0, {"atomic": True}, "committed")],
)
def test_disclosures_of_which_none_is_kept_are_not_committed(
    fox: Stack, monkeypatch: pytest.MonkeyPatch, good: int, bad: int, head: dict[str, bool], status: str
) -> None:
    """The receipt said that they were, nobody was told, and of a file that said `atomic` what was good was kept."""
    monkeypatch.setattr("overtone.steps.drop_reports.DISCLOSURES_CHUNK_MAX", 2)
    first = {"report_id": "a-1", "model": "m1", "method": "s", "method_version": "1"} | head
    rows = [{"output_id": f"gen-{n}", "confidence": "0.9", "shares": [{"work": "work:a", "share": "0.5"}]} for n in range(good)]
    given = drop(fox, "a.ndjson", "\n".join(map(json.dumps, [first, *rows, *[{}] * bad])), kind="attributions")
    assert given["status"] == status
    faults = given.get("errors") or given.get("rejected", [])
    assert [fault["index"] for fault in faults] == list(range(good, good + bad))
    told = fox.http("GET", "/v1/events?type=batch.rejected", party="fox", scope="disclosures.write").json()["items"]
    assert len(told) == (status != "committed")
    assert bool([item for item in fox.items("UsageTable") if item["pk"].startswith("attribution#")]) == (status == "committed")


POSTED: dict[str, Any] = {"run_id": "run-1", "model": "m1", "trained_on": "2026-09-30", "works": [{"work": "work:posted"}]}


def post(stack: Stack) -> Response:
    return stack.http("POST", "/v1/training-runs", party="fox", scope="disclosures.write", json=POSTED)


def counted(stack: Stack) -> list[str]:
    """The works of the run as they are accrued."""
    stack.tick()
    assert not stack.errors
    return sorted(work for _, _, work in rows(stack))


def test_a_run_that_is_posted_while_a_file_of_its_id_is_read_stays_as_it_was_posted(fox: Stack) -> None:
    """The file was refused, and its works had taken the place of those that were accepted: they were paid the run's fee."""
    posted: list[int] = []

    def meanwhile(_number: int) -> None:
        if not posted:
            posted.append(post(fox).status)

    with before_each_write(fox, "UsageDrop", meanwhile):
        given = drop(fox, "run.ndjson", manifest(3), kind="training")
    assert (posted, given["status"]) == ([201], "refused")
    assert counted(fox) == ["work:posted"]


@pytest.mark.parametrize("then", ["posted", "mended", "of another model"])
def test_what_is_left_of_a_file_that_was_interrupted_is_part_of_no_run(fox: Stack, monkeypatch: pytest.MonkeyPatch, then: str) -> None:
    """A run could not be posted any more, which was told as a broken invariant, and a shorter manifest kept the works of the longer."""
    monkeypatch.setattr("overtone.facts.halves.PAGE_BYTES_MAX", 200)

    def killed(_fact: object) -> None:
        raise MemoryError

    with monkeypatch.context() as small:
        small.setattr(fact_store, "commit", killed)
        given = drop(fox, "run.ndjson", manifest(300), kind="training")
    assert given["status"] == "refused"
    assert len([item for item in fox.items("UsageTable") if item["pk"].startswith("training#")]) > 1
    fox.errors.clear()
    if then == "posted":
        assert post(fox).status == 201
    else:
        given = drop(fox, "run.ndjson", manifest(1, **({"model": "m2"} if then == "of another model" else {})), kind="training")
        assert given["status"] == "committed"
    assert counted(fox) == (["work:posted"] if then == "posted" else ["work:w0"])
