"""CWR as it is sent: four versions, several character sets and line ends, and what else stands in an answer."""

from __future__ import annotations

import pytest

from overtone.errors import Malformed, Rejected, TooLarge
from overtone.formats.cwr import frame as cwr_frame
from overtone.formats.cwr import text as cwr_text
from overtone.formats.cwr import transmission as cwr
from tests.cwr_lines import ANNA, BO, GROUP_VERSIONS, PUB, TUNE, answered, person, transmission, work

WORLD = {"indicator": "I", "tis": 2136}


def only(raw: bytes) -> cwr.Registration:
    (registration,) = cwr.read(raw).works
    return registration


def shares(registration: cwr.Registration) -> dict[str, tuple[int, int, int]]:
    return {party.number: party.shares for party in registration.parties}


def collected(number: str, pr: int, mr: int, sr: int, kind: str = "SPT", **where: object) -> tuple[str, dict[str, object]]:
    return kind, {"interested_party": number, "pr_share": pr, "mr_share": mr, "sr_share": sr} | (where or WORLD)


MODERN = work(
    "WRK",
    "N5",
    "FIFTH SONG",
    ("SPU", {"interested_party": "P1", "name": "NIGHT GARDEN", "ipi": PUB}),
    collected("P1", 3750, 7500, 7500),
    ("OPU", {"unknown": "Y"}),
    collected("", 1250, 2500, 2500, "OPT"),
    ("SWR", {"interested_party": "W1", "name": "MOON", "first_name": "ANN", "ipi": ANNA}),
    collected("W1", 2500, 0, 0, "SWT"),
    ("OWR", {"interested_party": "W2", "name": "SUN", "ipi_behind_tax_id": BO, "ipi": "000000000" + BO[:2]}),
    collected("W2", 2500, 0, 0, "OWT"),
    ("REC", {"isrc": "SEABC2600001"}),
    iswc="T0345246801",
)


@pytest.mark.parametrize("version", ["3.0", "3.1"])
def test_a_work_of_version_3_has_the_shares_of_its_territories(version: str) -> None:
    song = only(transmission(MODERN, group="WRK", version=version))
    assert (song.title, song.number, song.iswc, song.isrcs, song.refusals) == ("FIFTH SONG", "N5", "T0345246801", ("SEABC2600001",), ())
    assert [(p.number, p.ipi, p.shares, p.known) for p in song.parties] == [
        ("P1", PUB, (3750, 7500, 7500), True),
        ("", "", (1250, 2500, 2500), False),
        ("W1", ANNA, (2500, 0, 0), True),
        ("W2", BO, (2500, 0, 0), True),
    ]


def test_what_is_collected_in_one_country_is_kept_beside_what_is_collected_in_the_world() -> None:
    song = work(
        "WRK",
        "1",
        "T",
        ("SPU", {"interested_party": "P1", "name": "A"}),
        collected("P1", 10_000, 10_000, 0),
        collected("P1", 0, 0, 0, indicator="E", tis=840),
        ("SPU", {"interested_party": "P2", "name": "B"}),
        collected("P2", 10_000, 10_000, 0, indicator="I", tis=840),
    )
    read = only(transmission(song, version="3.0"))
    assert shares(read) == {"P1": (10_000, 10_000, 0), "P2": (0, 0, 0)}
    assert [(c.tis, c.included, c.shares[0]) for p in read.parties for c in p.collections] == [
        (2136, True, 10_000),
        (840, False, 0),
        (840, True, 10_000),
    ]


def test_version_3_may_state_less_than_the_whole_and_never_more() -> None:
    for share, is_refused in ((7_500, False), (10_006, False), (10_007, True)):
        song = work("WRK", "1", "T", ("SWR", {"interested_party": "W1", "name": "A"}), collected("W1", share, 0, 0, "SWT"))
        assert only(transmission(song, version="3.0")).is_refused == is_refused


def test_manuscript_shares_count_where_no_territory_is_stated() -> None:
    song = work(
        "WRK",
        "1",
        "T",
        ("SWR", {"interested_party": "W1", "name": "A"}),
        ("MAN", {"interested_party": "W1", "pr_share": 6_000, "mr_share": 6_000, "sr_share": 0}),
        ("OWR", {"interested_party": "W2", "name": "B"}),
        ("MAN", {"interested_party": "W2", "pr_share": 4_000, "mr_share": 4_000, "sr_share": 0}),
    )
    assert shares(only(transmission(song, version="3.1"))) == {"W1": (6_000, 6_000, 0), "W2": (4_000, 4_000, 0)}


