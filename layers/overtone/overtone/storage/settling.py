"""The steps of a settlement, each a pure function of the plan and the facts that it writes down once.

Kill one anywhere and run it again: what is there is kept, what is missing is written, the bytes are the same.
Nothing is posted until `seal` advances the chain.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from heapq import merge
from itertools import chain as chained
from typing import Any, Final

from overtone import clock, emission, manifest, part_file, residue
from overtone.acknowledgements import Return
from overtone.books import post
from overtone.breaches import Breach
from overtone.config import settings
from overtone.entitlement import Entitled, Pricing
from overtone.errors import Conflict, OvertoneError, Rejected
from overtone.files import FileEntry
from overtone.formats.pain001 import Payer
from overtone.fx import Rates
from overtone.lines import Line
from overtone.manifest import Head, Link
from overtone.mechanisms.shape import Totals
from overtone.partitions import Partition
from overtone.settlement import DEALS_PART, RESIDUE_PART, MonthPlan, Plan, month_before
from overtone.storage import (
    completeness_store,
    files,
    keys,
    outbox,
    registry_store,
    settlement_facts,
    settlement_planning,
    settlement_store,
    tables,
)
from overtone.storage.settlement_sink import SettlementSink

Event = dict[str, Any]
_SCHEDULED: Final = "scheduled_at"


# --- opening


def open_settlement(event: Event) -> Event:
    """Claim the chain, or say why not."""
    asked = event["request"]
    if _SCHEDULED in asked:
        settlement_id = _scheduled(asked[_SCHEDULED])
        if settlement_store.find(settlement_id):
            return {"settlement_id": settlement_id, "refused": True}
        settlement_store.request(settlement_id, new_request(settlement_id))
    else:
        settlement_id = asked["settlement_id"]
    record = settlement_store.get(settlement_id)
    if record["status"] == settlement_store.SEALED:
        return {"settlement_id": settlement_id, "refused": True}
    try:
        head = settlement_store.claim(settlement_id)
        _refuse_earlier_month(record, head)
    except (Conflict, Rejected) as error:
        _refuse(settlement_id, error)
        return {"settlement_id": settlement_id, "refused": True}
    return {"settlement_id": settlement_id, "refused": False}


def new_request(through: str) -> Event:
    """What the schedule asks for: the month, nothing waived."""
    return {"through": through, "preview": False, "waive": [], "requested_by": "schedule"} | constants()


def constants() -> Event:
    """What a request fixes for good: over how many buckets the ledger is spread."""
    return {"buckets": settings().ledger_buckets}


def _scheduled(at: str) -> str:
    return month_before(at[:7])


def _refuse_earlier_month(record: Event, head: Event) -> None:
    if record["through"] < head["through"]:
        message = (
            f"settlement {head['sealed_id']} is sealed through {head['through']}; "
            f"settle through that month or a later one, earlier months are adjusted with it"
        )
        raise Rejected(message)


def _refuse(settlement_id: str, error: OvertoneError) -> None:
    """Say why, and let others run and accrual go on. Asking again starts anew."""
    reasons = [fault.to_json() for fault in error.faults] or [{"message": error.detail}]
    settlement_store.update(settlement_id, status=settlement_store.REFUSED, detail=error.detail, reasons=reasons)
    settlement_store.lower_fence(settlement_id)
    settlement_store.release(settlement_id)


def _require_complete(record: Event, months: Iterable[str]) -> None:
    """The gate: raises `Rejected` with everything that a reporter declared, or had to declare, and that is not here."""
    waived = {(waiver["reporter"], waiver["month"]) for waiver in record["waive"]}
    after = settlement_store.chain()["through"]
    missing = [
        fault
        for month in months
        if month > after
        for reporter, fault in completeness_store.lacking(month)
        if (reporter, month) not in waived
    ]
    if missing:
        message = "usage is not complete; send what is missing, or waive it with a reason"
        raise Rejected(message, missing)


# --- coming to rest


def drain(event: Event) -> Event:
    """Bring accrual to rest: first what waits, then the gate, then, behind the fence, what has started.

    Answers how many partitions are still to finish; 0 fixes the cut-off.
    """
    settlement_id = event["settlement_id"]
    record = settlement_store.get(settlement_id)
    months = _months(record)
    if not settlement_store.fenced(settlement_id):
        if waiting := _waiting(record["through"]):
            outbox.expand()
            outbox.send(outbox.waiting(), clock.timestamp())
            return {"pending": waiting, "refused": False}
        try:
            _require_complete(record, months)
        except Rejected as error:
            _refuse(settlement_id, error)
            return {"pending": 0, "refused": True}
        settlement_store.raise_fence(months, settlement_id)
    if running := settlement_facts.running(months):
        return {"pending": running, "refused": False}
    attempt = int(record["attempt"])
    if _is_stale(record, months):
        attempt += 1
    settlement_store.update(settlement_id, attempt=attempt, cutoff=clock.timestamp())
    return {"pending": 0, "refused": False}


def _waiting(through: str) -> int:
    """How much of what was accepted is not accrued yet and belongs to the settlement."""
    partitions = map(Partition.parse, outbox.waiting())
    waiting = [p for p in partitions if p.kind != "usage" or p.scope[:7] <= through]
    return len(waiting) + sum(1 for _ in outbox.entries())


def _months(record: Event) -> list[str]:
    books = settlement_planning.previous_books(settlement_store.chain()["sealed_id"])
    months = settlement_planning.candidate_months(record["through"], books, registry_store.deals())
    return sorted({*months, record["through"]})


def _is_stale(record: Event, months: Iterable[str]) -> bool:
    """Whether facts moved on since an earlier attempt fixed its plan."""
    plan = settlement_store.find_plan(record["settlement_id"], int(record["attempt"]))
    if plan is None:
        return False
    asked_alike = (
        plan.through == record["through"]
        and plan.preview == record["preview"]
        and plan.waivers == [dict(waiver) for waiver in record["waive"]]
        and plan.rates == settlement_planning.posted_rates(plan.settlement_id)
    )
    accrued = any(settlement_facts.works_accrued_since(month, plan.cutoff) for month in months)
    return plan.preview or not asked_alike or accrued


def make_plan(event: Event) -> Event:
    """Fix the plan; answers the items of the Map states."""
    record = settlement_store.get(event["settlement_id"])
    plan = settlement_store.find_plan(record["settlement_id"], int(record["attempt"]))
    if plan is None:
        made = settlement_planning.make_plan(record, settlement_store.chain())
        plan = settlement_store.save_plan(made)
    settlement_store.update(plan.settlement_id, parts=sum(len(plan.parts_of(month)) for month in plan.months))
    return {"parts": plan.items()}


# --- the passes


def measure(event: Event) -> Event:
    """Sums of some parts of a month, for the pools: of uses (round 1) or of lines (round 2)."""
    plan, number = settlement_store.plan_of(event["settlement_id"]), int(event["round"])
    month = event["part"]["month"]
    for part in event["part"]["parts"]:
        names = ("measured", str(number), month, f"{part}.json")
        if settlement_store.saved(plan, *names):
            continue
        work = _Part(plan, month, part)
        totals = work.measure() if number == 1 else work.measure_lines(_totals(plan, month, 1))
        settlement_store.save_json(plan, totals.to_json(), *names)
    return {}


def sum_totals(event: Event) -> Event:
    """Add the parts up and open the pools; answers whether the lines must be measured too."""
    plan, number = settlement_store.plan_of(event["settlement_id"]), int(event["round"])
    sums = {month.month: _merged(plan, month, number) for month in plan.months}
    of_lines = number > 1
    together = Totals()
    for totals in sums.values():
        together.merge(totals)
    more = False
    standing = settlement_planning.standing_residue(plan)
    for planned in plan.months:
        month = planned.month
        facts = settlement_facts.month_facts(month, plan.cutoff)
        prices = _pricing(plan, month)
        totals = _totals(plan, month, 1) if of_lines else sums[month]
        if of_lines:
            totals.merge(together)
        prices.open_pools(totals, settlement_facts.month_of(plan, month, facts), of_lines=of_lines)
        residue.carry_in(totals, standing.of(planned))
        standing.take(planned, residue.carried(totals))
        settlement_store.save_json(plan, totals.to_json(), "totals", str(number), f"{month}.json")
        more = more or (prices.needs_lines and not of_lines)
    return {"more": more}


def _merged(plan: Plan, month: MonthPlan, number: int) -> Totals:
    totals = Totals()
    for part in plan.parts_of(month):
        stored = settlement_store.load_json(plan, "measured", str(number), month.month, f"{part}.json")
        totals.merge(Totals.from_json(stored))
    return totals


def _totals(plan: Plan, month: str, number: int) -> Totals:
    stored = settlement_store.load_json(plan, "totals", str(number), f"{month}.json")
    return Totals.from_json(stored)


def final_totals(plan: Plan, month: str) -> Totals:
    """A month's totals with all their pools open."""
    second = settlement_store.saved(plan, "totals", "2", f"{month}.json")
    return _totals(plan, month, 2 if second else 1)


