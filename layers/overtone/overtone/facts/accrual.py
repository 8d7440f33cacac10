"""Accrual: the usage of one partition, deduplicated and split over the works that its disclosures name.

Recomputed from nothing each time, so whatever is retried, replayed or reordered, the same facts give the same rows. Exact in
integers; checked to be conserved before anything is written. No price, no registry.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from overtone.errors import InvariantBroken
from overtone.facts import splits
from overtone.facts.intake import counted_as
from overtone.facts.pages import decode
from overtone.facts.rows import NO_CONFIDENCE, PLAY, AccrualRow, UsageEntry
from overtone.facts.splits import OUTPUT_KIND, PLAIN, EntryKind, Grounds, SplitPart, parts_of
from overtone.facts.usage import OUTPUT, UNLISTED, Records
from overtone.identifiers import UNATTRIBUTED
from overtone.money import NANO, parse_amount
from overtone.partitions import Partition
from overtone.scales import Nano, Zepto


class Disclosure(NamedTuple):
    """What an output owes to which works: shares in 1e-9, at most one whole together, or of each side."""

    model: str
    confidence: int
    shares: Sequence[tuple[str, int]]
    grounds: Grounds = PLAIN

    @property
    def parts(self) -> list[SplitPart]:
        """Its shares by kind and band, each side made whole."""
        return parts_of(self.confidence, self.shares, self.grounds)


class PageOfUsage(NamedTuple):
    """A page that was read. Pages are taken in the order of (`accepted_at`, `batch`, `number`)."""

    accepted_at: str
    batch: str
    number: int
    records: Records

    def of_subjects(self, subjects: Collection[str]) -> "PageOfUsage":
        """The page with the records of these subjects alone."""
        return self._replace(records=self.records.where([subject in subjects for subject in self.records.subject]))


class StoredPage(NamedTuple):
    """A page as it is stored. Pages are taken in the order of (`accepted_at`, `batch`, `number`)."""

    accepted_at: str
    batch: str
    number: int
    body: bytes
    records: int

    def unpacked(self, day: str) -> PageOfUsage:
        """The page, read."""
        return PageOfUsage(self.accepted_at, self.batch, self.number, decode(self.body, day))


@dataclass(slots=True)
class Counts:
    """What became of the records of a batch, or of a whole partition. Each record is exactly one of these."""

    accrued: int = 0
    duplicates: int = 0
    superseded: int = 0
    withdrawn: int = 0
    waiting: int = 0
    conflicts: int = 0

    def total(self) -> int:
        """All records."""
        return sum(self.encode())

    def add(self, other: "Counts") -> None:
        """Count the other's records too."""
        self.accrued += other.accrued
        self.duplicates += other.duplicates
        self.superseded += other.superseded
        self.withdrawn += other.withdrawn
        self.waiting += other.waiting
        self.conflicts += other.conflicts

    def encode(self) -> list[int]:
        """As a list, in the order of the fields; one of the first version ends before `conflicts`."""
        return [self.accrued, self.duplicates, self.superseded, self.withdrawn, self.waiting, self.conflicts]


@dataclass(slots=True)
class Accrued:
    """What a partition says: its rows in order of work key, and the accounting of every record, of a batch's voids by itself."""

    rows: list[AccrualRow]
    batches: dict[str, Counts]
    voided: int = 0
    subjects: set[str] = field(default_factory=set)
    undisclosed: set[str] = field(default_factory=set)
    revenue: dict[str, int] = field(default_factory=dict)
    quantity: int = 0

    def counts(self) -> Counts:
        """The sum over the batches."""
        whole = Counts()
        for counts in self.batches.values():
            whole.add(counts)
        return whole


Identity: TypeAlias = tuple[str, str]
RowGroup: TypeAlias = tuple[str, str, str, str]
_Sums: TypeAlias = dict[RowGroup, list[int]]
_Entries: TypeAlias = dict[tuple[EntryKind, str, str, str, str, int], list[int]]


def output_of(subject: str) -> str | None:
    """The output id of a subject, or `None` for a recording played itself."""
    return subject[len(OUTPUT) :] if subject.startswith(OUTPUT) else None


