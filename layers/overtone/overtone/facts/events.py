"""What parties are told: the names of events, and whom each one concerns.

An event is a fact beside the fact that it tells of, written in the same transaction; whoever lists or forwards events finds it there.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

import orjson

EVENTS: Final = (
    "batch.rejected",
    "settlement.sealed",
    "settlement.refused",
    "settlement.failed",
    "statement.ready",
    "invoice.issued",
    "invoice.overdue",
    "payment.returned",
    "deal.proposed",
    "deal.accepted",
    "deal.refused",
    "deal.withdrawn",
    "breach.found",
    "clearance.made",
    "dispute.opened",
    "dispute.closed",
    "hold.placed",
    "hold.ended",
    "share.changed",
    "overlap.found",
    "mandate.proposed",
    "mandate.accepted",
    "mandate.refused",
    "mandate.withdrawn",
    "mandate.ended",
    "society.approved",
    "tariff.changed",
    "transfer.proposed",
    "transfer.accepted",
    "transfer.refused",
    "transfer.withdrawn",
    "permission.proposed",
    "bank_details.changed",
    "quarantine.added",
    "completeness.missing",
)
"""Every name that an event can have."""
OFFICE: Final = "finance"
"""Whom events concern that concern no party: finance and admins."""
SINCE: Final = r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z)?$"
"""From when on events are asked for: a day, or an instant in UTC."""
OWN: Final = frozenset({"id", "type", "at", "party"})
"""What every event says of itself: `party` is who is told."""
DETAIL_LENGTH_MAX: Final = 500
FAULTS_TOLD_MAX: Final = 10
"""Of what was refused; whoever is told finds the rest where it was answered."""
_ID_LENGTH: Final = 20


class PartyEvent(NamedTuple):
    """One thing told to one party (or the `OFFICE`): `about` names what it is of. The same thing has the same id."""

    kind: str
    party: str
    at: str
    about: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Made of what it says, so that writing it again changes nothing."""
        content = orjson.dumps([self.kind, self.party, self.at, self.about], option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(content).hexdigest()[:_ID_LENGTH]


def events_for(kind: str, at: str, parties: Iterable[str], /, **about: object) -> list[PartyEvent]:
    """The same event for several parties, each once; those without a name are left out. `about` has no names of the event's own."""
    if own := OWN & about.keys():
        raise ValueError(f"{kind}: {', '.join(sorted(own))} would be said of the event itself")
    return [PartyEvent(kind, party, at, about) for party in sorted(set(parties) - {""})]
