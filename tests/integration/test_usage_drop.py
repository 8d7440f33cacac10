"""Dropped files: whole or refused, resumed where a delivery died, never counted twice."""

import gzip
import json
import tracemalloc
from typing import Any

import pytest

from local.stack import Stack
from overtone.errors import Rejected
from overtone.facts import drops
from tests.integration.dropping import drop, lines, receipt, sums
from tests.integration.test_accrual import rows
from tests.integration.test_usage_api import batch, record, register

HEADER = "record_id,used_on,subject,use,quantity,revenue,currency,territory"


def test_a_csv_is_committed_and_its_batches_can_be_read(fox: Stack) -> None:
    given = drop(fox, "oct.csv", "\n".join([HEADER, *lines(50)]))
    assert (given["status"], given["received"], given["accepted"], given["rejected"], given["batches"]) == ("committed", 50, 50, [], 1)
    assert batch(fox, "oct%2300001")["accepted"] == 50
    listed = fox.http("GET", "/v1/usage/oct%2300001/records", party="fox", scope="usage.write").json()["records"]
    assert len(listed) == 50
    fox.tick()
    assert sums(fox)["records"] == 50
    before = fox.items("UsageTable")
    assert drop(fox, "oct.csv", "\n".join([HEADER, *lines(50)]))["accepted"] == 50
    assert drop(fox, "oct.csv.gz", gzip.compress("\n".join([HEADER, *lines(50)]).encode()))["accepted"] == 50
    assert [i for i in fox.items("UsageTable") if not i["pk"].startswith("DROP#")] == [i for i in before if not i["pk"].startswith("DROP#")]


@pytest.mark.parametrize("form", ["csv", "tsv", "ndjson", "csv.gz", "ndjson.gz"])
def test_every_format_says_the_same(fox: Stack, form: str) -> None:
    names = HEADER.split(",")
    if form.startswith("ndjson"):
        objects = [dict(zip(names, line.split(","), strict=True)) for line in lines(30)]
        body = "\n".join(json.dumps(o | {"quantity": int(o["quantity"])}) for o in objects) + "\n"
    else:
        body = "\r\n".join([HEADER, *lines(30)]).replace(",", "\t" if form == "tsv" else ",")
    raw = body.encode()
    drop(fox, f"oct.{form}", gzip.compress(raw) if form.endswith("gz") else raw)
    fox.tick()
    dropped = rows(fox)
    fox.reset()
    register(fox, "fox")
    sent = [dict(zip(names, line.split(","), strict=True)) for line in lines(30)]
    body_json = {"batch_id": "b", "records": [o | {"quantity": int(o["quantity"])} for o in sent]}
    assert fox.http("POST", "/v1/usage", party="fox", scope="usage.write", json=body_json).status == 201
    fox.tick()
    assert rows(fox) == dropped


