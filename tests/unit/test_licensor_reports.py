"""What licensors are told in DDEX's format of a settlement: our own reader takes it back, and the published schema's cells are there."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.formats import dsr_layouts, licensor_reports
from overtone.formats.dsr import DsrLineReader
from overtone.lines import Line, LineKey, Posting
from overtone.money import NANO, PICO, parse_amount
from overtone.payout.manifest import Head
from overtone.scales import ZERO_PICO, Nano, Pico
from tests.unit.dsr_files import kept, read
from tests.unit.test_dsr import SCHEMAS

HEAD = Head("2026-11", "2026-11", "2026-12-05T06:00:00.000000Z")
PARTIES = (("fox", "Fox AI"), ("stim", "Stim\tof Sweden"))
WORKS = ("isrc:SEABC2600001", "isrc:SEABC2600002", "iswc:T0345246801", "work:w-1")


def line(amount: int, quantity: int = NANO, **says: Any) -> Line:
    about = {"usage_month": "2026-10", "deal_id": "d", "mechanism": "direct_play", "licensee": "fox", "model": "", "work_key": WORKS[0]}
    about |= {
        "work_id": "w",
        "side": "recording",
        "account": "party",
        "party_id": "stim",
        "member_id": "ann",
        "reason": "",
        "currency": "EUR",
    }
    return Line("id", LineKey(**about | says), "Song | two", Posting(Nano(quantity), Pico(amount), ZERO_PICO), "")


LINES = st.builds(
    line,
    st.integers(-(10**13), 10**15),
    st.integers(-(10**9), 10**15),
    usage_month=st.sampled_from(["2026-09", "2026-10"]),
    work_key=st.sampled_from(WORKS),
    mechanism=st.sampled_from(["direct_play", "per_output"]),
    member_id=st.sampled_from(["ann", "bo"]),
    currency=st.sampled_from(["EUR", "JPY"]),
    use=st.sampled_from(["", "stream", "download"]),
    territory=st.sampled_from(["", "SE"]),
    service=st.sampled_from(["", "premium"]),
)


def amounts(raw: bytes, kind: str, name: str) -> dict[str, int]:
    """What a report's records allocate by currency, in pico, as the reader of a DSR names their cells."""
    reader, currencies, found = DsrLineReader(), dict[str, str](), dict[str, int]()
    for record_type, cells in map(reader.read, raw.decode().splitlines()):
        if record_type == "SY07":
            currencies[cells["SummaryRecordId"]] = cells["Currency"]
        if record_type == kind:
            code = currencies[cells["SummaryRecordId"]]
            found[code] = found.get(code, 0) + parse_amount(cells[name])
    return found


@given(st.lists(LINES, max_size=12))
def test_our_own_reader_takes_back_what_was_used_and_paid_and_what_was_taken_back(lines: list[Line]) -> None:
    raw, rows = licensor_reports.render(HEAD, PARTIES, lines)
    assert (raw, rows) == licensor_reports.render(HEAD, PARTIES, lines[::-1])
    if not lines:
        return
    groups: dict[tuple[str, ...], int] = {}
    for one in lines:
        key = one.key
        name = (key.usage_month, key.work_key, key.use, key.territory, key.service, key.currency)
        groups[name] = groups.get(name, 0) + one.posting.amount
    scan, parts = read(raw)
    assert [fault.message for part in parts for fault in part.faults] == []
    assert rows == len(groups)
    earned = {code: sum(amount for name, amount in groups.items() if name[-1] == code and amount > 0) for code in ("EUR", "JPY")}
    assert earned == {code: sum(s.revenue or 0 for s in scan.summaries.values() if s.currency == code) for code in ("EUR", "JPY")}
    paid = {code: sum(one.posting.amount for one in lines if one.key.currency == code) for code in {one.key.currency for one in lines}}
    assert paid == amounts(raw, "LI01", "AllocatedAmount") == amounts(raw, "SY07", "AllocatedRevenue")
    assert {record["used_on"] for record in kept(parts)} <= {"2026-09-30", "2026-10-31"}


