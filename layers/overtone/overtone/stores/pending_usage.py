"""What reporters sent for a month that was accepted and is not counted yet, as far as the outbox says so."""

from collections import Counter
from typing import Final, NamedTuple

from overtone.aws import keys, tables
from overtone.facts.intake import USAGE
from overtone.partitions import Partition
from overtone.stores import outbox


class PendingUsage(NamedTuple):
    """What a reporter sent for a month that was accepted and is not counted yet."""

    batches: int
    records: int


NOTHING_PENDING: Final = PendingUsage(0, 0)


def of_month(month: str) -> dict[str, PendingUsage]:
    """By reporter what of a month's usage waits to be accrued: entries that are not expanded, and partitions that are pending."""
    found: dict[tuple[str, str], int] = {}
    for number in range(keys.OUTBOX_SLOTS):
        for entry in tables.usage().query(keys.outbox(number)):
            if entry["kind"] == USAGE and month in entry["months"]:
                found[entry["party"], entry["batch"]] = int(entry["months"][month])
    for item in outbox.pending():
        partition = Partition.parse(item["partition"])
        kind, _, batch = item["sk"].removeprefix(f"{item['partition']}#").partition("/")
        if (kind, partition.kind) == (USAGE, USAGE) and partition.scope[:7] == month:
            place = (partition.reporter, batch)
            found[place] = found.get(place, 0) + int(item.get("records", 0))
    batches = Counter(reporter for reporter, _ in found)
    records = Counter[str]()
    for (reporter, _), number in found.items():
        records[reporter] += number
    return {reporter: PendingUsage(count, records[reporter]) for reporter, count in batches.items()}
