"""A work's administration is handed on by agreement of both, and nobody loses money of days gone by without a yes."""

from typing import Any

import pytest

from local.gateway import Response
from local.stack import Stack
from tests.integration import scenario

HALVES = [{"party": "ann", "share": "0.5"}, {"party": "bob", "share": "0.5"}]


def call(stack: Stack, method: str, path: str, party: str | None, body: Any = None) -> Response:
    return stack.http(method, f"/v1/works/song{path}", party=party, scope="registry.write" if party else "admin", json=body)


def works(stack: Stack, party: str) -> list[str]:
    return [work["id"] for work in stack.http("GET", "/v1/works", party=party, scope="registry.write").json()["items"]]


@pytest.fixture
def song(stack: Stack) -> Stack:
    stack.at("2026-09-01T08:00:00Z")
    for name in ("ann", "bob", "cy"):
        scenario.party(stack, name, "creator")
    scenario.work(stack, "song", "ann", {"ann": "0.5", "bob": "0.5"})
    stack.at("2026-10-02T08:00:00Z")
    return stack


def test_a_work_is_handed_on_once_its_new_administrator_agrees(song: Stack) -> None:
    assert call(song, "POST", ":transfer", "bob", {"to": "bob"}).status == 403
    assert call(song, "POST", ":transfer", "ann", {"to": "ann"}).status == 422
    assert call(song, "POST", ":transfer", "ann", {"to": "nobody"}).status == 422
    offered = call(song, "POST", ":transfer", "ann", {"to": "bob", "evidence": "contract 5"})
    assert (offered.status, offered.json()["status"], offered.json()["giver"]) == (200, "proposed", "ann")
    assert call(song, "POST", ":transfer", "ann", {"to": "bob"}).json() == offered.json()
    assert call(song, "POST", ":transfer", "ann", {"to": "cy"}).status == 409
    assert call(song, "GET", "", "ann").json()["owner"] == "ann"
    assert [call(song, "POST", "/transfer:accept", name, {}).status for name in ("ann", "cy")] == [403, 404]
    assert [call(song, "GET", "/transfer", name).status for name in ("ann", "bob", "cy")] == [200, 200, 404]
    accepted = call(song, "POST", "/transfer:accept", "bob", {})
    assert (accepted.json()["status"], accepted.json()["answered_by"]) == ("accepted", "bob")
    assert call(song, "POST", "/transfer:accept", "bob", {}).json() == accepted.json()
    assert call(song, "POST", "/transfer:refuse", "bob", {}).status == 409
    versions = call(song, "GET", "/versions", "bob").json()["versions"]
    assert (call(song, "GET", "", "bob").json()["owner"], versions[-1]["author"], versions[-1]["shares"]) == (
        "bob",
        "bob",
        versions[0]["shares"],
    )
    assert call(song, "PATCH", "", "ann", {"title": "Mine"}).status == 403
    call(song, "POST", ":transfer", "bob", {"to": "cy"})
    assert works(song, "cy") == []
    call(song, "POST", "/transfer:accept", "cy", {})
    assert (works(song, "cy"), works(song, "bob")) == (["song"], ["song"])  # bob has a share still
    call(song, "POST", ":transfer", "cy", {"to": "bob"})
    call(song, "POST", "/transfer:accept", "bob", {})
    assert works(song, "cy") == []
    assert call(song, "PATCH", "", "bob", {"title": "Ours"}).status == 200
    events = song.http("GET", "/v1/events", party="ann", scope="registry.write").json()["items"]
    assert [event["type"] for event in events] == ["transfer.accepted"]


def test_an_offer_is_refused_withdrawn_or_overtaken(song: Stack) -> None:
    call(song, "POST", ":transfer", "ann", {"to": "bob"})
    assert call(song, "POST", "/transfer:withdraw", "bob", {}).status == 403
    assert call(song, "POST", "/transfer:refuse", "bob", {"reason": "no room"}).json()["reason"] == "no room"
    song.at("2026-10-03T08:00:00Z")
    call(song, "POST", ":transfer", "ann", {"to": "cy"})
    assert call(song, "POST", "/transfer:withdraw", "ann", {}).json()["status"] == "withdrawn"
    song.at("2026-10-04T08:00:00Z")
    call(song, "POST", ":transfer", "ann", {"to": "cy"})
    body = call(song, "GET", "", "ann").json()
    assert call(song, "PUT", "", None, body | {"owner": "bob"}).status == 200
    assert call(song, "POST", "/transfer:accept", "cy", {}).status == 409
    assert call(song, "POST", ":transfer", "bob", {"to": "cy"}).json()["giver"] == "bob"


def test_who_loses_for_days_gone_by_agrees_by_a_dispute(song: Stack) -> None:
    mine = {"shares": [{"party": "ann", "share": "1"}]}
    refused = call(song, "PATCH", "", "ann", mine | {"effective_from": "2026-10-01"})
    assert (refused.status, "bob" in refused.text, "dispute" in refused.text) == (409, True, True)
    assert call(song, "PATCH", "", "ann", {"shares": [*HALVES[:1]], "effective_from": "2026-10-01"}).status == 409
    assert call(song, "PATCH", "", "ann", {"title": "Other", "effective_from": "2026-10-01"}).status == 200
    assert call(song, "PATCH", "", "ann", mine).status == 200
    assert call(song, "PATCH", "", "ann", {"shares": HALVES, "effective_from": "2026-09-15"}).status == 200  # she alone loses
    dispute = {"dispute_id": "d-1", "work": "song", "party": "ann", "reason": "bob wrote it all"}
    assert song.http("POST", "/v1/disputes", party="bob", scope="registry.write", json=dispute).status == 201
    ours = {"shares": [{"party": "bob", "share": "1"}], "effective_from": "2026-09-10"}
    for party, status in (("bob", "open"), ("ann", "closed")):
        said = song.http("POST", "/v1/disputes/d-1:close", party=party, scope="registry.write", json=ours)
        assert said.json()["status"] == status, said.text
    assert call(song, "GET", "?as_of=2026-09-12", "bob").json()["shares"] == ours["shares"]


def test_two_who_agree_take_nothing_from_a_third(song: Stack) -> None:
    dispute = {"dispute_id": "d-2", "work": "song", "party": "ann", "reason": "cy wrote it"}
    assert song.http("POST", "/v1/disputes", party="cy", scope="registry.write", json=dispute).status == 201
    theirs = {"shares": [{"party": "cy", "share": "0.6"}, {"party": "ann", "share": "0.4"}]}
    said = song.http("POST", "/v1/disputes/d-2:close", party="cy", scope="registry.write", json=theirs)
    assert (said.status, "bob" in said.text) == (403, True)
    assert song.http("GET", "/v1/disputes?limit=1", party="cy", scope="registry.write").json()["items"][0]["dispute_id"] == "d-2"


def test_who_acts_for_no_party_hands_on_no_work_that_nobody_administers(song: Stack) -> None:
    scenario.register(song, "works", "unowned", {"title": "Unowned", "kind": "recording", "shares": HALVES})

    def say(path: str, body: dict[str, str], scope: str = "registry.write") -> int:
        return song.http("POST", f"/v1/works/unowned{path}", party=None, scope=scope, json=body).status

    assert say(":transfer", {"to": "cy"}) == 403
    assert say(":transfer", {"to": "cy", "evidence": "will of the author"}, "admin") == 200
    assert say("/transfer:withdraw", {}) == 404
    assert song.http("GET", "/v1/works/unowned/transfer", party="cy", scope="registry.write").json()["status"] == "proposed"
