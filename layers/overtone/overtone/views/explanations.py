"""Explains a line of a settlement: finds it, runs the computation again for its work alone, and looks behind it.

The plan, the cut-off and the totals are the settlement's own; accruals are as they are now, and where they moved since, the answer says so.
"""

import csv
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, Final, NamedTuple

from overtone.aws import buckets, object_keys
from overtone.errors import Gone, InvariantBroken, NotFound
from overtone.facts.rows import AccrualRow
from overtone.formats.settlement_csv import line_of
from overtone.lines import LEVY_DEAL, NOTHING, Line, LineKey, Posting
from overtone.mechanisms.totals import TermKey, Totals
from overtone.money import format_amount, format_share
from overtone.months import last_day
from overtone.partitions import bucket_of
from overtone.rights.versions import Entity, Version
from overtone.scales import Nano
from overtone.settlement import explanation, part_file, residue, rounds
from overtone.settlement.books import BookEntry
from overtone.settlement.entitlement import DealTerm
from overtone.settlement.explanation import Background, Evidence, Explanation, VersionedKind, VersionUsed
from overtone.settlement.plan import DEALS_PART, RESIDUE_PART, MonthPlan, Plan
from overtone.settlement.pricing_facts import Entitled
from overtone.settlement.rounds import Part
from overtone.settlement.tally import Priced
from overtone.settlement.work_month import WorkMonth, training_entries, usage_entries
from overtone.stores import books as book_store
from overtone.stores import line_objects, retention, sealed_files
from overtone.stores import registry as registry_store
from overtone.stores import settlements as settlement_store
from overtone.stores.month_parts import MonthParts
from overtone.views import evidence, hold_views, licensees
from overtone.views.applied_terms import applied, openers
from overtone.views.deals import is_shown

LINE_ID_DIGITS: Final = 20
_BEFORE_IS_GONE: Final = "what stood before is kept no more; it is taken to be what stood afterwards without this line"
_USAGE_KINDS: Final = frozenset({"output", "play", "work"})
_OUTPUT_KINDS: Final = frozenset({"output", "play"})


class _LocatedLine(NamedTuple):
    """A line, the part that it was computed in, and the plan."""

    plan: Plan
    line: Line
    part: str

    @property
    def month(self) -> MonthPlan:
        return self.plan.month(self.line.key.usage_month)


class _Again(NamedTuple):
    """The computation run again: what it comes to, each step of the line, and the work that it was run for.

    `opened` are the terms, each with its version, that the month's pools were opened by.
    """

    result: Entitled
    steps: list[Priced]
    totals: Totals
    work: WorkMonth | None
    opened: Mapping[TermKey, DealTerm] = {}

    @property
    def openers(self) -> list[DealTerm]:
        """Those by which pools of the line were opened, where none of its own uses fell under them."""
        return openers(self.steps, self.totals, self.opened)


class ExplanationAnswer(NamedTuple):
    """An explanation, and what the store says about it: whether it was verified, the terms applied, the rows behind it."""

    explanation: Explanation
    about: dict[str, Any]


def explain(record: settlement_store.Settlement, line_id: str, may_read: Callable[[str], bool]) -> ExplanationAnswer:
    """The explanation of a line, for its payee, or for its licensee without the payee; raises `NotFound` for anybody else, `Gone`."""
    found = _find(record, line_id)
    key = found.line.key
    is_payee = any(may_read(party) for party in {key.party_id, key.member_id})
    if not is_payee and not may_read(key.licensee):
        raise _no_line(record, line_id)
    (before, after, gone), again = _stood(found), _compute(found)
    wanted = _wanted(key, again)
    rows = _rows(again, wanted)
    behind = evidence.of_rows(wanted, rows)
    changes = licensees.changes_of(again.result.adjustments.get(key, ()), is_payee=is_payee)
    capped = {term for line, term in again.result.owed if line == key}
    opened = {key: term for key, (term, _) in again.opened.items()}
    background = Background([*behind.subjects, *_runs(again)], _versions(found, again, may_read), changes, capped, opened)
    explained = explanation.explain(record["settlement_id"], found.line, before, again.steps, again.totals, background)
    adds_up, remainder = after.minus(before) == found.line.posting, found.part == RESIDUE_PART
    if remainder:
        explained = replace(explained, rounded=format_amount(after.amount), agrees=adds_up)
    verified = adds_up and explained.agrees and (remainder or again.result.postings.get(key, NOTHING) == after)
    reporter, month = "" if key.deal_id.startswith(LEVY_DEAL) else key.licensee, key.usage_month  # a levy counts what anybody reports
    moved = evidence.accrued_again(reporter, month, found.plan.cutoff, rows, "" if verified else key.work_key)
    about = {
        "verified": verified,
        "notes": [
            *_notes(explained, verified=verified, moved=bool(moved)),
            *([_BEFORE_IS_GONE] if gone else []),
            *(_remainder(key, again.totals) if remainder else []),
            *(hold_views.notes(key, found.plan.cutoff) if is_payee else []),
        ],
        "terms": applied(again.steps, again.openers),
        "cutoff": found.plan.cutoff,
        "accrued_again_since": moved,
        **{name: value for name, value in behind._asdict().items() if name != "subjects"},
    }
    return ExplanationAnswer(explained if is_payee else licensees.explanation_of(explained), about)


