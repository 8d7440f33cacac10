"""Disputes in RegistryTable: each one item, found by id and by work."""

from collections.abc import Iterator

import orjson

from overtone.aws import notice_keys, tables
from overtone.aws.tables import ABSENT, Condition, equals
from overtone.aws.transactions import Put, Write
from overtone.rights.disputes import Dispute


def find(dispute_id: str) -> Dispute | None:
    """A dispute, or `None`."""
    item = tables.registry().get(notice_keys.dispute(dispute_id))
    return Dispute.from_json(orjson.loads(item["dispute"])) if item else None


def all_of(after: str = "") -> Iterator[Dispute]:
    """Every dispute in order of id, behind `after`."""
    for item in tables.registry().query(notice_keys.dispute("").pk, after=after):
        yield Dispute.from_json(orjson.loads(item["dispute"]))


def writing(dispute: Dispute, before: Dispute | None) -> Write:
    """The write of a dispute as it now stands, if nobody else has said anything since it was read."""
    text = orjson.dumps(dispute.to_json(), option=orjson.OPT_SORT_KEYS).decode()
    condition: Condition = ABSENT
    if before is not None:
        condition = equals(dispute=orjson.dumps(before.to_json(), option=orjson.OPT_SORT_KEYS).decode())
    return Put(tables.registry(), {**notice_keys.dispute(dispute.dispute_id)._asdict(), "dispute": text}, condition)
