"""Explains a line of a settlement: finds it, runs the computation again for its work alone, and looks behind it.

The plan, the cut-off and the totals are the settlement's own; accruals are as they are now, and where they moved since, the answer says so.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from overtone import explain as words
from overtone import part_file
from overtone.books import Entry
from overtone.deals import Deal
from overtone.entitlement import Entitled, Pricing
from overtone.errors import InvariantBroken, NotFound
from overtone.fields import Model
from overtone.formats.settlement_csv import LINES
from overtone.lines import NOTHING, Line, LineKey, Posting
from overtone.mechanisms.shape import Totals
from overtone.money import format_amount
from overtone.partitions import spread
from overtone.registry import Party, Work
from overtone.rows import AccrualRow
from overtone.settlement import DEALS_PART, RESIDUE_PART, MonthPlan, Plan
from overtone.storage import (
    accrual_store,
    evidence,
    files,
    keys,
    registry_store,
    settlement_facts,
    settlement_passes,
    settlement_store,
    settlement_view,
)
from overtone.storage.attributes import Item
from overtone.tally import Priced
from overtone.versions import Entity, Version
from overtone.work_month import WorkMonth, training_entries

LINE_ID_DIGITS: Final = 20
TRACED_MAX: Final = 50_000
"""Steps that one explanation keeps; a line of more is summed by the computation and not written out."""
_USAGE_KINDS: Final = frozenset({"output", "play", "work"})
_OUTPUT_KINDS: Final = frozenset({"output", "play"})

_SHOWN: Final[dict[type[Model], tuple[str, ...]]] = {
    Deal: ("licensee", "licensor", "currency", "from", "to", "sides", "mfn_group"),
    Work: ("title", "kind", "shares", "composition", "disputed"),
    Party: ("name", "kind", "mandates"),
}
"""What an explanation says of a version; terms stand beside, as they were applied."""


class _Found(NamedTuple):
    """A line, the part that it was computed in, and the plan."""

    plan: Plan
    line: Line
    part: str

    @property
    def month(self) -> MonthPlan:
        return self.plan.month(self.line.key.usage_month)


class _Again(NamedTuple):
    """The computation run again: what it comes to, each step, and the work that it was run for."""

    result: Entitled
    steps: list[Priced]
    totals: Totals
    work: WorkMonth | None
    steps_total: int


def explain(record: Item, line_id: str, may_read: Callable[[str], bool]) -> dict[str, Any]:
    """The explanation of a line; raises `NotFound` also for a line that is none of the caller's business."""
    found = _find(record, line_id)
    key = found.line.key
    if not any(may_read(party) for party in {key.party_id, key.member_id}):
        raise _no_line(record, line_id)
    before, after = (_posting(_standing(book, key)) for book in _books(found))
    again = _compute(found)
    arithmetic = words.of_line(key, again.steps, again.totals)
    recomputed = again.result.postings.get(key, NOTHING)
    rows = _rows(again, arithmetic.steps)
    moved = _moved(found, rows)
    remainder = found.part == RESIDUE_PART
    matches, adds_up = remainder or recomputed == after, after.minus(before) == found.line.posting
    shown = {
        "settlement_id": record["settlement_id"],
        "line_id": line_id,
        "verified": matches and adds_up,
        "notes": words.notes(matches=matches, adds_up=adds_up, moved=moved),
        "line": words.line_json(found.line),
        "posted": words.posted_json(before, after, found.line),
    }
    if remainder:
        return shown | {"remainder": words.remainder_json(key, again.totals)}
    return shown | {
        "computed_again": format_amount(recomputed.amount),
        "arithmetic": words.arithmetic_json(arithmetic, key.currency) | _left_out(again),
        "terms": words.terms_json(arithmetic.steps),
        "registry": _registry(found, arithmetic.steps),
        "evidence": evidence.of_rows(key.work_key, rows, key.model) | {"training_runs": _runs(again, arithmetic.steps)},
        "accrued_again_since": moved,
    }


