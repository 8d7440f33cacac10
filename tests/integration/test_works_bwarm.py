"""BWARM feeds as a registry's beginning: works, parties, shares and recordings from one zip."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from overtone.formats.works import files
from overtone.steps import works_bwarm
from tests.bwarm_feed import feed, party, share, work
from tests.cwr_lines import ANNA, PUB
from tests.integration.test_works_drop import drop, receipt
from tests.integration.test_works_import import get, put

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.stack import Stack

WORKS = [work("165DE541A", "I've Got a Feeling", "T0345246801"), work("W2", "Rest", HasRightShareInDispute="TRUE")]
PARTIES = [party("P1", "Night Garden", PUB), party("P2", "Anna Söderberg", ANNA), party("P3", "Nobody's Music")]
SHARES = [
    share(1, "165DE541A", "P1", "25"),
    share(2, "165DE541A", "P2", "50.5", PartyRole="Composer"),
    share(3, "165DE541A", "P3", "24.5"),
    share(4, "165DE541A", "P2", "100", RightShareType="MusicalWorkManuscriptShare", PartyRole="Composer"),
    share(5, "W2", "P3", "50"),
]
RESOURCES = [
    {
        "ResourceRecordId": "U1",
        "ResourceType": "SoundRecording",
        "ISRC": "SEABC2600001",
        "Title": "I've Got a Feeling",
        "DisplayArtistName": "A",
    }
]
LINKS = [{"LinkRecordId": "L1", "MusicalWorkId": "165DE541A", "ResourceRecordId": "U1"}]
TABLES = {
    "musicalworks.tsv": WORKS,
    "parties.tsv": PARTIES,
    "musicalworkrightshares.tsv": SHARES,
    "resources.tsv": RESOURCES,
    "workresourcelinks.tsv": LINKS,
}


@pytest.fixture
def uni(stack: Stack) -> Stack:
    assert put(stack, "parties/uni", {"name": "Uni", "kind": "administrator", "country": "US"}).status == 201
    return stack


def shares(stack: Stack, name: str) -> dict[str, str]:
    return {entry["party"]: entry["share"] for entry in get(stack, f"works/{name}")["shares"]}


@pytest.mark.parametrize("header", [True, False])
def test_a_feed_becomes_works_with_their_owners_and_recordings(uni: Stack, header: bool) -> None:  # noqa: FBT001
    put(uni, "parties/anna", {"name": "Anna", "kind": "creator", "country": "SE", "ipi": ANNA}, "anna")
    given = drop(uni, "all.bwarm.zip", feed(TABLES, header=header))
    assert (given["status"], given["format"], given["received"], given["registered"], given["rejected"]) == ("committed", "bwarm", 3, 3, [])
    assert given["tables"] == {name: len(rows) for name, rows in TABLES.items()}
    assert shares(uni, "uni-165DE541A") == {"anna": "0.505", f"ipi-{PUB}": "0.25", "uni-party-P3": "0.245"}
    assert (shares(uni, "uni-W2"), get(uni, "works/uni-W2")["disputed"]) == ({"uni-party-P3": "0.5"}, True)
    found = get(uni, "works/uni-rec-U1")
    assert (found["identifiers"], found["composition"], found["shares"]) == (["isrc:SEABC2600001"], "uni-165DE541A", [])
    assert get(uni, "parties/uni-party-P3")["name"] == "Nobody's Music"
    assert uni.errors == []


def test_a_feed_that_states_no_share_of_a_work_leaves_what_is_registered(uni: Stack) -> None:
    """The trade sends works and shares apart; a feed of works alone takes nobody's share away, and says so."""
    drop(uni, "all.bwarm.zip", feed(TABLES))
    before = shares(uni, "uni-165DE541A")
    renamed = [work("165DE541A", "I Have Got a Feeling"), WORKS[1]]
    given = drop(uni, "again.bwarm.zip", feed({**TABLES, "musicalworks.tsv": renamed, "musicalworkrightshares.tsv": []}))
    assert (given["status"], given["rejected"]) == ("committed", [])
    found = get(uni, "works/uni-165DE541A")
    assert (shares(uni, "uni-165DE541A"), found["title"], found["identifiers"]) == (before, "I Have Got a Feeling", ["iswc:T0345246801"])
    results = [json.loads(row) for row in uni.objects("DropBucket")[given["files"][0]].splitlines()]
    told = "the feed states no share of this work; shares that are registered stay as they are"
    assert [told in result["warnings"] for result in results if result["work_id"] in {"uni-165DE541A", "uni-W2"}] == [True, True]
    nobody = [share(1, "165DE541A", "P9", "100")]
    drop(uni, "nobody.bwarm.zip", feed({**TABLES, "musicalworkrightshares.tsv": nobody}))
    assert shares(uni, "uni-165DE541A") == {}


