"""Clearances as they were given: the fact in LedgerTable, the answers as files beside the settlements, neither ever changed."""

import gzip
from collections.abc import Iterator, Sequence
from typing import Any, Final

import orjson

from overtone.aws import buckets, notice_keys, object_keys, tables
from overtone.aws.attributes import Item
from overtone.aws.buckets import AlreadyExists
from overtone.aws.tables import ABSENT, ConditionFailed
from overtone.aws.transactions import Put, transact
from overtone.errors import InvariantBroken
from overtone.facts.events import PartyEvent
from overtone.stores import events as event_store

TOLD_TOGETHER_MAX: Final = 90
"""Events that fit the clearance's own transaction; more are told right after it, and again whenever it is asked for again."""


def find(licensee: str, clearance_id: str) -> Item | None:
    """A clearance, or `None`."""
    return tables.ledger().get(notice_keys.clearance(licensee, clearance_id))


def of(licensee: str, after: str = "") -> Iterator[Item]:
    """A licensee's clearances in order of id."""
    yield from tables.ledger().query(notice_keys.clearance(licensee, "").pk, after=after)


def keep_file(licensee: str, clearance_id: str, digest: str, number: int, texts: Sequence[bytes]) -> str:
    """Write one file of answers; the same content lies there already when this is done again."""
    key = file_key(licensee, clearance_id, digest, number)
    try:
        buckets.settlement().create(key, gzip.compress(b"".join(texts), compresslevel=6, mtime=0), "application/gzip")
    except AlreadyExists:
        return key
    return key


def file_key(licensee: str, clearance_id: str, digest: str, number: int) -> str:
    """Where a file of answers lies; `digest` is of what was asked, or answered."""
    return object_keys.clearance_object(licensee, clearance_id, digest, number)


def is_kept(key: str) -> bool:
    """Whether a file of answers was written; one that is written again is the same."""
    return buckets.settlement().sees(key)


def file_lines(key: str) -> Iterator[bytes]:
    """The lines of a file of answers."""
    yield from gzip.decompress(buckets.settlement().get(key)).splitlines(keepends=True)


def keep(item: Item, events: Sequence[PartyEvent]) -> Item:
    """Write the clearance and tell the owners; the one that is there already, if there is one."""
    key = notice_keys.clearance(item["licensee"], item["clearance_id"])
    together = events if len(events) <= TOLD_TOGETHER_MAX else ()
    try:
        transact([Put(tables.ledger(), key._asdict() | item, ABSENT), *event_store.writes(together)])
    except ConditionFailed as error:
        found = find(item["licensee"], item["clearance_id"])
        if found is None:
            raise InvariantBroken("committed_once", f"clearance {item['clearance_id']} is half there") from error
        return found
    tell(events)
    return item


def tell(events: Sequence[PartyEvent]) -> None:
    """Tell the owners whom the clearance's own transaction has no room for."""
    if len(events) > TOLD_TOGETHER_MAX:
        event_store.put(events)


def lines(item: Item) -> Iterator[dict[str, Any]]:
    """Every answer of a clearance, in order of work."""
    for key in item["files"]:
        for line in file_lines(key):
            yield orjson.loads(line)


def link(item: Item, part: int, seconds: int) -> str:
    """Where a file of answers can be read for so long."""
    return buckets.settlement().presigned(item["files"][part - 1], seconds)
