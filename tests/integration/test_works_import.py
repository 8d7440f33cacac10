"""POST /v1/works:import: files of publishers and societies, and what is registered of them."""

from pathlib import Path
from typing import Any

import pytest

from local.gateway import Response
from local.stack import Stack
from overtone.stores import registry as registry_store
from tests.cwr_lines import ANNA, BO, PUB, TUNE, person, transmission, work

PUBLISHED = Path(__file__).parents[3] / "shared" / "data" / "cwr"
CSV, CWR = "text/csv", "application/x-cwr"


def send(
    stack: Stack, raw: bytes, media_type: str = CWR, query: str = "", party: str | None = "uni", scope: str = "registry.write"
) -> Response:
    return stack.http("POST", f"/v1/works:import{query}", party=party, scope=scope, body=raw, headers={"content-type": media_type})


def put(stack: Stack, path: str, body: object, party: str = "uni") -> Response:
    return stack.http("PUT", f"/v1/{path}", party=party, scope="registry.write", json=body)


def get(stack: Stack, path: str) -> dict[str, Any]:
    found: dict[str, Any] = stack.http("GET", f"/v1/{path}", party="uni", scope="registry.write").json()
    return found


@pytest.fixture
def uni(stack: Stack) -> Stack:
    assert put(stack, "parties/uni", {"name": "Uni", "kind": "publisher", "country": "SE"}).status == 201
    return stack


def test_a_cwr_work_is_registered_with_its_people(uni: Stack) -> None:
    assert put(uni, "parties/anna", {"name": "Anna", "kind": "creator", "country": "SE", "ipi": ANNA}, "anna").status == 201
    reply = send(uni, transmission(TUNE))
    (entry,) = reply.json()["works"]
    assert (reply.status, reply.json()["registered"], entry["status"], entry["work_id"]) == (200, 1, "registered", "uni-TU~2F1")
    tune = get(uni, "works/uni-TU~2F1")
    assert (tune["title"], tune["owner"], tune["author"], tune["kind"]) == ("SMÅ GRODORNA", "uni", "uni", "composition")
    assert tune["shares"] == [
        {"party": "anna", "share": "0.25", "rights": ["performance"]},
        {"party": f"ipi-{BO}", "share": "0.5"},
        {"party": f"ipi-{PUB}", "share": "0.25", "rights": ["performance"]},
        {"party": f"ipi-{PUB}", "share": "0.5", "rights": ["mechanical"]},
    ]
    assert registry_store.works_by_keys(["iswc:T0345246801"], "9999")["iswc:T0345246801"].id == "uni-TU~2F1"
    reserved = registry_store.parties([f"ipi-{BO}"])[f"ipi-{BO}"].latest
    assert (reserved.content.name, reserved.content.payout, reserved.author) == ("BO LIND", None, "uni")


def test_the_same_file_again_changes_nothing(uni: Stack) -> None:
    send(uni, transmission(TUNE))
    before = uni.items("RegistryTable")
    assert send(uni, transmission(TUNE)).json()["unchanged"] == 1
    assert uni.items("RegistryTable") == before


def test_a_revision_is_a_version_that_keeps_what_cwr_does_not_speak_of(uni: Stack) -> None:
    uni.at("2026-10-02T08:00:00Z")
    send(uni, transmission(TUNE))
    mine = get(uni, "works/uni-TU~2F1") | {"permissions": {"training": {"default": "allow"}}, "effective_from": "2026-01-01"}
    put(uni, "works/uni-TU~2F1", mine)
    revised = work("REV", "TU/1", "NEW TITLE", person("SWR", "W1", "A", (10_000, 10_000, 0), ANNA))
    backdated = send(uni, transmission(revised), query="?effective_from=2026-02-01")
    assert (backdated.json()["refused"], "would lose money of days gone by" in backdated.text) == (1, True)
    assert send(uni, transmission(revised), query="?effective_from=2026-10-02").json()["revised"] == 1
    tune = get(uni, "works/uni-TU~2F1")
    assert (tune["version"], tune["title"], tune["identifiers"], tune["effective_from"]) == (
        3,
        "NEW TITLE",
        ["iswc:T0345246801"],
        "2026-10-02",
    )
    assert tune["permissions"]["training"]["default"] == "allow"


