"""Dropped files of works: whole or refused, resumed where a delivery ended, with a receipt whatever goes wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from overtone.formats.cwr import transmission as transmissions
from overtone.formats.works import files
from overtone.steps import works_drop
from overtone.steps.drop_delivery import Unfinished
from overtone.stores import registry as registry_store
from tests.cwr_lines import TUNE, answered, person, transmission, work
from tests.integration.test_works_import import get, put

if TYPE_CHECKING:
    from local.stack import Stack


@pytest.fixture
def uni(stack: Stack) -> Stack:
    assert put(stack, "parties/uni", {"name": "Uni", "kind": "publisher", "country": "SE"}).status == 201
    return stack


def receipt(stack: Stack, name: str, party: str = "uni") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stack.objects("DropBucket")[f"receipts/{party}/{name}.json"])
    return found


def drop(stack: Stack, name: str, body: bytes, party: str = "uni") -> dict[str, Any]:
    stack.put_object("DropBucket", f"works/{party}/{name}", body)
    stack.drain()
    return receipt(stack, name, party)


def song(number: int) -> list[tuple[str, dict[str, object]]]:
    return work("NWR", f"S{number}", f"SONG {number}", person("SWR", f"W{number % 50}", "MOON", (10_000, 10_000, 10_000)))


def test_a_cwr_file_is_registered_and_answered_in_its_own_format(uni: Stack) -> None:
    bad = work("NWR", "BAD", "BAD", person("SWR", "W1", "A", (5_000, 0, 0)))
    given = drop(uni, "oct.cwr", transmission(TUNE, bad, [("ALT", {})]))
    assert [given[name] for name in ("status", "format", "version", "received", "registered", "refused")] == [
        "committed",
        "cwr",
        "2.1",
        2,
        1,
        1,
    ]
    assert given["other_transactions"] == {"ALT": 1}
    assert [(fault["work_id"], fault["record"], fault["field"]) for fault in given["rejected"]] == [("uni-BAD", "NWR", "pr_share")]
    assert given["files"] == ["receipts/uni/oct.cwr.results/00001.ndjson", "receipts/uni/oct.cwr.acknowledgements/00001.V21"]
    objects = uni.objects("DropBucket")
    results = [json.loads(line) for line in objects[given["files"][0]].splitlines()]
    assert [(result["work_id"], result["status"]) for result in results] == [("uni-TU~2F1", "registered"), ("uni-BAD", "refused")]
    answers = [w.acknowledgement for w in transmissions.read(objects[given["files"][1]]).works]
    assert [answer.status for answer in answers if answer] == ["AS", "RJ"]
    assert get(uni, "works/uni-TU~2F1")["owner"] == "uni"
    assert uni.errors == []


def test_a_table_may_name_recordings_before_the_compositions_that_they_are_of(uni: Stack) -> None:
    rows = b"".join(b"rec-%d,recording,Song,isrc:SEABC26%05d,comp-%d,uni:1\r" % (n, n, n) for n in range(3))
    rows += b"".join(b"comp-%d,composition,Song,,,uni:1\r" % n for n in range(3))
    given = drop(uni, "all.csv", b"\xef\xbb\xbfwork_id,kind,title,identifiers,composition,shares\r" + rows)
    assert (given["status"], given["received"], given["registered"], given["rejected"]) == ("committed", 6, 6, [])
    assert get(uni, "works/rec-2")["composition"] == "comp-2"


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("cut.cwr", transmission(TUNE)[:-40], "refused"),
        ("old.cwr", transmission(TUNE).replace(b"02.10", b"02.00"), "refused"),
        ("wide.cwr", transmission(TUNE).decode("latin-1").encode("utf-16"), "refused"),
        ("none.cwr", b"", "refused"),
        ("none.csv", b"", "refused"),
        ("head.csv", b"title\nSong\n", "refused"),
        ("open.csv", b'work_id,title\nw,"open\n', "refused"),
        ("bad.csv", b"work_id,title\n/,Song\n", "rejected"),
        ("works.xml", b"<works/>", "refused"),
    ],
)
def test_whatever_is_dropped_has_a_receipt(uni: Stack, name: str, body: bytes, status: str) -> None:
    given = drop(uni, name, body)
    assert (given["status"], registry_store.works_of("uni")) == (status, [])
    assert given.get("detail") or given["rejected"]


def test_who_is_not_registered_is_told_and_a_mended_file_is_taken(uni: Stack) -> None:
    assert drop(uni, "oct.cwr", transmission(TUNE), "nobody")["status"] == "refused"
    assert drop(uni, "oct.cwr", transmission(TUNE)[:-40])["status"] == "refused"
    assert drop(uni, "oct.cwr", transmission(TUNE))["registered"] == 1
    assert drop(uni, "oct.cwr", transmission(TUNE))["registered"] == 1
    assert get(uni, "works/uni-TU~2F1")["version"] == 1


def test_answers_come_by_drop_too(uni: Stack) -> None:
    drop(uni, "oct.cwr", transmission(song(1)))
    before = get(uni, "works/uni-S1")["shares"]
    echo: list[tuple[str, dict[str, object]]] = [answered("S1", "SONG 1", "AS"), ("NWR", {"title": "SONG 1", "work_number": "S1"})]
    drop(uni, "accepted.cwr", transmission(echo, group="ACK"))
    assert (get(uni, "works/uni-S1")["shares"], len(before)) == (before, 1)
    given = drop(uni, "ack.cwr", transmission([answered("S1", "SONG 1", "CO", on="20261106")], group="ACK"))
    assert (given["acknowledged"] + given["revised"], given["files"]) == (1, ["receipts/uni/ack.cwr.results/00001.ndjson"])
    assert get(uni, "works/uni-S1")["disputed"]


def test_a_file_that_takes_longer_than_a_delivery_goes_on_by_itself(uni: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "CUT_WORKS", 4)
    monkeypatch.setattr("overtone.steps.drop_delivery.DROP_TIME_LEFT_SECONDS_MIN", 10_000)
    given = drop(uni, "oct.cwr", transmission(*map(song, range(10))))
    assert (given["received"], given["registered"], given["parts"]) == (10, 10, 3)
    progress = json.loads(uni.objects("DropBucket")["receipts/uni/oct.cwr.progress.json"])
    assert (progress["status"], progress["received"]) == ("in_progress", 10)
    assert len(registry_store.works_of("uni-ip-W1")) == 1


def test_a_file_that_takes_long_says_how_far_it_is_while_it_is_read(uni: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "CUT_WORKS", 4)
    monkeypatch.setattr("overtone.steps.works_drop.DROP_NOTE_SECONDS", 0)
    drop(uni, "oct.cwr", transmission(*map(song, range(10))))
    progress = json.loads(uni.objects("DropBucket")["receipts/uni/oct.cwr.progress.json"])
    assert (progress["received"], progress["counts"], progress["parts"]) == (10, {"registered": 10}, 3)


def test_a_delivery_that_dies_at_any_write_is_finished_by_the_next(uni: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "CUT_WORKS", 1)
    raw = transmission(*map(song, range(2)))
    for n in range(60):
        uni.reset()
        put(uni, "parties/uni", {"name": "Uni", "kind": "publisher", "country": "SE"})
        uni.faults.fail_after(n)
        uni.put_object("DropBucket", "works/uni/oct.cwr", raw)
        uni.drain()
        fired = uni.faults.fired
        uni.faults.clear()
        given = drop(uni, "oct.cwr", raw)
        assert (given["status"], given["received"], given["refused"]) == ("committed", 2, 0)
        assert [get(uni, f"works/uni-S{number}")["version"] for number in range(2)] == [1, 1]
        if not fired:
            return
    pytest.fail("two works take too many writes")


HEAD = b"work_id,kind,title,identifiers,composition,shares\n"


def bo(stack: Stack) -> None:
    reply = stack.http("PUT", "/v1/parties/bo", scope="admin", json={"name": "Bo", "kind": "creator", "country": "SE"})
    assert reply.status == 201, reply.text


def test_a_file_that_is_dropped_again_is_registered_again(uni: Stack) -> None:
    """Its content was registered once, and something else since: by a later file of its name, or by a call."""
    bo(uni)
    alone, both = HEAD + b"w-1,composition,Song,,,uni:1\n", HEAD + b"w-1,composition,Song,,,uni:0.5|bo:0.5\n"
    for hour, body, result in ((1, alone, "registered"), (2, both, "revised"), (3, alone, "revised"), (4, alone, "unchanged")):
        uni.at(f"2026-10-01T0{hour}:00:00Z")
        assert drop(uni, "all.csv", body)[result] == 1
        assert len(get(uni, "works/w-1")["shares"]) == (2 if body == both else 1)
    assert put(uni, "works/w-1", get(uni, "works/w-1") | {"title": "Another"}).status == 200
    uni.at("2026-10-01T05:00:00Z")
    assert drop(uni, "all.csv", alone)["revised"] == 1
    assert get(uni, "works/w-1")["title"] == "Song"


def test_a_file_that_was_refused_for_what_was_missing_is_dropped_again_as_it_is(uni: Stack) -> None:
    body = HEAD + b"w-1,composition,Song,,,uni:0.5|bo:0.5\nw-2,composition,Song,,,uni:1\n"
    given = drop(uni, "all.csv", body)
    assert (given["registered"], given["refused"]) == (1, 1)
    bo(uni)
    uni.at("2026-10-01T01:00:00Z")
    given = drop(uni, "all.csv", body)
    assert (given["registered"], given["unchanged"], given["refused"]) == (1, 1, 0)


def test_a_file_that_an_earlier_version_left_half_done_goes_on(uni: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "CUT_WORKS", 4)
    uni.put_object("DropBucket", "works/uni/oct.cwr", transmission(*map(song, range(10))))
    with monkeypatch.context() as before:
        before.setattr("overtone.stores.works_drops.named", lambda found: found.etag)
        with pytest.raises(Unfinished):
            works_drop.take("works/uni/oct.cwr", lambda: 0.0)
    uni.drain()
    given = receipt(uni, "oct.cwr")
    assert (given["registered"], given["unchanged"], given["parts"]) == (10, 0, 3)