def _notes(explained: Explanation, *, verified: bool, moved: bool) -> list[str]:
    """What a reader must know before believing the explanation."""
    if not verified and moved:
        return ["the usage behind this line was corrected after the settlement, so it comes to another amount now; the next one adjusts it"]
    if not verified:
        return ["computed again, the line comes to another amount, and nothing behind it is known to have changed: report this"]
    if moved:
        return ["some of the usage behind this line was read again since; it comes to the same"]
    return [f"it corrects settlement {explained.adjusts}"] if explained.adjusts else []


def _remainder(key: LineKey, totals: Totals) -> list[str]:
    """The pools whose undivided rest a line is: those that are owed in its month."""
    mine, owed = (key.deal_id, key.mechanism, key.currency), residue.owed_in(key.usage_month, totals)
    pools = [pool for name, pool in sorted(owed.items()) if (name.deal_id, name.mechanism, pool.currency) == mine]
    amounts = [f"{pool.name}: {format_amount(pool.amount)} {pool.currency} over {totals[pool.basis]}" for pool in pools]
    return ["what is left of these pools once every line has its part, rounded down", *amounts]


def _stood(found: _LocatedLine) -> tuple[Posting, Posting, bool]:
    """What stood under the line's key before it and afterwards; and whether what stood before is kept no more, and is what this leaves."""
    earlier, later = _books(found)
    after, gone = _posting(_standing(later, found.line.key)), bool(earlier) and buckets.settlement().head(earlier) is None
    return after.minus(found.line.posting) if gone else _posting(_standing(earlier, found.line.key)), after, gone


def _posting(entry: BookEntry | None) -> Posting:
    return entry.posting if entry else NOTHING


# --- finding the line


def _no_line(record: settlement_store.Settlement, line_id: str) -> NotFound:
    return NotFound(f"settlement {record['settlement_id']} has no line {line_id!r} that you may see")


def _find(record: settlement_store.Settlement, line_id: str) -> _LocatedLine:
    if retention.workings_over(record["cutoff"][:10]):
        raise Gone(f"what settlement {record['settlement_id']} worked with is kept no longer than the usage behind its lines, and is gone")
    plan = settlement_store.find_plan(record["settlement_id"], int(record["attempt"]))
    if plan is None:
        raise InvariantBroken("sealed", f"settlement {record['settlement_id']} has no plan")
    row = _row(record, line_id)
    if row is None:
        raise _no_line(record, line_id)
    month = plan.month(row["usage_month"])
    for part in _parts(plan, month, row["work_key"]):
        if line := part_file.find(line_id, line_objects.lines_of(book_store.part_key(plan, month.month, part))):
            return _LocatedLine(plan, line, part)
    raise InvariantBroken("sealed", f"line {line_id} of {record['settlement_id']} is in no part")


def _row(record: settlement_store.Settlement, line_id: str) -> Mapping[str, str] | None:
    """The line's row in `lines.csv`, found by its id at the start of a line."""
    if len(line_id) != LINE_ID_DIGITS or not line_id.isalnum():
        return None
    start = f"{line_id},".encode()
    texts = line_objects.split(buckets.settlement().stream(sealed_files.file_key(record, "lines.csv")))
    for text in texts:
        if text.startswith(start):
            return line_of(next(csv.reader(line.decode() for line in chain((text,), texts))))
    return None


def _parts(plan: Plan, month: MonthPlan, work_key: str) -> list[str]:
    """The parts that can hold a line of this work key."""
    written = plan.parts_written(month)
    bucket = f"{bucket_of(work_key, plan.buckets):04d}" if work_key else ""
    return [part for part in (bucket, DEALS_PART, RESIDUE_PART) if part in written]


