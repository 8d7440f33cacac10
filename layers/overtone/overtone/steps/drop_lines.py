"""Lines of a sales report that its next creation does not list: they give way, for a report that is created anew replaces the older whole.

A recording that was not told and now is, one that was put right, a block that is left out: under the new identity, or without one, nobody
can name the old line to void it. What a file of several leaves out may stand in another: all of them are looked at when the last is here.
"""

import hashlib
from collections.abc import Iterator, Sequence

from overtone import clock
from overtone.facts.drops import Drop, Progress
from overtone.facts.intake import USAGE, stored_id
from overtone.facts.sheets import Sheet
from overtone.facts.usage import Records
from overtone.formats.dsr import DsrScan
from overtone.steps import drop_contents, usage
from overtone.steps.drop_contents import MessageContent
from overtone.stores import facts as fact_store


def gone(drop: Drop, progress: Progress) -> Iterator[Records]:
    """Voids of the lines that stand of a message's older creations, or of this one if it is older, and that the newest does not list.

    The newest is the last one of which all files are here, each to its end: whichever comes last looks for what they list no more.
    """
    own = MessageContent.of(drop, progress)
    others = drop_contents.others(drop, DsrScan.from_json(progress.scan), progress.digest).standing
    newest = _newest([own, *(content for content in others if content.is_whole)])
    if not newest or own.revision > (revision := newest[0].revision):
        return
    older = [content for content in others if content.revision < revision] if own.revision == revision else [own]
    if not older:
        return
    listed = {_print(records, row) for content in newest for records in _records(content) for row in range(len(records.record_id))}
    for content in older:
        void = revision if len(newest) == 1 else max(revision - 1, content.revision + 1)  # below a line that should come after it
        for records in _records(content):
            rows = [row for row, quantity in enumerate(records.quantity) if quantity and _print(records, row) not in listed]
            if rows := _open(drop.party, records, rows):
                yield _void(records.rows(rows), void)


def _newest(contents: Sequence[MessageContent]) -> list[MessageContent]:
    """The contents of the message's last creation that is here in all of its files; nothing where none is."""
    for revision in sorted({content.revision for content in contents}, reverse=True):
        found = [content for content in contents if content.revision == revision]
        if {content.number for content in found} >= set(range(1, max(content.files for content in found) + 1)):
            return found
    return []


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
