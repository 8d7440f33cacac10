"""DDEX DSR of every version that is read: totals come out as they went in, and what cannot be told is refused by name."""

import contextlib
import random
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import OvertoneError, Rejected, TooLarge
from overtone.facts.usage import UNLISTED
from overtone.formats import dsr, dsr_layouts, dsr_usage
from overtone.formats.dsr_writer import ReportHeader, WorkUsage, write
from overtone.money import format_amount
from overtone.scales import Pico
from tests.unit.dsr_files import ISRCS, footed, head, kept, one, read, row, sale, summary

SCHEMAS = Path(__file__).parents[3] / "shared" / "data" / "ddex-dsrf"

RENAMED = {
    "Usages": "TotalUsages",
    "Currency": "CurrencyOfReporting",
    "Users": "Subscribers",
    "ISRC": "ResourceISRC",
    "TransactedResource": "TransactedResourceReference",
    "TransactedRelease": "TransactedReleaseReference",
}

FOR_LINES = RENAMED | {"Usages": "NumberOfStreams"}

VARIANTS = st.sampled_from(
    [
        ("BasicAudioProfile", "1.0", "SY01", "AS01", "SU02"),
        ("BasicAudioProfile", "1.2", "SY02.02", "AS02.02", "SU02"),
        ("BasicAudioProfile", "1.3", "SY02.03", "AS02.03", "SU02.02"),
        ("BasicAudioProfile", "1.4", "SY02.04", "AS02.04", "SU02.03"),
        ("BasicAudioProfile", "1.4", "SY01.03", "AS01.03", "SU01.03"),
        ("BasicAudioProfile", "1.4", "SY03.02", "AS02.04", "SU02.03"),
        ("BasicAudioProfile", "1.1", "SY02.01", "AS01.02", "SU01.01"),
        ("BasicAudioProfile", "1.4", "SY06.03", "AS05.01", "SU02.03"),
        ("BasicAudioProfile", "1.4", "SY12.01", "AS06.01", "SU01.04"),
        ("UgcProfile", "1.0", "SY02", "AS01", "SU03"),
        ("UgcProfile", "1.2", "SY02.02", "AS01.01", "SU03.02"),
        ("RoyaltyReportingProfile", "1.0.1", "SY07", "AS02.01", "SU03.01"),
        ("BasicAudioProfileSRB", "1.2", "SY01.01", "", "SR01"),
        ("BasicAudioProfileSRB", "1.4", "SY02.04", "", "SR02.02"),
    ]
)


@st.composite
def messages(draw: st.DrawFn) -> tuple[bytes, dict[str, Any]]:
    """A valid message of any version, and what it says: usages, revenue, those that bear no royalty, those listed."""
    profile, version, sy, resource, su = draw(VARIANTS)
    priced = su.startswith("SU03") and draw(st.booleans())
    lines, total, paid, free, listed, back = [], 0, Decimal(0), 0, 0, 0
    count = draw(st.integers(0, 6))
    for number in range(count):
        usages, isrc = draw(st.integers(0, 10**6)), draw(st.sampled_from([*ISRCS, ""]))
        bearing = draw(st.booleans()) or su in {"SU03", "SU03.01"}
        returned = draw(st.integers(0, usages)) if su.startswith(("SU01", "SR01")) else 0
        cells: dict[str, object] = {"SummaryRecordId": "1", "SalesTransactionId": f"T{number}", "Usages": usages}
        cells |= {"Returns": returned} if "Returns" in dsr_layouts.LAYOUTS[su[:4]] else {}
        cells |= {} if su in {"SU03", "SU03.01"} else {"IsRoyaltyBearing": str(bearing).lower()}
        if priced:
            revenue = draw(st.decimals(0, 1000, places=4, allow_nan=False)) if usages > returned else Decimal(0)
            cells["NetRevenue"] = revenue
            paid += revenue
        if not resource:
            lines.append(row(su, ISRC=isrc, DspResourceId=f"D{number}", **cells))
        else:
            place = {"DspResourceId": f"D{number}"} if su.startswith("SU03") else {"TransactedResource": "R1"}
            lines.append(row(resource, BlockId=number + 1, ResourceReference="R1", DspResourceId=f"D{number}", ISRC=isrc))
            lines.append(row(su, BlockId=number + 1, **(cells | place)))
        total, free = total + usages - returned, free + (0 if bearing else usages - returned)
        back += returned
        listed += usages - returned if isrc else 0
    extra = draw(st.integers(0, 1000).filter(lambda number: number != back or not back))  # as many more as came back are those
    revenue = paid + (draw(st.decimals(0, 100, places=2, allow_nan=False)) if total + extra and (extra or not priced) else 0)
    top = [head(profile, version), summary(sy, usages=total + extra, revenue=revenue)]
    names = draw(st.sampled_from([None, {}, RENAMED]))
    if names is not None:  # columns named in comment lines, as they were called then or are now
        for record_type in filter(None, (sy, resource, su)):
            renames = (FOR_LINES if record_type == su and su.startswith(("SU02", "SR02")) else RENAMED) if names else {}
            shown = [renames.get(name, name) for name in dsr_layouts.LAYOUTS[record_type[:4]]]
            top.insert(1, "#" + "\t".join([record_type, *shown]))
    said = {"usages": total + extra, "revenue": revenue, "free": free, "listed": listed, "count": count}
    return footed([*top, *lines], count), said