@pytest.mark.parametrize("version", ["2.1", "2.2"])
def test_versions_2_are_read_alike(version: str) -> None:
    assert shares(only(transmission(TUNE, version=version))) == {"P1": (2500, 5000, 5000), "W1": (2500, 0, 0), "W2": (5000, 5000, 5000)}


@pytest.mark.parametrize("number", ["02.00", "01.10", "04.00", "     "])
def test_a_version_that_is_not_read_is_refused_by_its_number(number: str) -> None:
    with pytest.raises(Rejected, match=rf"CWR version {number.strip() or '.none.'} is not read; send 2.1, 2.2, 3.0, 3.1"):
        cwr.read(transmission(TUNE).replace(b"02.10", number.encode()))


def test_groups_of_two_versions_are_two_files() -> None:
    raw = transmission(TUNE).split(b"\r\n")
    second = [line.replace(b"02.10", b"03.00") if line.startswith(b"GRH") else line for line in raw[1:-2]]
    with pytest.raises(Rejected, match=r"the group is CWR 3.0, the one before 2.1"):
        cwr.read(b"\r\n".join([*raw[:-2], *second, raw[-2]]))


def test_revision_8_of_version_2_1_writes_the_senders_number_in_eleven_digits() -> None:
    raw = transmission(TUNE).replace(b"HDRPB000000199", b"HDR00000000199")
    assert cwr.read(raw).sender == "000000199"


# --- bytes


@pytest.mark.parametrize(
    "mended",
    [
        lambda raw: raw.replace(b"\r\n", b"\r"),
        lambda raw: raw.replace(b"\r\n", b"\n"),
        lambda raw: raw.replace(b"\r\n", b"\r", 3).replace(b"\r\n", b"\n", 2),
        lambda raw: raw.replace(b"\r\n", b"\r\n\r\n"),
        lambda raw: raw.rstrip(),
        lambda raw: raw + b"\x1a",
        lambda raw: b"\xef\xbb\xbf" + raw.decode("latin-1").encode(),
        lambda raw: raw.decode("latin-1").encode(),
    ],
)
def test_line_ends_blank_lines_and_marks_lose_no_record(mended: object) -> None:
    assert callable(mended)
    registration = only(mended(transmission(TUNE)))
    assert (registration.title, len(registration.records), registration.refusals) == ("SMÅ GRODORNA", 9, ())
    assert registration.parties[1].name == "ANNA SÖDERBERG"


def test_undeclared_utf_8_is_told() -> None:
    assert cwr.read(transmission(TUNE)).remarks == ()
    assert cwr.read(transmission(TUNE).decode("latin-1").encode()).remarks == (
        "the file declares no character set and is UTF-8 throughout; it is read as UTF-8",
    )


