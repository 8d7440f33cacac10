"""Societies' answers to registrations: no share goes, conflicts wait, and all of it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from overtone.formats.cwr import transmission as transmissions
from tests.cwr_lines import answered, person, transmission, work
from tests.integration.test_works_drop import drop
from tests.integration.test_works_import import get, put, send

if TYPE_CHECKING:
    from local.stack import Stack

MOON = person("SWR", "W1", "MOON", (10_000, 10_000, 10_000), first_name="ANN")
MOON_HALF = person("SWR", "W1", "MOON", (5_000, 0, 10_000), first_name="ANN")
SONG = work("REV", "N1", "FIRST SONG", MOON)


@pytest.fixture
def uni(stack: Stack) -> Stack:
    assert put(stack, "parties/uni", {"name": "Uni", "kind": "publisher", "country": "SE"}).status == 201
    return stack


def tell(stack: Stack, *records: Any, version: str = "2.1", query: str = "") -> dict[str, Any]:
    reply = send(stack, transmission(*records, group="ACK", version=version), query=query)
    assert reply.status == 200, reply.text
    (entry,) = reply.json()["works"]
    return dict(entry)


def state(stack: Stack, number: str = "N1") -> tuple[list[str], bool]:
    found = get(stack, f"works/uni-{number}")
    return [share["share"] for share in found["shares"]], found["disputed"]


def test_an_answer_that_echoes_the_header_alone_leaves_every_share(uni: Stack) -> None:
    send(uni, transmission(SONG))
    entry = tell(uni, [answered("N1", "FIRST SONG", "AS"), ("REV", {"title": "FIRST SONG", "work_number": "N1", "iswc": "T0345246801"})])
    assert (entry["status"], entry["acknowledgement"]["meaning"]) == ("revised", "registration accepted")
    assert state(uni) == (["1"], False)
    assert get(uni, "works/uni-N1")["identifiers"] == ["iswc:T0345246801"]


def test_an_answer_with_other_shares_is_told_and_changes_none(uni: Stack) -> None:
    send(uni, transmission(SONG))
    theirs = work("REV", "N1", "RENAMED", person("SWR", "W2", "SUN", (10_000, 10_000, 10_000)), status="AC")
    entry = tell(uni, theirs)
    assert entry["warnings"] == ["the answer says other shares than are registered; those stay, and a revision (REV) changes them"]
    assert (state(uni), get(uni, "works/uni-N1")["title"]) == ((["1"], False), "FIRST SONG")


def test_a_work_that_is_registered_without_shares_takes_those_of_its_echo(uni: Stack) -> None:
    put(uni, "works/uni-N1", {"title": "First Song", "kind": "composition"})
    tell(uni, work("REV", "N1", "FIRST SONG", MOON, status="AS"))
    assert state(uni) == (["1"], False)


@pytest.mark.parametrize("version", ["2.1", "2.2"])
def test_rejected_and_then_accepted_is_accepted(uni: Stack, version: str) -> None:
    tell(uni, work("REV", "N1", "FIRST SONG", MOON, status="RJ"), version=version)
    assert state(uni) == (["1"], True)
    tell(uni, work("REV", "N1", "FIRST SONG", MOON, status="AS"), version=version)
    assert state(uni) == (["1"], False)
    assert get(uni, "works/uni-N1")["effective_from"] == "0001-01-01"


def test_a_conflict_waits_until_the_same_society_accepts_in_order_of_time(uni: Stack) -> None:
    send(uni, transmission(SONG))
    assert tell(uni, work("REV", "N1", "FIRST SONG", MOON, status="CO", on="20261105"))["warnings"][0] == (
        "the society says: in conflict with another registration"
    )
    assert state(uni)[1]
    for status, on, disputed in (("AS", "20261104", True), ("RA", "20261106", True), ("AS", "20261107", False), ("CO", "20261105", False)):
        tell(uni, [answered("N1", "FIRST SONG", status, on=on)])
        assert (status, on, state(uni)[1]) == (status, on, disputed)


def test_every_time_in_which_a_conflict_counted_is_free_again(uni: Stack) -> None:
    send(uni, transmission(SONG))
    tell(uni, [answered("N1", "FIRST SONG", "CO")])
    later = get(uni, "works/uni-N1") | {"title": "Renamed", "effective_from": "2027-01-01"}
    put(uni, "works/uni-N1", later)
    tell(uni, [answered("N1", "FIRST SONG", "AS", on="20261109")])
    days = ("2026-01-01", "2026-12-01", "2027-02-01")
    found = [get(uni, f"works/uni-N1?as_of={day}") for day in days]
    assert [(work["title"], work["disputed"]) for work in found] == [("FIRST SONG", False), ("FIRST SONG", False), ("Renamed", False)]


def test_a_conflict_counts_in_days_to_come_and_brings_nothing_of_them_forward(uni: Stack) -> None:
    send(uni, transmission(SONG))
    put(uni, "works/uni-N1", get(uni, "works/uni-N1") | {"title": "Renamed", "effective_from": "2027-01-01"})

    def stands() -> list[tuple[str, bool]]:
        found = (get(uni, f"works/uni-N1?as_of={day}") for day in ("2026-01-01", "2026-12-01", "2027-02-01"))
        return [(work["title"], work["disputed"]) for work in found]

    tell(uni, [answered("N1", "FIRST SONG", "CO")])
    assert stands() == [("FIRST SONG", False), ("FIRST SONG", True), ("Renamed", True)]
    tell(uni, [answered("N1", "FIRST SONG", "AS", on="20261109")])
    assert stands() == [("FIRST SONG", False), ("FIRST SONG", False), ("Renamed", False)]


def test_a_conflict_of_today_ends_although_a_version_to_come_was_recorded_since(uni: Stack) -> None:
    """What comes next year is in no dispute, and decided that today's was in none: it stayed, and no later answer ended it."""
    send(uni, transmission(SONG))
    tell(uni, [answered("N1", "FIRST SONG", "CO")])
    put(uni, "works/uni-N1", get(uni, "works/uni-N1") | {"disputed": False, "title": "Renamed", "effective_from": "2027-01-01"})
    assert get(uni, "works/uni-N1?as_of=2026-12-01")["disputed"]
    tell(uni, [answered("N1", "FIRST SONG", "AS", on="20261109")])
    assert [get(uni, f"works/uni-N1?as_of={day}")["disputed"] for day in ("2026-12-01", "2027-02-01")] == [False, False]


