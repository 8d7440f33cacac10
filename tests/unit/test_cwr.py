"""CWR 2.1: what comes in, what is refused, and at which level."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import Rejected, TooLarge
from overtone.formats.cwr import transmission as cwr
from overtone.formats.cwr.layout import Record
from tests.cwr_lines import ANNA, BO, PUB, TUNE, person, transmission, work

PUBLISHED = Path(__file__).parents[3] / "shared" / "data" / "cwr"


def only(raw: bytes) -> cwr.Registration:
    (registration,) = cwr.read(raw).works
    return registration


def refused(registration: cwr.Registration) -> list[tuple[str, str, str]]:
    return [(refusal.level, refusal.record, refusal.field) for refusal in registration.refusals]


def said(registration: cwr.Registration) -> tuple[object, ...]:
    parties = [party._replace(record=Record(0, "")) for party in registration.parties]
    return (*registration._replace(header=Record(0, ""), parties=(), records=()), parties)


def test_a_work_comes_in_with_its_people_titles_and_recordings() -> None:
    tune = only(transmission(TUNE))
    assert (tune.title, tune.number, tune.iswc, tune.disputed, tune.refusals) == ("SMÅ GRODORNA", "TU/1", "T0345246801", False, ())
    assert tune.isrcs == ("SEABC2600001",)
    assert [(p.role, p.number, p.ipi, p.name, p.shares) for p in tune.parties] == [
        ("publisher", "P1", PUB, "NIGHT GARDEN", (2500, 5000, 5000)),
        ("writer", "W1", ANNA, "ANNA SÖDERBERG", (2500, 0, 0)),
        ("writer", "W2", BO, "BO LIND", (5000, 5000, 5000)),
    ]


def test_the_header_says_who_sent_it() -> None:
    sent = cwr.read(transmission(TUNE))
    assert (sent.sender, sent.sender_name, sent.others, sent.remarks) == ("000000199", "THE SENDER", 0, ())


def test_lines_may_end_as_unix_does_and_lose_their_trailing_blanks() -> None:
    raw = transmission(TUNE)
    stripped = b"\n".join(text.rstrip() for text in raw.split(b"\r\n"))
    assert said(only(stripped)) == said(only(raw))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"T0345246801", b"T0345246802", ("field", "NWR", "iswc")),
        (ANNA.encode(), b"00235492074", ("field", "SWR", "ipi")),
        (b"SEABC2600001", b"EUABC2600001", ("field", "REC", "isrc")),
        (b"I2136", b"IXXXX", ("field", "SPT", "tis")),
    ],
)
def test_a_bad_field_is_left_out_and_the_work_comes_in(old: bytes, new: bytes, expected: tuple[str, str, str]) -> None:
    tune = only(transmission(TUNE).replace(old, new, 1))
    assert refused(tune) == [expected]
    assert not tune.is_refused


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([person("SWR", "W1", "SODERBERG", (10_000, 9_993, 0))], ("NWR", "mr_share")),
        ([person("SWR", "W1", "SODERBERG", (5_000, 0, 0))], ("NWR", "pr_share")),
        ([person("SWR", "W1", "SODERBERG", (6_000, 0, 0)), person("OWR", "W2", "LIND", (6_000, 0, 0))], ("NWR", "pr_share")),
        ([person("SPU", "P1", "PUB", (6_000, 0, 0)), person("SWR", "W1", "SODERBERG", (4_000, 0, 0))], ("NWR", "pr_share")),
        (
            [("SWR", {"interested_party": "W1", "name": "SODERBERG", "pr_share": "1O000", "mr_share": 0, "sr_share": 0})],
            ("SWR", "pr_share"),
        ),
    ],
)
def test_ownership_that_does_not_add_up_refuses_the_transaction(
    records: list[tuple[str, dict[str, object]]], expected: tuple[str, str]
) -> None:
    bad = only(transmission(work("NWR", "1", "TITLE", *records)))
    assert bad.is_refused
    assert ("transaction", *expected) in refused(bad)


@pytest.mark.parametrize(
    ("total", "is_refused"),
    [(9_993, True), (9_994, False), (10_000, False), (10_006, False), (10_007, True), (6, False), (7, True), (0, False)],
)
def test_a_total_may_be_off_by_the_rounding_and_no_more(total: int, is_refused: bool) -> None:  # noqa: FBT001
    assert only(transmission(work("NWR", "1", "TITLE", person("SWR", "W1", "SODERBERG", (total, 0, 0))))).is_refused == is_refused


def test_a_work_without_title_or_number_is_refused() -> None:
    assert refused(only(transmission(work("NWR", "", "")))) == [("transaction", "NWR", "title"), ("transaction", "NWR", "work_number")]


def test_one_bad_transaction_leaves_the_others_alone() -> None:
    bad = work("REV", "2", "BAD", person("SWR", "W1", "SODERBERG", (5_000, 0, 0)))
    assert [w.is_refused for w in cwr.read(transmission(TUNE, bad, TUNE)).works] == [False, True, False]


@pytest.mark.parametrize(("status", "disputed"), [("AS", False), ("RJ", True), ("CO", True)])
def test_what_a_society_contests_comes_in_disputed(status: str, disputed: bool) -> None:  # noqa: FBT001
    records = person("SWR", "W1", "SODERBERG", (10_000, 0, 0))
    assert only(transmission(work("NWR", "1", "TITLE", records, status=status), group="ACK")).disputed == disputed


def test_a_publisher_that_nobody_knows_is_nobody() -> None:
    unknown = person("OPU", "", "", (5_000, 0, 0), PUB, unknown="Y")
    named = only(transmission(work("NWR", "1", "TITLE", unknown, person("SWR", "W1", "SODERBERG", (5_000, 0, 0)))))
    assert [party.known for party in named.parties] == [False, True]


# --- the file as a whole


def lines(raw: bytes) -> list[bytes]:
    return raw.decode("latin-1").encode("latin-1").split(b"\r\n")[:-1]


def without(raw: bytes, *places: int) -> bytes:
    return b"\r\n".join(text for place, text in enumerate(lines(raw)) if place not in places)


def test_a_file_that_is_cut_short_is_refused_wherever_the_cut_is() -> None:
    raw = transmission(TUNE, TUNE)
    whole = lines(raw)
    for end in range(1, len(whole)):
        with pytest.raises(Rejected):
            cwr.read(b"\r\n".join(whole[:end]))


def test_a_file_that_lacks_a_line_is_refused_or_says_which_record_is_missing() -> None:
    raw = transmission(TUNE, TUNE)
    remarks = [remark for place in range(len(lines(raw))) for remark in remarks_or_refusal(without(raw, place))]
    assert len(remarks) == len(lines(raw))
    assert len([remark for remark in remarks if "is missing" in remark]) == 2 * (len(TUNE) - 2)
    assert all("line" in remark for remark in remarks)


def test_a_record_number_from_elsewhere_is_no_gap_of_millions() -> None:
    raw = transmission(TUNE)
    assert cwr.read(raw.replace(b"REC0000000000000008", b"REC0000000099999999")).remarks == ()


def remarks_or_refusal(raw: bytes) -> tuple[str, ...]:
    try:
        return cwr.read(raw).remarks
    except Rejected as error:
        return (error.detail,)


def test_a_missing_owner_is_seen_by_the_shares() -> None:
    raw = transmission(TUNE)
    (place,) = [n for n, text in enumerate(lines(raw)) if text.startswith(b"SWR")]
    sent = cwr.read(without(raw, place))
    assert sent.works[0].is_refused
    assert sent.remarks


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"GRT000010000000200000020", b"GRT000010000000300000020"),
        (b"GRT000010000000200000020", b"GRT000010000000200000021"),
        (b"GRT000010000000200000020", b"GRT0000100000002000000XX"),
        (b"TRL000010000000200000022", b"TRL000020000000200000022"),
        (b"TRL000010000000200000022", b"TRL000010000000100000022"),
        (b"TRL000010000000200000022", b"TRL000010000000200000021"),
        (b"HDR", b"HRD"),
        (b"GRHNWR", b"XXXNWR"),
        (b"GRODORNA", b"GRO\x00ORNA"),
    ],
)
def test_a_file_whose_counts_or_frame_disagree_is_refused_whole(old: bytes, new: bytes) -> None:
    raw = transmission(TUNE, TUNE)
    assert old in raw
    with pytest.raises(Rejected):
        cwr.read(raw.replace(old, new, 1))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_file_or_refused(raw: bytes) -> None:
    with pytest.raises(Rejected):
        cwr.read(raw)


@given(st.integers(0, 2_000), st.integers(0, 255))
def test_any_damage_is_refused_or_read(place: int, byte: int) -> None:
    raw = bytearray(transmission(TUNE))
    raw[place % len(raw)] = byte
    assert all(remarks_or_refusal(bytes(raw)))


def test_as_many_works_as_the_limit_and_one_more() -> None:
    small = work("NWR", "1", "TITLE")
    assert len(cwr.read(transmission(*[small] * cwr.TRANSACTIONS_MAX)).works) == cwr.TRANSACTIONS_MAX
    with pytest.raises(TooLarge):
        cwr.read(transmission(*[small] * (cwr.TRANSACTIONS_MAX + 1)))


# --- files that others published


def published(name: str) -> bytes:
    path = PUBLISHED / name
    if not path.exists():
        pytest.skip(f"{path} is not here; it is others' work and not part of the project")
    return path.read_bytes()


def test_a_published_new_works_file_comes_in_whole() -> None:
    tune = only(published("nwrexample2.V21"))
    assert tune.refusals == ()
    assert {(party.name, party.ipi, party.shares) for party in tune.parties} == {
        ("THE PUBLISHER", "00000000297", (2500, 5000, 5000)),
        ("THE SENDER", "00000000199", (0, 0, 0)),
        ("JOHN DOE", "00000000395", (2500, 0, 0)),
        ("JANE DOE", "", (5000, 5000, 5000)),
    }


def test_a_published_acknowledgement_comes_in_and_says_what_it_lacks() -> None:
    sent = cwr.read(published("ackexample.V21"))
    assert (len(sent.works), sent.others) == (20, 0)
    assert sent.remarks == ("line 2055: record 68 of transaction 00000000 is missing",)
    assert len({party.ipi for work in sent.works for party in work.parties if party.ipi}) >= 50
    assert len([work for work in sent.works if work.iswc]) == 16
    assert [(r.level, r.record, r.field) for work in sent.works for r in work.refusals] == [("field", "REC", "isrc")]
    assert [work.title for work in sent.works if work.disputed] == ["BOEING SPACEMAN"]
