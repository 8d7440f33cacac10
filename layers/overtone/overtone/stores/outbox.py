"""The outbox: from accepted batches to one message per partition that has something new.

Two levels. The transaction that accepts a batch leaves one entry; `expand` turns it into one *pending* item for each of its
partitions, and `send` into one message for each pending partition. Every step can be repeated: pending items are deleted only by the
worker that saw them before it read.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import orjson

from overtone import clock
from overtone.aws import clients, keys, notice_keys, tables
from overtone.aws.attributes import Item
from overtone.aws.keys import Key
from overtone.aws.queues import MESSAGES_AT_ONCE
from overtone.aws.tables import chunks
from overtone.config import settings
from overtone.errors import Retryable
from overtone.facts.intake import ATTRIBUTION, OUTPUTS, USAGE
from overtone.facts.limits import SKETCH_SUBJECTS_MAX
from overtone.facts.pace import PartitionBacklog
from overtone.facts.sketches import Sketch
from overtone.partitions import Partition
from overtone.stores import facts as fact_store
from overtone.stores import quarantine, retention, unchecked
from overtone.stores.quarantine import Aside

ENTRIES_AT_ONCE: Final = 200
DISCLOSED: Final = ("first", "again")
"""How a report's worker leaves word of outputs: those that nobody had disclosed before, and those that were known."""
EVERY_MONTH: Final = "*"
REASON_LENGTH_MAX: Final = 1_000


class Expanded(NamedTuple):
    """How many entries there were, and those among them that could not be expanded."""

    entries: int
    unreadable: list[Item]


def expand() -> Expanded:
    """Turn every entry of the outbox into pending partitions, or set it aside."""
    table, count, unreadable = tables.usage(), 0, list[Item]()
    for number in range(keys.OUTBOX_SLOTS):
        for entries in chunks(list(table.query(keys.outbox(number))), ENTRIES_AT_ONCE):
            items = {tables.key_of(item): item for entry in entries for item in _expanded_or_aside(entry)}
            table.put_many(items.values())
            table.delete_many(tables.key_of(entry) for entry in entries)
            count += len(entries)
            unreadable += [item for item in items.values() if item["pk"] == notice_keys.OUTBOX_ASIDE]
    return Expanded(count, unreadable)


def _expanded_or_aside(entry: Item) -> list[Item]:
    """What follows from an entry. One that cannot be read stops no other: it lies aside, whole, with its reason."""
    try:
        return list(_expanded(entry))
    except Exception as error:  # noqa: BLE001 - it reads what is stored and asks nobody, so another try fares no better
        why = {"reason": f"{type(error).__name__}: {error}"[:REASON_LENGTH_MAX], "slot": entry["pk"], "since": clock.timestamp()}
        return [{**entry, **why, **Key(notice_keys.OUTBOX_ASIDE, entry["sk"])._asdict()}]


def aside() -> list[Item]:
    """The entries that could not be expanded, each with its reason: accepted facts that count for nothing until they are mended."""
    return list(tables.usage().query(notice_keys.OUTBOX_ASIDE))


def take_up_again() -> tuple[int, list[Item]]:
    """Try once more what lies aside: a later version may read it, or somebody mended it. How many are in the outbox again, and the rest."""
    table, found, rest = tables.usage(), 0, list[Item]()
    for item in aside():
        entry = {name: value for name, value in item.items() if name not in {"reason", "slot", "since"}} | {"pk": item["slot"]}
        if any(made["pk"] == notice_keys.OUTBOX_ASIDE for made in _expanded_or_aside(entry)):
            rest.append(item)
            continue
        table.put(entry)
        table.delete_many([tables.key_of(item)])  # as a settlement may, too
        found += 1
    return found, rest