@given(messages())
def test_the_totals_of_every_version_come_out_as_they_went_in(made: tuple[bytes, dict[str, Any]]) -> None:
    raw, said = made
    scan, parts = read(raw)
    records = kept(parts)
    assert [fault.message for part in parts for fault in part.faults] == []
    returned = scan.summaries["1"].returns
    assert sum(record["quantity"] for record in records) in {said["usages"], said["usages"] - returned}
    assert sum(Decimal(record.get("revenue", "0")) for record in records) == said["revenue"]
    assert sum(record["quantity"] for record in records if not record.get("royalty_bearing", True)) == said["free"]
    assert sum(record["quantity"] for record in records if not record["subject"].startswith(UNLISTED)) == said["listed"]
    assert {record["use"] for record in records} <= {"stream"}


@given(messages(), st.randoms(use_true_random=False))
def test_a_damaged_message_is_refused_by_name_or_loses_nothing_without_a_word(
    made: tuple[bytes, dict[str, Any]], rng: random.Random
) -> None:
    raw, said = made
    broken = bytearray(raw)
    for _ in range(rng.randint(1, 2)):
        place = rng.randrange(len(broken))
        if rng.random() < 0.5:
            del broken[place:]
        else:
            broken[place] = rng.randrange(32, 127)
        if not broken:
            return
    with contextlib.suppress(OvertoneError):
        scan, parts = read(bytes(broken))
        claimed = sum(summary.usages for summary in scan.summaries.values())
        told = sum(part.received - part.accepted for part in parts)
        assert told or sum(record["quantity"] for record in kept(parts)) >= claimed - sum(s.returns for s in scan.summaries.values())
        assert all(fault.message for part in parts for fault in part.faults)
    assert said["count"] >= 0


def test_ids_that_no_record_id_can_hold_are_kept_readable() -> None:
    raw = one(sale(SalesTransactionId="T 1/ä")).decode().replace("\tM1\t", "\tMSG 1/a b\t")
    assert [record["record_id"] for record in kept(read(raw.encode())[1])] == ["MSG%201/a%20b:1:T%201/%C3%A4"]
    assert len(dsr_usage.readable("x" * 500)) == 128
    assert dsr_usage.readable("x" * 500) != dsr_usage.readable("x" * 501)


@pytest.mark.parametrize(
    ("end", "day"), [("2026-10", "2026-10-31"), ("2026-10-30", "2026-10-30"), ("2025", "2025-12-31"), ("20261002", "2026-10-02")]
)
def test_a_period_ends_on_its_last_day(end: str, day: str) -> None:
    raw = one(sale()).decode().replace("2026-10-31", end)
    assert [record["used_on"] for record in kept(read(raw.encode())[1])] == [day]


def test_more_usages_than_a_record_holds_become_several() -> None:
    _, parts = read(one(sale(Usages=2_500_000_000), summaries=[summary("SY02.04", usages=2_500_000_000, revenue=5)]))
    assert [(record["quantity"], record.get("revenue")) for record in kept(parts)] == [(10**9, "5"), (10**9, None), (5 * 10**8, None)]


