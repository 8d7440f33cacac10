"""Disputes in RegistryTable: each one item, found by id and by work."""

from collections.abc import Iterator, Sequence

import orjson

from overtone.aws import notice_keys, tables
from overtone.aws.tables import ABSENT, Condition, ConditionFailed, equals
from overtone.aws.transactions import Put, Write, transact
from overtone.errors import Retryable
from overtone.facts.events import PartyEvent
from overtone.rights.disputes import Dispute
from overtone.stores import events as event_store


def find(dispute_id: str) -> Dispute | None:
    """A dispute, or `None`."""
    item = tables.registry().get(notice_keys.dispute(dispute_id))
    return Dispute.from_json(orjson.loads(item["dispute"])) if item else None


def all_of(after: str = "") -> Iterator[Dispute]:
    """Every dispute in order of id, behind `after`."""
    for item in tables.registry().query(notice_keys.dispute("").pk, after=after):
        yield Dispute.from_json(orjson.loads(item["dispute"]))


def keep(dispute: Dispute, before: Dispute | None, events: Sequence[PartyEvent] = ()) -> None:
    """Write a dispute as it now stands, with what is told of it; raises `Retryable` where somebody else has said something since."""
    try:
        transact([writing(dispute, before), *event_store.writes(events)])
    except ConditionFailed as error:
        raise Retryable(f"somebody else spoke of dispute {dispute.dispute_id} at the same time; send it again") from error


def writing(dispute: Dispute, before: Dispute | None) -> Write:
    """The write of a dispute as it now stands, if nobody else has said anything since it was read."""
    text = orjson.dumps(dispute.to_json(), option=orjson.OPT_SORT_KEYS).decode()
    condition: Condition = ABSENT
    if before is not None:
        condition = equals(dispute=orjson.dumps(before.to_json(), option=orjson.OPT_SORT_KEYS).decode())
    return Put(tables.registry(), {**notice_keys.dispute(dispute.dispute_id)._asdict(), "dispute": text}, condition)
