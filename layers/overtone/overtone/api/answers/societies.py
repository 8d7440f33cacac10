"""Answers about societies: their members, mandates and tariffs, and what a settlement brought them."""

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from overtone.api.answers.common import AmountText, Count, DayText, Instant
from overtone.api.answers.receipts import RefusedRecord
from overtone.api.answers.registry import AgreementAnswer
from overtone.fields import Currency
from overtone.lines import Side
from overtone.rights.mandate_endings import MandateStatus
from overtone.rights.registry import MandateUse, PartyKind

EndOfMandate = TypedDict("EndOfMandate", {"from": DayText, "by": str, "at": Instant, "reason": NotRequired[str]})
"""From when on a mandate counts no more, and who said so."""


class MandateAccord(TypedDict):
    """Where a mandate stands, and who said what of it."""

    mandate: str
    society: str
    status: MandateStatus
    waits_for: list[str]
    answers: list[AgreementAnswer]
    end: NotRequired[EndOfMandate]


class Accords(TypedDict):
    """Where the party's mandates stand."""

    accords: NotRequired[list[MandateAccord]]


class MemberMandate(TypedDict):
    """A mandate that a member gave the society; one that ended says no more than that."""

    society: str
    status: MandateStatus
    mandate: NotRequired[str]
    waits_for: NotRequired[list[str]]
    rights: NotRequired[list[Side]]
    uses: NotRequired[list[MandateUse]]
    territories: NotRequired[list[str]]
    admin_fee: NotRequired[AmountText | None]
    cultural_deduction: NotRequired[AmountText | None]


class SocietyMember(TypedDict):
    """A member of a society, with its mandates."""

    party: str
    name: str
    kind: PartyKind
    country: str
    ipi: NotRequired[str]
    mandates: list[MemberMandate]


class MembersReceipt(TypedDict):
    """What became of rows of members."""

    society: str
    status: Literal["committed", "rejected"]
    received: Count
    parties: Count
    entered: NotRequired[Count]
    changed: NotRequired[Count]
    accepted: NotRequired[Count]
    proposed: NotRequired[Count]
    unchanged: NotRequired[Count]
    refused: Count
    rejected: list[RefusedRecord]
    accepted_at: Instant


class MemberSum(TypedDict):
    """What a settlement brought a member by its society."""

    member: str
    currency: Currency
    gross: AmountText
    admin_fee: AmountText
    cultural_deduction: AmountText
    net: AmountText
