"""Answers about what is registered: a version's content, and what stands beside it."""

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from overtone.api.answers.common import AmountText, Count, DayText, Instant
from overtone.api.answers.receipts import RefusedRecord
from overtone.formats.works.drafts import DraftStatus
from overtone.rights.disputes import DisputeStatus


class FieldChange(TypedDict):
    """What a version changed in a field; a value that was not there is left out."""

    field: str
    before: NotRequired[Any]
    after: NotRequired[Any]


class VersionHead(TypedDict):
    """What stands beside the content of a version."""

    id: str
    owner: str
    version: Count
    effective_from: DayText
    recorded_at: Instant
    author: str


class WhatItDoes(TypedDict):
    """What a new version does, and what its author should know."""

    applies_from: NotRequired[DayText]
    warnings: NotRequired[list[str]]
    keeps: NotRequired[str]
    changes: NotRequired[list[FieldChange]]


class AgreementAnswer(TypedDict):
    """What one side said of a version of a deal."""

    verdict: Literal["accepted", "refused", "withdrawn"]
    by: str
    at: Instant
    final: bool
    evidence: NotRequired[str]
    reason: NotRequired[str]
    mfn_group: NotRequired[str]


class VersionAgreement(TypedDict):
    """Who said what of a version of a deal."""

    answers: list[AgreementAnswer]


class Agreed(TypedDict):
    """Where a version of a deal stands."""

    status: NotRequired[Literal["proposed", "accepted", "refused", "withdrawn"]]
    waits_for: NotRequired[list[str]]
    agreement: NotRequired[VersionAgreement]


class BodyBeside(WhatItDoes):
    """What a body may hold beside the content; an answer may be changed and sent back as it is."""

    effective_from: NotRequired[DayText]
    version: NotRequired[Count]
    id: NotRequired[str]
    owner: NotRequired[str]
    recorded_at: NotRequired[Instant]
    author: NotRequired[str]


class PartyBodyBeside(BodyBeside):
    """What a party's body may hold beside the content."""

    propose: NotRequired[bool]


class DealBodyBeside(BodyBeside):
    """What a deal's body may hold beside the content."""

    evidence: NotRequired[str]
    propose: NotRequired[bool]
    status: NotRequired[str]
    waits_for: NotRequired[list[str]]
    agreement: NotRequired[Any]


class ClientBinding(TypedDict):
    """For which party a client's tokens act; since when and by whose word is told where it is asked."""

    client_id: str
    party_id: str
    author: NotRequired[str]
    recorded_at: NotRequired[Instant]


class Erasure(TypedDict):
    """What was erased."""

    party_id: str
    versions: Count
    erased_at: Instant
    files_kept_until: NotRequired[DayText]


class PermissionPatch(TypedDict):
    """What an owner may confirm by sending it as PATCH of the work."""

    proposal: dict[str, Any]
    confirm: str
    owner: str


class ImportedWork(TypedDict):
    """What became of one record of a file of works."""

    line: NotRequired[Count]
    record: NotRequired[str]
    work_id: NotRequired[str]
    status: DraftStatus
    version: NotRequired[Count]
    title: NotRequired[str]
    field: NotRequired[str]
    message: NotRequired[str]
    errors: NotRequired[list[Any]]
    warnings: NotRequired[list[str]]
    notes: NotRequired[list[str]]
    recordings: NotRequired[Any]
    acknowledgement: NotRequired[Any]


class WorksReceipt(TypedDict):
    """What became of a file of works."""

    format: Literal["csv", "cwr"]
    version: NotRequired[str]
    sender: NotRequired[str]
    sender_name: NotRequired[str]
    other_transactions: NotRequired[Any]
    remarks: NotRequired[Any]
    received: Count
    registered: Count
    revised: Count
    unchanged: Count
    acknowledged: Count
    refused: Count
    works: list[ImportedWork]
    errors: NotRequired[list[Any]]
    notes: NotRequired[list[str]]


class ObjectedClaims(TypedDict):
    """The claims of a settlement that a licensee objects to."""

    settlement_id: str
    message_id: str
    discrepancy_id: str
    type: str
    claims: list[str]
    cell: NotRequired[str]


class DisputeState(TypedDict):
    """A dispute about shares of a work, as it stands."""

    dispute_id: str
    work_id: str
    opened_by: str
    opened_at: Instant
    reason: str
    parts: dict[str, AmountText]
    status: DisputeStatus
    closed_by: str
    evidence: str
    agreed_by: list[str]
    waits_for: list[str]
    about: NotRequired[ObjectedClaims]


class DiscrepancyReceipt(TypedDict):
    """What became of a licensee's notification of discrepancies."""

    message_id: str
    received: Count
    opened: Count
    known: Count
    rejected: list[RefusedRecord]
    disputes: list[str]


class TransferOffer(TypedDict):
    """An offer to hand a work on, and what became of it."""

    work_id: str
    giver: str
    taker: str
    offered_by: str
    offered_at: Instant
    evidence: str
    status: Literal["proposed", "accepted", "refused", "withdrawn"]
    answered_by: str
    answered_at: str
    reason: str