def _books(found: _LocatedLine) -> tuple[str, str]:
    """The books before and after the line."""
    plan, month = found.plan, found.month
    return month.books.get(found.part, ""), object_keys.book_object(month.month, found.part, plan.settlement_id, plan.attempt)


def _standing(book: str, key: LineKey) -> BookEntry | None:
    for text in line_objects.lines_of(book) if book else ():
        if (entry := BookEntry.decode(text)).key == key:
            return entry
    return None


# --- computing it again


def _compute(found: _LocatedLine) -> _Again:
    totals = book_store.final_totals(found.plan, [found.month.month])[found.month.month]
    if found.part == RESIDUE_PART:
        return _Again(Entitled({}, {}, {}, []), [], totals, None)
    steps: list[Priced] = []
    sought = found.line.key._replace(currency="")

    def trace(priced: Priced) -> None:
        if priced.key._replace(currency="") == sought:
            steps.append(priced)

    part = _alone(found)
    result, opened = rounds.together(part.entitled(totals, trace)), part.pricing.terms_with_versions()
    return _Again(result, steps, totals, next(iter(part.works), None), opened)


def _alone(found: _LocatedLine) -> Part:
    """The line's part with its work alone in it, or the deals as such."""
    alone = found.month._replace(touched={found.part: [found.line.key.work_key]})
    plan = found.plan if found.part == DEALS_PART else found.plan._replace(months=[alone])
    return MonthParts(plan, alone.month).part(found.part)


# --- looking behind it


def _wanted(key: LineKey, again: _Again) -> evidence.EvidenceQuery:
    """What of the usage behind the steps a reader of the line is told of."""
    uses = {priced.use.use for priced in again.steps if priced.use.kind in _OUTPUT_KINDS}
    return evidence.EvidenceQuery(key.work_key, key.model, uses, key.side, any(priced.use.kind == "work" for priced in again.steps))


def _rows(again: _Again, wanted: evidence.EvidenceQuery) -> list[AccrualRow]:
    """The usage rows that the steps price."""
    kinds = {priced.use.kind for priced in again.steps}
    if again.work is None or not kinds & _USAGE_KINDS:
        return []
    behind = {(priced.use.reporter, priced.use.subject) for priced in again.steps if priced.use.kind in _OUTPUT_KINDS}
    rows = [row for row in again.work.usage if not behind or (row.reporter, row.subject) in behind]
    return [row for row in rows if not wanted.levied or any(map(wanted.counts, usage_entries(row)))]


def _runs(again: _Again) -> list[Evidence]:
    """The training runs that the steps price or share pools by."""
    wanted = {priced.use.run_id for priced in again.steps if priced.use.run_id}
    rows = (*again.work.runs, *again.work.latest) if again.work else ()
    runs = {(entry.day, entry.run_id, entry.weight) for row in rows for entry in training_entries(row) if entry.run_id in wanted}
    return [Evidence(f"run:{run_id}", day, format_share(Nano(weight)), "", "", "", "", "", []) for day, run_id, weight in sorted(runs)]


def _versions(found: _LocatedLine, again: _Again, may_read: Callable[[str], bool]) -> list[VersionUsed]:
    """The versions of the deals, the work and the parties that the steps were priced with; of others' deals those that one may read."""
    cutoff, key, steps = found.plan.cutoff, found.line.key, again.steps
    terms = [*(priced.term for priced in steps), *(term for term, _ in again.openers)]
    deals, raising = registry_store.deals(), {one.deal_id for term in terms for one in term.raised}
    opening = {version for _, version in again.openers}
    days = sorted({priced.use.day for priced in steps} or {last_day(key.usage_month)})
    sought: tuple[tuple[VersionedKind, Mapping[str, Entity[Any]], set[str]], ...] = (
        ("deal", deals, {key.deal_id, *(name for name in raising if name in deals and is_shown(deals[name], may_read))}),
        ("work", registry_store.works({key.work_id} - {""}), {key.work_id}),
        ("party", registry_store.parties({key.party_id, key.member_id} - {""}), {key.party_id, key.member_id}),
    )
    return [
        VersionUsed(kind, entity_id, version.number, version.effective_from, version.recorded_at, version.author)
        for kind, known, ids in sought
        for entity_id in sorted(ids & set(known))
        for version in _in_force(known[entity_id], days, cutoff, opening if entity_id == key.deal_id and kind == "deal" else ())
    ]


def _in_force(entity: Entity[Any], days: Sequence[str], cutoff: str, more: Collection[int]) -> list[Version[Any]]:
    numbers = {*more, *(version.number for day in days if (version := entity.in_force(day, cutoff)))}
    return [version for version in entity.versions if version.number in numbers]
