"""Shares in dispute: the contested part waits, everybody concerned must agree, and nobody changes the shares meanwhile."""

from typing import Any

import pytest

from local.gateway import Response
from local.stack import Stack
from tests.integration import scenario
from tests.interruptions import before_each_write

HALVES = [{"party": "ann", "share": "0.5"}, {"party": "bob", "share": "0.5"}]


def say(stack: Stack, path: str, party: str | None, body: dict[str, Any] | None = None, scope: str = "registry.write") -> Response:
    return stack.http("POST", f"/v1/disputes{path}", party=party, scope=scope, json=body or {})


def contest(stack: Stack, by: str, dispute_id: str = "d-1", **more: object) -> Response:
    return say(stack, "", by, {"dispute_id": dispute_id, "work": "song", "reason": "I wrote the bridge"} | more)


def shares(stack: Stack) -> dict[str, str]:
    work = stack.http("GET", "/v1/works/song", party="ann", scope="registry.write").json()
    return {share["party"]: share["share"] for share in work["shares"]}


@pytest.fixture
def world(stack: Stack) -> Stack:
    for name in ("ann", "bob", "eve"):
        scenario.party(stack, name, "creator", payout=scenario.BANK)
    scenario.party(stack, "fox", "licensee")
    scenario.work(stack, "song", "ann", {"ann": "0.8", "bob": "0.2"}, identifiers=[scenario.ISRC])
    scenario.deal(stack, "open", {"mechanism": "per_output", "rate": "1"})
    return stack


def test_the_contested_part_waits_and_goes_where_all_agreed_that_it_goes(world: Stack) -> None:
    opened = contest(world, "bob", party="ann", share="0.3")
    assert (opened.status, opened.json()["parts"], opened.json()["waits_for"]) == (201, {"ann": "0.3"}, ["ann", "bob"])
    assert contest(world, "bob", party="ann", share="0.3").status == 200
    scenario.disclose(world, "rep", {"gen": {scenario.ISRC: "1"}})
    world.at("2026-10-05T08:00:00Z")
    scenario.usage(world, "b", ("output:gen", "2026-10-03", 10))
    scenario.accrue(world, scenario.SETTLED)
    scenario.settle(world)
    assert {(line["party_id"] or line["reason"], line["amount"]) for line in scenario.lines_of(world)} == {
        ("ann", "5"),
        ("bob", "2"),
        ("disputed", "3"),
    }
    (waits,) = world.http("GET", "/v1/suspense", party="ann", scope="statements.read").json()["items"]
    assert (waits["reason"], waits["share"], waits["own_amount"]) == ("disputed", "1", "3")
    assert world.http("GET", "/v1/suspense", party="bob", scope="statements.read").json()["items"] == []
    (told,) = world.http("GET", "/v1/statements/2026-10", party="ann", scope="statements.read").json()["suspended"]
    assert (told["reason"], told["currency"], told["amount"], told["since"], told["works"]) == ("disputed", "EUR", "3", "2026-10", ["Song"])
    outcome = {"shares": HALVES, "effective_from": "2026-10-01"}
    assert say(world, "/d-1:close", "bob", outcome).json()["waits_for"] == ["ann"]
    assert say(world, "/d-1:close", "ann", {"shares": HALVES}).json()["status"] == "open"
    closed = say(world, "/d-1:close", "ann", outcome | {"shares": HALVES[::-1]}).json()  # in whatever order
    assert (closed["status"], closed["closed_by"], shares(world)) == ("closed", "ann", {"ann": "0.5", "bob": "0.5"})
    for party in ("ann", "bob"):  # whose answer was lost says it again
        assert say(world, "/d-1:close", party, outcome).json() == closed
        assert say(world, "/d-1:close", party, {"shares": HALVES}).status == 409
    assert contest(world, "bob", dispute_id="d-2", party="ann", share="0.3").status == 201
    taken_back = [say(world, "/d-2:withdraw", "bob") for _ in range(2)]
    assert [(reply.status, reply.json()["status"]) for reply in taken_back] == [(200, "withdrawn")] * 2
    assert say(world, "/d-1:withdraw", "bob").status == 409
    world.at("2026-12-10T06:00:00Z")
    scenario.settle(world, "2026-11", "2026-11")
    assert {(line["party_id"] or line["reason"], line["amount"]) for line in scenario.lines_of(world, "2026-11")} == {
        ("bob", "3"),
        ("disputed", "-3"),
    }


