"""What is told of a settlement that ends without a seal: finance hears why, reporters hear what of theirs is missing."""

from collections.abc import Mapping
from typing import Final

from overtone import clock
from overtone.errors import OvertoneError, Rejected
from overtone.facts.events import DETAIL_LENGTH_MAX, OFFICE, PartyEvent, events_for
from overtone.stores import settlements as settlement_store

_KINDS: Final[Mapping[settlement_store.RunStatus, str]] = {
    settlement_store.REFUSED: "settlement.refused",
    settlement_store.FAILED: "settlement.failed",
}


class Incomplete(Rejected):
    """Reporters declared more than is here, or had to declare and did not; each fault's field is `reporter/month`."""


def ended(record: settlement_store.Settlement, status: settlement_store.RunStatus, detail: str) -> list[PartyEvent]:
    """Finance is told of a settlement that was refused or failed; of a preview whoever asked hears it anyway."""
    if status not in _KINDS or record["preview"]:
        return []
    about = {"settlement_id": record["settlement_id"], "through": record["through"], "detail": detail[:DETAIL_LENGTH_MAX]}
    return events_for(_KINDS[status], clock.timestamp(), [OFFICE], **about)


def missing(record: settlement_store.Settlement, error: OvertoneError) -> list[PartyEvent]:
    """Each reporter, and finance, is told what is missing of a month."""
    if not isinstance(error, Incomplete) or record["preview"]:
        return []
    now, news = clock.timestamp(), list[PartyEvent]()
    for fault in error.faults:
        reporter, _, month = (fault.field or "").partition("/")
        about = {"reporter": reporter, "month": month, "detail": fault.message, "settlement_id": record["settlement_id"]}
        news += events_for("completeness.missing", now, [OFFICE, reporter], **about)
    return news
