"""From what a file says to what is registered."""

from collections.abc import Mapping
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import Malformed, Rejected, TooLarge
from overtone.formats.cwr import transmission as cwr
from overtone.formats.works import drafts as works_import
from overtone.formats.works import registrations as works_cwr
from overtone.formats.works import table as works_csv
from overtone.formats.works.cwr_shares import Counted
from overtone.formats.works.drafts import Draft
from overtone.money import NANO, parse_share
from tests.cwr_lines import ANNA, BO, PUB, TUNE, person, transmission, work


def draft(raw: bytes, right: Counted = "both", holders: Mapping[str, str] = MappingProxyType({})) -> Draft:
    (registration,) = cwr.read(raw).works
    return works_cwr.from_cwr(registration, "uni", {f"ipi:{ipi}": party for ipi, party in holders.items()}, right)


def shares(found: Draft) -> dict[str, str]:
    return {share["party"]: share["share"] for share in found.body["shares"]}


def test_people_are_found_by_ipi_and_the_others_get_a_record_that_is_reserved_for_them() -> None:
    found = draft(transmission(TUNE), holders={ANNA: "anna"})
    assert found.body["shares"] == [
        {"party": "anna", "share": "0.25", "rights": ["performance"]},
        {"party": f"ipi-{BO}", "share": "0.5"},
        {"party": f"ipi-{PUB}", "share": "0.25", "rights": ["performance"]},
        {"party": f"ipi-{PUB}", "share": "0.5", "rights": ["mechanical"]},
    ]
    assert found.reserved == {
        f"ipi-{BO}": {"name": "BO LIND", "kind": "creator", "country": "*", "ipi": BO},
        f"ipi-{PUB}": {"name": "NIGHT GARDEN", "kind": "publisher", "country": "*", "ipi": PUB},
    }
    assert (found.work_id, found.body["title"], found.body["kind"], found.body["identifiers"]) == (
        "uni-TU~2F1",
        "SMÅ GRODORNA",
        "composition",
        ["iswc:T0345246801"],
    )


@pytest.mark.parametrize(
    ("right", "publisher", "writer", "other"),
    [("performing", "0.25", "0.25", "0.5"), ("mechanical", "0.5", None, "0.5")],
)
def test_which_ownership_counts_is_the_senders_word(right: Counted, publisher: str, writer: str | None, other: str) -> None:
    expected = {f"ipi-{PUB}": publisher, f"ipi-{ANNA}": writer, f"ipi-{BO}": other}
    assert shares(draft(transmission(TUNE), right)) == {party: share for party, share in expected.items() if share}


def test_a_right_that_nobody_owns_does_not_count() -> None:
    only_sync = work("NWR", "1", "T", person("SWR", "W1", "A", (0, 0, 10_000)))
    only_performing = work("NWR", "1", "T", person("SWR", "W1", "A", (10_000, 0, 0)))
    for raw in (only_sync, only_performing):
        assert shares(draft(transmission(raw))) == {"uni-ip-W1": "1"}
    assert shares(draft(transmission(work("NWR", "1", "T", person("SWR", "W1", "A", (0, 0, 0)))))) == {}


def test_a_share_of_nobody_stays_unclaimed() -> None:
    unknown = person("OPU", "", "", (5_000, 0, 0), unknown="Y")
    assert shares(draft(transmission(work("NWR", "1", "T", unknown, person("SWR", "W1", "A", (5_000, 0, 0)))))) == {"uni-ip-W1": "0.5"}


def test_a_party_in_two_roles_has_one_share() -> None:
    twice = work("NWR", "1", "T", person("SPU", "P1", "A", (5_000, 10_000, 0), ANNA), person("SWR", "W1", "A", (5_000, 0, 0), ANNA))
    assert shares(draft(transmission(twice))) == {f"ipi-{ANNA}": "1"}


