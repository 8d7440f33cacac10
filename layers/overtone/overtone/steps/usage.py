"""Usage batches: accepting one, and telling what is stored of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from overtone import clock
from overtone.aws import keys, tables
from overtone.aws.attributes import Item
from overtone.aws.tables import ABSENT
from overtone.aws.transactions import Put
from overtone.config import settings
from overtone.errors import Conflict, NotFound, Rejected
from overtone.facts import drops, pages
from overtone.facts.accrual import Counts
from overtone.facts.intake import (
    STORED_MARK,
    USAGE,
    VOID_PAGE_FIRST,
    WITHDRAWAL,
    IntakePage,
    Submission,
    outcome_of,
    paged,
    receipt,
    refuse_bad,
    shown_id,
    stored_id,
)
from overtone.facts.limits import USED_ON_MIN
from overtone.facts.sheets import Sheet, check
from overtone.facts.usage import FinalDays, Records, first_day
from overtone.partitions import Partition
from overtone.rights.registry import Party
from overtone.rights.versions import Entity
from overtone.steps import corrections, rejections
from overtone.stores import accruals as accrual_store
from overtone.stores import drops as drop_store
from overtone.stores import fact_pages, retention
from overtone.stores import facts as fact_store
from overtone.stores.drops import ReplacedPart
from overtone.stores.facts import StoredFact

Shards = Callable[[str], int]
"""How many shards a reporter's usage of a day has."""
CountsReader = Callable[[str], Mapping[str, Counts]]
"""What became of the records of each batch in a partition."""
MARK: Final = ":"
"""Between a page's name and a row's number."""


def shards_of(party: Entity[Party]) -> Callable[[str], int]:
    """How many shards the reporter's usage of a day has."""

    def shards(day: str) -> int:
        version = party.in_force(day, clock.timestamp())
        return version.content.shards if version else 1

    return shards


def final_days(sheet: Sheet, reporter: str, today: str) -> FinalDays:
    """The days of a sheet of which accrued records have expired: they stay as they were last accrued."""
    first = first_day(today, settings().usage_retention_days)
    old = {day for day in sheet.columns["used_on"] if isinstance(day, str) and day >= USED_ON_MIN and retention.may_have_expired(day)}
    return FinalDays(first, frozenset(day for day in old if accrual_store.has_lost(reporter, day)))


def is_withdrawn(reporter: str, batch: str) -> bool:
    """Whether a batch (by its stored id) was taken back."""
    return fact_store.find_receipt(WITHDRAWAL, reporter, batch) is not None


def check_stands(reporter: str, batch: str) -> None:
    """Raise `Conflict` where a batch (by its stored id) that is sent again was taken back: its first receipt would promise too much."""
    if is_withdrawn(reporter, batch):
        raise Conflict(
            f"batch {shown_id(batch)!r} was withdrawn, so nothing of it counts; to have these records counted send them under a new id"
        )


def months_of(made: Iterable[IntakePage]) -> dict[str, int]:
    """The records of each usage month."""
    months: dict[str, int] = {}
    for page in made:
        if page.voids:
            continue
        month = page.partition.scope[:7]
        months[month] = months.get(month, 0) + page.records
    return months


def accept(sent: Submission, reporter: str) -> tuple[Mapping[str, Any], bool]:
    """Store a batch; its receipt, and whether it was there already. Raises `Rejected`, `Conflict`, `Retryable`."""
    batch, digest = stored_id(sent.batch_id), sent.sheet.digest()
    if known := fact_store.replayed(USAGE, reporter, batch, digest):
        check_stands(reporter, batch)
        return known, True
    party = fact_store.party_of(reporter, "reporter")
    checked = check(sent.sheet, reporter, clock.today(), final=final_days(sent.sheet, reporter, clock.today()))
    shards = shards_of(party)
    checked = corrections.settled(checked, reporter, party, shards)
    try:
        refuse_bad(checked, atomic=sent.atomic)
    except Rejected as error:
        rejections.batch(USAGE, reporter, sent.batch_id, error)
        raise
    made, accepted_at = paged(checked, reporter, shards), clock.timestamp()
    answer = receipt({"batch_id": sent.batch_id, "reporter": reporter}, outcome_of(checked), digest, accepted_at)
    return fact_store.commit(StoredFact(USAGE, reporter, batch, digest, accepted_at, answer, made, months=months_of(made)))


def find(reporter: str, batch_id: str) -> Item:
    """The stored receipt item of a batch; raises `NotFound`."""
    item = fact_store.find_receipt(USAGE, reporter, stored_id(batch_id))
    if item is None:
        raise NotFound(f"{reporter} has no usage batch {batch_id!r}")
    return item


def records(item: Item, first: str = "") -> Iterator[tuple[str, Records]]:
    """The stored pages of a batch from the one called `first` on, each with its name; names sort as the pages do."""
    for partition, _count in sorted(fact_store.unpacked(item["partitions"])):
        if partition < first.rpartition("#")[0]:
            continue
        prefix = f"{keys.PAGE}{item['batch']}#"
        wanted = (item for item in tables.usage().query(partition, prefix=prefix) if _name(partition, item, prefix) >= first)
        for page in fact_pages.read(wanted):
            yield _name(partition, page, prefix), pages.decode(page["page"], Partition.parse(partition).scope)


