"""How a settlement ends: every file in one merge of the parts, the manifest, and the one write that posts it all."""

from collections.abc import Mapping
from functools import partial
from itertools import chain as chained
from typing import Any

from overtone.aws import buckets, object_keys
from overtone.mechanisms.totals import TotalKey
from overtone.payout import manifest
from overtone.payout.files import FileEntry
from overtone.scales import Pico
from overtone.settlement import entries, part_file, rounds
from overtone.settlement.plan import RESIDUE_PART, MonthPlan, Plan
from overtone.settlement.pricing_facts import Entitled
from overtone.settlement.residue import SettledResidue
from overtone.steps.settlement import (
    backdrop,
    cleared_uses,
    emission,
    emission_inputs,
    leftovers,
    missing_rates,
    notices,
    passes,
    payee_ranges,
    range_documents,
)
from overtone.steps.settlement.backdrop import PlanMonths
from overtone.steps.settlement.documents import UNRENDERED_MAX
from overtone.steps.settlement.later import LaterPayees
from overtone.steps.settlement.sink import SettlementSink
from overtone.stores import attempted_files, fences, line_objects
from overtone.stores import books as book_store
from overtone.stores import chain as chain_store
from overtone.stores import holds as hold_store
from overtone.stores import settlements as settlement_store

Event = dict[str, Any]


def emit(event: Event) -> Event:
    """Every file but the manifest, in one merge of the parts."""
    plan = settlement_store.plan_of(event["record"])
    behind, parts = PlanMonths.of(plan, event.get("round")), _OpenedParts(plan)
    kept = _clear_residue(plan, behind, parts)
    decoded = [parts.opened(*name) for name in parts.names]
    merged = entries.merged(part.blocks for part in decoded)
    breaches = cleared_uses.with_clearances(chained.from_iterable(part.breaches for part in decoded), plan.cutoff)
    later = LaterPayees(partial(range_documents.keep, plan))
    with SettlementSink(plan) as sink:
        emitted = emission.emit(emission_inputs.inputs(plan, behind, merged, breaches), sink, later)
        books = _save_books(plan, sink, kept, behind)
    said = {
        "files": [entry._asdict() for entry in (*emitted.files, books)],
        "totals": [manifest.total_json(total) for total in emitted.totals],
        "left_out": emitted.left_out.to_json(),
        "ranges": [one._asdict() for one in later.ranges],
        "unscoped": rounds.unscoped(behind.totals),
    }
    settlement_store.save_json(plan, said, "emitted.json")
    settlement_store.save_json(plan, [[str(figure) for figure in total] for total in emitted.totals], "totals.json")
    ranges = [one.number for one in later.ranges]
    return {"unrendered": [file._asdict() for file in emitted.left_out.unrendered], "ranges": ranges}


class _OpenedParts:
    """The parts of a plan, each opened once and then read on."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.names = plan, backdrop.parts_written(plan)
        self._open: dict[tuple[str, str], part_file.PartFile] = {}

    def opened(self, month: str, part: str) -> part_file.PartFile:
        """A part that is written: what stands at its head, and its lines as they are asked for."""
        if (month, part) not in self._open:
            texts = line_objects.streamed(book_store.part_key(self.plan, month, part), len(self.names))
            self._open[month, part] = part_file.decode(texts)
        return self._open[month, part]


def _clear_residue(plan: Plan, behind: PlanMonths, parts: _OpenedParts) -> dict[str, SettledResidue]:
    """Post what the pools of each whole month did not divide; what the index of books keeps of it."""
    whole = [month for month in plan.months if month.month in behind.totals]
    paid = {month.month: _pools_paid(plan, month, parts) for month in whole}
    openings = {month: behind.months[month].opening() for month in paid}
    cleared = rounds.cleared(openings, behind.totals, paid)
    for month in whole:
        left = cleared[month.month].postings
        passes.post_part(plan, month, RESIDUE_PART, [Entitled(left, {}, {}, [])], None)
    return {month: one.kept for month, one in cleared.items()}


def _pools_paid(plan: Plan, month: MonthPlan, parts: _OpenedParts) -> dict[TotalKey, Pico]:
    paid: dict[TotalKey, Pico] = {}
    for part in plan.parts_of(month):
        rounds.add_paid(paid, parts.opened(month.month, part).pools_paid)
    return paid


def _save_books(plan: Plan, sink: SettlementSink, kept: Mapping[str, SettledResidue], behind: PlanMonths) -> FileEntry:
    made = {
        (month, part): object_keys.book_object(month, part, plan.settlement_id, plan.attempt)
        for month, part in backdrop.parts_written(plan)
    }
    live = {month: behind.months[month].deals for month in kept if plan.waiting_in(month)}
    limited = {month for month, totals in behind.totals.items() if rounds.limited(totals)}
    return sink.save_json(book_store.INDEX, book_store.encode(book_store.after(plan, made, kept, live, limited)))


def _holds(plan: Plan) -> tuple[str, ...]:
    return tuple(hold.hold_id for hold in hold_store.standing(plan.cutoff))


def seal(event: Event) -> Event:
    """The manifest, then one transaction that posts everything, then the fence comes down."""
    plan = settlement_store.plan_of(event["record"])
    emitted = settlement_store.load_json(plan, "emitted.json")
    written = [FileEntry(**entry) for entry in emitted["files"]]
    totals = [
        manifest.CurrencyTotals(currency, *(Pico(int(pico)) for pico in figures))
        for currency, *figures in settlement_store.load_json(plan, "totals.json")
    ]
    indexes, unrendered = payee_ranges.indexes_of(plan, emitted)
    left_out = emitted["left_out"] | {"unrendered": [*emitted["left_out"]["unrendered"], *unrendered][:UNRENDERED_MAX]}
    files = [*written, *(index.entry for index in indexes)]
    head = emission_inputs.head_of(plan)._replace(unscoped=tuple(emitted["unscoped"]), holds=_holds(plan))
    body = manifest.build(head, files, totals, left_out, indexes)
    key = attempted_files.key_of(plan, manifest.NAME)
    attempted_files.write(key, body, "application/json", attempted_files.of_settlement(plan))
    sha256 = manifest.sha256(body)
    if not plan.preview:
        missing_rates.release(event["record"])
        news = partial(notices.of_sealed, plan, written)
        chain_store.seal(plan, sha256, emitted["totals"], event["owner"], news, later=len(indexes))
        notices.tell_rest(settlement_store.get(plan.settlement_id))
    fences.lower(plan.settlement_id, event["owner"])
    if plan.preview:  # last: who asks again must find nothing of this attempt under way
        done = {"status": settlement_store.PREVIEWED, "totals": emitted["totals"], "manifest_sha256": sha256}
        chain_store.end(plan.settlement_id, event["owner"], **done)
    else:
        _retire_books(plan)
        leftovers.sweep(settlement_store.get(plan.settlement_id))
    return {"settlement_id": plan.settlement_id, "manifest_sha256": sha256}


def _retire_books(plan: Plan) -> None:
    """Let the bucket forget, in time, the books that this settlement's replace. Those of parts that it did not compute stand."""
    books = {month.month: month.books for month in plan.months}
    for month, part in backdrop.parts_written(plan):
        if before := books[month].get(part):
            buckets.settlement().tag(before, superseded="true")
