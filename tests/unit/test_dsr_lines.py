"""What single lines of a sales report say, and what of them is refused by line, cell and value."""

import pytest

from overtone.errors import Rejected
from overtone.facts.mapping import Mapping
from overtone.formats import dsr_usage
from overtone.formats.usage_file import first_pass, format_of
from tests.unit.dsr_files import ISRCS, footed, head, kept, one, read, row, sale, summary


def test_usage_that_bears_no_royalty_gets_none_of_the_revenue_that_lines_do_not_state() -> None:
    lines = [sale(Usages=9, IsRoyaltyBearing="false"), sale(Usages=1, SalesTransactionId="U")]
    _, parts = read(
        footed(
            [
                head("BasicAudioProfile", "1.4"),
                summary("SY02.04", usages=10, revenue=1),
                row("AS02.04", BlockId=1, ResourceReference="R1", ISRC=ISRCS[0]),
                *lines,
            ],
            1,
        )
    )
    assert [(r["quantity"], r.get("revenue"), r.get("royalty_bearing", True)) for r in kept(parts)] == [(9, None, False), (1, "1", True)]


def test_returns_are_subtracted_and_are_nobody_s_usage() -> None:
    for total in (7, 10):
        usage = row("SU01.03", BlockId=1, SummaryRecordId=1, SalesTransactionId="T", TransactedResource="R1", Usages=10, Returns=3)
        _, parts = read(one(usage, summaries=[summary("SY01.03", usages=total, revenue=1, UseType="PermanentDownload")]))
        assert [(record["quantity"], record["use"]) for record in kept(parts)] == [(7, "download")]


def test_the_use_type_of_a_line_goes_before_that_of_its_summary() -> None:
    _, parts = read(one(sale(UseType="PermanentDownload")))
    assert [record["use"] for record in kept(parts)] == ["download"]


def test_several_recordings_of_one_resource_are_refused_by_name_and_one_said_twice_is_one() -> None:
    resource = row("AS02.04", BlockId=1, ResourceReference="R1", ISRC=f"{ISRCS[0]}|{ISRCS[1]}")
    _, parts = read(one(sale(), resource))
    assert kept(parts) == []
    assert f"{ISRCS[0]}|{ISRCS[1]}" in parts[0].faults[0].message
    _, parts = read(one(sale(), resource.replace(ISRCS[1], ISRCS[0])))
    assert [record["subject"] for record in kept(parts)] == [f"isrc:{ISRCS[0]}"]


def test_a_sub_release_of_one_resource_is_that_recording() -> None:
    resources = [row("AS02.04", BlockId=1, ResourceReference=n, ISRC=ISRCS[n]) for n in (1, 2)]
    release = row("RE02", BlockId=1, ReleaseReference="X", UsedResources="2")
    usage = sale(TransactedResource="", TransactedRelease="X")
    lines = [head("BasicAudioProfile", "1.3"), summary("SY02.04", usages=10, revenue=1), *resources, release, usage]
    _, parts = read(footed(lines, 1))
    assert [record["subject"] for record in kept(parts)] == [f"isrc:{ISRCS[2]}"]


def test_a_column_that_is_not_recognised_refuses_the_file_where_nothing_else_names_the_recording() -> None:
    with pytest.raises(Rejected) as refused:
        read(one(sale(), more=["#AS02.04\tBlockId\tResourceReference\tDspResourceId\tRecordingCode\tTitle"]))
    assert "line 3: the header of AS02.04 has no column ISRC" in refused.value.detail
    for version in ("09", "9" * 5_000):
        with pytest.raises(Rejected) as refused:
            read(one(sale().replace("SU02.03", f"SU02.{version}")))
        assert f"SU02.{version}"[:80] + " is newer than SU02.03" in refused.value.detail


