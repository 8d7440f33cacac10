"""DDEX Claim Detail Message (Part 2, record types CDMH.01, CS01.01, CD01.01, SRFO): the claims behind what a licensee owes, line by line.

A summary record is one deal, mechanism and month in one currency, a claim is a line of the settlement; what nobody could be paid is
claimed too, as the licensee owes it. Shares are those of the world, each right by itself and both together.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from overtone.money import format_amount, format_share, stored_amount
from overtone.scales import ZERO_PICO, Nano, Pico

VERSION: Final = "CDM/2.0/6.0/2.0"
"""Part 1 (architecture), the allowed values, and Part 2 (record types) that a message follows."""
PROFILE: Final = "Claims"
SENDER: Final = "OVERTONE"
HEADER: Final = (
    *("RecordType", "MessageVersion", "MessageId", "MessageCreatedDateTime", "Profile", "ProfileVersion", "RelatedCdmMessageId"),
    *("SalesReportId", "UsageStartDate", "UsageEndDate", "SenderPartyId", "SenderName", "ServiceDescription", "RecipientPartyId"),
    *("RecipientName", "ClaimingRound", "SentOnBehalfOfPartyId", "SentOnBehalfOfName"),
)
SUMMARY: Final = (
    *("RecordType", "SummaryRecordId", "InvoiceReference", "RightsControllerName", "RightsControllerPartyId", "DistributionChannel"),
    *("DistributionChannelDPID", "StartOfClaimPeriod", "EndOfClaimPeriod", "CommercialModel", "UseType", "Territory"),
    *("ServiceDescription", "CurrencyOfReporting", "CurrencyOfInvoicing", "ExchangeRate", "ExchangeRateSource"),
    *("StartDateOfCurrencyExchange", "EndDateOfCurrencyExchange", "RightsTypeSplitMechanical", "RightsTypeSplitPerforming"),
    *("TotalMarketShare", "TotalClaimedAmount"),
)
CLAIM: Final = (
    *("RecordType", "ClaimId", "SummaryRecordId", "DspResourceId", "ResourceISRC", "ResourceTitle", "ResourceDisplayArtistName"),
    *("ResourceDisplayArtistPartyId", "LicensorWorkId", "MusicalWorkISWC", "MusicalWorkTitle", "AlternativeMusicalWorkTitle"),
    *("MusicalWorkComposerAuthorName", "MusicalWorkComposerAuthorPartyId", "ClaimBasis", "ShareClaimedMechanical"),
    *("ShareClaimedPerforming", "BlendedShareClaimedForMechAndPerf", "SalesTransactionId", "Usages", "PercentageOfResourceInRelease"),
    *("GeneratedRevenueExcSalesTaxInCurrencyOfReporting", "GeneratedRevenueExcSalesTaxInCurrencyOfInvoicing"),
    *("ClaimedAmountMechanical", "ClaimedAmountPerforming", "TariffParameterType", "TariffParameterValue", "ClaimedAmount"),
)
FOOTER: Final = ("RecordType", "NumberOfLinesInReport", "NumberOfSummaryRecords")
_ALL: Final = "All"
_UNKNOWN: Final = "Unknown"
TableRow = Mapping[str, str]


class CdmMessage(NamedTuple):
    """Which message this is: `created` is ISO 8601, `licensee` whom it is for."""

    message_id: str
    created: str
    settlement_id: str
    licensee: str


class ShareByRight(NamedTuple):
    """What a party holds of a work, nano."""

    performance: int
    mechanical: int


class Claimed(NamedTuple):
    """Whose part of a work a claim is of; parts change from month to month."""

    party: str
    work_id: str
    usage_month: str


class _Summary(NamedTuple):
    deal_id: str
    mechanism: str
    usage_month: str
    currency: str


def message(about: CdmMessage, lines: Sequence[TableRow], shares: Mapping[Claimed, ShareByRight]) -> bytes:
    """The claims of `lines` (rows of `lines.csv`); `shares` are what parties hold of works in the register."""
    totals: dict[_Summary, Pico] = {}
    for line in lines:
        key = _summary(line)
        totals[key] = totals.get(key, ZERO_PICO) + stored_amount(line["amount"])
    numbers = {key: str(number) for number, key in enumerate(sorted(totals), start=1)}
    records = [_record(HEADER, _header(about, lines))]
    records += [_record(SUMMARY, _total(about, key, numbers[key], total)) for key, total in sorted(totals.items())]
    records += [_record(CLAIM, _claim(line, numbers[_summary(line)], shares)) for line in lines]
    footer = {"RecordType": "SRFO", "NumberOfLinesInReport": str(len(records) + 1), "NumberOfSummaryRecords": str(len(totals))}
    return "".join(f"{record}\n" for record in [*records, _record(FOOTER, footer)]).encode()


def _record(columns: Sequence[str], cells: Mapping[str, str]) -> str:
    return "\t".join(" ".join(cells.get(column, "").split()) for column in columns)


def _summary(line: TableRow) -> _Summary:
    return _Summary(line["deal_id"], line["mechanism"], line["usage_month"], line["currency"])


def _header(about: CdmMessage, lines: Sequence[TableRow]) -> dict[str, str]:
    months = sorted({line["usage_month"] for line in lines})
    said = {"RecordType": "CDMH.01", "MessageVersion": VERSION, "MessageId": about.message_id, "MessageCreatedDateTime": about.created}
    said |= {
        "Profile": PROFILE,
        "ProfileVersion": "2.0",
        "SalesReportId": about.settlement_id,
        "SenderPartyId": SENDER,
        "SenderName": SENDER,
    }
    said |= {"RecipientPartyId": about.licensee, "RecipientName": about.licensee}
    return said | ({"UsageStartDate": months[0], "UsageEndDate": months[-1]} if months else {})


def _total(about: CdmMessage, key: _Summary, number: str, total: Pico) -> dict[str, str]:
    return {
        "RecordType": "CS01.01",
        "SummaryRecordId": number,
        "InvoiceReference": f"{about.settlement_id}/{about.licensee}/{key.currency}",
        "RightsControllerName": key.deal_id,
        "StartOfClaimPeriod": key.usage_month,
        "EndOfClaimPeriod": key.usage_month,
        "CommercialModel": _UNKNOWN,
        "UseType": _UNKNOWN,
        "Territory": "Worldwide",
        "ServiceDescription": key.mechanism,
        "CurrencyOfReporting": key.currency,
        "CurrencyOfInvoicing": key.currency,
        "RightsTypeSplitMechanical": "50",
        "RightsTypeSplitPerforming": "50",
        "TotalClaimedAmount": format_amount(total),
    }


def _claim(line: TableRow, summary: str, shares: Mapping[Claimed, ShareByRight]) -> dict[str, str]:
    scheme, _, number = line["work_key"].partition(":")
    holder = line["member_id"] or line["party_id"]
    share = shares.get(Claimed(holder, line["work_id"], line["usage_month"]))
    amount = stored_amount(line["amount"])
    half = Pico(amount // 2)
    return {
        "RecordType": "CD01.01",
        "ClaimId": line["line_id"],
        "SummaryRecordId": summary,
        "DspResourceId": line["work_key"] or _ALL,
        "ResourceISRC": number if scheme == "isrc" else "",
        "LicensorWorkId": line["work_id"],
        "MusicalWorkISWC": number if scheme == "iswc" else "",
        "MusicalWorkTitle": line["title"] or _UNKNOWN,
        "ClaimBasis": "Direct" if line["account"] == "party" else "Unmatched",
        "ShareClaimedMechanical": format_share(Nano(100 * share.mechanical)) if share else "",
        "ShareClaimedPerforming": format_share(Nano(100 * share.performance)) if share else "",
        "BlendedShareClaimedForMechAndPerf": format_share(Nano(50 * (share.performance + share.mechanical))) if share else "",
        "Usages": line["quantity"],
        "ClaimedAmountMechanical": format_amount(half),
        "ClaimedAmountPerforming": format_amount(amount - half),
        "ClaimedAmount": format_amount(amount),
    }