def test_bad_lines_are_named_and_the_others_kept(fox: Stack) -> None:
    body = [
        HEADER,
        *lines(2),
        "r-9,2026-10-01,output:x,stream,1.5,0.1,USD,SE",
        "too,short",
        'r-3,2026-10-01,"output:x,1",stream,1,0.1,USD,SE',
        *lines(1, 40),
    ]
    given = drop(fox, "oct.csv", "\n".join(body))
    assert (given["received"], given["accepted"]) == (6, 3)
    assert [(fault["index"], fault.get("field", "")) for fault in given["rejected"]] == [(2, "quantity"), (3, ""), (4, "subject")]


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("a.csv", "record_id,plays\nr,1", "no such column"),
        ("a.csv", "record_id,quantity\nr,1", "no column subject"),
        ("a.csv", "", "empty"),
        ("a.csv", HEADER, "no record"),
        ("a.csv", (HEADER + "\n1").encode("utf-16"), "UTF-16"),
        ("a.csv", (HEADER + "\n1").encode("utf-16-le"), "UTF-16"),
        ("a.csv", gzip.compress(b"x", mtime=0), "gzip"),
        ("a.csv", b"PK\x03\x04 and so on", "spreadsheet"),
        ("a.csv", HEADER + '\nr,2026-10-01,"output:x,stream,1,0.1,USD,SE\nr-2,a,b\n', "line 1 of these is never closed"),
        ("a.ndjson", "\n \n", "blank lines"),
        ("a.csv", HEADER + "\nr\0,2", "NUL at byte"),
        ("a.csv", HEADER.encode() + b"\n\xff", "UTF-8"),
        ("a.csv.gz", b"no gzip", "gzip"),
        ("a.csv.gz", gzip.compress(b"a" * 1000, mtime=0)[:-10], "cut short"),
        ("a.xls", "x", "extensions"),
        ("a b.csv", "x", "an id is"),
        ("a.dsr.tsv", "HEAD\tdsrf/30\n", "no FOOT"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(fox: Stack, name: str, body: str | bytes, words: str) -> None:
    given = drop(fox, name, body)
    assert (given["status"], words in given["detail"]) == ("refused", True), given
    assert [i for i in fox.items("UsageTable") if i["pk"].startswith("RECEIPT#")] == []


def test_a_bomb_without_a_line_is_refused_in_bounded_memory(fox: Stack) -> None:
    bomb = gzip.compress(b"x" * 200_000_000, 1)
    tracemalloc.start()
    given = drop(fox, "bomb.csv.gz", bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert given["status"] == "refused"
    assert peak < 150_000_000


def test_a_mended_file_is_taken_under_its_name_and_every_content_keeps_its_receipt(fox: Stack) -> None:
    bad = [line.replace("SE", "UK") for line in lines(3)]
    refused = drop(fox, "oct.csv", "record_id\nx")
    rejected = drop(fox, "oct.csv", "\n".join([HEADER, *bad]))
    assert (refused["status"], rejected["status"], rejected["accepted"], rejected["batches"]) == ("refused", "rejected", 0, 0)
    assert "send GB" in rejected["rejected"][0]["message"]
    partly = drop(fox, "oct.csv", "\n".join([HEADER, *bad[:1], *lines(2, 1)]))
    mended = drop(fox, "oct.csv", "\n".join([HEADER, *lines(3)]))
    assert [(given["status"], given["accepted"]) for given in (partly, mended)] == [("committed", 2), ("committed", 3)]
    fox.tick()
    assert sums(fox) == {"records": 5, "accrued": 0, "waiting": 3, "duplicates": 2, "superseded": 0}
    left = {key: json.loads(body) for key, body in fox.objects("DropBucket").items() if key.startswith("receipts/fox/")}
    assert left["receipts/fox/oct.csv.json"] == left["receipts/fox/oct.json"] == mended
    plain = {f"receipts/fox/{name}.json" for name in ("usage/oct.csv", "oct.csv", "oct")}
    by_digest = [body for key, body in left.items() if key not in plain]
    assert sorted(map(json.dumps, by_digest)) == sorted(map(json.dumps, (refused, rejected, partly, mended)))


def test_files_of_one_name_and_two_endings_are_two_files(fox: Stack) -> None:
    drop(fox, "oct.csv", "\n".join([HEADER, *lines(3)]))
    rows_ = [record(n) for n in range(10, 14)]
    drop(fox, "oct.ndjson", "\n".join(map(json.dumps, rows_)))
    found = {key.rpartition("/")[2]: json.loads(body) for key, body in fox.objects("DropBucket").items() if key.startswith("receipts/")}
    assert (found["oct.csv.json"]["accepted"], found["oct.ndjson.json"]["accepted"]) == (3, 4)
    fox.tick()
    assert sums(fox)["records"] == 7


def test_an_error_of_ours_leaves_a_receipt_and_rings(fox: Stack, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    no_layouts: dict[str, object] = {}
    monkeypatch.setattr("overtone.steps.drops.first_pass", lambda *_: no_layouts["gone"])
    given = drop(fox, "oct.csv", "\n".join([HEADER, *lines(3)]))
    assert (given["status"], "error of ours" in given["detail"]) == ("refused", True)
    assert "not done" in caplog.messages
    monkeypatch.undo()
    assert drop(fox, "oct.csv", "\n".join([HEADER, *lines(3)]))["status"] == "committed"


def test_an_object_that_names_no_party_has_a_receipt_too(fox: Stack) -> None:
    fox.put_object("DropBucket", "usage/a b.csv", b"x")
    fox.drain()
    assert json.loads(fox.objects("DropBucket")["receipts/-/usage%2Fa%20b.csv.json"])["status"] == "refused"
    fox.errors.clear()


def test_rows_that_count_under_their_numbers_do_not_count_twice(fox: Stack) -> None:
    mapping = {"columns": {"ISRC": "subject", "Units": "quantity"}, "row_numbers": True}
    constants = {"use": "stream", "territory": "SE", "used_on": "2026-10-01"}
    reply = fox.http("PUT", "/v1/parties/fox/mapping", party="fox", scope="usage.write", json=mapping | {"constants": constants})
    assert reply.status == 200, reply.text
    assert drop(fox, "oct.csv", "ISRC,Units\nSEABC2600001,3\n")["accepted"] == 1
    mended = "ISRC,Units\nSEABC2600002,1\nSEABC2600001,3\n"
    refused = drop(fox, "oct.csv", mended)
    assert (refused["status"], "DELETE /v1/usage/oct%2300001" in refused["detail"]) == ("refused", True)
    assert fox.http("DELETE", "/v1/usage/oct%2300001", party="fox", scope="usage.write").status == 200
    assert drop(fox, "oct.csv", mended)["accepted"] == 2
    fox.tick()
    assert sums(fox)["accrued"] == 2
    again = drop(fox, "oct.csv", "ISRC,Units\nSEABC2600001,3\n")
    assert (again["status"], "withdrawn" in again["detail"]) == ("refused", True)


@pytest.mark.parametrize("mended", ["the mapping", "the day"])
def test_a_file_of_which_nothing_was_kept_is_read_anew_when_it_is_dropped_again(fox: Stack, mended: str) -> None:
    """What stood in its way was not in the file, so mending it changed nothing: the same bytes had the same receipt for ever."""
    body = f"{HEADER}\nr-1,{'01.10.2026' if mended == 'the mapping' else '2026-10-03'},output:gen-1,stream,3,,,SE\n"
    assert drop(fox, "oct.csv", body)["status"] == "rejected"
    assert drop(fox, "oct.csv", body)["status"] == "rejected"
    if mended == "the mapping":
        mapping = {"columns": {"used_on": {"column": "used_on", "format": "DD.MM.YYYY"}}}
        reply = fox.http("PUT", "/v1/parties/fox/mapping", party="fox", scope="usage.write", json=mapping)
        assert reply.status == 200, reply.text
    else:
        fox.at("2026-10-02T08:00:00Z")
    given = drop(fox, "oct.csv", body)
    assert (given["status"], given["accepted"], given["rejected"]) == ("committed", 1, [])
    assert drop(fox, "oct.csv", body)["accepted"] == 1
    fox.tick("2026-10-04T00:00:00Z")
    assert sums(fox)["records"] == 1


def test_a_reporter_s_own_names_of_columns(fox: Stack) -> None:
    mapping = {
        "columns": {"Play ID": "record_id", "Date": "used_on", "Track": "subject", "Plays": "quantity"},
        "constants": {"use": "stream", "territory": "SE"},
        "others": "ignore",
    }
    reply = fox.http("PUT", "/v1/parties/fox/mapping", party="fox", scope="usage.write", json=mapping)
    assert reply.status == 200, reply.text
    given = drop(fox, "oct.csv", '\ufeffPlays,Artist,Play ID,Track,Date\n3,"A, B",p-1,output:gen-1,2026-10-01\n')
    assert (given["accepted"], given["rejected"]) == (1, [])
    csv = b"Plays,Play ID,Track,Date\n3,p-2,output:gen-1,2026-10-01\n"
    reply = fox.http(
        "POST", "/v1/usage", party="fox", scope="usage.write", body=csv, headers={"content-type": "text/csv"}, query={"batch_id": "b-1"}
    )
    assert reply.status == 201, reply.text
    stored = fox.http("GET", "/v1/usage/b-1/records", party="fox", scope="usage.write").json()["records"]
    assert stored == [
        {
            "record_id": "p-2",
            "revision": 0,
            "subject": "output:gen-1",
            "use": "stream",
            "used_on": "2026-10-01",
            "quantity": 3,
            "territory": "SE",
        }
    ]


@pytest.mark.slow
@pytest.mark.parametrize("form", ["csv", "csv.gz"])
def test_a_delivery_killed_anywhere_is_taken_up_by_the_next(fox: Stack, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overtone.formats.blocks.blocks.__kwdefaults__", {"size": 900})
    body = "\n".join([HEADER, *lines(100)]).encode()
    body = gzip.compress(body) if form.endswith("gz") else body
    drop(fox, f"oct.{form}", body)
    fox.tick("2026-10-01T06:00:00Z")
    whole, counts = rows(fox), sums(fox)
    assert receipt(fox, "oct.csv")["batches"] > 3
    for writes in range(100):
        fox.reset()
        register(fox, "fox")
        fox.faults.fail_after(writes)
        fox.put_object("DropBucket", f"usage/fox/oct.{form}", body)
        fox.drain()
        fired = fox.faults.fired
        fox.faults.clear()
        fox.tick("2026-10-01T03:00:00Z")  # beyond the queue's visibility time-out
        fox.tick("2026-10-01T06:00:00Z")
        assert (rows(fox), sums(fox)) == (whole, counts), writes
        assert receipt(fox, "oct.csv")["accepted"] == 100
        if not fired:
            break
    else:
        pytest.fail("more writes than were tried")
    assert writes > 10


def test_a_delivery_short_of_time_stops_at_a_batch_and_others_go_on_however_many(fox: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overtone.formats.blocks.blocks.__kwdefaults__", {"size": 300})
    monkeypatch.setattr("overtone.steps.drop_delivery.DROP_TIME_LEFT_SECONDS_MIN", 10**6)
    given = drop(fox, "oct.csv", "\n".join([HEADER, *lines(100)]))
    assert (given["status"], given["accepted"]) == ("committed", 100)
    assert given["batches"] > 10
    assert not fox.errors
    assert fox.messages("DropQueue") == fox.messages("DropDeadLetterQueue") == []
    told = said_in_between(fox, "receipts/fox/oct.json")
    assert {note["status"] for note in told} == {"committing"}
    kept = [note["accepted"] for note in told]
    assert len(kept) == len(set(kept)), "each says more than the one before"
    assert len(kept) == given["batches"]
    assert all(note["committed_bytes"] > 0 for note in told)


def said_in_between(stack: Stack, key: str) -> list[dict[str, Any]]:
    """What a receipt said before it said what it says now, oldest first."""
    s3, bucket = stack.aws("s3"), stack.name("DropBucket")
    versions = [one for one in s3.list_object_versions(Bucket=bucket, Prefix=key)["Versions"] if one["Key"] == key and not one["IsLatest"]]
    bodies = [s3.get_object(Bucket=bucket, Key=key, VersionId=one["VersionId"])["Body"].read() for one in reversed(versions)]
    return [json.loads(body) for body in bodies]


def test_a_file_cannot_name_another_party(stack: Stack) -> None:
    assert "not registered" in drop(stack, "oct.csv", "\n".join([HEADER, *lines(1)]))["detail"]
    with pytest.raises(Rejected):
        drops.Drop.parse("usage/oct.csv")


def test_a_batch_withdrawn_counts_no_more_and_its_receipt_stays(fox: Stack) -> None:
    body = {"batch_id": "b-1", "records": [record(1), record(2, subject="isrc:USRC17607839")]}
    first = fox.http("POST", "/v1/usage", party="fox", scope="usage.write", json=body)
    fox.tick("2026-10-01T01:00:00Z")
    assert rows(fox)
    gone = fox.http("DELETE", "/v1/usage/b-1", party="fox", scope="usage.write")
    assert (gone.status, gone.json()["status"]) == (200, "withdrawn")
    assert fox.http("DELETE", "/v1/usage/b-1", party="fox", scope="usage.write").body == gone.body
    assert fox.http("DELETE", "/v1/usage/b-9", party="fox", scope="usage.write").status == 404
    fox.tick("2026-10-01T02:00:00Z")
    assert rows(fox) == {}
    shown = batch(fox, "b-1")
    assert (shown["status"], shown["counts"]["withdrawn"], shown["counts"]["waiting"]) == ("withdrawn", 2, 0)
    again = fox.http("POST", "/v1/usage", party="fox", scope="usage.write", json=body)
    assert (again.status, "under a new id" in again.json()["detail"]) == (409, True)
    assert batch(fox, "b-1")["digest"] == first.json()["digest"]
    (listed,) = fox.http("GET", "/v1/batches", party="fox", scope="usage.write").json()["items"]
    assert listed == first.json() | {"status": "withdrawn", "withdrawn_at": gone.json()["withdrawn_at"]}
