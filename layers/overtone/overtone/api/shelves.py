"""Schemas that are made of several types: what is registered with what stands beside it, and what two persons agree on."""

from typing import Any, Final

from overtone.api.answers.money import BankStatementReceipt, CollectionReceipt, PostedBy, PostedRates, Proposed
from overtone.api.answers.registry import Agreed, BodyBeside, DealBodyBeside, PartyBodyBeside, VersionHead, WhatItDoes
from overtone.api.answers.societies import Accords
from overtone.api.descriptions import Merged, ReplyForm
from overtone.fields import Model
from overtone.payout.adjustments import AdjustmentRequest, OpeningRequest
from overtone.payout.fx import RateSheet
from overtone.payout.receipts import RefundRequest, WriteOffRequest
from overtone.payout.tax import TaxTable
from overtone.rights.registry import Party, Work
from overtone.rights.tariffs import Tariff
from overtone.settlement.deals import Deal

_BESIDE: Final = ("id", "owner", "version", "effective_from", "recorded_at", "author")


def _proposal(name: str, body: type[Model]) -> Merged:
    """What was proposed, by an id of its own also where none was sent."""
    return Merged(name, (body, Proposed), tuple(field for field, said in body.model_fields.items() if said.is_required()))


PARTY: Final = Merged("PartyVersion", (Party, VersionHead, WhatItDoes, Accords), ("name", "kind", "country", *_BESIDE))
WORK: Final = Merged("WorkVersion", (Work, VersionHead, WhatItDoes), ("title", "kind", "identifiers", "shares", "permissions", *_BESIDE))
DEAL: Final = Merged(
    "DealVersion", (Deal, VersionHead, WhatItDoes, Agreed), ("licensee", "currency", "from", "territories", "terms", *_BESIDE)
)
TARIFF: Final = Merged("TariffVersion", (Tariff, VersionHead, WhatItDoes), ("rates", *_BESIDE))
PARTY_BODY: Final = Merged("PartyBody", (Party, PartyBodyBeside, Accords))
TARIFF_BODY: Final = Merged("TariffBody", (Tariff, BodyBeside))
WORK_BODY: Final = Merged("WorkBody", (Work, BodyBeside))
DEAL_BODY: Final = Merged("DealBody", (Deal, DealBodyBeside))
ADJUSTMENT: Final = _proposal("Adjustment", AdjustmentRequest)
OPENING: Final = Merged("OpeningBalances", (OpeningRequest, Proposed))
WRITE_OFF: Final = _proposal("WriteOff", WriteOffRequest)
REFUND: Final = _proposal("Refund", RefundRequest)
RATES: Final = Merged("Rates", (RateSheet, PostedRates))
TAX_RATES: Final = Merged("TaxRates", (TaxTable, PostedBy))
COLLECTED: Final = CollectionReceipt | BankStatementReceipt
ANYTHING: Final[dict[str, Any]] = {"type": "object", "additionalProperties": True}
"""A document in somebody else's form."""


def put_replies(version: Merged) -> dict[int, ReplyForm]:
    """The replies of a PUT or a PATCH."""
    return {200: ReplyForm("The latest version, and what its author should know", version), 201: ReplyForm("Registered", version)}


def versions(version: Merged) -> dict[int, ReplyForm]:
    """The replies of a list of versions."""
    return {200: ReplyForm("The versions, the oldest first", Merged(f"{version.name}s", ({"versions": version},)))}