@pytest.mark.parametrize("today", [True, False])
def test_what_somebody_marked_for_today_or_for_days_to_come_decides_of_its_own_days(uni: Stack, *, today: bool) -> None:
    send(uni, transmission(SONG))
    put(uni, "works/uni-N1", get(uni, "works/uni-N1") | {"disputed": today, "effective_from": "2026-06-01"})
    put(uni, "works/uni-N1", get(uni, "works/uni-N1") | {"disputed": not today, "effective_from": "2027-01-01"})
    tell(uni, [answered("N1", "FIRST SONG", "CO", on="20261105")])
    assert get(uni, "works/uni-N1?as_of=2026-12-01")["disputed"]
    tell(uni, [answered("N1", "FIRST SONG", "AS", on="20261109")])
    assert get(uni, "works/uni-N1?as_of=2026-12-01")["disputed"] == today


def test_a_rejection_of_what_is_registered_is_told_and_stops_nothing(uni: Stack) -> None:
    send(uni, transmission(SONG))
    entry = tell(
        uni, [answered("N1", "FIRST SONG", "RJ"), ("MSG", {"record_type": "REV", "level": "T", "validation": "005", "text": "NO"})]
    )
    assert (entry["warnings"], entry["acknowledgement"]["messages"]) == (["the society says: rejected"], ["REVT005: NO"])
    assert state(uni) == (["1"], False)


def test_a_dispute_that_was_marked_by_hand_stays(uni: Stack) -> None:
    send(uni, transmission(SONG))
    put(uni, "works/uni-N1", get(uni, "works/uni-N1") | {"disputed": True})
    for status, on in (("CO", "20261105"), ("AS", "20261106")):
        tell(uni, [answered("N1", "FIRST SONG", status, on=on)])
    assert state(uni)[1]


