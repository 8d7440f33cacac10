"""Answers about settlements: their files and totals, statements, what waits and why."""

from typing import Any, NotRequired

from typing_extensions import TypedDict

from overtone.api.answers.common import AmountText, Count, DayText, Digest, Instant, PricedLine
from overtone.api.answers.receipts import RefusedRecord
from overtone.fields import CalendarMonth, Currency
from overtone.lines import AccountKind, LineSide
from overtone.settlement.breaches import BreachKind
from overtone.stores.settlements import RunStatus


class SettledFile(TypedDict):
    """A file that the manifest names."""

    name: str
    sha256: Digest
    bytes: Count
    rows: NotRequired[Count]


class Total(TypedDict):
    """What a settlement moved in one currency."""

    currency: Currency
    owed: AmountText
    parties: AmountText
    suspense: AmountText
    residue: AmountText
    opening: AmountText
    adjusted: AmountText
    converted: AmountText
    recouped: AmountText
    withheld: AmountText
    held: AmountText
    paid: AmountText
    carried: AmountText
    returned: AmountText
    written_off: AmountText


class SettlementProgress(TypedDict):
    """Parts that are computed."""

    done: Count
    total: Count


class WaivedMonth(TypedDict):
    """A reporter's month that finance did not wait for."""

    reporter: str
    month: CalendarMonth
    reason: str


class SettlementHead(TypedDict):
    """A settlement without its files."""

    settlement_id: str
    status: RunStatus
    through: CalendarMonth
    preview: NotRequired[bool]
    requested_at: Instant
    requested_by: NotRequired[str]
    cutoff: NotRequired[str]
    sealed_at: NotRequired[Instant]
    detail: NotRequired[str]
    reasons: NotRequired[list[RefusedRecord]]
    totals: NotRequired[list[Total]]
    manifest_sha256: NotRequired[Digest]
    waive: list[WaivedMonth]
    progress: NotRequired[SettlementProgress]


class SettlementState(SettlementHead):
    """A settlement; `next` leads on where it has more files than one answer names."""

    files: list[SettledFile]
    files_total: NotRequired[Count]
    next: NotRequired[str]


class StatementHead(TypedDict):
    """A settlement in which a party has a statement."""

    settlement_id: str
    party_id: str
    through: CalendarMonth
    sealed_at: Instant


class AnnualSum(TypedDict):
    """A year's sums in one currency, without what the bank sent back."""

    currency: Currency
    payments: Count
    credited: AmountText
    recouped: AmountText
    gross: AmountText
    withheld: AmountText
    paid: AmountText


class AnnualStatement(TypedDict):
    """What a year's settlements credited, withheld and paid."""

    year: str
    party_id: str
    settlements: list[str]
    items: list[AnnualSum]


class AccruedTotal(TypedDict):
    """What a work earned so far by one mechanism from one licensee."""

    mechanism: str
    licensee: str
    currency: Currency
    amount: AmountText


class AccruedLine(TypedDict):
    """What a settlement would credit if it settled now."""

    deal_id: NotRequired[str]
    mechanism: NotRequired[str]
    licensee: NotRequired[str]
    model: NotRequired[str]
    work_key: NotRequired[str]
    side: NotRequired[LineSide]
    account: NotRequired[AccountKind]
    party_id: NotRequired[str]
    member_id: NotRequired[str]
    reason: NotRequired[str]
    currency: NotRequired[Currency]
    territory: NotRequired[str]
    use: NotRequired[str]
    service: NotRequired[str]
    quantity: AmountText
    amount: AmountText
    shadow: NotRequired[AmountText]
    provisional: bool


class Accruals(TypedDict):
    """A work's accruals of a month, priced with today's deals."""

    work_id: str
    month: CalendarMonth
    as_of: str | None
    priced_at: Instant
    pools: str
    not_included: list[str]
    totals: list[AccruedTotal]
    lines: list[AccruedLine]


class AppliedTerms(TypedDict):
    """The terms that a line was priced with, and what a most-favoured-nation group raised in them."""

    deal_id: str
    version: Count
    licensee: str
    currency: str
    terms: dict[str, Any]
    raised: NotRequired[Any]


class AccruedRow(TypedDict):
    """A work's row of one partition."""

    partition: str
    reporter: str
    attributed_quantity: AmountText
    attributed_revenue: dict[str, AmountText]
    accrues_to_the_same_now: NotRequired[bool | None]


class Verified(TypedDict):
    """What the store says about an explanation."""

    verified: bool
    notes: list[str]
    terms: list[AppliedTerms]
    cutoff: Instant
    accrued_again_since: dict[str, str]
    subjects_left_out: Count
    accruals: list[AccruedRow]
    accruals_left_out: Count
    partitions_not_read: Count
    outputs_not_looked_up: Count


class SuspenseRow(TypedDict):
    """Money that waits, as of a sealed settlement; `share` and `own_amount` are the asking owner's part."""

    usage_month: CalendarMonth
    reason: str
    deal_id: str
    mechanism: str
    licensee: str
    model: NotRequired[str]
    work_key: str
    work_id: str
    title: NotRequired[str]
    side: LineSide
    account: NotRequired[AccountKind]
    quantity: AmountText
    amount: AmountText
    shadow: NotRequired[AmountText]
    currency: str
    since: NotRequired[str]
    holds: NotRequired[str]
    share: NotRequired[AmountText]
    own_amount: NotRequired[AmountText]
    use: NotRequired[str]
    service: NotRequired[str]
    territory: NotRequired[str]


class Suspense(TypedDict):
    """A page of what waits."""

    settlement_id: str | None
    items: list[SuspenseRow]
    next_cursor: str | None


class BreachRow(TypedDict):
    """A use that was denied, over its limit or unlicensed, for one owner."""

    kind: BreachKind
    licensee: str
    model: str
    usage_month: CalendarMonth
    work_key: str
    work_id: str
    title: NotRequired[str]
    side: NotRequired[LineSide]
    use: str
    first_seen: DayText
    evidence: str
    quantity: AmountText
    limit: NotRequired[str]
    party_id: str
    amount: AmountText
    currency: str
    cleared: str


class Breaches(TypedDict):
    """A page of breaches."""

    settlement_id: str | None
    items: list[BreachRow]
    next_cursor: str | None


class SettledLine(PricedLine):
    """A line of a settlement, as `lines.csv` has it."""

    account: AccountKind
    party_id: str
    member_id: str
    reason: str


class LicenseeCost(TypedDict):
    """What a licensee's usage of a month costs to accept, accrue and keep."""

    licensee: str
    records: Count
    batches: Count
    partitions: Count
    usage_bytes: Count
    accrual_bytes: Count
    usd: dict[str, AmountText]
    usd_per_million_records: AmountText


class MonthCosts(TypedDict):
    """A page of licensees, by id."""

    month: CalendarMonth
    items: list[LicenseeCost]
    next_cursor: str | None