def test_a_feed_that_says_nothing_of_a_dispute_ends_none(uni: Stack) -> None:
    drop(uni, "all.bwarm.zip", feed(TABLES))
    stands = ("uni-165DE541A", "uni-W2")
    assert [get(uni, f"works/{name}")["disputed"] for name in stands] == [False, True]
    silent = [work("165DE541A", "I Have Got a Feeling", HasRightShareInDispute=""), work("W2", "The Rest", HasRightShareInDispute="")]
    drop(uni, "silent.bwarm.zip", feed({**TABLES, "musicalworks.tsv": silent}))
    assert [get(uni, f"works/{name}")["disputed"] for name in stands] == [False, True]
    drop(uni, "over.bwarm.zip", feed({**TABLES, "musicalworks.tsv": [work("165DE541A", "Song"), work("W2", "Rest")]}))
    assert [get(uni, f"works/{name}")["disputed"] for name in stands] == [False, False]


def test_a_dispute_is_said_in_any_word_for_a_flag_and_by_no_other(uni: Stack) -> None:
    """Any word but `true` was taken for no: a feed that writes 1 ended the disputes that it told of, and their money went."""
    said = {"1": True, "True": True, "yes": True, "0": False, "false": False, "perhaps": False}
    feeds = [work(f"W{number}", "Song", HasRightShareInDispute=word) for number, word in enumerate(said)]
    given = drop(uni, "words.bwarm.zip", feed({**TABLES, "musicalworks.tsv": feeds, "musicalworkrightshares.tsv": []}))
    found = {word: get(uni, f"works/uni-W{number}")["disputed"] for number, word in enumerate(said)}
    told = [(fault["field"], fault["work_id"]) for fault in given["rejected"] if fault["record"] == "musicalworks.tsv"]
    assert (found, told) == (said, [("HasRightShareInDispute", "uni-W5")])


@pytest.mark.parametrize(
    ("first", "last", "counts"),
    [
        ("2026-10-01", "2026-10-01", True),
        ("20260101", "20261231", True),
        ("2026-10-01T00:00:00Z", "2026-10-01T23:59:59Z", True),
        ("2026", "2026", True),
        ("20261002", "", False),
        ("", "20260930", False),
        ("2027", "", False),
        ("", "2025", False),
        ("01.10.2026", "", None),
        ("", "2026-02-30", None),
    ],
)
def test_a_share_counts_on_the_days_that_it_names_however_they_are_written(uni: Stack, first: str, last: str, counts: bool | None) -> None:  # noqa: FBT001 - a case
    """Days were compared as they stood: with a day of this year without hyphens a share that is in force was left out, as not begun."""
    uni.at("2026-10-01T06:00:00Z")
    rows = [share(1, "W2", "P3", "50", ValidityStartDate=first, ValidityEndDate=last), share(2, "W2", "P1", "50")]
    drop(uni, "days.bwarm.zip", feed({**TABLES, "musicalworks.tsv": WORKS[1:], "musicalworkrightshares.tsv": rows}))
    found = get(uni, "works/uni-W2")
    if counts is None:
        assert found["status"] == 404
    else:
        assert ("uni-party-P3" in shares(uni, "uni-W2")) == counts


def test_a_row_that_is_wrong_is_refused_alone_and_told_by_its_line(uni: Stack) -> None:
    wrong = [
        share(6, "W2", "P1", "0.25x"),
        share(7, "NONE", "P1", "10"),
        share(8, "165DE541A", "P9", "0"),
    ]
    given = drop(uni, "all.bwarm.zip", feed(TABLES | {"musicalworkrightshares.tsv": [*SHARES, *wrong]}))
    assert (given["registered"], given["refused"]) == (2, 3)
    assert [(fault["record"], fault["line"], fault["field"]) for fault in given["rejected"]] == [
        ("musicalworkrightshares.tsv", 7, "RightSharePercentage"),
        ("musicalworkrightshares.tsv", 8, "MusicalWorkRecordId"),
        ("musicalworkrightshares.tsv", 9, "PartyRecordId"),
    ]


def test_a_quarter_is_25_whatever_the_territory_of_the_feed_and_that_is_told(uni: Stack) -> None:
    american = [entry | {"TerritoryCode": "US"} for entry in SHARES]
    given = drop(uni, "us.bwarm.zip", feed(TABLES | {"musicalworkrightshares.tsv": american}))
    assert shares(uni, "uni-165DE541A")[f"ipi-{PUB}"] == "0.25"
    results = [json.loads(line) for line in uni.objects("DropBucket")[given["files"][0]].splitlines()]
    assert results[0]["warnings"][0] == "the feed states its shares for US alone; the register holds them for the world"


