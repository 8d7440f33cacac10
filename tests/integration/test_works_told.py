"""What leaves the house about works (registrations for societies, the list of open shares) says who owns what on the day it leaves."""

from typing import Any

import pytest

from local.stack import Stack
from overtone.formats.cwr import transmission as cwr
from overtone.views import works_export
from tests.integration import scenario

TODAY = "2026-11-10"


def put(stack: Stack, shares: dict[str, str], since: str, name: str = "tune") -> None:
    body: dict[str, Any] = {"title": name.title(), "kind": "composition", "identifiers": ["iswc:T0345246801"] if name == "tune" else []}
    listed = [{"party": holder, "share": share} for holder, share in shares.items()]
    scenario.register(stack, "works", name, body | {"permissions": scenario.ALLOWED, "shares": listed, "effective_from": since})


def registered(stack: Stack, party: str) -> dict[str, int]:
    """Who owns how much of performance by the party's export, in hundredths of a percent."""
    reply = stack.http("GET", f"/v1/parties/{party}/works:export", party=party, scope="registry.write")
    assert reply.status == 200, reply.text
    return {one.name: one.shares[0] for work in cwr.read(reply.body).works for one in work.parties}


@pytest.fixture
def owned(stack: Stack) -> Stack:
    stack.at("2026-09-01T08:00:00Z")
    for name in ("ann", "bob"):
        scenario.party(stack, name, "creator")
    put(stack, {"ann": "1"}, "2026-01-01")
    return stack


def test_who_will_own_a_work_next_year_is_not_registered_as_its_owner_today(owned: Stack) -> None:
    """A sale that was agreed on for New Year took the work out of its owner's export, and put it into the buyer's."""
    owned.at(f"{TODAY}T08:00:00Z")
    put(owned, {"bob": "1"}, "2027-01-01")
    assert (registered(owned, "ann"), registered(owned, "bob")) == ({"ANN": 10_000}, {})
    owned.at("2027-01-01T00:00:00Z")
    assert (registered(owned, "ann"), registered(owned, "bob")) == ({}, {"BOB": 10_000})


def test_what_was_recorded_last_of_days_gone_by_is_not_registered_as_of_today(owned: Stack) -> None:
    owned.at("2026-10-01T08:00:00Z")
    put(owned, {"ann": "0.5", "bob": "0.5"}, "2026-10-01")
    owned.at(f"{TODAY}T08:00:00Z")
    put(owned, {"ann": "0.75", "bob": "0.25"}, "2026-03-01")
    assert registered(owned, "ann") == registered(owned, "bob") == {"ANN": 5_000, "BOB": 5_000}


def test_a_work_that_is_yet_to_begin_is_registered_as_it_begins(owned: Stack) -> None:
    owned.at(f"{TODAY}T08:00:00Z")
    put(owned, {"bob": "1"}, "2027-02-01", "next")
    put(owned, {"ann": "0.5", "bob": "0.5"}, "2027-03-01", "next")
    assert registered(owned, "bob") == {"BOB": 10_000}


def test_an_iswc_that_was_given_up_is_registered_for_nothing_more(owned: Stack) -> None:
    """It is another work's since: two registrations under one ISWC are a conflict, and both wait."""
    owned.at(f"{TODAY}T08:00:00Z")
    put(owned, {"ann": "1"}, "2026-01-01", "next")
    named = {"kind": "composition", "permissions": scenario.ALLOWED, "shares": [{"party": "ann", "share": "1"}]}
    scenario.register(owned, "works", "tune", named | {"title": "Tune", "identifiers": [], "effective_from": "2027-01-01"})
    taken = {"title": "Next", "identifiers": ["iswc:T0345246801"], "effective_from": "2026-01-01"}
    scenario.register(owned, "works", "next", named | taken)
    reply = owned.http("GET", "/v1/parties/ann/works:export", party="ann", scope="registry.write")
    assert {work.title: work.iswc for work in cwr.read(reply.body).works} == {"NEXT": "T0345246801", "TUNE": ""}


def test_an_export_that_is_full_leads_on_where_there_is_more(owned: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exactly as many works as a file holds: the answer led on to a file of nothing."""
    monkeypatch.setattr(works_export, "WORKS_MAX", 2)
    for name, after in (("next", None), ("third", "third")):
        put(owned, {"ann": "1"}, "2026-01-01", name)
        reply = owned.http("GET", "/v1/parties/ann/works:export", party="ann", scope="registry.write")
        assert (len(cwr.read(reply.body).works), reply.headers.get("next-after")) == (2, after)
    rest = owned.http("GET", "/v1/parties/ann/works:export?after=third", party="ann", scope="registry.write")
    assert ([work.title for work in cwr.read(rest.body).works], rest.headers.get("next-after")) == (["TUNE"], None)


def test_the_list_of_open_shares_says_what_is_open_today(stack: Stack) -> None:
    scenario.small_world(stack)
    put(stack, {"ann": "0.75"}, "2026-01-01")
    body: dict[str, Any] = {"title": "Track", "kind": "recording", "identifiers": [scenario.ISRC], "composition": "tune"}
    shares = [{"party": "ann", "share": "0.75"}]
    scenario.register(stack, "works", "track", body | {"shares": shares, "permissions": scenario.ALLOWED, "effective_from": "2026-01-01"})
    open_deal = {"mechanism": "per_output", "rate": "0.007"}
    scenario.deal(stack, "open", open_deal, sides={"recording": "0.5", "composition": "0.5"}, effective_from="2026-01-01")
    stack.at(scenario.SETTLED)
    assert scenario.settle(stack)["status"] == "sealed", stack.errors
    put(stack, {"ann": "1"}, "2027-01-01")
    reply = stack.http("GET", "/v1/suspense/unclaimedmusicalworkrightshares.tsv", scope="finance")
    header, *rows = [line.split("\t") for line in reply.text.splitlines()]
    found = {row[header.index("MusicalWorkRecordId")]: row[header.index("UnclaimedRightSharePercentage")] for row in rows}
    assert found["tune"] == "25"