def _name(partition: str, page: Item, prefix: str) -> str:
    return f"{partition}#{page['sk'][len(prefix) :]}"


def counts(item: Item, counts_in: CountsReader = accrual_store.counts_in, *, voids: bool = False) -> dict[str, int]:
    """What became of a batch's records; each accepted one is accrued, a duplicate, superseded, withdrawn or waiting.

    With `voids`, what became of the rows that take back what its records replace is counted, too. `counts_in` reads a partition's.
    """
    whole, pending = Counts(), 0
    for partition, rows in fact_store.unpacked(item["partitions"]):
        known = accrual_store.counts_of(counts_in(partition), item["batch"])
        if known.records is None and known.voids is None:
            pending += rows if voids else rows - _voids(item, partition)
        for counts in known if voids else known[:1]:
            whole.add(counts or Counts())
    return {
        "accrued": whole.accrued,
        "duplicates": whole.duplicates,
        "superseded": whole.superseded,
        "conflicts": whole.conflicts,
        "withdrawn": whole.withdrawn,
        "waiting": pending + whole.waiting,
        "waiting_for_accrual": pending,
        "waiting_for_attribution": whole.waiting,
    }


def _voids(item: Item, partition: str) -> int:
    """How many voids a batch has in a partition."""
    if not item["receipt"].get("replaced"):
        return 0
    of_batch = f"{keys.PAGE}{item['batch']}#"
    pages = tables.usage().query(partition, first=f"{of_batch}{VOID_PAGE_FIRST:04d}", last=f"{of_batch}9999")
    return sum(int(page["records"]) for page in pages)


def listing(item: Item, after: str, limit: int) -> tuple[list[dict[str, object]], str]:
    """Stored records of a batch behind `after`, and where the next listing goes on ("" at the end)."""
    found: list[dict[str, object]] = []
    last = ""
    for name, part in records(item, after.rpartition(MARK)[0]):
        for row in range(len(part.record_id)):
            here = f"{name}{MARK}{row:06d}"
            if here <= after:
                continue
            if len(found) == limit:
                return found, last
            found.append(part.to_json(row))
            last = here
    return found, ""


def standing(item: Item) -> dict[str, Any]:
    """What has become of a batch since its receipt."""
    gone = fact_store.find_receipt(WITHDRAWAL, item["party"], item["batch"])
    since = {"status": "withdrawn", "withdrawn_at": gone["accepted_at"]} if gone else {}
    return since | {"counts": counts(item)}


def _refuse_final(item: Item, partitions: Iterable[Partition]) -> None:
    """Raise `Rejected` where a batch has records of a day that is final."""
    old = sorted({partition.scope for partition in partitions if retention.may_have_expired(partition.scope)})
    if final := [day for day in old if accrual_store.has_lost(item["party"], day)]:
        raise Rejected(
            f"batch {shown_id(item['batch'])!r} has records of {', '.join(final[:3])}, whose records are kept no more: the day is "
            f"final and cannot be changed; correct the other days by records of a higher revision"
        )


def withdraw(reporter: str, batch_id: str) -> tuple[Mapping[str, Any], bool]:
    """Let a batch's records count no more: a fact like any other. Raises `NotFound`, `Rejected`.

    With the last batch of a dropped file goes what was voided because of it or summed with it, but for final days; what was put off comes.
    """
    answer = _withdraw(reporter, batch_id)
    prefix, mark, _ = stored_id(batch_id).partition(STORED_MARK)
    for part in drop_store.replaced_by(reporter, prefix) if mark else ():
        ids = [stored_id(drops.batch_id(name, number)) for name, batches in part.because for number in range(batches, 0, -1)]
        if all(is_withdrawn(reporter, one) for one in ids):
            _end(reporter, part)
    return answer


def _end(reporter: str, part: ReplacedPart) -> None:
    """Nothing stands of what a part waited for."""
    if part.facts:
        part.keep()
        return
    with suppress(NotFound, Rejected):
        _withdraw(reporter, part.batch)


def _withdraw(reporter: str, batch_id: str) -> tuple[Mapping[str, Any], bool]:
    item = find(reporter, batch_id)
    batch, table = item["batch"], tables.usage()
    if known := fact_store.replayed(WITHDRAWAL, reporter, batch, item["digest"]):
        return known, True
    accepted_at, partitions = clock.timestamp(), [partition for partition, _ in fact_store.unpacked(item["partitions"])]
    _refuse_final(item, map(Partition.parse, partitions))
    stated = {"accepted_at": accepted_at, "expires_at": int(item["expires_at"]) + int(retention.OUTLIVED_BY.total_seconds())}
    marks = [Put(table, {**keys.withdrawn(partition, batch)._asdict(), **stated}, ABSENT) for partition in partitions]
    marks += drop_store.unstated(reporter, batch, accepted_at)
    answer = item["receipt"] | {"status": "withdrawn", "withdrawn_at": accepted_at}
    months = {Partition.parse(partition).scope[:7]: 0 for partition in partitions}
    fact = StoredFact(WITHDRAWAL, reporter, batch, item["digest"], accepted_at, answer, marks=partitions, with_it=marks, months=months)
    return fact_store.commit(fact)