def compute(event: Event) -> Event:
    """Lines and new books of some parts of a month."""
    plan = settlement_store.plan_of(event["settlement_id"])
    planned = plan.month(event["part"]["month"])
    totals = final_totals(plan, planned.month)
    for part in event["part"]["parts"]:
        results = _Part(plan, planned.month, part).entitled(totals)
        touched = None if planned.touched is None else planned.touched[part]
        _post(plan, planned, part, results, touched)
    return {}


def _post(
    plan: Plan,
    month: MonthPlan,
    part: str,
    results: Iterable[Entitled],
    touched: list[str] | None,
) -> None:
    """Write a part's lines and its book, once."""
    together = _together(results)
    before = month.books.get(part, "")
    posted = post(
        plan.settlement_id,
        together.postings,
        together.titles,
        settlement_store.lines_of(before) if before else (),
        touched=touched,
        settled_by=month.settled_by,
    )
    texts = part_file.encode(together.pools_paid, together.breaches, posted.lines)
    book = keys.book_object(month.month, part, plan.settlement_id, plan.attempt)
    settlement_store.create_once(book, settlement_store.zipped(posted.book))
    settlement_store.create_once(_part_key(plan, month.month, part), settlement_store.zipped(texts))


def _together(results: Iterable[Entitled]) -> Entitled:
    together = Entitled({}, {}, {}, [])
    for result in results:
        together.postings.update(result.postings)
        together.titles.update(result.titles)
        together.breaches.extend(result.breaches)
        for pool, pico in result.pools_paid.items():
            together.pools_paid[pool] = together.pools_paid.get(pool, 0) + pico
    return together