def test_shares_of_territories_and_rights_stand_apart(uni: Stack) -> None:
    """Sweden's own collector makes the whole there; Norway's stands beside the world's; Denmark's would exceed the whole."""
    sent = [
        share(1, "W2", "P1", "60", RightsType="PerformingRight"),
        share(2, "W2", "P1", "100", RightsType="MechanicalRight"),
        share(3, "W2", "P3", "100", RightsType="PerformingRight|MechanicalRight", TerritoryCode="SE"),
        share(4, "W2", "P3", "40", RightsType="PerformingRight", TerritoryCode="NO"),
        share(5, "W2", "P3", "50", RightsType="PerformingRight", TerritoryCode="DK"),
        share(6, "W2", "P3", "50", RightsType="PerformingRight", TerritoryCode="XX"),
    ]
    given = drop(uni, "apart.bwarm.zip", feed(TABLES | {"musicalworkrightshares.tsv": sent}))
    party_id = f"ipi-{PUB}"
    assert get(uni, "works/uni-W2")["shares"] == [
        {"party": party_id, "share": "0.6", "not_in": ["SE"], "rights": ["performance"]},
        {"party": party_id, "share": "1", "not_in": ["SE"], "rights": ["mechanical"]},
        {"party": "uni-party-P3", "share": "0.4", "territories": ["NO"], "rights": ["performance"]},
        {"party": "uni-party-P3", "share": "1", "territories": ["SE"]},
    ]
    results = [json.loads(line) for name in given["files"] for line in uni.objects("DropBucket")[name].splitlines()]
    (entry,) = [result for result in results if result["work_id"] == "uni-W2"]
    assert "the shares for DK exceed the whole and are left out: there, those of the world count" in entry["warnings"]
    assert [(fault["field"], fault["line"]) for fault in entry["errors"]] == [("TerritoryCode", 7)]


def cut(raw: bytes) -> bytes:
    return raw[: len(raw) // 2]


def without(name: str) -> bytes:
    return feed({table: rows for table, rows in TABLES.items() if table != name})


def miscounted(*, rows: int) -> bytes:
    """Without the last rows of the shares."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(feed(TABLES))) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            body = source.read(name)
            target.writestr(name, body.rsplit(b"\n", rows + 1)[0] + b"\n" if name.endswith("shares.tsv") else body)
    return out.getvalue()


def stating(made: Callable[[bytes], bytes]) -> bytes:
    """With a manifest made from its own."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(feed(TABLES))) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            body = source.read(name)
            target.writestr(name, made(body) if "Manifest" in name else body)
    return out.getvalue()


def counted_as(lines: str) -> bytes:
    """With so many rows of shares, the manifest says."""
    return stating(lambda said: said.replace(b"shares.tsv\t5\t", f"shares.tsv\t{lines}\t".encode()))


def packed_as(method: int) -> bytes:
    """A feed whose members, deflated, say that they are packed otherwise."""
    raw = feed(TABLES)
    for header, place in ((b"PK\x03\x04", 4), (b"PK\x01\x02", 6)):
        first, *parts = raw.split(header)
        raw = header.join([first, *(part[:place] + method.to_bytes(2, "little") + part[place + 2 :] for part in parts)])
    return raw


@pytest.mark.parametrize(
    ("raw", "detail"),
    [
        (packed_as(zipfile.ZIP_BZIP2), "no zip"),
        (packed_as(zipfile.ZIP_LZMA), "no zip"),
        (b"no zip", "no zip"),
        (cut(feed(TABLES)), "no zip"),
        (without("parties.tsv"), "no parties.tsv in the zip"),
        (miscounted(rows=1), "the manifest gives musicalworkrightshares.tsv another MD5 than it has"),
        (miscounted(rows=2), "the manifest says that musicalworkrightshares.tsv has 5 lines, it has 3"),
        (counted_as("9" * 5_000), "the manifest says that musicalworkrightshares.tsv has 999"),
        (counted_as("²"), ""),
        (stating(lambda said: said.ljust(works_bwarm.MANIFEST_BYTES_MAX)), ""),
        (stating(lambda said: said.ljust(works_bwarm.MANIFEST_BYTES_MAX + 1)), "a manifest has a line for each table"),
        (feed(TABLES, manifest=False), ""),
    ],
)
def test_a_feed_that_is_not_whole_is_refused_whole(uni: Stack, raw: bytes, detail: str) -> None:
    given = drop(uni, "all.bwarm.zip", raw)
    assert given["status"] == ("refused" if detail else "committed")
    assert detail in given.get("detail", "")


def test_a_feed_that_takes_longer_than_a_delivery_goes_on(uni: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(works_bwarm, "CUT_WORKS", 1)
    monkeypatch.setattr(files, "CUT_WORKS", 1)
    monkeypatch.setattr("overtone.steps.drop_delivery.DROP_TIME_LEFT_SECONDS_MIN", 10_000)
    given: dict[str, Any] = drop(uni, "all.bwarm.zip", feed(TABLES))
    assert (given["received"], given["registered"], given["parts"]) == (3, 3, 3)
    assert receipt(uni, "all.bwarm.zip.progress")["received"] == 3
