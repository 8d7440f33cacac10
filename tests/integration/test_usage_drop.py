"""Dropped files: whole or refused, resumed where a delivery died, never counted twice."""

import gzip
import json
import random
import tracemalloc
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from local.stack import Stack
from overtone.errors import Rejected
from overtone.facts import drops
from overtone.formats.blocks import blocks
from tests import stored_accruals
from tests.integration import scenario
from tests.integration.test_accrual import rows
from tests.integration.test_usage_api import batch, record, register

HEADER = "record_id,used_on,subject,use,quantity,revenue,currency,territory"
DSR = next((Path(__file__).parents[3] / "shared" / "data" / "ddex-dsrf").glob("DSR_*.tsv"), None)


@pytest.fixture
def fox(stack: Stack) -> Stack:
    register(stack, "fox")
    return stack


def lines(count: int, first: int = 0) -> list[str]:
    return [f"r-{n},2026-10-0{n % 2 + 1},output:gen-{n % 7},stream,{n % 5 + 1},0.{n % 9 + 1},USD,SE" for n in range(first, first + count)]


def drop(stack: Stack, name: str, body: str | bytes, party: str = "fox", kind: str = "usage") -> dict[str, Any]:
    stack.put_object("DropBucket", f"{kind}/{party}/{name}", body.encode() if isinstance(body, str) else body)
    stack.drain()
    return receipt(stack, name, party)


def receipt(stack: Stack, name: str, party: str = "fox") -> dict[str, Any]:
    stem = name.removesuffix(".gz")
    stem = next((stem.removesuffix(f".{form}") for form in ("dsr.tsv", "csv", "tsv", "ndjson") if stem.endswith(f".{form}")), stem)
    found: dict[str, Any] = json.loads(stack.objects("DropBucket")[f"receipts/{party}/{stem}.json"])
    return found


def sums(stack: Stack) -> dict[str, int]:
    items = [i for i in stack.items("LedgerTable") if i["pk"].startswith("PARTS#")]
    return {name: sum(int(i[name]) for i in items) for name in ("records", "accrued", "waiting", "duplicates", "superseded")}


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
    by_digest = [body for key, body in left.items() if key not in {"receipts/fox/oct.csv.json", "receipts/fox/oct.json"}]
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


@pytest.mark.skipif(DSR is None, reason="the published sample is not on this machine")
def test_the_published_dsr_file_comes_in_whole(fox: Stack) -> None:
    assert DSR is not None
    raw = DSR.read_bytes()
    given = drop(fox, "yt.dsr.tsv", raw)
    assert (given["status"], given["rejected"]) == ("committed", [])
    (total,) = given["totals"]
    assert (total["usages"], total["net_revenue"], total["currency"]) == (1036181 + 575732 + 3834450 + 21613409, "15763.58", "USD")
    fox.tick()
    assert not fox.errors
    parts = [i for i in fox.items("LedgerTable") if i["pk"].startswith("PARTS#")]
    assert sum(float(i["revenue"].get("USD", "0")) for i in parts) == pytest.approx(15763.58)
    assert sums(fox)["records"] == given["accepted"] == 7
    text = raw.decode().split("\n")
    for number in range(35):
        cut = "\n".join(text[:number] + text[number + 1 :])
        refused = drop(fox, f"cut-{number}.dsr.tsv", cut)
        assert refused["status"] == "refused"
        assert "34" in refused["detail"]


def dsr(lines_: list[str], *, files: tuple[int, int] = (1, 1), report: tuple[int, int] | None = None, parts: int = 1) -> str:
    head = f"HEAD\tdsrf/30\tUgcProfile\t1.2\tmsg-1\t2026-10-01T00:00:00Z\t{files[0]}\t{files[1]}\t2026-09-01\t2026-09-30\tP1\tTube\tads"
    summary = "SY02.02\tS1\t\t\tAds\tOnDemandStream\tSE\tads\t100\t\tSEK\t9.99"
    count = len(lines_) + 3
    whole = report or (count, parts)
    return "\n".join([head, summary, *lines_, f"FOOT\t{count}\t{whole[0]}\t1\t{parts}\t{whole[1]}"]) + "\n"


def block(number: int, usages: int, revenue: str = "", isrc: str = "SEABC2600001") -> list[str]:
    return [
        f"AS01.01\t{number}\tR1\tD{number}\t{isrc}\tTitle\t\tArtist\t\t\tSoundRecording",
        f"SU03.02\t{number}\tT1\tS1\tD{number}\t{usages}\t{revenue}\t20260901\t20260930",
    ]


def test_revenue_that_lines_do_not_state_is_spread_by_usage_to_the_last_digit(fox: Stack) -> None:
    drop(fox, "m.dsr.tsv", dsr([*block(1, 33), *block(2, 67, isrc="USRC17607839")], parts=2))
    fox.tick()
    parts = [i for i in fox.items("LedgerTable") if i["pk"].startswith("PARTS#")]
    assert [(i["revenue"], i["records"]) for i in parts] == [({"SEK": "9.99"}, 2)]