def _part_key(plan: Plan, month: str, part: str) -> str:
    return keys.work_object(plan.settlement_id, plan.attempt, "parts", month, f"{part}.ndjson.gz")


def _pricing(plan: Plan, month: str) -> Pricing:
    """Prices for questions about the deals alone."""
    snapshot = settlement_facts.deals_only(registry_store.deals(), plan.cutoff)
    facts = settlement_facts.month_facts(month, plan.cutoff)
    return settlement_facts.pricing(month, facts, snapshot)


class _Part:
    """One part of a month, read and ready to be priced: a bucket of works, or the deals as such."""

    def __init__(self, plan: Plan, month: str, part: str) -> None:
        self.plan, self.month, self.part = plan, month, part
        deals = registry_store.deals()
        facts = settlement_facts.month_facts(month, plan.cutoff)
        if part == DEALS_PART:
            asking = _pricing(plan, month).repertoire_deals()
            self.repertoires = settlement_facts.repertoires(plan, asking)
            snapshot = settlement_facts.repertoire_snapshot(self.repertoires, deals, plan.cutoff)
        else:
            models = _pricing(plan, month).has_pools
            self.works = settlement_facts.work_months(plan, month, part, models=models)
            wanted = (work.key for work in self.works)
            snapshot = settlement_facts.snapshot_for(wanted, deals, plan.cutoff)
        self.pricing = settlement_facts.pricing(month, facts, snapshot)

    def measure(self) -> Totals:
        if self.part == DEALS_PART:
            return self.pricing.measure_deals(self.repertoires)
        return self.pricing.measure(self.works)

    def measure_lines(self, totals: Totals) -> Totals:
        return self.pricing.measure_lines(self.entitled(totals))

    def entitled(self, totals: Totals) -> Iterator[Entitled]:
        if self.part == DEALS_PART:
            yield self.pricing.entitled_deals(self.repertoires, totals)
            return
        for work in self.works:
            yield self.pricing.entitled(work, totals)