def _posting(entry: Entry | None) -> Posting:
    return entry.posting if entry else NOTHING


def _left_out(again: _Again) -> dict[str, Any]:
    return {"steps_not_kept": again.steps_total - len(again.steps)} if again.steps_total > len(again.steps) else {}


# --- finding the line


def _no_line(record: Item, line_id: str) -> NotFound:
    return NotFound(f"settlement {record['settlement_id']} has no line {line_id!r} that you may see")


def _find(record: Item, line_id: str) -> _Found:
    plan = settlement_store.find_plan(record["settlement_id"], int(record["attempt"]))
    if plan is None:
        raise InvariantBroken("sealed", f"settlement {record['settlement_id']} has no plan")
    row = _row(record, line_id)
    if row is None:
        raise _no_line(record, line_id)
    month = plan.month(row["usage_month"])
    for part in _parts(plan, month, row["work_key"]):
        for text in settlement_store.lines_of(_part_key(plan, month.month, part)):
            if line_id.encode() in text:
                for _, line in part_file.decode(iter((b"[{},[]]\n", text))).entries:
                    if line.line_id == line_id:
                        return _Found(plan, line, part)
    raise InvariantBroken("sealed", f"line {line_id} of {record['settlement_id']} is in no part")


def _row(record: Item, line_id: str) -> Mapping[str, str] | None:
    """The line's row in `lines.csv`, found by its id at the start of a line."""
    if len(line_id) != LINE_ID_DIGITS or not line_id.isalnum():
        return None
    start = f"{line_id},".encode()
    texts = _texts(settlement_view.file_key(record, "lines.csv"))
    for text in texts:
        if text.startswith(start):
            rest = (more.decode() for more in _preceded(text, texts))
            return dict(zip(LINES, next(csv.reader(rest)), strict=True))
    return None


