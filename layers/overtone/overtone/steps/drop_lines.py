"""Lines of a sales report that its next creation does not list: they give way, for a report that is created anew replaces the older whole.

A recording that was not told and now is, one that was put right, a block that is left out: under the new identity, or without one, nobody
can name the old line to void it. What a file of several leaves out may stand in another: all of them are looked at when the last is here.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from overtone import clock
from overtone.facts.drops import Drop, Progress
from overtone.facts.intake import USAGE, stored_id
from overtone.facts.sheets import Sheet
from overtone.facts.usage import Records
from overtone.formats.dsr import DsrScan
from overtone.steps import drop_contents, usage
from overtone.steps.drop_contents import MessageContent
from overtone.stores import facts as fact_store


class GoneLines(NamedTuple):
    """Voids of lines that a later creation does not list: of the content that is taken in, or `by` the contents of one that was there."""

    voids: Records
    by: list[MessageContent]


def gone(drop: Drop, progress: Progress) -> Iterator[GoneLines]:
    """Voids of the lines that stand of a message's older creations and that this one does not list, and of its own that later ones do not.

    A creation lists what all of its files list, each to its end: whichever comes last looks for what they list no more.
    """
    own = MessageContent.of(drop, progress)
    others = drop_contents.others(drop, DsrScan.from_json(progress.scan), progress.digest).standing
    whole = [content for content in others if content.is_whole]
    for revision in sorted({content.revision for content in whole if content.revision > own.revision}, reverse=True):
        later = [content for content in whole if content.revision == revision]
        yield from (GoneLines(voids, later) for voids in _voids([own], later))
    creation = [own, *(content for content in whole if content.revision == own.revision)]
    yield from (GoneLines(voids, []) for voids in _voids([content for content in others if content.revision < own.revision], creation))


def _voids(older: Sequence[MessageContent], creation: Sequence[MessageContent]) -> Iterator[Records]:
    """Voids of what older contents list and a creation does not, where all of its files are here."""
    if not older or not {content.number for content in creation} >= set(range(1, max(content.files for content in creation) + 1)):
        return
    listed = {_print(records, row) for content in creation for records in _records(content) for row in range(len(records.record_id))}
    revision = creation[0].revision
    for content in older:
        void = revision if len(creation) == 1 else max(revision - 1, content.revision + 1)  # below a line that should come after it
        for records in _records(content):
            rows = [row for row, quantity in enumerate(records.quantity) if quantity and _print(records, row) not in listed]
            if rows := _open(content.drop.party, records, rows):
                yield _void(records.rows(rows), void)


def _records(content: MessageContent) -> Iterator[Records]:
    """What is kept of a content and was not taken back."""
    for batch in map(stored_id, content.progress.batch_ids(content.drop.name)):
        item = fact_store.find_receipt(USAGE, content.drop.party, batch)
        if item and not usage.is_withdrawn(content.drop.party, batch):
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