def test_a_column_without_a_name_moves_no_other() -> None:
    """Those behind it were read one to the left: here the price of a use as how often it was used."""
    header = "#SU02.03\tBlockId\tSummaryRecordId\tSalesTransactionId\tTransactedResource\t\tUsages\t\t"
    _, parts = read(one("SU02.03\t1\t1\tT\tR1\t3\t10", more=[header]))
    assert [record["quantity"] for record in kept(parts)] == [10]


def test_subscribers_by_type_and_market_shares_are_kept_as_facts() -> None:
    shown = [
        summary("SY02.04", usages=10, revenue=1),
        row(
            "SY04.03", SummaryRecordId=1, Territory="SE", SubscriberType="Student|Family", Users="10|20", Currency="EUR", NetRevenue="99.5"
        ),
        row(
            "SY05.04",
            SummaryRecordId=1,
            Territory="SE",
            RightsController="Stim",
            MarketShare="0.25",
            Currency="EUR",
            AllocatedNetRevenue="5",
        ),
        row("SY09.01", SummaryRecordId=1, Territory="2136", RightsController="Stim", MarketShare="25.5"),
    ]
    scan, _ = read(one(sale(), summaries=shown))
    assert [(fact["record"], fact.get("subscriber_type"), fact.get("subscribers")) for fact in scan.facts] == [
        ("SY04", "Student", 10),
        ("SY04", "Family", 20),
        ("SY05", None, None),
        ("SY09", None, None),
    ]
    assert (scan.facts[2]["market_share"], scan.facts[2]["allocated_net_revenue"], scan.facts[3]["territory"]) == ("0.25", "5", "*")
    with pytest.raises(Rejected, match="has 2 values"):
        read(one(sale(), summaries=[shown[0], shown[1].replace("10|20", "10")]))


@pytest.mark.parametrize(
    ("lines", "total", "difference"),
    [
        (("0.010000000000000", "0.02"), "0.03", ""),
        (("0.333", "0.333", "0.334"), "1", ""),
        ((".01", "+0.01"), "0.02", ""),
        (("0.34", "0.33", "0.34"), "1.00", "0.01"),
    ],
)
def test_rounding_is_tolerated_and_told(lines: tuple[str, ...], total: str, difference: str) -> None:
    body = []
    for number, revenue in enumerate(lines, 1):
        body.append(row("AS01", BlockId=number, ResourceReference="R1", DspResourceId=f"D{number}", ISRC=ISRCS[number]))
        body.append(
            row(
                "SU03.01",
                BlockId=number,
                SummaryRecordId=1,
                SalesTransactionId="T",
                DspResourceId=f"D{number}",
                Usages=1,
                NetRevenue=revenue,
            )
        )
    scan, parts = read(footed([head("UgcProfile", "1.1"), summary("SY02", usages=len(lines), revenue=total), *body], len(lines)))
    assert len(kept(parts)) == len(lines)
    assert dsr_usage.totals(scan)[0].get("difference", "") == difference
    with pytest.raises(Rejected, match="rounding explains"):
        read(footed([head("UgcProfile", "1.1"), summary("SY02", usages=len(lines), revenue="0.005"), *body], len(lines)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("\tM1\t", "\t\t"), "HEAD ends before MessageId"),
        (("\t2026-11-01T00:00:00Z", ""), "HEAD"),
        (("BasicAudioProfile", "AudioVisualProfile"), "is not read here"),
        (("\tSE\t", "\tUK\t"), "line 2: Territory 'UK' is not an ISO 3166-1 alpha-2 territory; send GB"),
        (("\tEUR\t", "\tEURO\t"), "line 2: Currency 'EURO' is not an ISO 4217 currency"),
        (("\t10\t\tEUR", "\tten\t\tEUR"), "line 2: Usages 'ten'"),
        (("SU02.03\t1\t1\t", "SU02.03\t1\t2\t"), "SummaryRecordId '2' names no summary record with usages and revenue; name one of '1'"),
        (("SU02.03", "SU04"), "SU04 records are not read here"),
        (("FOOT\t5", "FOOT\t6"), "NumberOfLinesInFile is 6 in the trailer, but the file has 5"),
        (("\tR1\t\t10", "\tR1\tmaybe\t10"), "IsRoyaltyBearing 'maybe'"),
        (("\tR1\t\t10", "\tR1\t\t"), "Usages is missing: the line ends before it"),
        (("AS02.04", "XX02.04"), "is no record of a DSR flat file"),
    ],
)
def test_what_disagrees_is_refused_by_line_cell_and_value(change: tuple[str, str], words: str) -> None:
    raw = one(sale()).decode()
    assert change[0] in raw
    with pytest.raises(Rejected) as refused:
        read(raw.replace(*change, 1).encode())
    assert words in refused.value.detail