def test_who_may_open_end_and_see_a_dispute(world: Stack) -> None:
    assert contest(world, "fox").status == 403
    assert contest(world, "eve", party="cat").status == 422
    assert contest(world, "eve", work="none").status == 404
    assert contest(world, "eve", share="0.5").json()["parts"] == {"ann": "0.4", "bob": "0.1"}
    assert contest(world, "bob").status == 409
    for party, status in (("fox", 403), ("eve", 200), ("ann", 200)):
        assert say(world, "/d-1:close", party, {"shares": HALVES}).status == status
    assert say(world, "/d-1:withdraw", "ann").status == 403
    assert say(world, "/d-1:close", None, {}, "admin").status == 422
    listed = {
        party: len(world.http("GET", "/v1/disputes", party=party, scope="registry.write").json()["items"])
        for party in ("eve", "bob", "fox")
    }
    assert listed == {"eve": 1, "bob": 1, "fox": 0}
    assert world.http("GET", "/v1/disputes/d-1", party="fox", scope="registry.write").status == 404
    told = world.http("GET", "/v1/events?type=dispute.opened", party="bob", scope="registry.write").json()["items"]
    assert [(event["dispute_id"], event["by"]) for event in told] == [("d-1", "eve")]
    decided = say(world, "/d-1:close", None, {"evidence": "register of works, entry 12"}, "admin").json()
    assert (decided["status"], decided["evidence"], shares(world)) == (
        "closed",
        "register of works, entry 12",
        {"ann": "0.8", "bob": "0.2"},
    )


def test_shares_in_dispute_are_changed_by_no_side_alone(world: Stack) -> None:
    contest(world, "bob", party="ann")
    body = {"title": "Song", "kind": "recording", "identifiers": [scenario.ISRC], "permissions": scenario.ALLOWED}
    stolen = body | {"shares": [{"party": "eve", "share": "1"}]}
    assert world.http("PUT", "/v1/works/song", party="ann", scope="registry.write", json=stolen).status == 409
    kept = body | {"shares": [{"party": "ann", "share": "0.8"}, {"party": "bob", "share": "0.2"}], "contested": []}
    renamed = world.http("PUT", "/v1/works/song", party="ann", scope="registry.write", json=kept | {"title": "New"})
    assert (renamed.status, renamed.json()["contested"]) == (200, [{"party": "ann", "share": "0.8"}])
    assert say(world, "/d-1:withdraw", "bob").json()["status"] == "withdrawn"
    assert world.http("GET", "/v1/works/song", party="ann", scope="registry.write").json()["contested"] == []
    assert world.http("PUT", "/v1/works/song", party="ann", scope="registry.write", json=stolen).status == 200


def test_what_was_contested_is_free_again_for_all_its_days_and_days_to_come_wait_too(world: Stack) -> None:
    """Ann has put new shares from November on; bob disputes in October, and withdraws in November."""
    body = {"title": "Song", "kind": "recording", "identifiers": [scenario.ISRC], "permissions": scenario.ALLOWED}
    coming = body | {"shares": [{"party": "ann", "share": "0.5"}, {"party": "eve", "share": "0.5"}], "effective_from": "2026-11-01"}
    world.http("PUT", "/v1/works/song", party=None, scope="admin", json=coming)
    world.at("2026-10-02T08:00:00Z")
    assert contest(world, "bob").json()["parts"] == {"ann": "0.8", "bob": "0.2", "eve": "0.5"}
    scenario.disclose(world, "rep", {"gen": {scenario.ISRC: "1"}})
    world.at("2026-11-05T08:00:00Z")
    scenario.usage(world, "b", ("output:gen", "2026-10-03", 10), ("output:gen", "2026-11-03", 10))
    scenario.accrue(world, "2026-12-10T06:00:00Z")
    scenario.settle(world, "2026-11", "2026-11")
    assert {(line["party_id"] or line["reason"], line["amount"]) for line in scenario.lines_of(world, "2026-11")} == {("disputed", "10")}
    assert say(world, "/d-1:withdraw", "bob").json()["status"] == "withdrawn"
    world.at("2027-01-10T06:00:00Z")
    scenario.settle(world, "2026-12", "2026-12")
    lines = [(line["usage_month"], line["party_id"] or line["reason"], line["amount"]) for line in scenario.lines_of(world, "2026-12")]
    assert sorted(lines) == [
        *[("2026-10", "ann", "8"), ("2026-10", "bob", "2"), ("2026-10", "disputed", "-10")],
        *[("2026-11", "ann", "5"), ("2026-11", "disputed", "-10"), ("2026-11", "eve", "5")],
    ]