def test_a_bad_work_does_not_take_good_ones_with_it(uni: Stack) -> None:
    bad = work("NWR", "BAD", "BAD", person("SWR", "W1", "A", (5_000, 0, 0)))
    answer = send(uni, transmission(bad, TUNE)).json()
    assert (answer["received"], answer["registered"], answer["refused"]) == (2, 1, 1)
    assert [(e["level"], e["record"], e["field"], e["line"]) for e in answer["works"][0]["errors"]] == [
        ("transaction", "NWR", "pr_share", 3)
    ]
    assert registry_store.works(["uni-BAD"]) == {}


def test_a_works_recordings_are_linked_where_the_caller_administers_them(uni: Stack) -> None:
    recording = {"title": "Recorded", "kind": "recording", "identifiers": ["isrc:SEABC2600001"]}
    put(uni, "works/rec", recording)
    (entry,) = send(uni, transmission(TUNE)).json()["works"]
    assert entry["recordings"] == {"SEABC2600001": "linked"}
    linked = get(uni, "works/rec")
    assert (linked["composition"], linked["effective_from"]) == ("uni-TU~2F1", "0001-01-01")
    assert registry_store.recordings_of("uni-TU~2F1") == ["rec"]


def test_a_recording_is_linked_in_all_its_days(uni: Stack) -> None:
    recording = {"title": "Recorded", "kind": "recording", "identifiers": ["isrc:SEABC2600001"]}
    put(uni, "works/rec", recording)
    put(uni, "works/rec", recording | {"title": "Later", "effective_from": "2027-01-01"})
    for _ in range(2):
        (entry,) = send(uni, transmission(TUNE)).json()["works"]
        assert entry["recordings"] == {"SEABC2600001": "linked"}
    found = [get(uni, f"works/rec?as_of={day}") for day in ("2026-10-05", "2027-02-01")]
    assert [(work["title"], work.get("composition"), work["version"]) for work in found] == [
        ("Recorded", "uni-TU~2F1", 3),
        ("Later", "uni-TU~2F1", 4),
    ]


def test_anothers_recording_or_iswc_stays_anothers(uni: Stack) -> None:
    put(uni, "parties/bob", {"name": "Bob", "kind": "label", "country": "SE"}, "bob")
    put(uni, "works/rec", {"title": "Recorded", "kind": "recording", "identifiers": ["isrc:SEABC2600001"]}, "bob")
    (entry,) = send(uni, transmission(TUNE)).json()["works"]
    assert entry["recordings"]["SEABC2600001"].startswith("not linked")
    assert "composition" not in get(uni, "works/rec")
    (entry,) = send(uni, transmission(TUNE), party="bob").json()["works"]
    assert (entry["status"], entry["errors"][0]["field"]) == ("refused", "identifiers.0")
    assert registry_store.works(["bob-TU~2F1"]) == {}


@pytest.mark.parametrize(
    ("raw", "media_type", "query", "status"),
    [
        (b"HDR", CWR, "", 422),
        (b"title\nSong\n", CSV, "", 422),
        (b"\xff", CSV, "", 400),
        (b"{}", "application/json", "", 415),
        (transmission(TUNE), CWR, "?right=all", 422),
        (transmission(TUNE), CWR, "?effective_from=soon", 422),
        (transmission(TUNE), CWR, "?owner=ann", 403),
        (transmission(*[work("NWR", "1", "T")] * 1_001), CWR, "", 413),
    ],
)
def test_a_file_that_is_refused_leaves_nothing(uni: Stack, raw: bytes, media_type: str, query: str, status: int) -> None:
    before = uni.items("RegistryTable")
    reply = send(uni, raw, media_type, query)
    assert (reply.status, reply.headers["content-type"]) == (status, "application/problem+json")
    assert uni.items("RegistryTable") == before


def test_an_admin_imports_for_a_party(uni: Stack) -> None:
    assert send(uni, transmission(TUNE), party=None, scope="admin", query="?owner=uni").json()["registered"] == 1
    assert get(uni, "works/uni-TU~2F1")["owner"] == "uni"
    assert send(uni, transmission(TUNE), party=None).status == 403


