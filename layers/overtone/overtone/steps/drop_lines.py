"""Lines of a sales report that its next creation does not list: they give way, for a report that is created anew replaces the older whole.

A recording that was not told and now is, one that was put right, a block that is left out: under the new identity, or without one, nobody
can name the old line to void it. Messages in several files are not looked at: what a file leaves out may stand in another.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

from overtone import clock
from overtone.facts.drops import Drop, Progress
from overtone.facts.intake import USAGE, stored_id
from overtone.facts.sheets import Sheet
from overtone.facts.usage import Records
from overtone.formats.dsr import DsrScan
from overtone.steps import drop_messages, usage
from overtone.stores import facts as fact_store

BATCH_DIGITS: Final = 5


def batch_id(drop: Drop, progress: Progress, number: int) -> str:
    """What the batch of that number of a content is called, counted from 1."""
    return f"{progress.prefix or drop.name}#{number:0{BATCH_DIGITS}d}"


def batch_ids(drop: Drop, progress: Progress) -> list[str]:
    """The batches of one content of a file."""
    return [batch_id(drop, progress, number) for number in range(1, progress.batches + 1)]


def gone(drop: Drop, progress: Progress) -> Iterator[Records]:
    """Voids of the lines that stand of a message's older creations, or of this one if it is older, and that the newest does not list."""
    scan = DsrScan.from_json(progress.scan)
    if scan.number("NumberOfFiles") > 1:
        return
    own = drop_messages.MessageContent(drop, progress, scan.revision)
    others = drop_messages.contents(drop, scan, progress.digest)
    newest = max((own, *others), key=lambda content: content.revision)
    older = [content for content in others if content.revision < own.revision] if newest is own else [own]
    if not older or newest.revision == older[0].revision:
        return
    listed = {_print(records, row) for records in _records(newest) for row in range(len(records.record_id))}
    for content in older:
        for records in _records(content):
            rows = [row for row, quantity in enumerate(records.quantity) if quantity and _print(records, row) not in listed]
            if rows := _open(drop.party, records, rows):
                yield _void(records.rows(rows), newest.revision)


def _records(content: drop_messages.MessageContent) -> Iterator[Records]:
    for name in batch_ids(content.drop, content.progress):
        if item := fact_store.find_receipt(USAGE, content.drop.party, stored_id(name)):
            yield from (records for _, records in usage.records(item))


def _print(records: Records, row: int) -> int:
    identity = "\n".join((records.used_on[row], records.subject[row], records.record_id[row]))
    return int.from_bytes(hashlib.blake2b(identity.encode(), digest_size=8).digest(), "big")


def _open(reporter: str, records: Records, rows: Sequence[int]) -> list[int]:
    """The rows of days that can be changed."""
    final = usage.final_days(Sheet({"used_on": [records.used_on[row] for row in rows]}, (), {}), reporter, clock.today()).days
    return [row for row in rows if records.used_on[row] not in final]


def _void(records: Records, revision: int) -> Records:
    count = len(records.record_id)
    return records._replace(revision=[revision] * count, quantity=[0] * count, revenue=[""] * count, currency=[""] * count)
