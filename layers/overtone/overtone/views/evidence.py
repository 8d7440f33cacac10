"""What stands behind accrual rows: outputs and recordings with their quantities, disclosures and batches.

Read from the facts themselves and accrued by the code that accrues, one subject at a time; so what is shown adds up to the row,
or is said not to.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from overtone.facts import accrual
from overtone.facts.accrual import Counts, output_of
from overtone.facts.intake import VOIDS_MARK, shown_id
from overtone.facts.outputs import Current, OutputDisclosure
from overtone.facts.rows import AccrualRow, UsageEntry
from overtone.facts.splits import is_output, split_of
from overtone.facts.usage import Records
from overtone.facts.usage_kinds import StoredUse
from overtone.identifiers import UNATTRIBUTED
from overtone.money import NANO, format_amount, format_share
from overtone.partitions import Partition
from overtone.scales import ZERO_NANO, Nano, Pico
from overtone.settlement.explanation import REVENUE_PLACES, Evidence, scaled
from overtone.stores import accruals as accrual_store
from overtone.stores import outputs as output_store
from overtone.stores import retention
from overtone.stores.accruals import UsageRead

ROWS_LISTED_MAX: Final = 200
PARTITIONS_READ_MAX: Final = 40
"""Partitions whose usage, or whose pages of accruals, are read for one explanation."""
RECORDS_READ_MAX: Final = 400_000
LOOKUPS_MAX: Final = 20_000
"""Outputs whose disclosures are looked up for one explanation: 200 batches."""
SUBJECTS_LISTED_MAX: Final = 100
"""Outputs and recordings described in one explanation."""


class _EarningSubject(NamedTuple):
    """A subject that a work earns from: its share and confidence in 1e-9, and the disclosure that says so (none for a recording itself)."""

    share: int
    current: Current | None
    confidence: int = 0

    @property
    def model(self) -> str:
        return self.current.claimed.method.model if self.current else ""


class Behind(NamedTuple):
    """What stands behind a work's rows: subjects, the rows themselves, and how much of both is left out."""

    subjects: list[Evidence]
    subjects_left_out: int
    accruals: list[dict[str, Any]]
    accruals_left_out: int
    partitions_not_read: int
    outputs_not_looked_up: int


class EvidenceQuery(NamedTuple):
    """What a line is about: the work key, and where it names them, one model, some uses, and the side that was split by itself.

    A levy (`levied`) counts uses of outputs, whoever reported them: what its readers are told of is that, and not what anybody earned.
    """

    work_key: str
    model: str
    uses: Collection[str]
    side: str = ""
    levied: bool = False

    def counts(self, entry: UsageEntry) -> bool:
        """Whether the line can be of an entry of its work."""
        return not self.levied or (is_output(entry.kind) and StoredUse.of(entry.use).royalty_bearing)


def of_rows(wanted: EvidenceQuery, rows: Sequence[AccrualRow]) -> Behind:
    """The usage behind a work's rows."""
    found: list[Evidence] = []
    accruals: list[dict[str, Any]] = []
    records, lookups, left_out, unread, unknown = 0, 0, 0, 0, 0
    for number, row in enumerate(rows):
        listed, partition = _row_json(row, wanted), Partition.parse(row.partition)
        if retention.is_over(partition):  # what is left of it are records that came late
            unread += 1
            listed["accrues_to_the_same_now"] = None
        elif number < PARTITIONS_READ_MAX and records < RECORDS_READ_MAX:
            read = accrual_store.read_usage(partition)
            records += sum(len(page.records.record_id) for page in read.pages)
            room = _Room(max(0, SUBJECTS_LISTED_MAX - len(found)), max(0, LOOKUPS_MAX - lookups))
            subjects = _subjects(wanted, row, read, room)
            found += subjects.listed
            left_out += subjects.left_out
            lookups += subjects.looked_up
            unknown += subjects.unknown
            listed["accrues_to_the_same_now"] = subjects.same
        else:
            unread += 1
        if number < ROWS_LISTED_MAX:
            accruals.append(listed)
    return Behind(found, left_out, accruals, len(rows) - len(accruals), unread, unknown)


def _row_json(row: AccrualRow, wanted: EvidenceQuery) -> dict[str, Any]:
    entries = [entry for entry in row.entries if isinstance(entry, UsageEntry) and wanted.counts(entry)]
    revenue: dict[str, int] = {}
    for entry in entries:
        if entry.revenue and not wanted.levied:
            revenue[entry.currency] = revenue.get(entry.currency, 0) + entry.revenue
    return {
        "partition": row.partition,
        "reporter": row.reporter,
        "attributed_quantity": format_share(sum((entry.quantity for entry in entries), ZERO_NANO)),
        "attributed_revenue": {currency: scaled(amount, REVENUE_PLACES) for currency, amount in sorted(revenue.items())},
    }


class _Room(NamedTuple):
    """How many subjects may still be listed, and how many disclosures looked up."""

    listed: int
    lookups: int


class _Subjects(NamedTuple):
    """`same`: whether the subjects still accrue to the row; `None` where not all were looked up."""

    listed: list[Evidence]
    left_out: int
    looked_up: int
    unknown: int
    same: bool | None