@pytest.mark.parametrize(
    ("profile", "line", "field", "words"),
    [
        (
            "UgcProfile",
            row("SU03.02", BlockId=2, SummaryRecordId=1, DspResourceId="D", Usages=5, ValidityPeriodEnd="soon"),
            "ValidityPeriodEnd",
            "block 2: ValidityPeriodEnd 'soon' is not a day of the calendar",
        ),
        (
            "BasicAudioProfileSRB",
            row("SR02.02", SummaryRecordId=1, ISRC=ISRCS[0], Usages=5),
            "SalesTransactionId",
            "SalesTransactionId is missing, and DspResourceId too; send one",
        ),
    ],
)
def test_what_stands_far_behind_is_refused_before_anything_is_kept(profile: str, line: str, field: str, words: str) -> None:
    """The first pass reads the last line too: a file is not refused after a part of it was kept."""
    flat = profile.endswith("SRB")
    good = (
        row("SR02.02", SummaryRecordId=1, DspResourceId="D", ISRC=ISRCS[0], Usages=5)
        if flat
        else row("SU03.02", BlockId=1, SummaryRecordId=1, DspResourceId="D", Usages=5)
    )
    raw = footed([head(profile, "1.2"), summary("SY02.02", usages=10, revenue=1), good, line], 2)
    with pytest.raises(Rejected) as refused:
        first_pass(format_of("dsr.tsv", Mapping(), "f"), iter([raw]))
    assert words in refused.value.detail
    assert [fault.field for fault in refused.value.faults] == [field]


def played(usages: object, revenue: object) -> bytes:
    """A message of one play with revenue, and of a line that says so much."""
    lines = [row("AS01.02", BlockId=n, ResourceReference="R1", DspResourceId=f"D{n}", ISRC=ISRCS[n]) for n in (1, 2)]
    sold = [
        row("SU03.02", BlockId=1, SalesTransactionId="T1", SummaryRecordId=1, DspResourceId="D1", Usages=1, NetRevenue="1"),
        row("SU03.02", BlockId=2, SalesTransactionId="T2", SummaryRecordId=1, DspResourceId="D2", Usages=usages, NetRevenue=revenue),
    ]
    whole = summary("SY02.02", usages=1, revenue=1)
    return footed([head("UgcProfile", "1.2"), whole, lines[0], sold[0], lines[1], sold[1]], 2)


def test_revenue_of_no_usage_is_refused_by_line_as_at_every_door() -> None:
    with pytest.raises(Rejected) as refused:
        read(played(0, "5.00"))
    assert "block 2 T2: NetRevenue 5.00 belongs to no usage" in refused.value.detail
    assert [fault.field for fault in refused.value.faults] == ["NetRevenue"]
    assert [record["quantity"] for record in kept(read(played(0, "0.00"))[1])] == [1, 0]


def test_a_part_of_one_use_that_has_revenue_is_one() -> None:
    raw = played("0.25", "0.5").replace(b"\t1\t\tEUR\t1\n", b"\t1\t\tEUR\t1.5\n")
    assert [(record["quantity"], record.get("revenue")) for record in kept(read(raw)[1])] == [(1, "1"), (1, "0.5")]
    assert [record["quantity"] for record in kept(read(played("0.25", ""))[1])] == [1, 0]