def test_an_answer_about_a_work_that_nobody_registered_is_received_and_kept(uni: Stack) -> None:
    raw = transmission([answered("N4", "FOURTH SONG", "RJ")], group="ACK")
    answer = send(uni, raw).json()
    assert (answer["received"], answer["acknowledged"], answer["works"][0]["warnings"][-1]) == (1, 1, "the society says: rejected")
    assert send(uni, raw).json()["works"][0]["warnings"] == ["this answer was kept before"]


def test_an_iswc_is_told_and_taken(uni: Stack) -> None:
    told = work("ISW", "N1", "FIRST SONG", iswc="T0345246801")
    assert send(uni, transmission(told, group="ISW")).json()["works"][0]["errors"][0]["message"].startswith("uni-N1 is not registered")
    send(uni, transmission(SONG))
    entry = send(uni, transmission(told, group="ISW")).json()["works"][0]
    assert (entry["status"], state(uni)) == ("revised", (["1"], False))
    assert get(uni, "works/uni-N1")["identifiers"] == ["iswc:T0345246801"]


def test_a_revision_without_people_leaves_those_that_are_registered(uni: Stack) -> None:
    send(uni, transmission(SONG))
    entry = send(uni, transmission(work("REV", "N1", "NEW TITLE"))).json()["works"][0]
    assert entry["warnings"] == ["the transaction names no writer and no publisher; shares that are registered stay as they are"]
    assert (state(uni), get(uni, "works/uni-N1")["title"]) == ((["1"], False), "NEW TITLE")


def test_version_3_is_read_and_others_are_refused_by_number(uni: Stack) -> None:
    song = work(
        "WRK",
        "N5",
        "FIFTH SONG",
        ("SWR", {"interested_party": "W1", "name": "MOON"}),
        ("SWT", {"interested_party": "W1", "pr_share": 7_500, "mr_share": 7_500, "sr_share": 0, "indicator": "I", "tis": 2136}),
    )
    answer = send(uni, transmission(song, group="WRK", version="3.0")).json()
    assert (answer["received"], answer["registered"], answer["version"], state(uni, "N5")) == (1, 1, "3.0", (["0.75"], False))
    refused = send(uni, transmission(SONG).replace(b"02.10", b"02.00"))
    assert (refused.status, refused.json()["detail"]) == (
        422,
        "the file is refused: line 2: CWR version 02.00 is not read; send 2.1, 2.2, 3.0, 3.1",
    )


def test_a_byte_order_mark_and_no_media_type_that_fits(uni: Stack) -> None:
    marked = b"\xef\xbb\xbf" + transmission(SONG)
    assert send(uni, marked).json()["registered"] == 1
    assert send(uni, marked, "text/csv").json()["unchanged"] == 1
    wrong = send(uni, b"nothing of the kind")
    assert (wrong.status, wrong.json()["detail"]) == (422, "the file is refused: line 1: a CWR file begins with HDR")


def test_an_answer_that_dies_in_between_is_finished_by_sending_it_again(uni: Stack) -> None:
    conflict = transmission([answered("N1", "FIRST SONG", "CO")], group="ACK")
    for n in range(20):
        uni.reset()
        put(uni, "parties/uni", {"name": "Uni", "kind": "publisher", "country": "SE"})
        send(uni, transmission(SONG))
        uni.faults.fail_after(n)
        send(uni, conflict)
        fired = uni.faults.fired
        uni.faults.clear()
        send(uni, conflict)
        assert state(uni) == (["1"], True)
        tell(uni, [answered("N1", "FIRST SONG", "AS", on="20261109")])
        assert state(uni) == (["1"], False)
        if not fired:
            return
    pytest.fail("an answer takes too many writes")