def _joined(pages: Iterable[PageOfUsage]) -> Records:
    columns: list[list[object]] = [[] for _ in Records._fields]
    for page in pages:
        for column, part in zip(columns, page.records, strict=True):
            column.extend(part)
    return Records(*columns)  # type: ignore[arg-type]


def _content(records: Records, row: int) -> tuple[object, ...]:
    revenue = records.revenue[row]
    amount = parse_amount(revenue) if revenue else 0
    return (records.quantity[row], records.use[row], amount, records.currency[row], records.territory[row])


def _losers(records: Records) -> dict[int, str]:
    """Rows that another row of the same identity displaces, by what each then is. Rows stand in the order of acceptance.

    Among those of one revision the first stands: the same content again is one of the `duplicates`, other content one of the
    `conflicts`, whatever comes later. Of those that stand the highest revision wins; lower ones are `superseded`.
    """
    identities: list[Identity] = list(zip(records.subject, records.record_id, strict=True))
    if len(set(identities)) == len(identities):
        return {}
    often = {identity for identity, times in Counter(identities).items() if times > 1}
    contested: dict[Identity, list[int]] = {}
    for row, identity in enumerate(identities):
        if identity in often:
            contested.setdefault(identity, []).append(row)
    lost: dict[int, str] = {}
    for rows in contested.values():
        top, firsts = max(records.revision[row] for row in rows), dict[int, int]()
        for row in rows:
            first = firsts.setdefault(records.revision[row], row)
            if row != first:
                lost[row] = "duplicates" if _content(records, row) == _content(records, first) else "conflicts"
            elif records.revision[row] < top:
                lost[row] = "superseded"
    return lost


def _grouped(records: Records, lost: Mapping[int, str]) -> _Sums:
    """Quantity and revenue (pico) by subject, use, territory and currency; what is void counts nothing."""
    amounts = {text: parse_amount(text) if text else 0 for text in set(records.revenue)}
    sums: _Sums = {}
    keys = zip(records.subject, records.use, records.territory, records.currency, strict=True)
    for row, (key, quantity, revenue) in enumerate(zip(keys, records.quantity, records.revenue, strict=True)):
        if not quantity or row in lost:
            continue
        known = sums.get(key)
        if known is None:
            sums[key] = [quantity, amounts[revenue]]
        else:
            known[0] += quantity
            known[1] += amounts[revenue]
    return sums


def used(pages: Iterable[PageOfUsage], withdrawn: Iterable[str], subject: str) -> list[tuple[str, str, int, int]]:
    """What counts of one subject: (use, currency, quantity, revenue in pico), in order."""
    gone = set(withdrawn)
    records = _joined(page for page in sorted(pages, key=lambda page: page[:3]) if page.batch not in gone)
    own = records.where([name == subject for name in records.subject])
    sums = _grouped(own, _losers(own))
    return [(use, currency, *values) for (_, use, _, currency), values in sorted(sums.items())]  # type: ignore[misc]


def _parts(disclosed: Disclosure | None, *, is_output: bool, subject: str) -> list[SplitPart]:
    """The parts of a subject, by kind and band; those of each side make one whole. Raises `InvariantBroken` beyond it."""
    if not is_output:
        return [SplitPart(PLAY, NO_CONFIDENCE, [(UNATTRIBUTED if subject.startswith(UNLISTED) else subject, NANO)])]
    if disclosed is None:
        return [SplitPart(OUTPUT_KIND, NO_CONFIDENCE, [(UNATTRIBUTED, NANO)])]
    parts = disclosed.parts
    least = min((share for part in parts for _, share in part.shares), default=0)
    if least < 0:
        raise InvariantBroken("conserved", f"the shares of {subject} exceed the whole by {-least} of {NANO}")
    return parts


def _split(partition: Partition, sums: _Sums, disclosures: Mapping[str, Disclosure]) -> list[AccrualRow]:
    entries: dict[str, _Entries] = {}
    first: dict[str, dict[tuple[str, str], str]] = {}
    for (subject, use, territory, currency), (quantity, revenue) in sums.items():
        output = output_of(subject)
        disclosed = disclosures.get(output) if output is not None else None
        model = disclosed.model if disclosed else ""
        for part in _parts(disclosed, is_output=output is not None, subject=subject):
            key = (part.kind, model, use, territory, currency, part.band)
            for work, share in part.shares:
                known = entries.setdefault(work, {}).setdefault(key, [0, 0])
                known[0] += quantity * share
                known[1] += revenue * share
                if output is not None:
                    outputs = first.setdefault(work, {})
                    outputs[model, use] = min(subject, outputs.get((model, use), subject))
    return [
        AccrualRow(work, str(partition), partition.reporter, _evidence(first.get(work, {})), _entries(partition, of))
        for work, of in sorted(entries.items())
    ]