# --- writing and sealing


def emit(event: Event) -> Event:
    """Every file but the manifest, in one merge of the parts."""
    plan = settlement_store.plan_of(event["settlement_id"])
    kept = _clear_residue(plan)
    decoded = [part_file.decode(settlement_store.lines_of(_part_key(plan, m, p))) for m, p in _made(plan)]
    entries = merge(*(part.entries for part in decoded), key=lambda entry: (entry[0], entry[1].key))
    breaches = sorted(chained.from_iterable(part.breaches for part in decoded))
    with SettlementSink(plan) as sink:
        emitted = emission.emit(_inputs(plan, entries, breaches), sink)
        books = _save_books(plan, sink, kept)
    entries_json = [entry._asdict() for entry in (*emitted.files, books)]
    totals = [manifest.total_json(total) for total in emitted.totals]
    settlement_store.save_json(plan, {"files": entries_json, "totals": totals}, "emitted.json")
    settlement_store.save_json(plan, [list(total) for total in emitted.totals], "totals.json")
    return {}


def _made(plan: Plan) -> list[tuple[str, str]]:
    """Every part that this settlement wrote, as (month, part)."""
    return [
        (month.month, part) for month in plan.months for part in (*plan.parts_of(month), *([RESIDUE_PART] if month.touched is None else []))
    ]


def _clear_residue(plan: Plan) -> dict[str, Event]:
    """Post what the pools of each whole month did not divide; what the index of books keeps of it."""
    whole = [month for month in plan.months if month.touched is None]
    paid = {month.month: _pools_paid(plan, month) for month in whole}
    together: dict[str, int] = {}
    for own in paid.values():
        for pool, pico in own.items():
            together[pool] = together.get(pool, 0) + pico
    kept = {}
    for month in whole:
        totals, terms = final_totals(plan, month.month), _pricing(plan, month.month).terms_by_name()
        spread = {name: together.get(name, 0) for name, pool in totals.pools.items() if pool.month}
        pools_paid = paid[month.month] | spread
        left = residue.undivided(month.month, totals, pools_paid, terms)
        _post(plan, month, RESIDUE_PART, [Entitled(left, {}, {}, [])], None)
        added = residue.standing(month.month, totals, pools_paid)
        kept[month.month] = {"carried": _texts(residue.carried(totals)), "residue": _texts(added)}
    return kept


def _texts(picos: Mapping[str, int]) -> dict[str, str]:
    return {name: str(pico) for name, pico in picos.items()}


def _pools_paid(plan: Plan, month: MonthPlan) -> dict[str, int]:
    paid: dict[str, int] = {}
    for part in plan.parts_of(month):
        texts = settlement_store.lines_of(_part_key(plan, month.month, part))
        for pool, pico in part_file.decode(texts).pools_paid.items():
            paid[pool] = paid.get(pool, 0) + pico
    return paid


def _save_books(plan: Plan, sink: SettlementSink, kept: dict[str, Event]) -> FileEntry:
    made = {(month, part): keys.book_object(month, part, plan.settlement_id, plan.attempt) for month, part in _made(plan)}
    return sink.save_json(settlement_planning.BOOKS, settlement_planning.books_after(plan, made, kept))