def _subjects(wanted: EvidenceQuery, row: AccrualRow, read: UsageRead, room: _Room) -> _Subjects:
    """The subjects of a partition that the work earns from."""
    partition = Partition.parse(row.partition)
    everything = {subject for page in read.pages for subject in page.records.subject}
    outputs = sorted(subject for subject in everything if output_of(subject) is not None)
    looked_up = outputs[: room.lookups]
    named = _naming(wanted, looked_up)
    if wanted.work_key in everything:
        named[wanted.work_key] = _EarningSubject(NANO, None)
    named = {subject: one for subject, one in named.items() if row.subject in {"", subject} and subject not in row.without}
    pages = [page.of_subjects(named.keys()) for page in read.pages]
    currents = [name.current for name in named.values() if name.current is not None]
    disclosures = {current.claimed.disclosed.output_id: current.disclosure() for current in currents}
    again = accrual.accrue(partition, pages, read.withdrawn, disclosures)
    entries = next((mine.entries for mine in again.rows if mine.work_key == wanted.work_key), ())
    used = [page._replace(records=_of_uses(page.records, wanted)) for page in pages]
    present = {subject for page in used for subject in page.records.subject}
    of_model = sorted(subject for subject in present if not wanted.model or named[subject].model == wanted.model)
    listed: list[Evidence] = []
    for subject in of_model[: room.listed]:
        own = UsageRead([page.of_subjects({subject}) for page in used], read.withdrawn)
        told = _of_subject(partition, subject, named[subject], own)
        listed += [replace(one, revenue="", currency="") for one in told] if wanted.levied else told
    unknown = len(outputs) - len(looked_up)
    return _Subjects(listed, len(of_model[room.listed :]), len(looked_up), unknown, None if unknown else entries == row.entries)


def _naming(wanted: EvidenceQuery, subjects: Iterable[str]) -> dict[str, _EarningSubject]:
    """Those of the outputs whose disclosure gives the work a share."""
    outputs = {subject: output for subject in subjects if (output := output_of(subject)) is not None}
    known = output_store.find_all(outputs.values())
    found = {subject: _share(wanted, known.get(output)) for subject, output in outputs.items()}
    return {subject: named for subject, named in found.items() if named.share}


def _share(wanted: EvidenceQuery, current: Current | None) -> _EarningSubject:
    """What an output gives to the work, or leaves to nobody: of the side that is asked for, where it is split by side."""
    if current is None:
        return _EarningSubject(NANO if wanted.work_key == UNATTRIBUTED else 0, None)
    disclosed = current.claimed.disclosed
    own = dict(disclosed.grounds.confidences).get(wanted.work_key, disclosed.confidence)
    parts = (part for part in current.disclosure().parts if split_of(part.kind)[1] in {"", wanted.side} or wanted.work_key != UNATTRIBUTED)
    return _EarningSubject(sum(share for part in parts for work, share in part.shares if work == wanted.work_key), current, own)


def _of_uses(records: Records, wanted: EvidenceQuery) -> Records:
    """The records of the uses asked for, of a levy all of outputs that bear a royalty."""
    if wanted.levied:
        uses = zip(records.subject, records.use, strict=True)
        return records.where([output_of(subject) is not None and StoredUse.of(use).royalty_bearing for subject, use in uses])
    return records.where([StoredUse.of(use).use in wanted.uses for use in records.use]) if wanted.uses else records


def _of_subject(partition: Partition, subject: str, source: _EarningSubject, read: UsageRead) -> list[Evidence]:
    claimed = source.current.claimed if source.current else None
    disclosed = {} if source.current is None else {output_of(subject) or "": source.current.disclosure()}
    counted = accrual.accrue(partition, read.pages, read.withdrawn, disclosed)
    return [
        Evidence(
            subject=subject,
            day=partition.scope,
            quantity=str(quantity),
            revenue=format_amount(Pico(revenue)) if currency else "",
            currency=currency,
            share=format_share(Nano(source.share)),
            confidence=format_share(Nano(source.confidence)) if claimed else "",
            disclosure=_disclosure(claimed) if claimed else "",
            batches=sorted(shown_id(batch) for batch, counts in counted.batches.items() if _stands(batch, counts)),
        )
        for _, currency, quantity, revenue in accrual.used(read.pages, read.withdrawn, subject)
    ]


def _stands(batch: str, counts: Counts) -> bool:
    """Whether records of a batch count; its voids are none."""
    return not batch.endswith(VOIDS_MARK) and bool(counts.accrued or counts.waiting)


def _disclosure(claimed: OutputDisclosure) -> str:
    method = claimed.method
    told = f"{shown_id(claimed.report)} revision {claimed.disclosed.revision} ({method.method} {method.method_version} for {method.model})"
    evidence = claimed.disclosed.grounds.evidence
    return f"{told}; evidence {evidence[0]} sha256 {evidence[1]}" if evidence else told


# --- what changed since


def accrued_again(reporter: str, month: str, cutoff: str, rows: Iterable[AccrualRow], work_key: str) -> dict[str, str]:
    """Partitions of a month that were accrued again after a cut-off, with the time.

    Those that `rows` came from, and with a `work_key` others of the `reporter` (of everybody, where it is empty) that may say something
    else of the work than before, or nothing any more: `PARTITIONS_READ_MAX` of these are looked into, the rest is named unread.
    """
    mine = {row.partition for row in rows}
    if not mine and not work_key:
        return {}
    again = dict(accrual_store.accrued_since(month, cutoff))
    others = [name for name in again if name not in mine and reporter in {"", Partition.parse(name).reporter}] if work_key else []
    looked = {name for name in others[:PARTITIONS_READ_MAX] if work_key in accrual_store.works_changed(month, name, cutoff)}
    told = mine | looked | {*others[PARTITIONS_READ_MAX:]}
    return {name: at for name, at in again.items() if name in told}