def _expanded(entry: Item) -> Iterator[Item]:
    partitions: list[tuple[str, int]] = fact_store.unpacked(entry["partitions"])
    day = entry["accepted_at"][:10]
    kept = {"expires_at": retention.derived_expiry(day)}
    about = {"batch": entry["batch"], "accepted_at": entry["accepted_at"], "kind": entry["kind"]} | kept
    name = f"{entry['kind']}/{entry['batch']}"
    for partition, records in partitions:
        Partition.parse(partition)
        yield pending_item(partition, name, entry["accepted_at"], records)
    for month, records in entry["months"].items():
        yield {**keys.received(entry["party"], month, name)._asdict(), **about, "records": records}
    yield {**keys.accepted(entry["party"], day, name)._asdict(), **about}
    yield keys.active(day, entry["party"])._asdict() | kept
    yield from unchecked.late(day, entry["party"])


def pending_item(partition: str, cause: str, at: str, records: int = 0) -> Item:
    """A partition that waits to be accrued, because of one batch or report that brings it so many records."""
    return {**keys.pending(partition, cause)._asdict(), "partition": partition, "at": at, "records": records}


def pending_of(partition: str) -> list[Item]:
    """What a partition waits for."""
    first = keys.pending(partition, "")
    return list(tables.usage().query(first.pk, prefix=first.sk))


def waits_because(pending: Iterable[Item], cause: str) -> bool:
    """Whether a cause is among those for which a partition waits."""
    return any(item["sk"] == keys.pending(item["partition"], cause).sk for item in pending)


def mark(partitions: Iterable[str], cause: str, at: str) -> None:
    """Let partitions be accrued again."""
    tables.usage().put_many(pending_item(partition, cause, at) for partition in partitions)


def mark_disclosed(partition: str, cause: str, at: str, disclosed: Iterable[Iterable[str]]) -> None:
    """Leave word of what a report disclosed, for the first time and again, for who tells it of all reports at once."""
    parts = [
        {kind: Sketch.of(part).encode()}
        for kind, subjects in zip(DISCLOSED, disclosed, strict=True)
        for part in chunks(sorted(subjects), SKETCH_SUBJECTS_MAX)
    ]
    tables.usage().put_many(pending_item(partition, f"{cause}/{number:04d}", at) | part for number, part in enumerate(parts))


def unmark(seen: Iterable[Item]) -> None:
    """Forget what a worker saw before it read the partition."""
    tables.usage().delete_many(tables.key_of(item) for item in seen)


@dataclass(slots=True)
class Backlog:
    """What waits to be accrued, in one pass: of each partition its causes and the newest moment, of each month and of all the oldest."""

    partitions: dict[str, PartitionBacklog] = field(default_factory=dict)
    newest: dict[str, str] = field(default_factory=dict)
    by_month: dict[str, str] = field(default_factory=dict)
    oldest: str | None = None

    def add(self, partition: str, at: str, records: int) -> None:
        """Take in one pending item. A disclosure may change any month."""
        parsed = Partition.parse(partition)
        month = parsed.scope[:7] if parsed.kind == USAGE else EVERY_MONTH
        before = self.partitions.get(partition, PartitionBacklog(0, at))
        self.partitions[partition] = PartitionBacklog(before.records + records, min(at, before.since))
        self.newest[partition] = max(at, self.newest.get(partition, ""))
        self.by_month[month] = min(at, self.by_month.get(month, at))
        self.oldest = min(at, self.oldest or at)


def backlog() -> Backlog:
    """What waits now."""
    found = Backlog()
    for item in pending():
        found.add(item["partition"], item["at"], int(item.get("records", 0)))
    return found


def pending() -> Iterator[Item]:
    """Everything that waits to be accrued."""
    for number in range(keys.OUTBOX_SLOTS):
        yield from tables.usage().query(keys.waiting(number))


def oldest_entry() -> str:
    """When the oldest entry that is not yet expanded was accepted; "" where there is none."""
    first = (next(tables.usage().query(keys.outbox(number), limit=1), None) for number in range(keys.OUTBOX_SLOTS))
    return min((str(entry["accepted_at"]) for entry in first if entry), default="")