def test_csv_registers_recordings_with_their_compositions_in_one_file(uni: Stack) -> None:
    raw = (
        b"work_id,kind,title,identifiers,composition,shares,training\n"
        b"rec-1,recording,Song,isrc:SEABC2600001,comp-1,uni:1,allow\n"
        b"comp-1,composition,Song,iswc:T0345246801,,uni:0.5,\n"
        b"rec-2,recording,Song,isrc:SEABC2600002,comp-9,uni:1,allow\n"
        b"rec-3,recording,Song,isrc:SEABC2600003,,zed:0.5|uni:x,allow\n"
    )
    answer = send(uni, raw, CSV).json()
    assert [entry["status"] for entry in answer["works"]] == ["registered", "registered", "refused", "refused"]
    assert [[error["field"] for error in entry.get("errors", [])] for entry in answer["works"]] == [
        [],
        [],
        ["composition"],
        ["shares.1.share"],
    ]
    assert answer["works"][1]["warnings"]
    assert get(uni, "works/rec-1")["composition"] == "comp-1"
    assert send(uni, b"work_id,title\nrec-1,Renamed\n", CSV).json()["revised"] == 1
    renamed = get(uni, "works/rec-1")
    assert (renamed["title"], renamed["composition"], renamed["shares"]) == ("Renamed", "comp-1", [{"party": "uni", "share": "1"}])


def test_a_table_changes_the_words_that_it_has_a_column_for_and_an_empty_cell_is_silence(uni: Stack) -> None:
    words = {"training": {"default": "limit", "max_share": "0.1", "licensees": {"fox": "deny"}}, "generation": {"default": "deny"}}
    put(uni, "works/rec-1", {"title": "Song", "kind": "recording", "permissions": words})
    assert send(uni, b"work_id,title,training\nrec-1,Song,allow\nrec-2,Song,\n", CSV).json()["refused"] == 0
    kept = {"generation": {"default": "deny", "licensees": {}}, "likeness": {"licensees": {}}}
    assert get(uni, "works/rec-1")["permissions"] == {"training": {"default": "allow", "licensees": {"fox": "deny"}}} | kept
    silent: dict[str, dict[str, dict[str, str]]] = {use: {"licensees": {}} for use in ("training", "generation", "likeness")}
    assert get(uni, "works/rec-2")["permissions"] == silent
    send(uni, b"work_id,title,generation\nrec-1,Song,\n", CSV)
    found = get(uni, "works/rec-1")["permissions"]
    assert (found["training"]["default"], found["generation"]) == ("allow", {"licensees": {}})


def test_a_large_file_comes_in_at_once(uni: Stack) -> None:
    rows = b"".join(f"w-{n},Song {n},isrc:SEABC26{n:05d},uni:1\n".encode() for n in range(300))
    answer = send(uni, b"work_id,title,identifiers,shares\n" + rows, CSV).json()
    assert (answer["registered"], len(registry_store.works_of("uni"))) == (300, 300)


def test_published_files_come_in(uni: Stack) -> None:
    for name, count in (("nwrexample2.V21", 1), ("ackexample.V21", 20)):
        path = PUBLISHED / name
        if not path.exists():
            pytest.skip(f"{path} is not here; it is others' work and not part of the project")
        answer = send(uni, path.read_bytes()).json()
        assert (answer["received"], answer["registered"], answer["refused"]) == (count, count, 0)
    assert uni.errors == []


@pytest.mark.fair
def test_an_import_that_dies_is_finished_by_sending_it_again(uni: Stack) -> None:
    raw = transmission(TUNE, work("NWR", "2", "SECOND", person("SWR", "W1", "A", (10_000, 0, 0), ANNA)))
    send(uni, raw)
    whole = {(item["pk"], item["sk"]) for item in uni.items("RegistryTable")}
    for n in range(100):
        uni.reset()
        put(uni, "parties/uni", {"name": "Uni", "kind": "publisher", "country": "SE"})
        uni.faults.fail_after(n)
        send(uni, raw)
        fired = uni.faults.fired
        uni.faults.clear()
        assert send(uni, raw).json()["refused"] == 0
        assert {(item["pk"], item["sk"]) for item in uni.items("RegistryTable")} == whole
        if not fired:
            return
    pytest.fail("an import of two works takes too many writes")


def test_a_row_that_names_no_day_counts_from_the_day_of_the_request(uni: Stack) -> None:
    """In a table that has the column for others of its rows, as in one without it: before, from the day on which it came."""
    rows = "work_id,title,kind,effective_from\nrec-a,A,recording,\nrec-b,B,recording,2026-03-01\n"
    assert send(uni, rows.encode(), CSV, "?effective_from=2026-02-01").json()["registered"] == 2
    assert [get(uni, f"works/{name}")["effective_from"] for name in ("rec-a", "rec-b")] == ["2026-02-01", "2026-03-01"]
