"""What the API answers, as types: JSON as it comes, so a field that is new in the service reaches the caller at once.

Amounts and shares are decimal strings, days `YYYY-MM-DD`, months `YYYY-MM`, instants ISO 8601 in UTC.
"""

from __future__ import annotations

from typing import Any, Generic, NotRequired, TypedDict, TypeVar

T = TypeVar("T")


class RefusedRecord(TypedDict, total=False):
    """A record that was not kept: its place in the batch from 0, its id, the field at fault, and the remedy."""

    index: int
    record_id: str
    field: str
    message: str


class Receipt(TypedDict):
    """What became of a batch or a report."""

    batch_id: NotRequired[str]
    reporter: NotRequired[str]
    status: str
    received: int
    accepted: int
    rejected: list[RefusedRecord]
    digest: str
    accepted_at: str
    counts: NotRequired[dict[str, int]]


class Page(TypedDict, Generic[T]):
    """One page of a list; `next_cursor` is `None` on the last."""

    items: list[T]
    next_cursor: str | None


class FileEntry(TypedDict):
    """A file of a settlement: `bytes` is its size, `rows` its records where it has any."""

    name: str
    sha256: str
    bytes: int
    rows: NotRequired[int]


class Progress(TypedDict):
    """Parts computed, of how many; 0 while the plan is not made."""

    done: int
    total: int


class Settlement(TypedDict):
    """A settlement: `status` is computing, sealed, previewed, refused or failed."""

    settlement_id: str
    through: str
    status: str
    files: list[FileEntry]
    files_total: NotRequired[int]
    next: NotRequired[str]
    progress: NotRequired[Progress]
    totals: NotRequired[list[dict[str, str]]]
    manifest_sha256: NotRequired[str]
    detail: NotRequired[str]
    reasons: NotRequired[list[dict[str, Any]]]


class ClearedWork(TypedDict):
    """What a licensee may do with a work, and why."""

    work: str
    standing: str
    reason: NotRequired[str]
    work_id: NotRequired[str]
    deal_id: NotRequired[str]
    max_share: NotRequired[str]


class Clearance(TypedDict):
    """The answer to a clearance; `works` is left out where they are too many, and fetched as files then."""

    clearance_id: str
    licensee: str
    use: str
    day: str
    counts: dict[str, int]
    digest: str
    accepted_at: str
    files: int
    works: NotRequired[list[ClearedWork]]


class Completeness(TypedDict):
    """A declaration of what was sent for a month."""

    reporter: str
    month: str
    batches: int
    records: int
    revenue: dict[str, str]
    accepted_at: str


class ReporterMonth(TypedDict):
    """A reporter's month: what it declared, what is here, and what differs, each as counts and amounts by name."""

    reporter: str
    declared: dict[str, Any] | None
    received: dict[str, Any]
    pending: dict[str, int]
    missing: dict[str, Any]
    surplus: dict[str, Any]
    complete: bool


class MonthCompleteness(TypedDict):
    """Whether all that was declared for a month is here, for each reporter that the caller may see."""

    month: str
    complete: bool
    reporters: list[ReporterMonth]


class Event(TypedDict):
    """Something that a party is told; what it is about stands beside these fields."""

    id: str
    type: str
    at: str
    party: str


class Whoami(TypedDict):
    """For whom the token acts, and what it allows."""

    party_id: str
    scopes: list[str]
    user: str


class Statement(TypedDict):
    """A royalty statement; further parts are in the OpenAPI document."""

    settlement_id: str
    through: str
    party_id: str
    name: str
    balances: list[dict[str, Any]]
    sources: list[dict[str, Any]]
    adjustments: list[dict[str, Any]]


class Explanation(TypedDict):
    """What stands behind a line; further parts are in the OpenAPI document."""

    line_id: str
    verified: bool
    notes: list[str]
