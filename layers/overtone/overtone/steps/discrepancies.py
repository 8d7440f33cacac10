"""A licensee's objections to claims of a settlement (DDEX CDD1, CDD2), kept as disputes beside it.

They are told to whoever is paid by the claim and to finance, and end as disputes end. Nothing waits for one: a licensee owns no share, and
must not hold up anybody's money by a message. Shares that add up to more than the whole wait by the register's own rule.
"""

import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import orjson

from overtone import clock
from overtone.errors import Conflict, Fault
from overtone.facts.events import OFFICE, events_for
from overtone.formats.cdd import Discrepancy, Notification
from overtone.rights.disputes import REASON_LENGTH_MAX, Dispute
from overtone.rights.registration import Actor
from overtone.scales import ZERO_NANO
from overtone.steps.registration import again
from overtone.stores import disputes as store

TableRow = Mapping[str, str]


class DiscrepancyReport(NamedTuple):
    """What became of a notification."""

    disputes: list[Dispute]
    known: int
    faults: list[Fault]


def take(actor: Actor, licensee: str, settlement_id: str, sent: Notification, lines: Mapping[str, TableRow]) -> DiscrepancyReport:
    """A dispute for each discrepancy whose claim is one of `lines` (by id, those of the licensee); sent again, it changes nothing."""
    report = DiscrepancyReport([], 0, list(sent.faults))
    known = 0
    for one in sent.discrepancies:
        claimed = [lines[claim] for claim in one.claims if claim in lines]
        if one.claims and not claimed:
            message = f"line {one.line}: {licensee} owes no claim {one.claims[0]!r:.60} by settlement {settlement_id}"
            report.faults.append(Fault(message, "ClaimId", one.number))
            continue
        dispute = _dispute(licensee, settlement_id, sent, one, claimed)
        kept, was_there = again(partial(_open, actor, dispute))
        report.disputes.append(kept)
        known += was_there
    return report._replace(known=known)


def _dispute(licensee: str, settlement_id: str, sent: Notification, one: Discrepancy, lines: Sequence[TableRow]) -> Dispute:
    named = orjson.dumps([licensee, settlement_id, sent.message_id, one.number])
    about: dict[str, Any] = {
        "settlement_id": settlement_id,
        "message_id": sent.message_id,
        "discrepancy_id": one.number,
        "type": one.kind,
        "claims": [line["line_id"] for line in lines] or list(one.claims),
    }
    return Dispute(
        dispute_id=f"cdd-{hashlib.sha256(named).hexdigest()[:24]}",
        work_id=next((line["work_id"] for line in lines), ""),
        opened_by=licensee,
        opened_at=clock.timestamp(),
        reason=f"{one.kind}: {one.text}"[:REASON_LENGTH_MAX],
        parts=dict.fromkeys(sorted({line["member_id"] or line["party_id"] for line in lines} - {""}), ZERO_NANO),
        said={},
        about=about | ({"cell": one.cell} if one.cell else {}),
    )


def _open(actor: Actor, dispute: Dispute) -> tuple[Dispute, bool]:
    if (known := store.find(dispute.dispute_id)) is not None:
        if (known.reason, known.about) != (dispute.reason, dispute.about):
            message = (
                f"discrepancy {dispute.about['discrepancy_id']!r} of message {dispute.about['message_id']!r} said something else before"
            )
            raise Conflict(f"{message}; send it in a message of another id")
        return known, True
    news = events_for(
        "dispute.opened",
        dispute.opened_at,
        (dispute.concerned | {OFFICE}) - {actor.party},
        dispute_id=dispute.dispute_id,
        work_id=dispute.work_id,
        by=actor.name,
        status=dispute.status,
    )
    store.keep(dispute, None, news)
    return dispute, False
