"""A DSR for a licensor: what a licensee used of its repertoire in a month, and what was paid for it.

The Royalty Reporting Profile: a summary record for each (month, use, territory, service, currency), a block for each work under it with
its usages and what they bring the licensor, and a licensor's record with the amount. What this writes, our own reader takes back to the
last digit. What corrections take back stands in the amounts that are the licensor's, which may be below nothing; usages and net revenue
never are, for no usage report says that something was used less than not at all.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from overtone.formats import dsr_layouts
from overtone.identifiers import UNATTRIBUTED
from overtone.money import format_amount
from overtone.scales import ZERO_PICO, Pico

PROFILE: Final = "RoyaltyReportingProfile"
VERSION: Final = "1.0.1"
_USE_TYPES: Final = {"stream": "Stream", "download": "PermanentDownload", "sync": "Synchronization"}
_RIGHTS_TYPE: Final = "UserDefined All"
_WHOLE: Final = 100
"""The usages of a line are the licensor's part of all, so all of them are its own."""
_LINES_OUTSIDE: Final = 2
"""HEAD and FOOT."""


class ReportHeader(NamedTuple):
    """Who reports to whom, about which days; `created_at` as RFC 3339."""

    message_id: str
    created_at: str
    first_day: str
    last_day: str
    sender: tuple[str, str]
    recipient: tuple[str, str]
    service: str


class WorkUsage(NamedTuple):
    """What was used of one work, in a month from its first to its last day: `revenue` and `paid` in pico of the currency.

    `paid` is negative where corrections take back more than was earned; `usages` and `revenue` never are.
    """

    work_key: str
    title: str
    use: str
    territory: str
    currency: str
    usages: int
    revenue: Pico
    paid: Pico
    first_day: str = ""
    last_day: str = ""
    service: str = ""


def _row(record_type: str, **cells: object) -> str:
    names = dsr_layouts.LAYOUTS[record_type[:4]]
    return "\t".join([record_type, *(_plain(cells.get(name, "")) for name in names)])


def _plain(cell: object) -> str:
    """A cell as text without what separates cells, records and values."""
    return " ".join(str(cell).replace("|", "/").split())


def write(message: ReportHeader, uses: Iterable[WorkUsage]) -> bytes:
    """The report as a file, the same bytes for the same content whatever its order."""
    groups: dict[tuple[str, ...], list[WorkUsage]] = {}
    for used in sorted(uses):
        groups.setdefault((used.last_day, used.use, used.territory, used.service, used.currency), []).append(used)
    summaries = [_summary(number, message, group) for number, (_, group) in enumerate(sorted(groups.items()), 1)]
    blocks = [line for number, (_, group) in enumerate(sorted(groups.items()), 1) for line in _blocks(number, message, group)]
    count = sum(map(len, groups.values()))
    lines = len(summaries) + len(blocks) + _LINES_OUTSIDE
    foot = _row("FOOT", NumberOfLinesInFile=lines, NumberOfLinesInReport=lines, NumberOfSummaryRecords=len(summaries))
    foot = "\t".join([*foot.split("\t")[:4], str(count), str(count)])
    return ("\n".join([_head(message), *summaries, *blocks, foot]) + "\n").encode()


def _head(message: ReportHeader) -> str:
    return _row(
        "HEAD",
        MessageVersion="dsrf/30",
        Profile=PROFILE,
        ProfileVersion=VERSION,
        MessageId=message.message_id,
        MessageCreatedDateTime=message.created_at,
        FileNumber=1,
        NumberOfFiles=1,
        UsageStartDate=message.first_day,
        UsageEndDate=message.last_day,
        SenderPartyId=message.sender[0],
        SenderName=message.sender[1],
        ServiceDescription=message.service,
        RecipientPartyId=message.recipient[0],
        RecipientName=message.recipient[1],
    )


def _summary(number: int, message: ReportHeader, group: Sequence[WorkUsage]) -> str:
    first, usages = group[0], sum((used.usages for used in group), ZERO_PICO)
    return _row(
        "SY07",
        SummaryRecordId=number,
        CommercialModel="Other",
        UseType=_USE_TYPES.get(first.use, "Other"),
        Territory="Worldwide" if first.territory == "*" else first.territory,
        RightsType=_RIGHTS_TYPE,
        ServiceDescription=first.service or message.service,
        Usages=usages,
        Currency=first.currency,
        NetRevenue=format_amount(sum((used.revenue for used in group), ZERO_PICO)),
        RightsController=message.recipient[1],
        RightsControllerPartyId=message.recipient[0],
        AllocatedUsages=usages,
        AllocatedRevenue=format_amount(sum((used.paid for used in group), ZERO_PICO)),
        AllocatedNetRevenue=format_amount(sum((used.revenue for used in group), ZERO_PICO)),
    )


def _blocks(number: int, message: ReportHeader, group: Sequence[WorkUsage]) -> Iterator[str]:
    for place, used in enumerate(group, 1):
        block, scheme = f"{number}-{place}", used.work_key.partition(":")[0]
        isrc = used.work_key.partition(":")[2] if scheme == "isrc" else ""
        own = "" if used.work_key == UNATTRIBUTED else used.work_key
        yield _row("AS01", BlockId=block, ResourceReference="R1", DspResourceId=own or block, ISRC=isrc, Title=used.title)
        yield _row(
            "SU03",
            BlockId=block,
            SalesTransactionId=block,
            SummaryRecordId=number,
            DspResourceId=own or block,
            Usages=used.usages,
            NetRevenue=format_amount(used.revenue),
            ValidityPeriodStart=used.first_day,
            ValidityPeriodEnd=used.last_day,
        )
        yield _row(
            "LI01",
            BlockId=block,
            SummaryRecordId=number,
            RightsController=message.recipient[1],
            RightsControllerPartyId=message.recipient[0],
            RightShare=_WHOLE,
            AllocatedNetRevenue=format_amount(used.revenue),
            AllocatedAmount=format_amount(used.paid),
        )
