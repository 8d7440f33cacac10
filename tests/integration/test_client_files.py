"""Files of all kinds that the client takes: what of them arrives, counts once, and what is said where it cannot."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

from overtone.facts.drops import Drop
from overtone.stores.drops import interruption
from overtone_client.batches import digest_of
from tests.integration.test_client import Run, registered, run, said, table

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from local.stack import Stack

__all__ = ["run"]
PLAY = ("isrc:SEABC2600001", "stream", "2026-10-01", "1", "SE")
COLUMNS = ("subject", "use", "used_on", "quantity", "territory")


def test_a_file_without_ids_counts_once_whatever_its_batches(run: Run, stack: Stack, tmp_path: Path) -> None:
    """Where rows are named by their numbers, batches of another size name them anew: all but the first batch counted a second time."""
    registered(run)
    run("call", "PUT", "/v1/parties/kestrel/mapping", json.dumps({"row_numbers": True}), "--as", "kestrel")
    with (tmp_path / "plays.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([COLUMNS, *[PLAY] * 15])
    assert said(run("post", "plays.csv", "--as", "kestrel", "--json"))["files"][0]["accepted"] == 15
    refused = said(run("post", "plays.csv", "--as", "kestrel", "--records", "5", "--json", code=3))
    assert refused["status"] == 409
    listed = stack.http("GET", "/v1/batches", party="kestrel", scope="usage.write").json()["items"]
    assert [batch["accepted"] for batch in listed] == [15]


def test_two_files_of_one_name_are_not_dropped_on_top_of_each_other(run: Run, stack: Stack, tmp_path: Path) -> None:
    """They have one key in the bucket: the second took the place of the first, which nobody had read, and both were told as dropped."""
    registered(run)
    for number, folder in enumerate(("north", "south")):
        (tmp_path / folder).mkdir()
        table(tmp_path / folder / "plays.csv", (f"r-{number}", "2026-10-01", 7))
    refused = run("drop", "north/plays.csv", "south/plays.csv", "--as", "kestrel", code=2)
    assert "plays.csv" in refused.stderr
    assert stack.objects("DropBucket") == {}


def test_a_call_is_asked_for_as_its_address_says(run: Run) -> None:
    """What stood percent-encoded in the query was encoded once more, so that nothing was found by it."""
    registered(run)
    for query in ("title=half%20a%20harbour", "title=half a harbour", "title=Half+a+Harbour"):
        assert [work["id"] for work in said(run("call", "GET", f"/v1/works?{query}"))["items"]] == ["harbour"], query
    assert said(run("call", "GET", "/v1/events?since=2026-10-01T00%3A00%3A00Z"))["items"] == []


def test_what_was_withdrawn_since_is_not_told_as_sent_before(run: Run, stack: Stack, tmp_path: Path) -> None:
    """The client remembered that it had been accepted, and said so, though nothing of it was there any more; the service knows better."""
    registered(run)
    table(tmp_path / "plays.csv", ("r-1", "2026-10-01", 7))
    (batch,) = said(run("post", "plays.csv", "--as", "kestrel", "--json"))["files"][0]["batches"]
    assert said(run("post", "plays.csv", "--as", "kestrel", "--json"))["files"][0]["resumed"] == 1
    assert stack.http("DELETE", f"/v1/usage/{batch}", party="kestrel", scope="usage.write").status == 200
    refused = said(run("post", "plays.csv", "--as", "kestrel", "--json", code=3))
    assert (refused["status"], "under a new id" in refused["detail"]) == (409, True), refused


def test_a_file_that_went_in_halves_counts_once_and_what_of_it_was_withdrawn_is_told(run: Run, stack: Stack, tmp_path: Path) -> None:
    """Halves have ids of their own: the whole's stayed free for batches of another size, and nobody asked whether a half was taken back."""
    registered(run)
    run("call", "PUT", "/v1/parties/kestrel/mapping", json.dumps({"row_numbers": True}), "--as", "kestrel")
    days = [f"2026-{month:02}-{day:02}" for month in (6, 7, 8) for day in range(1, 31)] + ["2026-09-01"]
    with (tmp_path / "days.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([COLUMNS, *((*PLAY[:2], day, *PLAY[3:]) for day in days)])
    first, second = said(run("post", "days.csv", "--as", "kestrel", "--json"))["files"][0]["batches"]
    refused = said(run("post", "days.csv", "--as", "kestrel", "--records", "20", "--json", code=3))
    assert refused["status"] == 409, refused
    assert said(run("post", "days.csv", "--as", "kestrel", "--anew", "--json"))["files"][0]["batches"] == [first, second]
    listed = stack.http("GET", "/v1/batches", party="kestrel", scope="usage.write").json()["items"]
    assert sum(batch["accepted"] for batch in listed) == 91
    assert stack.http("DELETE", f"/v1/usage/{second}", party="kestrel", scope="usage.write").status == 200
    refused = said(run("post", "days.csv", "--as", "kestrel", "--json", code=3))
    assert (refused["status"], "under a new id" in refused["detail"]) == (409, True), refused


def test_a_file_whose_first_batch_was_refused_whole_counts_once_whatever_its_batches(run: Run, stack: Stack, tmp_path: Path) -> None:
    """Nothing is there under the first batch's id: batches of another size were taken, and their rows counted under other numbers."""
    registered(run)
    run("call", "PUT", "/v1/parties/kestrel/mapping", json.dumps({"row_numbers": True}), "--as", "kestrel")
    blank, tomorrow = ("",) * 5, (*PLAY[:2], "2027-01-09", *PLAY[3:])
    with (tmp_path / "plays.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([COLUMNS, *[tomorrow] * 4, blank, *[PLAY] * 10])
    first = said(run("post", "plays.csv", "--as", "kestrel", "--records", "5", "--json", code=1))["files"][0]
    assert first["accepted"] == 10
    stack.at("2027-01-10T10:00:00Z")
    run("post", "plays.csv", "--as", "kestrel", "--records", "10", "--json", code=3)
    stack.tick()
    counted = [
        stack.http("GET", f"/v1/usage/{batch['batch_id']}", party="kestrel", scope="usage.write").json()["counts"]
        for batch in stack.http("GET", "/v1/batches", party="kestrel", scope="usage.write").json()["items"]
    ]
    assert sum(counts["accrued"] for counts in counted) == 14, counted
    assert sum(counts["duplicates"] for counts in counted) == 5, counted


def test_a_batch_that_an_earlier_client_sent_is_the_same(run: Run, stack: Stack, tmp_path: Path) -> None:
    """That one did not say which rows of the file a batch has, so that they are kept under the batch's name."""
    registered(run)
    run("call", "PUT", "/v1/parties/kestrel/mapping", json.dumps({"row_numbers": True}), "--as", "kestrel")
    with (tmp_path / "plays.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([COLUMNS, *[PLAY] * 3])
    path = tmp_path / "plays.csv"
    name, body = f"plays-{digest_of(path)[:12]}-00001", path.read_bytes()
    form, query = {"content-type": "text/csv"}, {"batch_id": name}
    sent = stack.http("POST", "/v1/usage", party="kestrel", scope="usage.write", headers=form, body=body, query=query)
    assert sent.status == 201, sent.text
    again = said(run("post", "plays.csv", "--as", "kestrel", "--json"))["files"][0]
    assert (again["accepted"], again["batches"]) == (3, [name])


def test_a_file_that_is_refused_again_has_its_receipt_again(
    run: Run, stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the same as the one that lay there before, but for when it was left: the command waited in vain and ended with code 0."""
    registered(run)
    (tmp_path / "plays.csv").write_text("what,is,this\n1,2,3\n")
    monkeypatch.setattr("overtone_client.commands.sending.time.sleep", lambda _seconds: stack.drain())
    for hour in range(2):
        stack.at(f"2026-10-02T0{hour}:00:00Z")
        told = said(run("drop", "plays.csv", "--as", "kestrel", "--wait-seconds", "1", "--json", code=1))
        assert told["receipts"]["plays.csv"]["status"] == "refused"


def test_a_file_that_an_error_of_ours_stopped_is_waited_for(
    run: Run, stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its receipt says that it is tried again; the command took it for the last, and ended as if nothing of the file were kept."""
    registered(run)
    table(tmp_path / "plays.csv", ("r-1", "2026-10-01", 7))
    key = "receipts/kestrel/usage/plays.csv.json"
    stopped = {**interruption(Drop.parse("usage/kestrel/plays.csv"), KeyError()), "left_at": "2026-10-01T00:00:00.000000Z"}
    left = iter([lambda: stack.put_object("DropBucket", key, json.dumps(stopped).encode()), stack.drain])
    monkeypatch.setattr("overtone_client.commands.sending.time.sleep", lambda _seconds: next(left)())
    assert "committed, 1 accepted" in run("drop", "plays.csv", "--as", "kestrel", "--wait-seconds", "9").stdout
