"""Notifications of discrepancies: what valid ones say, and that damaged ones lose nothing silently."""

from __future__ import annotations

import contextlib
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import Malformed, OvertoneError, Rejected, TooLarge
from overtone.formats import cdd
from overtone.formats.text import decoded

WORDS = st.text("abc XYZ019-_.", min_size=1, max_size=12).map(str.strip).filter(bool)


class Objection(NamedTuple):
    """A discrepancy to write: one without `contributions` is a CDD1."""

    number: str
    claim: str
    text: str
    contributions: tuple[str, ...] = ()


def notification(*objections: Objection, version: str = "", end: str = "\n") -> str:
    """A valid notification, in record types of a version."""
    profile = "OverClaimDiscrepancy" if any(one.contributions for one in objections) else "DataDiscrepancy"
    rows = [["CDMH", "CDM/2.0/6.0/2.0", "M-1", "2026-12-01T08:00:00Z", profile, "2.0", "2026-10-fox-0", "2026-10", "", "", "DPID", "Fox"]]
    rows.append(["CDS1", "1", "Discrepancies", str(len(objections)), "USD", "1"])
    for one in objections:
        if not one.contributions:
            rows.append(["CDD1", one.number, one.claim, "1", "SalesDataIncorrect", "CD01.01", one.text, "Usages", "7"])
            continue
        rows.append(["CDD2", one.number, one.claim, "1", "Overclaim", "", "isrc:SEABC2600001", "Song"])
        rows += [["CDD3", one.number, one.text, "DPID", claim, "w", "", "60", "60", "60", "Song"] for claim in one.contributions]
    rows.append(["SRFO", str(len(rows) + 1), "1"])
    named = [[cells[0] if cells[0] == "SRFO" else cells[0] + version, *cells[1:]] for cells in rows]
    return end.join("\t".join(cells) for cells in named) + end


OBJECTIONS = st.lists(
    st.builds(Objection, WORDS, WORDS, WORDS, st.lists(WORDS, min_size=2, max_size=4).map(tuple) | st.just(())), min_size=1, max_size=6
)