def test_a_file_counts_no_more_usages_than_its_records_can_be_made_of() -> None:
    """A file of a few lines became millions of records, of as many bytes as a worker has: it was tried until it was a dead letter."""
    half = dsr.USAGES_MAX // 2
    _, parts = read(footed([head("BasicAudioProfile", "1.4"), *(summary("SY02.04", name, usages=half, revenue=1) for name in "ab")], 0))
    assert sum(record["quantity"] for record in kept(parts)) == dsr.USAGES_MAX
    more = [summary("SY02.04", name, usages=half + extra, revenue=1) for extra, name in enumerate("ab")]
    with pytest.raises(TooLarge, match=f"count {dsr.USAGES_MAX + 1} usages"):
        read(footed([head("BasicAudioProfile", "1.4"), *more], 0))


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the published schemas are not on this machine")
def test_columns_stand_where_the_published_schemas_have_them() -> None:
    space = "{http://www.w3.org/2001/XMLSchema}"
    seen = set()
    for path in sorted(SCHEMAS.glob("*Profile-*.xsd")):
        for kind in ET.parse(path).getroot().iter(f"{space}complexType"):  # noqa: S314 - a file of ours
            record_type = (kind.get("name") or "").removeprefix("RecordType-")[:4]
            columns = [element.get("name") or "" for element in kind.iter(f"{space}element")][1:]
            if record_type in dsr_layouts.LAYOUTS and columns:
                ours = dsr_layouts.LAYOUTS[record_type]
                names = dsr_layouts.named(record_type, columns)
                for name in (
                    "BlockId",
                    "SummaryRecordId",
                    "ISRC",
                    "Usages",
                    "NetRevenue",
                    "Currency",
                    "Territory",
                    "UseType",
                    "IsRoyaltyBearing",
                ):
                    if name in names and name in ours:
                        assert names.index(name) == ours.index(name), (path.name, record_type, name)
                        seen.add((record_type, name))
    assert len(seen) > 30


def test_amounts_are_shown_as_they_are_kept() -> None:
    assert format_amount(Pico(10**12)) == "1"
    assert dsr.PROFILES


USED = st.builds(
    WorkUsage,
    st.sampled_from([f"isrc:{isrc}" for isrc in ISRCS] + ["work:w-1", "unattributed"]),
    st.sampled_from(["A song", "Tab\there|and there", "two\nlines", ""]),
    st.sampled_from(["stream", "download", "sync", "other"]),
    st.sampled_from(["SE", "GB", "*"]),
    st.sampled_from(["EUR", "JPY"]),
    st.integers(1, 10**6),
    st.integers(0, 10**15),
    st.integers(0, 10**15),
    st.just(""),
    st.sampled_from(["", "2026-10-15"]),
    st.sampled_from(["", "premium"]),
)

REPORT = ReportHeader("R-1", "2026-11-01T00:00:00Z", "2026-10-01", "2026-10-31", ("P1", "Fox"), ("P2", "Stim"), "fox")


@given(st.lists(USED, max_size=8))
def test_what_is_reported_to_a_licensor_our_own_reader_takes_back(uses: list[WorkUsage]) -> None:
    raw = write(REPORT, uses)
    assert raw == write(REPORT, reversed(uses))
    scan, parts = read(raw)
    assert [fault.message for part in parts for fault in part.faults] == []
    for name, sums in (("usages", lambda one: one.usages), ("revenue", lambda one: one.revenue)):
        by_currency = {code: sum(map(sums, (one for one in uses if one.currency == code))) for code in ("EUR", "JPY")}
        said = {code: sum(getattr(s, name) or 0 for s in scan.summaries.values() if s.currency == code) for code in ("EUR", "JPY")}
        assert said == by_currency
    listed = sum(one.usages for one in uses if one.work_key.startswith("isrc:"))
    assert sum(record["quantity"] for record in kept(parts) if record["subject"].startswith("isrc:")) == listed
    assert {record["use"] for record in kept(parts)} <= {"stream", "download", "other", "sync"}


@pytest.mark.parametrize("kind", ["SR03", "SR04", "SR05", "SR06", "SU04", "SU05", "SU06", "SU07"])
def test_records_of_other_profiles_are_refused_by_name(kind: str) -> None:
    """Sales and usage of kinds whose subject or count nobody reads here: the file is refused, not read as nothing."""
    with pytest.raises(Rejected) as refused:
        read(one(sale(), f"{kind}.01\tB1\t1\tx\t5"))
    assert f"{kind} records are not read here; send SR01, SR02, SU01, SU02, SU03" in refused.value.detail
