"""Files that are replaced under their key before they were read: each is read, in whichever order, and has a receipt of its own."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.dropping import lines, receipt, sums
from tests.integration.test_damaged_drops import VALID
from tests.integration.test_usage_drop import HEADER
from tests.integration.test_works_import import get, put

if TYPE_CHECKING:
    from local.stack import Stack


COUNT = {"ApproximateReceiveCount": "1"}


def sheet(count: int, first: int = 0) -> bytes:
    return "\n".join([HEADER, *lines(count, first)]).encode()


def deliver(stack: Stack, function: str, body: str) -> None:
    answer = stack.invoke(function, {"Records": [{"messageId": "1", "receiptHandle": "r", "body": body, "attributes": COUNT}]})
    assert answer == {"batchItemFailures": []}


def by_digest(stack: Stack, file: str, party: str = "fox") -> list[dict[str, Any]]:
    """The receipts of each content, without those under the plain names."""
    named = re.compile(rf"receipts/{party}/{re.escape(file)}\.[0-9a-f]{{16}}\.json")
    found = [json.loads(body) for key, body in stack.objects("DropBucket").items() if named.fullmatch(key)]
    return sorted(found, key=lambda one: str(one["status"]))


def newest(stack: Stack, file: str, party: str) -> dict[str, Any]:
    """The receipt under the plain name."""
    found: dict[str, Any] = json.loads(stack.objects("DropBucket")[f"receipts/{party}/{file}.json"])
    return found


def test_a_file_that_is_replaced_before_it_was_read_is_read_and_the_newest_receipt_has_the_name(fox: Stack) -> None:
    fox.put_object("DropBucket", "usage/fox/oct.csv", sheet(3))
    fox.put_object("DropBucket", "usage/fox/oct.csv", sheet(4, 10))
    fox.drain()
    assert (receipt(fox, "oct.csv")["accepted"], sorted(one["accepted"] for one in by_digest(fox, "oct.csv"))) == (4, [3, 4])
    fox.tick()
    assert sums(fox)["records"] == 7
    assert fox.errors == []


def test_the_older_of_two_that_is_read_last_leaves_the_newest_receipt_where_it_is(fox: Stack) -> None:
    fox.put_object("DropBucket", "usage/fox/oct.csv", sheet(3))
    fox.put_object("DropBucket", "usage/fox/oct.csv", sheet(4, 10))
    older, newer = fox.messages("DropQueue")
    deliver(fox, "UsageDrop", newer)
    deliver(fox, "UsageDrop", older)
    assert (receipt(fox, "oct.csv")["accepted"], sorted(one["accepted"] for one in by_digest(fox, "oct.csv"))) == (4, [3, 4])
    fox.drain()
    assert receipt(fox, "oct.csv")["accepted"] == 4
    fox.tick()
    assert sums(fox)["records"] == 7


def test_a_file_goes_on_although_it_is_replaced_while_it_is_read(fox: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overtone.formats.blocks.blocks.__kwdefaults__", {"size": 300})
    monkeypatch.setattr("overtone.steps.drop_delivery.DROP_TIME_LEFT_SECONDS_MIN", 10**6)
    fox.put_object("DropBucket", "usage/fox/oct.csv", sheet(100))
    (first,) = fox.messages("DropQueue")
    deliver(fox, "UsageDrop", first)
    fox.put_object("DropBucket", "usage/fox/oct.csv", sheet(5, 200))
    fox.drain()
    assert receipt(fox, "oct.csv")["accepted"] == 5
    fox.tick()
    assert (sums(fox)["records"], fox.errors) == (105, [])


def test_a_file_that_was_taken_away_before_it_was_read_is_not_read(fox: Stack) -> None:
    fox.put_object("DropBucket", "usage/fox/oct.csv", sheet(3))
    fox.aws("s3").delete_object(Bucket=fox.name("DropBucket"), Key="usage/fox/oct.csv")
    fox.drain()
    assert fox.objects("DropBucket") == {}
    fox.tick()
    assert (sums(fox)["records"], fox.errors) == (0, [])


@pytest.mark.parametrize("key", sorted(VALID))
def test_whatever_kind_of_file_it_is_the_version_is_read_that_was_announced(stack: Stack, key: str) -> None:
    for name, kind in (("fox", "licensee"), ("uni", "publisher"), ("stim", "society")):
        stack.http("PUT", f"/v1/parties/{name}", scope="admin", json={"name": name, "kind": kind, "country": "SE"})
    place = key.format("one")
    party, file = place.split("/")[1:]
    stack.at("2026-11-05T00:00:00Z")
    stack.put_object("DropBucket", place, VALID[key](1))
    stack.at("2026-11-05T00:00:05Z")
    stack.put_object("DropBucket", place, b"\0")
    stack.drain()
    assert [one["status"] for one in by_digest(stack, file, party)] == ["committed", "refused"]
    assert newest(stack, file, party)["status"] == "refused"


def title(text: str, *works: str) -> bytes:
    return b"work_id,title,shares\n" + b"".join(f"{work},{text},uni:1\n".encode() for work in works)


@pytest.fixture
def uni(stack: Stack) -> Stack:
    assert put(stack, "parties/uni", {"name": "Uni", "kind": "publisher", "country": "SE"}).status == 201
    stack.at("2026-11-05T00:00:00Z")
    stack.put_object("DropBucket", "works/uni/all.csv", title("Old", "w-1", "w-2"))
    stack.at("2026-11-05T00:00:05Z")
    stack.put_object("DropBucket", "works/uni/all.csv", title("New", "w-1"))
    return stack


def test_works_are_not_registered_over_those_of_a_newer_file_and_the_receipt_says_so(uni: Stack) -> None:
    older, newer = uni.messages("WorksQueue")
    deliver(uni, "WorksDrop", newer)
    deliver(uni, "WorksDrop", older)
    uni.drain()
    assert (get(uni, "works/w-1")["title"], get(uni, "works/w-1")["version"]) == ("New", 1)
    committed, refused = by_digest(uni, "all.csv", "uni")
    assert (committed["status"], refused["status"], newest(uni, "all.csv", "uni")["status"]) == ("committed", "refused", "committed")
    assert "drop it under another name" in refused["detail"]


def test_works_of_two_files_in_their_order_are_those_of_both(uni: Stack) -> None:
    older, newer = uni.messages("WorksQueue")
    deliver(uni, "WorksDrop", older)
    deliver(uni, "WorksDrop", newer)
    deliver(uni, "WorksDrop", older)  # the queue delivers twice
    uni.drain()
    assert [get(uni, f"works/w-{n}")["title"] for n in (1, 2)] == ["New", "Old"]
    assert [one["status"] for one in by_digest(uni, "all.csv", "uni")] == ["committed", "committed"]
    assert uni.errors == []


def member(right: str) -> bytes:
    return f"party,name,kind,country,rights,uses\nm-1,Ann,creator,SE,{right},play\n".encode()


def mandates(stack: Stack) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = stack.http("GET", "/v1/parties/m-1", scope="admin").json()["mandates"]
    return found


def test_members_are_not_entered_over_those_of_a_newer_file(stack: Stack) -> None:
    stack.http("PUT", "/v1/parties/stim", scope="admin", json={"name": "Stim", "kind": "society", "country": "SE"})
    for second, name in enumerate(("recording", "composition")):
        stack.at(f"2026-11-05T00:00:0{second}Z")
        stack.put_object("DropBucket", "members/stim/all.csv", member(name))
    older, newer = stack.messages("WorksQueue")
    deliver(stack, "WorksDrop", newer)
    before = mandates(stack)
    deliver(stack, "WorksDrop", older)
    deliver(stack, "WorksDrop", newer)
    assert [one["rights"] for one in before] == [["composition"]]
    assert mandates(stack) == before
    assert [one["status"] for one in by_digest(stack, "all.csv", "stim")] == ["committed", "refused"]
    assert newest(stack, "all.csv", "stim")["status"] == "committed"