def test_an_import_is_acknowledged_in_cwr_where_that_is_asked_for(uni: Stack) -> None:
    def asked(raw: bytes) -> Any:
        headers = {"content-type": "application/x-cwr", "accept": "application/x-cwr"}
        return uni.http("POST", "/v1/works:import", party="uni", scope="registry.write", body=raw, headers=headers)

    reply = asked(transmission(SONG, work("NWR", "BAD", "BAD", person("SWR", "W1", "A", (5_000, 0, 0)))))
    assert (reply.status, reply.headers["content-type"]) == (200, "application/x-cwr")
    answers = [registration.acknowledgement for registration in transmissions.read(reply.body).works]
    assert [(answer.status, answer.number) for answer in answers if answer] == [("AS", "uni-N1"), ("RJ", "uni-BAD")]
    assert asked(transmission([answered("N1", "FIRST SONG", "AS")], group="ACK")).status == 415


@pytest.mark.parametrize("dropped", [False, True])
def test_a_society_s_answer_finds_the_work_that_went_out_whatever_its_id(uni: Stack, *, dropped: bool) -> None:
    """A work that was registered otherwise than by CWR was never found: a conflict about it made no money wait, and its ISWC was lost."""
    names = ("song-1", "uni-N1", "N1", "a-song-with-a-longer-name", "a-song-with-another-name")
    holders = ("W9", "uni-ip-W9")
    for name in holders:
        put(uni, f"parties/{name}", {"name": name, "kind": "creator", "country": "SE"}, name)
    for name in names:
        shares = [{"party": "uni", "share": "0.5"}, *({"party": holder, "share": "0.25"} for holder in holders)]
        put(uni, f"works/{name}", {"title": name, "kind": "composition", "shares": shares})
    sent = transmissions.read(uni.http("GET", "/v1/parties/uni/works:export", party="uni", scope="registry.write").body).works
    assert sorted(one.title for one in sent) == sorted(name.upper() for name in names)
    assert len({one.number for one in sent}) == len(names), "N1 and uni-N1 went out under one number"
    assert {len({party.number for party in one.parties}) for one in sent} == {3}, "and so did W9 and uni-ip-W9"
    waits = [one for one in sent if one.title != names[-1].upper()]
    answers = transmission(*([answered(one.number, one.title, "CO")] for one in waits), group="ACK")
    if dropped:
        drop(uni, "answers.cwr", answers)
    else:
        send(uni, answers)
    assert [get(uni, f"works/{name}")["disputed"] for name in names] == [True, True, True, True, False]


def test_an_answer_about_a_number_that_is_somebody_else_s_work_is_about_none(uni: Stack) -> None:
    put(uni, "parties/ann", {"name": "Ann", "kind": "creator", "country": "SE"}, "ann")
    put(uni, "works/song-2", {"title": "S", "kind": "composition", "shares": [{"party": "ann", "share": "1"}]}, "ann")
    entry = tell(uni, [answered("song-2", "S", "CO")])
    assert (entry["work_id"], entry["status"]) == ("uni-song-2", "acknowledged")
    assert uni.http("GET", "/v1/works/song-2", party="ann", scope="registry.write").json()["disputed"] is False


def test_a_partys_works_go_out_as_registrations_that_come_in_again(uni: Stack) -> None:
    send(uni, transmission(SONG, work("NWR", "N2", "SECOND", person("SPU", "P1", "NIGHT", (5_000, 10_000, 0)), MOON_HALF)))
    out = uni.http("GET", "/v1/parties/uni-ip-W1/works:export", scope="finance")
    assert (out.status, out.headers["left-out"], out.headers.get("next-after")) == (200, "0", None)
    (first, second) = transmissions.read(out.body).works
    assert (first.title, second.title, first.number) == ("FIRST SONG", "SECOND", "uni-N1")
    assert [party.shares for party in second.parties] == [(5_000, 10_000, 10_000), (5_000, 0, 0)]
    assert uni.http("GET", "/v1/parties/uni-ip-W1/works:export?version=3.0", scope="finance").status == 422
    assert uni.http("GET", "/v1/parties/uni-ip-W1/works:export", party="uni", scope="registry.write").status == 403