def _evidence(first: Mapping[tuple[str, str], str]) -> tuple[tuple[str, str, str], ...]:
    return tuple((*shown, subject) for shown, subject in sorted(first.items()))


def _entries(partition: Partition, of_work: _Entries) -> tuple[UsageEntry, ...]:
    return tuple(UsageEntry(partition.scope, *key, Nano(quantity), Zepto(revenue)) for key, (quantity, revenue) in sorted(of_work.items()))


def _check_conserved(partition: Partition, sums: _Sums, rows: Sequence[AccrualRow]) -> None:
    """Raise `InvariantBroken` unless the rows hold exactly the quantity, and the revenue in each currency, that was reported.

    Of outputs that are split by side, recordings and compositions each do.
    """
    reported: Counter[str] = Counter()
    quantity = 0
    for (_, _, _, currency), (count, revenue) in sums.items():
        quantity += count
        reported[currency] += revenue
    spread: Counter[str] = Counter()
    attributed: dict[str, Counter[str]] = {}
    for entry in (entry for row in rows for entry in row.entries if isinstance(entry, UsageEntry)):
        spread[entry.kind] += entry.quantity
        attributed.setdefault(entry.currency, Counter())[entry.kind] += entry.revenue
    whole = splits.counted(spread) == quantity * NANO and splits.are_alike(spread)
    for currency in attributed.keys() | reported.keys():
        of_kinds = attributed.get(currency, Counter())
        whole = whole and splits.counted(of_kinds) == reported[currency] * NANO and splits.are_alike(of_kinds)
    if not whole:
        raise InvariantBroken(
            "conserved", f"{partition}: reported {quantity} and {dict(reported)}, attributed {dict(spread)} and {attributed}"
        )


def _account(pages: Sequence[PageOfUsage], lost: Mapping[int, str], waiting: Sequence[bool]) -> dict[str, Counts]:
    batches: dict[str, Counts] = {}
    row = 0
    for page in pages:
        counts = batches.setdefault(counted_as(page.batch, page.number), Counts())
        for _ in page.records.record_id:
            name = lost.get(row) or ("waiting" if waiting[row] else "accrued")
            setattr(counts, name, getattr(counts, name) + 1)
            row += 1
    return batches


def accrue(partition: Partition, pages: Iterable[PageOfUsage], withdrawn: Iterable[str], disclosures: Mapping[str, Disclosure]) -> Accrued:
    """The rows of a usage partition from all its pages, the batches withdrawn and the disclosures of its outputs by output id.

    Raises `InvariantBroken` where the rows do not hold exactly what was reported.
    """
    gone, ordered = set(withdrawn), sorted(pages, key=lambda page: page[:3])
    live = [page for page in ordered if page.batch not in gone]
    records = _joined(live)
    lost = _losers(records)
    sums = _grouped(records, lost)
    rows = _split(partition, sums, disclosures)
    _check_conserved(partition, sums, rows)
    subjects = set(records.subject)
    undisclosed = {subject for subject in subjects if (output := output_of(subject)) is not None and output not in disclosures}
    batches = _account(live, lost, [subject in undisclosed for subject in records.subject])
    for page in ordered:
        if page.batch in gone:
            batches.setdefault(counted_as(page.batch, page.number), Counts()).withdrawn += len(page.records.record_id)
    revenue: dict[str, int] = {}
    for (_, _, _, currency), (_, amount) in sums.items():
        if currency:
            revenue[currency] = revenue.get(currency, 0) + amount
    voided = sum(1 for row, quantity in enumerate(records.quantity) if not quantity and row not in lost)
    quantity = sum(quantity for quantity, _ in sums.values())
    return Accrued(rows, batches, voided, subjects, undisclosed, revenue, quantity)