def test_claims_that_overlap_in_days_gone_by_are_told_warned_of_and_wait(world: Stack) -> None:
    body = {"title": "Song", "kind": "recording", "identifiers": [scenario.ISRC], "permissions": scenario.ALLOWED}
    over = [{"party": "ann", "share": "0.8"}, {"party": "bob", "share": "0.2"}, {"party": "eve", "share": "0.5"}]
    world.at("2026-10-05T08:00:00Z")
    scenario.disclose(world, "rep", {"gen": {scenario.ISRC: "1"}})
    scenario.usage(world, "b", ("output:gen", "2026-10-03", 15), ("output:gen", "2026-10-04", 1))
    world.http("PUT", "/v1/works/song", party="ann", scope="registry.write", json=body | {"shares": HALVES, "effective_from": "2026-10-05"})
    put = world.http("PUT", "/v1/works/song", party=None, scope="admin", json=body | {"shares": over, "effective_from": "2026-10-03"})
    assert "add up to 1.5" in put.json()["warnings"][0]
    for party in ("ann", "bob", "eve"):
        (event,) = world.http("GET", "/v1/events?type=overlap.found", party=party, scope="registry.write").json()["items"]
        assert (event["claimed"], event["applies_from"], event["until"]) == ("1.5", "2026-10-03", "2026-10-05")
    again = world.http("PUT", "/v1/works/song", party="ann", scope="registry.write", json=body | {"shares": HALVES, "title": "New"})
    assert any("from 2026-10-03 until 2026-10-05 the shares add up to 1.5" in warning for warning in again.json()["warnings"])
    scenario.accrue(world, scenario.SETTLED)
    scenario.settle(world)
    assert {(line["party_id"] or line["reason"], line["amount"]) for line in scenario.lines_of(world)} == {("disputed", "16")}


def put_song(stack: Stack, identifiers: list[str], **more: Any) -> None:
    shares = {"ann": "0.8", "bob": "0.2"}
    scenario.work(stack, "song", "ann", shares, identifiers=identifiers, **more)


def disputed_after_an_identifier_was_given_up(stack: Stack) -> None:
    """A version to come still states the identifier; the one recorded last does not, so it names the song no more."""
    put_song(stack, [scenario.ISRC], effective_from="2027-01-01")
    put_song(stack, [])
    assert contest(stack, "bob", party="ann", share="0.3").status == 201


def paid_for(stack: Stack) -> set[str]:
    """Of which works somebody is paid for a use of the identifier."""
    stack.at("2026-10-05T08:00:00Z")
    scenario.disclose(stack, "rep", {"gen": {scenario.ISRC: "1"}})
    scenario.usage(stack, "b", ("output:gen", "2026-10-03", 10))
    scenario.accrue(stack, scenario.SETTLED)
    scenario.settle(stack)
    return {line["work_id"] for line in scenario.lines_of(stack)}


def test_a_dispute_gives_an_identifier_back_to_nobody(world: Stack) -> None:
    world.at("2026-10-01T08:00:00Z")
    disputed_after_an_identifier_was_given_up(world)
    stated = world.http("GET", "/v1/works/song/versions", party="ann", scope="registry.write").json()["versions"]
    assert [version["identifiers"] for version in stated[2:]] == [[], [], []], "given up, and disputed today and from 2027 on"
    assert paid_for(world) == {""}


def test_an_identifier_that_was_given_up_can_be_taken_back_after_a_dispute(world: Stack) -> None:
    world.at("2026-10-01T08:00:00Z")
    disputed_after_an_identifier_was_given_up(world)
    put_song(world, [scenario.ISRC])
    assert paid_for(world) == {"song"}


def test_what_somebody_else_took_meanwhile_stays_theirs(world: Stack) -> None:
    world.at("2026-10-01T08:00:00Z")
    disputed_after_an_identifier_was_given_up(world)
    scenario.work(world, "bridge", "eve", {"eve": "1"}, identifiers=[scenario.ISRC])
    put_song(world, [], effective_from="2026-10-01")
    assert paid_for(world) == {"bridge"}


def test_what_one_dispute_leaves_waits_for_the_other_on_the_same_share(world: Stack) -> None:
    """Eve claims most of what ann has, bob all of it: when eve takes hers back, bob's claim stands as it did."""
    assert contest(world, "eve", "d-1", party="ann", share="0.5").json()["parts"] == {"ann": "0.5"}
    assert contest(world, "bob", "d-2", party="ann").json()["parts"] == {"ann": "0.8"}
    assert say(world, "/d-1:withdraw", "eve").json()["status"] == "withdrawn"
    scenario.disclose(world, "rep", {"gen": {scenario.ISRC: "1"}})
    world.at("2026-10-05T08:00:00Z")
    scenario.usage(world, "b", ("output:gen", "2026-10-03", 10))
    scenario.accrue(world, scenario.SETTLED)
    scenario.settle(world)
    lines = {(line["party_id"] or line["reason"], line["amount"]) for line in scenario.lines_of(world)}
    assert lines == {("disputed", "8"), ("bob", "2")}
    assert say(world, "/d-2:withdraw", "bob").json()["status"] == "withdrawn"
    assert world.http("GET", "/v1/works/song", party="ann", scope="registry.write").json()["contested"] == []