@given(st.lists(st.integers(0, 3_000), min_size=1, max_size=12), st.integers(-6, 6))
def test_shares_of_known_people_make_the_whole_whatever_the_rounding(parts: list[int], off: int) -> None:
    rest = 10_000 + off - sum(parts)
    while rest > 0:
        parts.append(min(rest, 99_999))
        rest = 0
    if sum(parts) > 10_006:
        return
    writers = [person("SWR", f"W{n}", "A", (part, 0, 0)) for n, part in enumerate(parts)]
    found = draft(transmission(work("NWR", "1", "T", *writers)))
    assert not found.is_refused
    assert sum(map(parse_share, shares(found).values())) == NANO


def test_ids_made_of_numbers_stay_apart_and_within_their_alphabet() -> None:
    numbers = ["A/1", "A~1", "A 1", "A-1", "A.1", "Å1", "A~2F1"]
    assert len({works_cwr.encoded(number) for number in numbers}) == len(numbers)
    assert all(set(works_cwr.encoded(number)) <= set("A12~0-.FCE57") for number in numbers)


def test_recordings_come_after_the_compositions_they_may_link_to_and_a_work_after_itself() -> None:
    drafts = [
        Draft(n, "row", work_id, {"kind": kind})
        for n, (work_id, kind) in enumerate([("r", "recording"), ("c", "composition"), ("c", "composition"), ("x", "recording")])
    ]
    assert works_import.waves(drafts) == [[1], [2], [0, 3]]


# --- CSV

HEADER = b"work_id,title,kind,identifiers,composition,shares,training,generation,disputed,effective_from\n"


def test_a_row_is_a_work() -> None:
    (row,) = works_csv.read(
        HEADER + b'w-1,"Song, the",recording,isrc:SEABC2600001|isrc:SEABC2600002,c-1,ann:0.5|bob:0.5,allow,limit:0.1,no,2026-01-01\n'
    )
    assert (row.work_id, row.line, row.refusals) == ("w-1", 2, ())
    assert row.body == {
        "title": "Song, the",
        "kind": "recording",
        "identifiers": ["isrc:SEABC2600001", "isrc:SEABC2600002"],
        "composition": "c-1",
        "shares": [{"party": "ann", "share": "0.5"}, {"party": "bob", "share": "0.5"}],
        "permissions": {"training": {"default": "allow"}, "generation": {"default": "limit", "max_share": "0.1"}},
        "disputed": False,
        "effective_from": "2026-01-01",
    }


def test_columns_may_stand_in_any_order_and_be_left_out() -> None:
    (row,) = works_csv.read("\ufeffTitle, work_id \r\nSong,w-1\r\n\r\n".encode())
    assert (row.work_id, row.body) == ("w-1", {"title": "Song"})


@pytest.mark.parametrize(("cells", "field"), [("a/b,Song", "work_id"), (",Song", "work_id"), ("w-1,Song,x", ""), ("w-1", "")])
def test_a_bad_row_is_refused_and_the_others_are_read(cells: str, field: str) -> None:
    bad, good = works_csv.read(f"work_id,title\n{cells}\nw-2,Song\n".encode())
    assert [(refusal.level, refusal.line, refusal.field) for refusal in bad.refusals] == [("transaction", 2, field)]
    assert not good.refusals


@pytest.mark.parametrize("header", ["", "title", "work_id", "work_id,title,tempo", "work_id,title,title"])
def test_a_header_that_cannot_be_read_refuses_the_file(header: str) -> None:
    with pytest.raises(Rejected):
        works_csv.read(f"{header}\n".encode())


@pytest.mark.parametrize(
    "raw",
    [
        b"work_id,title\nw,\xff",
        b"work_id,title\nw,\0",
        b'work_id,title\nw,"open',
        b"work_id,title\nw," + b"x" * (works_csv.CELL_CHARACTERS_MAX + 1),
    ],
)
def test_what_is_no_csv_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        works_csv.read(raw)


def test_as_many_rows_as_the_limit_and_one_more() -> None:
    rows = b"work_id,title\n" + b"w,T\n" * works_csv.ROWS_MAX
    assert len(works_csv.read(rows)) == works_csv.ROWS_MAX
    with pytest.raises(TooLarge):
        works_csv.read(rows + b"w,T\n")