def _preceded(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _texts(key: str) -> Iterator[bytes]:
    rest = b""
    for chunk in files.settlement().stream(key):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (text + b"\n" for text in whole)
    if rest:
        yield rest


def _parts(plan: Plan, month: MonthPlan, work_key: str) -> list[str]:
    """The parts that can hold a line of this work key."""
    made = [*plan.parts_of(month), *([RESIDUE_PART] if month.touched is None else [])]
    bucket = f"{spread(work_key, plan.buckets):04d}" if work_key else ""
    return [part for part in (bucket, DEALS_PART, RESIDUE_PART) if part in made]


def _part_key(plan: Plan, month: str, part: str) -> str:
    return keys.work_object(plan.settlement_id, plan.attempt, "parts", month, f"{part}.ndjson.gz")


def _books(found: _Found) -> tuple[str, str]:
    """The books before and after the line."""
    plan, month = found.plan, found.month
    return month.books.get(found.part, ""), keys.book_object(month.month, found.part, plan.settlement_id, plan.attempt)


def _standing(book: str, key: LineKey) -> Entry | None:
    for text in settlement_store.lines_of(book) if book else ():
        if (entry := Entry.decode(text)).key == key:
            return entry
    return None


# --- computing it again


def _compute(found: _Found) -> _Again:
    plan, month = found.plan, found.month.month
    totals = settlement_passes.final_totals(plan, month)
    deals = registry_store.deals()
    facts = settlement_facts.month_facts(month, plan.cutoff)
    asking = settlement_facts.pricing(month, facts, settlement_facts.deals_only(deals, plan.cutoff))
    steps: list[Priced] = []
    counted = [0]

    def trace(priced: Priced) -> None:
        if priced.key._replace(currency="") == found.line.key._replace(currency=""):
            counted[0] += 1
            if len(steps) < TRACED_MAX:
                steps.append(priced)

    if found.part == RESIDUE_PART:
        return _Again(Entitled({}, {}, {}, []), [], totals, None, 0)
    if found.part == DEALS_PART:
        repertoires = settlement_facts.repertoires(plan, asking.repertoire_deals())
        snapshot = settlement_facts.repertoire_snapshot(repertoires, deals, plan.cutoff)
        result = settlement_facts.pricing(month, facts, snapshot).entitled_deals(repertoires, totals, trace)
        return _Again(result, steps, totals, None, counted[0])
    key = found.line.key.work_key
    pricing = settlement_facts.pricing(month, facts, settlement_facts.snapshot_for([key], deals, plan.cutoff))
    work = _work(plan, found, asking)
    return _Again(pricing.entitled(work, totals, trace), steps, totals, work, counted[0])


def _work(plan: Plan, found: _Found, asking: Pricing) -> WorkMonth:
    key = found.line.key.work_key
    alone = found.month._replace(touched={found.part: [key]})
    works = settlement_facts.work_months(plan._replace(months=[alone]), alone.month, found.part, models=asking.has_pools)
    return next((work for work in works if work.key == key), WorkMonth(key, (), (), ()))


# --- looking behind it


def _rows(again: _Again, steps: Sequence[Priced]) -> list[AccrualRow]:
    """The usage rows that the steps price."""
    kinds = {priced.use.kind for priced in steps}
    if again.work is None or not kinds & _USAGE_KINDS:
        return []
    reporters = {priced.use.reporter for priced in steps if priced.use.kind in _OUTPUT_KINDS}
    return [row for row in again.work.usage if not reporters or row.reporter in reporters]


def _moved(found: _Found, rows: Sequence[AccrualRow]) -> dict[str, str]:
    """Partitions of the rows that were accrued again after the cut-off, with the time."""
    mine = {row.partition for row in rows}
    summaries = accrual_store.summaries(found.month.month) if mine else ()
    return {item["sk"]: item["accrued_at"] for item in summaries if item["sk"] in mine and item["accrued_at"] > found.plan.cutoff}


def _runs(again: _Again, steps: Sequence[Priced]) -> list[dict[str, str]]:
    """The training runs that the steps price or share pools by."""
    wanted = {priced.use.run_id for priced in steps if priced.use.run_id}
    rows = (*again.work.runs, *again.work.latest) if again.work else ()
    found = {(row.reporter, entry.run_id, entry.day, entry.model) for row in rows for entry in training_entries(row)}
    names = ("licensee", "run_id", "trained_on", "model")
    return [dict(zip(names, run, strict=True)) for run in sorted(found) if run[1] in wanted]


def _registry(found: _Found, steps: Sequence[Priced]) -> dict[str, Any]:
    """The versions of works, parties and deals that the steps were priced with."""
    cutoff, key = found.plan.cutoff, found.line.key
    days = sorted({priced.use.day for priced in steps} or {found.plan.cutoff[:10]})
    sought = (
        ("deals", registry_store.deals(), {key.deal_id}),
        ("works", registry_store.works({key.work_id} - {""}), {key.work_id}),
        ("parties", registry_store.parties({key.party_id, key.member_id} - {""}), {key.party_id, key.member_id}),
    )
    shown: dict[str, Any] = {"cutoff": cutoff}
    for name, known, ids in sought:
        entities: list[Entity[Any]] = [known[entity_id] for entity_id in sorted(ids) if entity_id in known]
        shown[name] = [_version_json(entity, version) for entity in entities for version in _in_force(entity, days, cutoff)]
    return shown


def _in_force(entity: Entity[Any], days: Sequence[str], cutoff: str) -> list[Version[Any]]:
    versions = {version.number: version for day in days if (version := entity.in_force(day, cutoff))}
    return [versions[number] for number in sorted(versions)]


def _version_json(entity: Entity[Any], version: Version[Any]) -> dict[str, Any]:
    about = {"id": entity.id, "version": version.number, "effective_from": version.effective_from, "recorded_at": version.recorded_at}
    content = version.content.model_dump(mode="json", by_alias=True, exclude_none=True)
    return about | {name: content[name] for name in _SHOWN[type(version.content)] if name in content}
