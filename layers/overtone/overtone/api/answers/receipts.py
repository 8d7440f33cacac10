"""Answers to what was sent: receipts of usage and reports, what is here of a month, what is set aside."""

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from overtone.api.answers.common import AmountText, Count, DayText, Digest, Instant
from overtone.facts.splits import SplitBasis
from overtone.fields import CalendarMonth, Currency
from overtone.lines import Side

TakenStatus = Literal["committed", "withdrawn"]


class RefusedRecord(TypedDict):
    """A record that was not kept, and how to mend it."""

    index: NotRequired[Count]
    record_id: NotRequired[str]
    field: NotRequired[str]
    message: str


class BatchCounts(TypedDict):
    """What became of a batch's accepted records."""

    accrued: Count
    duplicates: Count
    superseded: Count
    conflicts: Count
    withdrawn: Count
    waiting: Count
    waiting_for_accrual: Count
    waiting_for_attribution: Count


class TakenReceipt(TypedDict):
    """What is said of all that is taken in under an id."""

    status: TakenStatus
    digest: Digest
    accepted_at: Instant
    withdrawn_at: NotRequired[Instant]


class KeptReceipt(TypedDict):
    """What is said of what is kept longer than its receipt, which alone has the digest."""

    status: TakenStatus
    digest: NotRequired[Digest]
    accepted_at: Instant
    withdrawn_at: NotRequired[Instant]


class RecordsReceipt(TakenReceipt):
    """And of what consists of records."""

    received: Count
    accepted: Count
    rejected: list[RefusedRecord]


class UsageReceipt(RecordsReceipt):
    """What became of a batch of usage."""

    batch_id: str
    reporter: str
    replaced: NotRequired[Count]
    counts: NotRequired[BatchCounts]


class Replaced(TypedDict):
    """Where a corrected record stood."""

    used_on: NotRequired[DayText]
    subject: NotRequired[str]


class StoredRecord(TypedDict):
    """A record of usage as it is stored."""

    record_id: str
    revision: Count
    subject: str
    use: str
    used_on: DayText
    quantity: Count
    revenue: NotRequired[AmountText]
    currency: NotRequired[str]
    territory: str
    service: NotRequired[str]
    royalty_bearing: NotRequired[bool]
    replaces: NotRequired[Replaced]


class StoredRecords(TypedDict):
    """Records of a batch; `next` leads on where there are more."""

    records: list[StoredRecord]
    next: NotRequired[str]


class WorksStanding(TypedDict):
    """How many works stand how."""

    denied: NotRequired[Count]
    disputed: NotRequired[Count]
    unregistered: NotRequired[Count]
    unlicensed: NotRequired[Count]
    limited: NotRequired[Count]
    allowed: NotRequired[Count]


class AttributionReceipt(RecordsReceipt):
    """What became of an attribution report."""

    report_id: str
    licensee: str
    sender: str


class TrainingReceipt(KeptReceipt):
    """What became of a training run."""

    received: Count
    accepted: Count
    rejected: list[RefusedRecord]

    run_id: str
    licensee: str
    model: str
    trained_on: DayText
    standing: NotRequired[WorksStanding]
    clearance_id: NotRequired[str]
    revision: NotRequired[Count]


class RevenueReceipt(KeptReceipt):
    """What became of a revenue report: it is kept as it was sent."""

    report_id: str
    licensee: NotRequired[str]
    month: CalendarMonth
    currency: Currency
    net_revenue: AmountText
    subscribers: NotRequired[int | None]
    revision: Count
    service: NotRequired[str | None]
    model: NotRequired[str | None]
    territory: NotRequired[str | None]


class LevyReceipt(KeptReceipt):
    """What became of a levy: it is kept as it was sent."""

    levy_id: str
    administrator: NotRequired[str | None]
    month: CalendarMonth
    currency: Currency
    amount: AmountText
    distribution: Any
    revision: Count


class WorkShare(TypedDict):
    """A work's share of an output."""

    work: str
    share: AmountText
    side: NotRequired[Side]
    confidence: NotRequired[AmountText]


class DisclosedEvidence(TypedDict):
    """Where what an output's shares rest on can be found."""

    uri: str
    sha256: Digest


class DisclosedOutput(TypedDict):
    """What a report says of an output."""

    output_id: str
    revision: Count
    confidence: AmountText
    shares: list[WorkShare]
    basis: NotRequired[SplitBasis]
    evidence: NotRequired[DisclosedEvidence]
    report_id: str
    accepted_at: Instant
    model: str
    method: str
    method_version: str


class OutputUsage(TypedDict):
    """An output's usage of a month, after deduplication."""

    month: CalendarMonth
    reporter: str
    use: str
    service: NotRequired[str]
    royalty_bearing: NotRequired[bool]
    quantity: Count
    revenue: NotRequired[AmountText]
    currency: NotRequired[str]


class Output(TypedDict):
    """What is known of a generated output."""

    output_id: str
    licensee: str | None
    current: DisclosedOutput | None
    disclosures: list[DisclosedOutput]
    usage: list[OutputUsage]


class Declared(TypedDict):
    """What a reporter says it sent for a month."""

    batches: Count
    records: Count
    revenue: dict[str, AmountText]


class DeclarationReceipt(Declared):
    """A declaration as it is kept."""

    reporter: str
    month: CalendarMonth
    accepted_at: Instant


class WithdrawnCounts(TypedDict):
    """Of what was received, what was withdrawn since."""

    batches: Count
    records: Count


class Here(Declared):
    """What is here of a reporter's month."""

    withdrawn: NotRequired[WithdrawnCounts]


class PendingCounts(TypedDict):
    """What was accepted and is not counted yet."""

    batches: Count
    records: Count


class Difference(TypedDict):
    """What is lacking or too much; what is not named is right."""

    batches: NotRequired[Count]
    records: NotRequired[Count]
    revenue: NotRequired[dict[str, AmountText]]


class ReporterMonth(TypedDict):
    """A reporter's month: declared, received, and what differs."""

    reporter: str
    declared: Declared | None
    received: Here
    pending: PendingCounts
    missing: Difference
    surplus: Difference
    complete: bool


class MonthCompleteness(TypedDict):
    """Whether all that was declared for a month is here."""

    month: CalendarMonth
    complete: bool
    reporters: list[ReporterMonth]
