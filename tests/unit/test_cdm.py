"""Claims behind an invoice as DDEX's Claim Detail Message: every line is claimed once, sums are exact, and an answer finds its claim."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from overtone.formats import cdd, cdm
from overtone.formats.cdm import CdmMessage, Claimed, ShareByRight
from overtone.money import NANO, format_amount
from overtone.scales import Pico
from tests.unit.test_cdd import Objection, notification

if TYPE_CHECKING:
    from collections.abc import Sequence

    from overtone.formats.cdm import TableRow

MESSAGE = CdmMessage("2026-10-fox-0", "2026-11-05T06:00:00Z", "2026-10", "fox")
COLUMNS = {"CDMH.01": cdm.HEADER, "CS01.01": cdm.SUMMARY, "CD01.01": cdm.CLAIM, "SRFO": cdm.FOOTER}
MANDATORY = {
    "CDMH.01": ("MessageVersion", "MessageId", "MessageCreatedDateTime", "Profile", "SalesReportId", "SenderPartyId", "RecipientPartyId"),
    "CS01.01": ("SummaryRecordId", "InvoiceReference", "StartOfClaimPeriod", "EndOfClaimPeriod", "Territory", "CurrencyOfReporting"),
    "CD01.01": ("ClaimId", "SummaryRecordId", "DspResourceId", "MusicalWorkTitle", "ClaimBasis", "Usages", "ClaimedAmount"),
    "SRFO": ("NumberOfLinesInReport", "NumberOfSummaryRecords"),
}


@st.composite
def lines(draw: st.DrawFn) -> list[dict[str, str]]:
    """Rows of `lines.csv`, each with an id of its own."""
    found = []
    for number in range(draw(st.integers(1, 8))):
        scheme = draw(st.sampled_from(["isrc:SEABC2600001", "iswc:T0345246801", "work:w-1", ""]))
        account = draw(st.sampled_from(["party", "suspense"]))
        found.append(
            {
                "line_id": f"L{number}",
                "deal_id": draw(st.sampled_from(["d1", "d2"])),
                "mechanism": draw(st.sampled_from(["direct_play", "revenue_pool"])),
                "usage_month": draw(st.sampled_from(["2026-09", "2026-10"])),
                "currency": draw(st.sampled_from(["EUR", "JPY"])),
                "amount": format_amount(Pico(draw(st.integers(-(10**15), 10**18)))),
                "quantity": str(draw(st.integers(0, 10**6))),
                "work_key": scheme,
                "work_id": "w-1" if scheme else "",
                "title": draw(st.sampled_from(["", "Song", "Song\tof\nsongs"])),
                "account": account,
                "party_id": "stim" if account == "party" else "",
                "member_id": draw(st.sampled_from(["", "ann"])),
            }
        )
    return found


def records(raw: bytes) -> list[dict[str, str]]:
    """The records by column; each has the columns of its type, no more and no fewer."""
    found = []
    for text in raw.decode().splitlines():
        cells = text.split("\t")
        found.append(dict(zip(COLUMNS[cells[0]], cells, strict=True)))
    return found


def summed(rows: Sequence[TableRow], name: str) -> Decimal:
    return sum((Decimal(row[name]) for row in rows), Decimal(0))


@given(lines())
def test_every_line_is_claimed_once_and_the_sums_are_exact(rows: list[dict[str, str]]) -> None:
    shares = {Claimed("ann", "w-1", month): ShareByRight(NANO // 4, NANO // 2) for month in ("2026-09", "2026-10")}
    raw = cdm.message(MESSAGE, rows, shares)
    assert raw == cdm.message(MESSAGE, list(rows), shares)
    found = records(raw)
    assert [one["RecordType"] for one in found[:1] + found[-1:]] == ["CDMH.01", "SRFO"]
    for one in found:
        assert [name for name in MANDATORY[one["RecordType"]] if not one[name]] == []
    claims, totals = ([one for one in found if one["RecordType"] == kind] for kind in ("CD01.01", "CS01.01"))
    assert (found[-1]["NumberOfLinesInReport"], found[-1]["NumberOfSummaryRecords"]) == (str(len(found)), str(len(totals)))
    assert [(one["ClaimId"], one["Usages"]) for one in claims] == [(row["line_id"], row["quantity"]) for row in rows]
    assert [Decimal(one["ClaimedAmount"]) for one in claims] == [Decimal(row["amount"]) for row in rows]
    assert all(
        summed([one], "ClaimedAmountMechanical") + summed([one], "ClaimedAmountPerforming") == summed([one], "ClaimedAmount")
        for one in claims
    )
    for total in totals:
        assert Decimal(total["TotalClaimedAmount"]) == summed(
            [one for one in claims if one["SummaryRecordId"] == total["SummaryRecordId"]], "ClaimedAmount"
        )
    held = [one for one, row in zip(claims, rows, strict=True) if row["member_id"] and row["work_id"]]
    assert all((one["ShareClaimedMechanical"], one["ShareClaimedPerforming"]) == ("50", "25") for one in held)


@given(lines())
def test_a_licensee_s_answer_finds_the_claims_that_it_is_about(rows: list[dict[str, str]]) -> None:
    claims = [one["ClaimId"] for one in records(cdm.message(MESSAGE, rows, {})) if one["RecordType"] == "CD01.01"]
    answer = cdd.read(notification(*(Objection(f"D{n}", claim, "too many") for n, claim in enumerate(claims))).encode())
    assert [one.claims for one in answer.discrepancies] == [(row["line_id"],) for row in rows]