def test_shares_of_one_use_are_counted_once() -> None:
    """Two members' halves under one deal make the use whole; a second mechanism of the same uses counts nothing twice, and pays more."""
    half = NANO * 50
    lines = [line(PICO, half), line(PICO, half, member_id="bo"), line(3 * PICO, NANO * 100, mechanism="revenue_pool")]
    raw, rows = licensor_reports.render(HEAD, PARTIES, lines)
    assert rows == 1
    (sold,) = [text.split("\t") for text in raw.decode().splitlines() if text.startswith("SU03")]
    assert (sold[5], sold[6], sold[7], sold[8]) == ("100", "5", "2026-10-01", "2026-10-31")


def test_what_is_taken_back_is_an_amount_below_nothing_of_no_usage() -> None:
    raw, rows = licensor_reports.render(HEAD, PARTIES, [line(-PICO // 2, -NANO), line(PICO, work_key=WORKS[1])])
    assert rows == 2
    records = [text.split("\t") for text in raw.decode().splitlines()]
    assert [(cells[5], cells[6]) for cells in records if cells[0] == "SU03"] == [("0", "0"), ("1", "1")]
    assert [cells[9] for cells in records if cells[0] == "LI01"] == ["-0.5", "1"]
    assert (amounts(raw, "SY07", "AllocatedRevenue"), amounts(raw, "SY07", "NetRevenue")) == ({"EUR": PICO // 2}, {"EUR": PICO})
    told = {record["subject"]: (record["quantity"], record.get("revenue")) for record in kept(read(raw)[1])}
    assert told == {WORKS[0]: (0, None), WORKS[1]: (1, "1")}


def test_only_what_was_used_of_works_is_reported() -> None:
    lines = [line(PICO, work_key="", mechanism="advance"), line(PICO, licensee="gnu")]
    assert licensor_reports.licensees(lines) == ["gnu"]
    assert licensor_reports.render(HEAD, PARTIES, lines)[1] == 0


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the published schemas are not on this machine")
def test_each_cell_that_the_published_schema_requires_is_there_and_of_its_type() -> None:
    """The flat file's records against `RoyaltyReportingProfile`'s types: mandatory cells filled, integers and decimals as such."""
    raw, _ = licensor_reports.render(
        HEAD, PARTIES, [line(PICO // 3, NANO * 7), line(-2 * PICO, -NANO, use="stream", territory="SE", work_key=WORKS[3])]
    )
    records = [text.split("\t") for text in raw.decode().splitlines() if not text.startswith("#")]
    checked = set()
    space = "{http://www.w3.org/2001/XMLSchema}"
    for kind in ET.parse(SCHEMAS / "RoyaltyReportingProfile-1.0.1.xsd").getroot().iter(f"{space}complexType"):  # noqa: S314 - a file of ours
        record_type = (kind.get("name") or "").removeprefix("RecordType-")[:4]
        elements = list(kind.iter(f"{space}element"))
        for record in records:
            if record[0] != record_type or record_type not in dsr_layouts.LAYOUTS:
                continue
            for cell, element in zip(record, elements, strict=False):
                name, kind_of, needed = element.get("name"), element.get("type") or "", element.get("minOccurs") != "0"
                where = (record_type, name, cell)
                if needed and name not in UNKNOWN_HERE:
                    assert cell, where
                if cell and kind_of == "xs:integer":
                    assert cell.isdigit(), where
                if cell and kind_of == "xs:decimal":
                    assert Decimal(cell).is_finite(), where
                checked.add((record_type, name))
    assert {("SY07", "AllocatedRevenue"), ("SU03", "NetRevenue"), ("LI01", "AllocatedAmount"), ("AS01", "DspResourceId")} <= checked


UNKNOWN_HERE = frozenset({"DisplayArtistName", "Duration", "ResourceType"})
"""What a line does not know of a recording; cells of text that may be empty in a flat file."""