@given(
    OBJECTIONS,
    st.sampled_from(["", ".01"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["", "#\twhat follows\n"]),
    st.sampled_from(["", "\ufeff"]),
)
def test_every_discrepancy_of_a_valid_notification_is_read(
    objections: list[Objection], version: str, end: str, comment: str, mark: str
) -> None:
    raw = mark + comment + notification(*objections, version=version, end=end)
    found = cdd.read(raw.encode())
    assert (found.message_id, found.faults) == ("M-1", ())
    assert [(one.number, one.claims[0]) for one in found.discrepancies] == [(one.number, one.claim) for one in objections]
    for one, sent in zip(found.discrepancies, objections, strict=True):
        assert set(one.claims) == {sent.claim, *sent.contributions}
        assert sent.text in one.text
        assert one.kind == ("Overclaim" if sent.contributions else "SalesDataIncorrect")


@given(OBJECTIONS, st.data())
def test_a_damaged_notification_is_refused_or_names_what_it_lost(objections: list[Objection], data: st.DataObject) -> None:
    """Whatever happens to its bytes: each discrepancy is read, or is a fault, or the file is refused whole."""
    raw = notification(*objections).encode()
    start = data.draw(st.integers(0, len(raw) - 1))
    broken = raw[:start] + data.draw(st.binary(max_size=3)) + raw[start + data.draw(st.integers(0, 12)) :]
    with contextlib.suppress(OvertoneError):
        found = cdd.read(broken)
        lines = decoded(broken).split("\n")
        sent = sum(line.partition("\t")[0] in {"CDD1", "CDD2"} for line in lines)
        assert len(found.discrepancies) + len(found.faults) >= sent


@given(
    st.binary(max_size=200)
    | st.lists(st.sampled_from([b"CDMH", b"CDD1", b"CDD2", b"CDD3", b"SRFO", b"\t", b"\n", b"1"]), max_size=40).map(b"".join)
)
def test_any_bytes_end_in_discrepancies_or_in_an_error_with_a_remedy(raw: bytes) -> None:
    with contextlib.suppress(OvertoneError):
        cdd.read(raw)


PLAIN = notification(Objection("D1", "L1", "too many"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (PLAIN.replace("CDMH", "HEAD"), "line 1: 'HEAD' is no record of a notification"),
        (PLAIN.split("\n", 1)[1], "begins with one CDMH record"),
        (PLAIN.rsplit("\n", 2)[0], "was cut short"),
        (PLAIN.replace("SRFO\t4", "SRFO\t5"), "NumberOfLinesInReport is '5' and there are 4"),
        (PLAIN.replace("SRFO\t4\t1", "SRFO\t4\t2"), "NumberOfSummaryRecords is '2' and there are 1"),
        (PLAIN.replace("\tM-1\t", "\t\t"), "there is no MessageId"),
        ("", "begins with one CDMH record"),
    ],
)
def test_a_frame_that_disagrees_refuses_the_file(text: str, words: str) -> None:
    with pytest.raises((Rejected, Malformed), match=words.replace("(", r"\(")):
        cdd.read(text.encode())


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
@pytest.mark.parametrize("counted", [4, 6])
def test_remarks_and_blank_lines_are_counted_or_not(counted: int, end: str) -> None:
    """A DSR's trailer counts them, so whoever writes both alike was refused for a file that was whole."""
    text = "#CDMH\tMessageVersion\n\n" + PLAIN.replace("SRFO\t4", f"SRFO\t{counted}").removesuffix("\n")
    assert [one.number for one in cdd.read((text + end).encode()).discrepancies] == ["D1"]
    with pytest.raises(Rejected, match="NumberOfLinesInReport is '5' and there are 4"):
        cdd.read(text.replace(f"SRFO\t{counted}", "SRFO\t5").encode())


@pytest.mark.parametrize(
    ("text", "field", "words"),
    [
        (PLAIN.replace("SalesDataIncorrect", ""), "DiscrepancyType", "line 3: CDD1 lacks it"),
        (PLAIN.replace("too many", ""), "DiscrepancyDescription", "line 3: CDD1 lacks it"),
        (notification(Objection("D1", "L1", "x", ("a",))), "RecordType", "line 3: 1 CDD3 records stand behind this CDD2"),
        (PLAIN.replace("CDD1\tD1\tL1\t1", "CDD3\tD1\tL1\t1"), "RecordType", "line 3: CDD3 stands behind no CDD2"),
        (
            notification(Objection("D1", "L1", "x", ("a", "b"))).replace("CDD3\tD1\tx\tDPID\tb", "CDD3\tD2\tx\tDPID\tb"),
            "ClaimDiscrepancyId",
            "line 5",
        ),
    ],
)
def test_a_discrepancy_at_fault_is_named_by_line_and_cell(text: str, field: str, words: str) -> None:
    (fault,) = cdd.read(text.encode()).faults
    assert (fault.field, fault.message[: len(words)]) == (field, words)


def test_as_many_discrepancies_as_are_taken_and_one_more() -> None:
    most = [Objection(f"D{n}", "L", "x") for n in range(cdd.DISCREPANCIES_MAX)]
    assert len(cdd.read(notification(*most).encode()).discrepancies) == cdd.DISCREPANCIES_MAX
    with pytest.raises(TooLarge, match="send several"):
        cdd.read(notification(*most, Objection("D", "L", "x")).encode())
    most_claims = Objection("D", "L", "x", tuple(map(str, range(cdd.CONTRIBUTIONS_MAX))))
    assert not cdd.read(notification(most_claims).encode()).faults
    assert cdd.read(notification(most_claims._replace(contributions=(*most_claims.contributions, "more"))).encode()).faults