def _inputs(plan: Plan, entries: Iterable[tuple[str, Line]], breaches: Iterable[Breach]) -> emission.Inputs:
    previous = plan.previous[0] if plan.previous else ""

    def state(name: str) -> bytes:
        key = keys.settlement_file(previous, name, preview=False)
        return files.settlement().get(key) if previous else b""

    return emission.Inputs(
        head=head_of(plan),
        entries=entries,
        breaches=breaches,
        balances=state("state/balances.ndjson").splitlines(keepends=True),
        suspense=state("state/suspense.ndjson").splitlines(keepends=True),
        trial=state("trial_balance.csv"),
        parties=registry_store.parties,
        rates=Rates.parse({"rates": [dict(zip(("from", "to", "rate", "source"), rate, strict=True)) for rate in plan.rates]}),
        returns=_returns(plan),
        payer=_payer(),
    )


def head_of(plan: Plan) -> Head:
    """What the manifest says of the settlement itself."""
    previous = Link(*plan.previous) if plan.previous else None
    return Head(plan.settlement_id, plan.through, plan.cutoff, previous, tuple(plan.waivers))


def _returns(plan: Plan) -> list[Return]:
    items = tables.ledger().query(keys.returned_payment("").pk)
    return [Return.decode(item["returned"]) for item in items if plan.previous_cutoff < item["accepted_at"] <= plan.cutoff]


def _payer() -> Payer | None:
    chosen = settings()
    if not chosen.payer_iban:
        return None
    return Payer(chosen.payer_name, chosen.payer_iban, chosen.payer_bic).checked()


def seal(event: Event) -> Event:
    """The manifest, then one transaction that posts everything, then the fence comes down."""
    plan = settlement_store.plan_of(event["settlement_id"])
    emitted = settlement_store.load_json(plan, "emitted.json")
    entries = [FileEntry(**entry) for entry in emitted["files"]]
    totals = [manifest.Totals(*total) for total in settlement_store.load_json(plan, "totals.json")]
    body = manifest.build(head_of(plan), entries, totals)
    key = keys.settlement_file(plan.settlement_id, manifest.NAME, preview=plan.preview)
    files.settlement().put(key, body, "application/json")
    sha256 = manifest.sha256(body)
    if plan.preview:
        settlement_store.update(
            plan.settlement_id,
            status=settlement_store.PREVIEWED,
            totals=emitted["totals"],
            manifest_sha256=sha256,
        )
        settlement_store.release(plan.settlement_id)
    else:
        settlement_store.seal(plan, sha256, emitted["totals"], [])
    settlement_store.lower_fence(plan.settlement_id)
    return {"settlement_id": plan.settlement_id, "manifest_sha256": sha256}


def fail(event: Event) -> Event:
    """Nothing was posted: say so, let others run, and let accrual go on. Asking again resumes."""
    asked = event["request"]
    settlement_id = event["settlement_id"] or asked.get("settlement_id") or _scheduled(asked[_SCHEDULED])
    if settlement_store.find(settlement_id) is None:
        return {}
    error = event["error"]
    refused = error.get("Error") == Rejected.__name__
    settlement_store.update(
        settlement_id,
        status=settlement_store.REFUSED if refused else settlement_store.FAILED,
        detail=f"{error.get('Error', '')}: {error.get('Cause', '')}"[:2000],
    )
    settlement_store.lower_fence(settlement_id)
    settlement_store.release(settlement_id)
    return {}


STEPS: Final[dict[str, Callable[[Event], Event]]] = {
    "open": open_settlement,
    "drain": drain,
    "plan": make_plan,
    "measure": measure,
    "totals": sum_totals,
    "compute": compute,
    "emit": emit,
    "seal": seal,
    "fail": fail,
}


def run_step(event: Event) -> Event:
    """One step of the state machine; raises what the machine retries or stops on."""
    step = STEPS.get(str(event.get("step")))
    if step is None:
        message = f"there is no step {event.get('step')!r}; the steps are {', '.join(STEPS)}"
        raise Rejected(message)
    return step(event)
