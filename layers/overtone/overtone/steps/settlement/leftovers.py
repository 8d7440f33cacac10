"""What tries that were given up left among the files of a settlement that is sealed: no manifest names it, so it goes.

A try whose plan no longer held may have written documents that the sealed one does not: a statement for a payee who gets nothing now, a
file for the bank. Nobody is shown them, and they do not stay. Only what is sealed is swept, by the manifest whose digest its record has:
whoever sweeps, and however late, removes nothing that is named. A function of such a try may live on for a while after the seal, so once
none can any more all is looked through again, within a day.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from overtone import clock
from overtone.aws import buckets, object_keys
from overtone.stores import sealed_files
from overtone.stores import settlements as settlement_store

LOOKED_AT_MAX: Final = 200_000
"""Files that one step looks at, in lists of a thousand: some half a minute."""
LATECOMERS_LIFE_MAX: Final = timedelta(minutes=16)
"""A function has fifteen minutes, and clocks differ a little."""


def sweep(record: settlement_store.Settlement) -> None:
    """Remove what earlier tries left of a settlement that was sealed just now; of a very large one the first part."""
    if _may_hold_some(record):
        _remove(record, "")


def sweep_again(records: Iterable[settlement_store.Settlement]) -> None:
    """Go on with each settlement that was sealed so long ago that nothing can be added to it, until all of it was looked through."""
    for record in records:
        if _may_hold_some(record) and clock.now() - datetime.fromisoformat(record["sealed_at"]) > LATECOMERS_LIFE_MAX:
            reached = _remove(record, record.get("swept_to", ""))
            settlement_store.note_sweep(record, reached=reached, swept=not reached)


def _may_hold_some(record: settlement_store.Settlement) -> bool:
    """The first try finds nothing of another."""
    return record["status"] == settlement_store.SEALED and record["attempt"] > 1 and not record.get("swept")


def _remove(record: settlement_store.Settlement, after: str) -> str:
    """Remove what the manifest does not name of the files behind one; the last that was looked at, or "" where there are no more."""
    bucket, looked_at, key = buckets.settlement(), 0, ""
    folder = object_keys.settlement_file(record["settlement_id"], "", preview=False)
    for stored in islice(bucket.list(folder, f"{folder}{after}" if after else ""), LOOKED_AT_MAX):
        looked_at, key = looked_at + 1, stored.key
        if not sealed_files.names(record, key.removeprefix(folder)):
            bucket.delete(key)
    return key.removeprefix(folder) if looked_at == LOOKED_AT_MAX else ""
