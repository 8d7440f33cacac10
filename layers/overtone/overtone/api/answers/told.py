"""Answers that tell: what may be used, what happened, what is set aside."""

from typing import Literal, NotRequired

from pydantic import ConfigDict
from typing_extensions import TypedDict

from overtone.api.answers.common import AmountText, Count, DayText, Digest, Instant
from overtone.api.answers.receipts import WorksStanding
from overtone.facts.webhooks import DeliveryState
from overtone.stores.quarantine import AsideReason


class QuarantinedPartition(TypedDict):
    """A partition that could not be accrued, and is set aside."""

    partition: str
    kind: str
    reporter: str
    day: str | None
    month: str
    reason: AsideReason
    detail: str
    records: Count
    since: Instant
    tried_at: Instant
    attempts: Count


class WorkClearance(TypedDict):
    """What a licensee may do with a work, and what the answer rests on."""

    work: str
    standing: Literal["denied", "disputed", "unregistered", "unlicensed", "limited", "allowed"]
    reason: NotRequired[str]
    work_id: NotRequired[str]
    work_version: NotRequired[Count]
    deal_id: NotRequired[str]
    deal_version: NotRequired[Count]
    max_share: NotRequired[AmountText]


class ClearanceHead(TypedDict):
    """A clearance without its answers."""

    clearance_id: str
    licensee: str
    use: Literal["training", "generation"]
    day: DayText
    model: NotRequired[str]
    counts: WorksStanding
    digest: Digest
    accepted_at: Instant
    files: Count


class Clearance(ClearanceHead):
    """A clearance; the works are left out where they are more than 10,000, and fetched as files then."""

    works: NotRequired[list[WorkClearance]]


class EventNotice(TypedDict):
    """Something that a party is told. What it is about stands beside these properties, by the names that it has everywhere."""

    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]  # pydantic's way to say that there is more

    id: str
    type: str
    at: Instant
    party: str


class Webhook(TypedDict):
    """Where a party's events are delivered; the secret is shown once, where it is made."""

    endpoint_id: str
    party: str
    url: str
    types: list[str]
    enabled: bool
    note: str
    version: NotRequired[Count]
    created_at: Instant
    author: str
    old_secret_valid_until: NotRequired[Instant]
    stopped: NotRequired[str]
    secret: NotRequired[str]


class WebhookReplay(TypedDict):
    """What is delivered again."""

    endpoint_id: str
    since: str
    replay_id: str


class WebhookDelivery(TypedDict):
    """How the delivery of an event stands."""

    event_id: str
    type: str
    at: Instant
    state: DeliveryState
    attempts: Count
    tried_at: str
    status: int
    detail: str
    replay: str


class PermissionsExport(TypedDict):
    """A day's export of what owners allow, in the list of them."""

    day: DayText
    works_total: Count
    sha256: Digest


class PermissionsFile(TypedDict):
    """A file of an export: the works whose owners said something of a use."""

    name: str
    use: Literal["training", "generation", "likeness"]
    rows: Count
    bytes: Count
    sha256: Digest


class ManifestBefore(TypedDict):
    """The manifest that a manifest follows."""

    day: DayText
    sha256: Digest


class PermissionsManifest(TypedDict):
    """What a day's export holds."""

    day: DayText
    previous: ManifestBefore | None
    works_total: Count
    files: list[PermissionsFile]