def send(newest: Mapping[str, str], run: str, *, urgent: bool = False) -> None:
    """One message for each partition; raises `Retryable` where the queue took not all. `urgent`: somebody waits, however little is new.

    Disclosures go first, so that usage of the same run is accrued with them. `run` and the newest moment make the deduplication id:
    repeating a run sends nothing twice within five minutes, and what came since is never swallowed.
    """
    order = sorted(newest, key=lambda partition: (Partition.parse(partition).kind != ATTRIBUTION, partition))
    for part in chunks(order, MESSAGES_AT_ONCE):
        messages: Any = [_message(str(number), partition, newest[partition], run, urgent=urgent) for number, partition in enumerate(part)]
        answer = clients.sqs().send_message_batch(QueueUrl=settings().accrual_queue_url, Entries=messages)
        if failed := answer.get("Failed"):
            raise Retryable(f"the queue refused {len(failed)} messages ({failed[0].get('Code')}); the next run sends them again")


def _message(number: str, partition: str, newest: str, run: str, *, urgent: bool) -> dict[str, str]:
    return {
        "Id": number,
        "MessageBody": orjson.dumps({"partition": partition, "urgent": urgent}).decode(),
        "MessageGroupId": _hash(group(partition)),
        "MessageDeduplicationId": _hash(f"{partition}\n{newest}\n{run}"),
    }


def group(partition: str) -> str:
    """What one worker at a time works on: a partition, or one way of the outputs across all labs."""
    parsed = Partition.parse(partition)
    return f"{ATTRIBUTION}#{parsed.shard}" if parsed.kind in {ATTRIBUTION, OUTPUTS} else partition


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def records_of(pending: Iterable[Item]) -> int:
    """The records that pending items stand for."""
    return sum(int(item.get("records", 0)) for item in pending)


class Gathered(NamedTuple):
    """What the outbox holds once its entries are expanded, since `began`: these, what waits to be accrued, what is set aside."""

    began: str
    expanded: Expanded
    waiting: Backlog
    aside: Mapping[str, Aside]

    def unfinished(self, through: str, until: str) -> list[str]:
        """The partitions that wait for what was accepted up to an instant and can change months up to `through`.

        A run's month stands in its pages and a disclosure can change any month, so both count whatever the month. What comes
        later does not: while platforms report there is always more, and a settlement that waits for silence never starts. Nor does
        what is set aside.
        """
        partitions = ((name, Partition.parse(name)) for name, waits in self.waiting.partitions.items() if waits.since <= until)
        wanted = {name for name, partition in partitions if partition.kind != USAGE or partition.scope[:7] <= through}
        return sorted(wanted & quarantine.worth_waiting(self.waiting.newest, self.aside).keys())


def gather() -> Gathered:
    """Expand the outbox, and read what waits."""
    began = clock.timestamp()
    return Gathered(began, expand(), backlog(), quarantine.everything())


class Dispatched(NamedTuple):
    """What one run of the outbox did: batches expanded, partitions sent; what it found waiting, and the entries that cannot be read."""

    batches: int
    partitions: int
    waiting: Backlog
    unreadable: list[Item]


def dispatch(run: str = "", found: Gathered | None = None, *, urgent: bool = False) -> Dispatched:
    """Expand the outbox and send a message for each pending partition that is worth a try. `found`: it was expanded just now.

    What is set aside and waits for nothing waits again: another worker said that all was done just before the failing one set it aside.
    """
    taken_up, unreadable = take_up_again()
    began, expanded, waiting, aside = gather() if found is None or taken_up else found
    oldest = {month: min(began, at) for month, at in waiting.by_month.items()}
    tables.usage().put({**keys.ACCRUED_UNTIL._asdict(), "at": began, "oldest": oldest})  # for readers: since when something waits
    forgotten = [name for name, one in aside.items() if one.has_worker and name not in waiting.newest and not pending_of(name)]
    mark(forgotten, "again", began)
    newest = quarantine.worth_waiting(waiting.newest | dict.fromkeys(forgotten, began), aside)
    send(newest, run or clock.timestamp(), urgent=urgent)
    return Dispatched(expanded.entries, len(newest), waiting, unreadable + expanded.unreadable)


def accrued_until(month: str) -> str:
    """An instant before which everything accepted is in the month's accruals; "" where none were made."""
    item = tables.usage().get(keys.ACCRUED_UNTIL)
    if item is None:
        return ""
    found, at = dict[str, str](item["oldest"]), str(item["at"])
    return min(at, found.get(month, at), found.get(EVERY_MONTH, at))