def test_the_files_of_one_message_are_summed_when_the_last_is_here(fox: Stack) -> None:
    report = (10, 2)
    drop(fox, "m1.dsr.tsv", dsr(block(1, 30, "3"), files=(1, 2), report=report))
    fox.tick()
    assert sums(fox)["records"] == 1
    drop(fox, "m2.dsr.tsv", dsr(block(2, 20, "2"), files=(2, 2), report=report))
    fox.tick()
    assert sums(fox)["records"] == 3
    assert [row.entries[0][-2] for _, row in stored_accruals.rows(fox) if row.work_key == "unattributed"] == [50 * 10**9]
    assert drop(fox, "m3.dsr.tsv", dsr(block(1, 101)))["status"] == "refused"


def test_a_message_created_later_with_the_same_ids_replaces_the_older(fox: Stack) -> None:
    drop(fox, "m.dsr.tsv", dsr(block(1, 30, "3")))
    later = dsr(block(1, 40, "4")).replace("2026-10-01T00:00:00Z", "2026-10-01T01:00:00Z")
    drop(fox, "n.dsr.tsv", later)
    fox.tick()
    assert sums(fox) == {"records": 4, "accrued": 2, "waiting": 0, "duplicates": 0, "superseded": 2}


def test_blocks_of_a_big_file_are_cut_alike_whatever_the_chunks() -> None:
    rng = random.Random(5)
    text = "".join(rng.choice(['a,"b\nc",d\n', "x,y,z\n", '"""q""",1,2\n']) for _ in range(2_000)).encode()
    whole = list(blocks([text], quoted=True, size=500))
    for size in (1, 7, 1000):
        assert list(blocks((text[at : at + size] for at in range(0, len(text), size)), quoted=True, size=500)) == whole
    assert b"".join(whole) == text
    assert all(part.endswith(b"\n") and part.count(b'"') % 2 == 0 for part in whole)
    assert len(whole) > 10


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


def test_subscribers_that_a_usage_report_states_count_where_the_revenue_report_states_none(stack: Stack) -> None:
    """A floor per subscriber: 0.1 x (10 + 20) from the DSR's two types; the same message created anew states 40 and 20."""
    scenario.small_world(stack)
    terms = {"mechanism": "revenue_pool", "share": "0.000001", "minimum_per_subscriber": "0.1", "basis": "usage"}
    scenario.deal(stack, "floor", terms, licensor="ann")
    revenue = {"month": "2026-10", "currency": "EUR", "subscribers": 0}
    scenario.sent(stack, "/v1/revenue", revenue | {"report_id": "sub-10", "net_revenue": "5", "service": "svc", "territory": "SE"})
    scenario.sent(stack, "/v1/revenue", revenue | {"report_id": "rev-10", "net_revenue": "1234.56", "revision": 1})

    def report(students: int, created: str) -> str:
        types = f"SY04.03\t1\t\t\tSubscriptionModel\tStream\tSE\tSvc\tStudent|Family\t{students}|20\t\t\t\t\tUSD"
        return "\n".join(
            [
                f"HEAD\tdsrf/30\tBasicAudioProfile\t1.4\tM1\t{created}\t1\t1\t2026-10-01\t2026-10-31\tA\tB\tC\tD\tE",
                "SY02.04\t1\t\t\tSubscriptionModel\tStream\tSE\tSvc\t10\t30\tUSD\t1.00",
                types,
                f"AS02.04\tB1\tR1\tD1\t{scenario.ISRC.removeprefix('isrc:')}\tSong",
                "SU02.03\tB1\t1\tS1\t\tR1\ttrue\t10",
                "FOOT\t6\t6\t2\t1\t1",
            ]
        )

    def floor(settlement: str) -> Decimal:
        lines = [line for line in scenario.lines_of(stack, settlement) if line["deal_id"] == "floor"]
        return sum((Decimal(line["amount"]) for line in lines), Decimal(0))

    stack.at("2026-11-02T06:00:00Z")
    given = drop(stack, "oct.dsr.tsv", report(10, "2026-11-01T00:00:00Z"))
    assert (given["status"], [fact.get("subscribers") for fact in given["facts"]]) == ("committed", [10, 20])
    scenario.accrue(stack, "2026-11-08T06:00:00Z")
    stack.at("2026-11-10T06:00:00Z")
    assert scenario.settle(stack, "s-1")["status"] == "sealed"
    assert floor("s-1") == 3
    assert drop(stack, "again.dsr.tsv", report(40, "2026-11-11T00:00:00Z"))["status"] == "committed"
    scenario.accrue(stack, "2026-11-11T06:00:00Z")
    stack.at("2026-11-11T07:00:00Z")
    assert scenario.settle(stack, "s-2")["status"] == "sealed"
    assert floor("s-2") == 3