def test_a_dispute_that_adds_nothing_to_what_is_contested_hides_no_other_change(world: Stack) -> None:
    """October is settled; three contest all that ann has, and before the third an admin says that October was eve's."""
    scenario.disclose(world, "rep", {"gen": {scenario.ISRC: "1"}})
    world.at("2026-10-05T08:00:00Z")
    scenario.usage(world, "b", ("output:gen", "2026-10-03", 10))
    scenario.accrue(world, "2026-10-05T08:15:00Z")
    world.at(scenario.SETTLED)
    scenario.settle(world)
    world.at("2026-11-12T08:00:00Z")
    for name, by in (("d-1", "bob"), ("d-2", "eve")):
        assert contest(world, by, name, party="ann").json()["parts"] == {"ann": "0.8"}
    body = {"title": "Song", "kind": "recording", "identifiers": [scenario.ISRC], "permissions": scenario.ALLOWED}
    hers = body | {"shares": [{"party": "eve", "share": "1"}], "effective_from": "2026-10-01"}
    assert world.http("PUT", "/v1/works/song", scope="admin", json=hers).status == 200
    assert contest(world, "bob", "d-3", party="ann").status == 201
    world.at("2026-12-10T06:00:00Z")
    scenario.settle(world, "2026-11", "2026-11")
    lines = {(line["party_id"], line["amount"]) for line in scenario.lines_of(world, "2026-11")}
    assert lines == {("ann", "-8"), ("bob", "-2"), ("eve", "10")}


def test_one_id_is_one_claim(world: Stack) -> None:
    """A second claim under the id of the first was answered as if it were the first, and nothing waited for it."""
    assert contest(world, "bob", party="ann", share="0.3").status == 201
    for other in ({"party": "bob"}, {"party": "ann"}, {"party": "ann", "share": "0.2"}, {}, {"party": "eve"}):
        assert contest(world, "bob", **other).status == 409, other
    body = {"title": "Song", "kind": "recording", "identifiers": [scenario.ISRC], "shares": [{"party": "eve", "share": "1"}]}
    assert world.http("PUT", "/v1/works/song", scope="admin", json=body).status == 200
    again = contest(world, "bob", party="ann", share="0.3")
    assert (again.status, again.json()["parts"]) == (200, {"ann": "0.3"}), "whatever became of the work since"


def test_two_who_speak_at_the_same_moment_are_both_heard(world: Stack) -> None:
    """Whoever was slower got a 500, and an alarm rang."""
    assert contest(world, "bob", party="ann").status == 201
    words = []

    def ann_says(count: int) -> None:
        if count == 0:
            words.append(say(world, "/d-1:close", "ann", {"shares": HALVES}).status)

    with before_each_write(world, "RegistryApi", ann_says):
        closed = say(world, "/d-1:close", "bob", {"shares": HALVES})
    assert (words, closed.status, closed.json()["status"]) == ([200], 200, "closed"), closed.text
    assert shares(world) == {"ann": "0.5", "bob": "0.5"}


def test_two_who_open_a_dispute_under_one_id_get_one(world: Stack) -> None:
    def also(count: int) -> None:
        if count == 0:
            assert contest(world, "eve", party="ann").status == 201

    with before_each_write(world, "RegistryApi", also):
        assert contest(world, "bob", party="ann").status == 409


def test_another_claim_under_a_dispute_s_id_is_refused(world: Stack) -> None:
    """Who mended the share or the party of its claim was told that this was what had been opened, and the first claim stood."""
    claims: tuple[dict[str, object], ...] = ({"party": "ann", "share": "0.3"}, {"party": "ann", "share": "0.2"}, {"party": "ann"}, {})
    claims += ({"party": "bob"}, {"share": "0.3"}, {"party": "eve"})
    for number, claim in enumerate(claims[:4]):
        assert contest(world, "bob", f"d-{number}", **claim).status == 201
    world.at("2026-10-06T08:00:00Z")
    for when in ("as it was", "with other shares in the days before"):
        for number, claim in enumerate(claims[:4]):
            answers = [contest(world, "bob", f"d-{number}", **other).status for other in claims]
            assert answers == [200 if other == claim else 409 for other in claims], when
        shares = [{"party": "ann", "share": "0.7"}, {"party": "bob", "share": "0.3"}]
        song = {"title": "Song", "kind": "recording", "identifiers": [scenario.ISRC], "shares": shares, "effective_from": "2020-01-01"}
        put = world.http("PUT", "/v1/works/song", scope="admin", json=song)
        assert put.status == 200, put.text