@pytest.mark.parametrize(
    ("declared", "encoding", "title"),
    [
        ("UTF-8", "utf-8", "ТИХАЯ НОЧЬ"),
        ("Traditional Big", "big5", "月亮代表我的心"),
        ("Simplified GB", "gb18030", "月亮代表我的心"),
        ("ASCII", "ascii", "PLAIN"),
        ("", "latin-1", "SMÅ GRODORNA"),
        ("ISO-8859-1", "latin-1", "SMÅ GRODORNA"),
    ],
)
def test_the_character_set_is_the_one_that_the_header_declares(declared: str, encoding: str, title: str) -> None:
    whole = work("NWR", "1", "X", person("SWR", "W1", "A", (10_000, 0, 0)))
    text = (
        transmission(whole)
        .decode("latin-1")
        .replace("X" + " " * 59, title.ljust(60))
        .replace(" " * 15 + "\r\nGRH", declared.ljust(15) + "\r\nGRH")
    )
    header = text.index("\r\n")
    raw = (text[:86].ljust(86) + declared.ljust(15) + text[header:]).encode(encoding)
    assert only(raw).title == title
    assert only(raw).parties[0].shares == (10_000, 0, 0)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (transmission(TUNE).decode("latin-1").encode("utf-16"), "the file is UTF-16"),
        (transmission(TUNE).decode("latin-1").encode("utf-16-le"), "the file is UTF-16"),
        (transmission(TUNE, character_set="EBCDIC"), "declares the character set 'EBCDIC'"),
        (transmission(TUNE, character_set="Unicode"), "declares the character set 'Unicode'"),
        (transmission(TUNE, character_set="UTF-8").replace("Å".encode(), b"\xc5 "), "line 3, byte 22: this is not UTF-8"),
        (b"HDR" + b" " * 5_000, "line 1 exceeds 4096 bytes"),
        (b"HDR" + b" " * 5_000 + b"\n", "line 1 exceeds 4096 bytes"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(raw: bytes, message: str) -> None:
    with pytest.raises((Malformed, Rejected, TooLarge), match=message):
        cwr.read(raw)


def test_a_line_as_long_as_the_limit() -> None:
    padded = transmission(TUNE).replace(b"\r\n", b" " * (cwr_text.LINE_BYTES_MAX - 400) + b"\r\n")
    assert len(only(padded).records) == 9


# --- answers


def test_the_conflicting_work_of_an_answer_is_told_and_adds_no_owner() -> None:
    answer: list[tuple[str, dict[str, object]]] = [
        *work("REV", "N1", "FIRST SONG", person("SWR", "W1", "MOON", (10_000, 0, 0)), status="CO"),
        ("EXC", {"title": "THE OTHER", "work_number": "X9"}),
        person("SWR", "W9", "OTHER", (10_000, 0, 0), first_name="OLE"),
    ]
    read = only(transmission(answer, group="ACK"))
    assert (read.is_refused, shares(read)) == (False, {"W1": (10_000, 0, 0)})
    assert read.acknowledgement is not None
    assert read.acknowledgement.conflicts == ("THE OTHER (X9), OLE OTHER",)


@pytest.mark.parametrize("version", list(GROUP_VERSIONS))
def test_an_answer_without_echo_is_read_with_its_day_status_and_messages(version: str) -> None:
    told = {"message_type": "F", "record_type": "REV", "level": "T", "validation": "005", "text": "NO DATE"}
    message: tuple[str, dict[str, object]] = ("MSG", {**told})
    read = only(transmission([answered("N4", "FOURTH SONG", "RJ"), message], group="ACK", version=version))
    assert (read.purpose, read.number, read.title, read.parties) == ("acknowledge", "N4", "FOURTH SONG", ())
    answer = read.acknowledgement
    assert answer is not None
    assert (answer.status, answer.processed_on, answer.number, answer.messages) == ("RJ", "2026-11-02", "S1", ("REVT005: NO DATE",))
    assert read.disputed


def test_an_answer_of_version_3_may_keep_the_older_places() -> None:
    old = transmission([answered("N4", "FOURTH SONG", "AS")], group="ACK").split(b"\r\n")
    new = transmission([answered("N4", "FOURTH SONG", "AS")], group="ACK", version="3.0").split(b"\r\n")
    answer = only(b"\r\n".join([*new[:2], old[2], *new[3:]])).acknowledgement
    assert answer is not None
    assert (answer.status, answer.processed_on) == ("AS", "2026-11-02")


def test_an_iswc_that_is_told_and_transactions_that_are_not_read() -> None:
    told = work("ISW", "N1", "FIRST SONG", iswc="T0345246801")
    agreement: list[tuple[str, dict[str, object]]] = [("ALT", {})]
    sent = cwr.read(transmission(told, agreement, group="ISW"))
    assert [(w.purpose, w.iswc, w.is_refused) for w in sent.works] == [("iswc", "T0345246801", False)]
    assert (sent.others, sent.remarks) == (1, ("1 ALT transactions are not read here",))


def test_works_that_all_bear_the_same_transaction_number_stay_apart() -> None:
    tunes = [work("NWR", str(n), "T", person("SWR", "W1", "A", (10_000, 0, 0))) for n in (1, 2)]
    raw = transmission(*tunes).replace(b"NWR00000001", b"NWR00000000").replace(b"SWR00000001", b"SWR00000000")
    assert [w.number for w in cwr.read(raw).works] == ["1", "2"]


# --- the second pass from anywhere


def test_a_file_can_be_read_on_from_the_end_of_any_transaction() -> None:
    raw = b"\xef\xbb\xbf" + transmission(TUNE, TUNE, TUNE, character_set="UTF-8")
    found = cwr_frame.scan([raw])
    whole = list(cwr_frame.transactions([raw], found))
    for place, transaction in enumerate(whole):
        rest = list(cwr_frame.transactions([raw[transaction.end.offset :]], found, transaction.end))
        assert rest == whole[place + 1 :]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_how_a_file_is_cut_into_chunks_does_not_matter(size: int) -> None:
    raw = b"\xef\xbb\xbf" + transmission(TUNE, TUNE).decode("latin-1").encode()
    chunks = [raw[start : start + size] for start in range(0, len(raw), size)]
    found = cwr_frame.scan(chunks)
    assert found == cwr_frame.scan([raw])
    assert list(cwr_frame.transactions(chunks, found)) == list(cwr_frame.transactions([raw], found))
