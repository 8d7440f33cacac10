"""The columns of DDEX DSR records by type and version, under one name each whatever a version calls them.

From Part 8 of the DSR standard (record type definitions, up to version 1.5) and the profiles' schemas. Versions of a type append columns
or rename them; a few types changed their order, and those stand here once for each.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from overtone.errors import Rejected

_VERSION_DIGITS_READ: Final = 9
_CONTEXT: Final = ("DistributionChannel", "DistributionChannelDPID", "CommercialModel", "UseType", "Territory")
_RIGHTS: Final = ("RightsController", "RightsControllerPartyId")
_SALE: Final = ("BlockId", "SummaryRecordId", "SalesTransactionId", "TransactedRelease", "TransactedResource", "IsRoyaltyBearing")
_RESOURCE: Final = ("BlockId", "ResourceReference", "DspResourceId", "ISRC", "Title")
_FLAT_WORK: Final = (
    *("SummaryRecordId", "DspResourceId", "ISRC", "Title", "SubTitle", "DisplayArtistName", "DisplayArtistPartyId", "Duration"),
    *("ResourceType", "ProprietaryWorkId", "ISWC", "ComposerAuthor", "ComposerAuthorPartyId", "Arranger", "ArrangerPartyId"),
    *("MusicPublisher", "MusicPublisherPartyId", "WorkContributor", "WorkContributorPartyId", "DspReleaseId", "ProprietaryReleaseId"),
    *("CatalogNumber", "ICPN", "ReleaseDisplayArtistName", "ReleaseDisplayArtistPartyId", "ReleaseTitle", "ReleaseSubTitle"),
    *("ReleaseType", "Label", "PLine", "DataProvider"),
)
LAYOUTS: Final[Mapping[str, tuple[str, ...]]] = {
    "HEAD": (
        *("MessageVersion", "Profile", "ProfileVersion", "MessageId", "MessageCreatedDateTime", "FileNumber", "NumberOfFiles"),
        *("UsageStartDate", "UsageEndDate", "SenderPartyId", "SenderName", "ServiceDescription", "RecipientPartyId", "RecipientName"),
    ),
    "FOOT": ("NumberOfLinesInFile", "NumberOfLinesInReport", "NumberOfSummaryRecords", "NumberOfBlocksInFile", "NumberOfBlocksInReport"),
    "SRFO": ("NumberOfLinesInReport", "NumberOfSummaryRecords"),
    "SY01": ("SummaryRecordId", *_CONTEXT, "ServiceDescription", "Usages", "Users", "Currency", "NetRevenue"),
    "SY02": (
        *("SummaryRecordId", *_CONTEXT, "ServiceDescription", "Usages", "Users", "Currency", "NetRevenue", *_RIGHTS),
        *("AllocatedUsages", "AllocatedRevenue", "AllocatedNetRevenue", "RightsType"),
    ),
    "SY03": (
        *("SummaryRecordId", *_CONTEXT, "ServiceDescription", "Usages", "Users", "Currency", "NetRevenue", *_RIGHTS),
        *("AllocatedUsages", "AllocatedRevenue", "AllocatedNetRevenue", "MarketShare", "UnitPrice", "FreeOrTrialSubscribers"),
    ),
    "SY04": (
        *("SummaryRecordId", *_CONTEXT, "ServiceDescription", "SubscriberType", "Users", "SubPeriodStartDate", "SubPeriodEndDate"),
        *("UsagesInSubPeriod", "Usages", "Currency", "CurrencyOfTransaction", "ExchangeRate", "UnitPrice", "NetRevenue"),
    ),
    "SY05": (
        *("SummaryRecordId", *_CONTEXT, "ServiceDescription", *_RIGHTS, "RightsType", "Usages", "AllocatedUsages", "MusicUsageRatio"),
        *("AllocatedNetRevenue", "AllocatedRevenue", "MarketShare", "Currency"),
    ),
    "SY06": ("SummaryRecordId", *_CONTEXT, "ServiceDescription", "Usages", "Users", "Currency", "NumberOfReleases", "NetRevenue"),
    "SY07": (
        *("SummaryRecordId", *_CONTEXT, "RightsType", "ServiceDescription", "Usages", "Users", "Currency", "NetRevenue", *_RIGHTS),
        *("AllocatedUsages", "AllocatedRevenue", "AllocatedNetRevenue"),
    ),
    "SY09": (
        *("SummaryRecordId", "CommercialModel", "UseType", "Territory", "ServiceDescription", "SubscriberType", *_RIGHTS, "RightsType"),
        *("Usages", "AllocatedUsages", "NetRevenue", "IndirectNetRevenue", "MarketShare", "Currency"),
    ),
    "SY12": ("SummaryRecordId", *_CONTEXT, "ServiceDescription", "Usages", "Users", "Currency", "NetRevenue"),
    "RE02": ("BlockId", "ReleaseReference", "DspSubReleaseId", "ProprietarySubReleaseId", "UsedResources"),
    "AS01": _RESOURCE,
    "AS02": _RESOURCE,
    "AS05": _RESOURCE,
    "AS06": _RESOURCE,
    "SU01": (*_SALE, "SalesUpgrade", "Usages", "Returns", "UnitPrice", "PromotionalActivity", "UseType"),
    "SU02": (*_SALE, "Usages", "UnitPrice", "PromotionalActivity", "UseType"),
    "SU03": (
        *("BlockId", "SalesTransactionId", "SummaryRecordId", "DspResourceId", "Usages", "NetRevenue"),
        *("ValidityPeriodStart", "ValidityPeriodEnd", "ContentCategory", "IsRoyaltyBearing"),
    ),
    "LI01": (
        *("BlockId", "SummaryRecordId", *_RIGHTS, "RightsControllerWorkId", "RightShare", "RightsType", "AllocatedNetRevenue"),
        *("AllocatedAmount", "AllocatedUsages"),
    ),
    "SR01": (
        *(*_FLAT_WORK, "NumberOfTransactedResources", "SalesTransactionId", "IsRoyaltyBearing", "SalesUpgrade", "Usages", "Returns"),
        *("UnitPrice", "CalculatedUnitPrice", "PromotionalActivity", "ReleaseDate", "UseType"),
    ),
    "SR02": (*_FLAT_WORK, "SalesTransactionId", "IsRoyaltyBearing", "Usages", "PromotionalActivity", "ReleaseDate", "UseType", "UnitPrice"),
}
"""The columns behind the record type. What stands further right is not needed."""
_NEWEST: Final = {
    **dict.fromkeys(("HEAD", "FOOT", "SRFO", "RE02"), 0),
    "SY01": 3,
    "SY02": 4,
    "SY03": 2,
    "SY04": 3,
    "SY05": 4,
    "SY06": 3,
    "SY07": 2,
    "SY09": 2,
    "SY12": 1,
    "AS01": 3,
    "AS02": 4,
    "AS05": 1,
    "AS06": 1,
    "SU01": 4,
    "SU02": 3,
    "SU03": 3,
    "LI01": 4,
    "SR01": 2,
    "SR02": 2,
}
"""The newest version of each type that is read by position; a newer one is read where a `#` line names its columns."""
SYNONYMS: Final = {
    "CurrencyOfReporting": "Currency",
    "Subscribers": "Users",
    "NumberofFiles": "NumberOfFiles",
    "NumberOfStreams": "Usages",
    "Downloads": "Usages",
    "TotalUsages": "Usages",
    "TotalUsagesInReportingPeriod": "Usages",
    "UsagesInReportingPeriod": "Usages",
    "TransactedReleaseReference": "TransactedRelease",
    "TransactedResourceReference": "TransactedResource",
    "ResourceISRC": "ISRC",
    "CommercialModelType": "CommercialModel",
    "DspReleaseId": "DspReleaseId",
    "RightsControllerName": "RightsController",
    "RightsControllerMarketShare": "MarketShare",
    "AmountPayable": "AllocatedRevenue",
    "NumberOfBlocksInRecord": "NumberOfBlocksInReport",
    "PriceConsumerPaidExcSalesTax": "UnitPrice",
    "PriceEndUserPaidExcSalesTax": "UnitPrice",
}
_OURS: Final = {name.casefold(): name for columns in LAYOUTS.values() for name in columns} | {
    theirs.casefold(): ours for theirs, ours in SYNONYMS.items()
}
_NEEDED: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "AS": (("ISRC",), ("ResourceReference", "DspResourceId")),
    "SU01": (("SummaryRecordId",), ("Usages",), ("TransactedResource", "TransactedRelease")),
    "SU02": (("SummaryRecordId",), ("Usages",), ("TransactedResource", "TransactedRelease")),
    "SU03": (("Usages",), ("DspResourceId", "DspReleaseId")),
    "SR01": (("SummaryRecordId",), ("Usages",), ("ISRC",)),
    "SR02": (("SummaryRecordId",), ("Usages",), ("ISRC",)),
    "SY01": (("SummaryRecordId",), ("Usages",), ("Territory",), ("Currency",)),
    "SY02": (("SummaryRecordId",), ("Usages",), ("Territory",), ("Currency",)),
}
"""For types and families, the columns (one of each group) without which nobody can tell what was used, of what, where."""


def named(record_type: str, header: Sequence[str]) -> list[str]:
    """The columns that a `#` line gives a record type, by our names; raises `Rejected` where what is needed is not among them."""
    columns = [_OURS.get("".join(name.split()).casefold(), name.strip()) for name in header]
    if record_type[:4] == "SU03" and "DspReleaseId" in columns and "DspResourceId" not in columns:
        columns[columns.index("DspReleaseId")] = "DspResourceId"
    for group in _NEEDED.get(record_type[:4], _NEEDED.get(record_type[:2], ())):
        if not set(group) & set(columns):
            raise Rejected(
                f"the header of {record_type} has no column {' or '.join(group)} (it has {', '.join(header)[:300]}); name it as DDEX does"
            )
    return columns


def of(record_type: str) -> tuple[str, ...] | None:
    """The columns of a record type such as `SU02.03` by position, `None` where its content is of no interest; raises `Rejected`."""
    kind, _, version = record_type.partition(".")
    if kind not in LAYOUTS:
        return None
    number = int(version[:_VERSION_DIGITS_READ]) if version.isascii() and version.isdigit() else 0
    if number > _NEWEST[kind]:
        raise Rejected(
            f"{record_type:.80} is newer than {kind}.{_NEWEST[kind]:02d}, the last that is read; "
            f"name its columns in a line #{record_type:.80}"
        )
    return LAYOUTS[kind]
