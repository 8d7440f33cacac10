"""The passes over a settlement's parts: measure, sum up, compute. Each writes what it makes once."""

from collections.abc import Iterable, Mapping
from itertools import dropwhile
from typing import Any

from overtone.aws import object_keys
from overtone.mechanisms.totals import Totals
from overtone.months import last_day
from overtone.rights.versions import Entity
from overtone.settlement import part_file, rounds
from overtone.settlement.books import post
from overtone.settlement.deals import Deal
from overtone.settlement.line_columns import PostedLines
from overtone.settlement.missing_rates import RatesMissing
from overtone.settlement.plan import MonthPlan, Plan
from overtone.settlement.pricing_facts import Entitled
from overtone.settlement.rounds import MonthOpening
from overtone.settlement.snapshot import Snapshot
from overtone.steps.settlement import missing_rates
from overtone.stores import books as book_store
from overtone.stores import line_objects, month_facts
from overtone.stores import registry as registry_store
from overtone.stores import settlements as settlement_store
from overtone.stores.month_parts import MonthParts

Event = dict[str, Any]


def measure(event: Event) -> Event:
    """Sums of some parts of a month, for the pools: of uses (round 1), then of what `rounds_of` names."""
    plan = settlement_store.plan_of(event["record"])
    measure_parts(plan, int(event["round"]), plan.item(event["part"]["number"]))
    return {}


def measure_parts(plan: Plan, number: int, wanted: Event) -> None:
    """The sums of these parts (`{month, parts}`), each written once."""
    month = wanted["month"]

    def is_done(part: str) -> bool:
        return settlement_store.saved(plan, "measured", str(number), month, f"{part}.json")

    left = list(dropwhile(is_done, wanted["parts"]))  # they are written in order: behind the first that is missing nobody asks
    if not left:
        return
    parts, kind = MonthParts(plan, month), book_store.round_of(plan, number)
    before = Totals() if kind == "uses" else book_store.totals_of(plan, month, number - 1)
    for part in left:
        ready = parts.part(part)
        totals = ready.measured() if kind == "uses" else ready.measured_again(kind, before)
        settlement_store.save_json(plan, totals.to_json(), "measured", str(number), month, f"{part}.json")


def sum_totals(event: Event) -> Event:
    """Add the parts up and open the pools; answers whether a further round is due.

    Where rates are missing, whether to plan `again`, so that nobody but the licensees concerned waits for them.
    """
    plan = settlement_store.plan_of(event["record"])
    try:
        return {"more": open_totals(plan, int(event["round"])), "again": False}
    except RatesMissing as missing:
        aside = missing_rates.stand_still(plan, event["owner"], missing)
        return {"more": False, "again": True, "set_aside": [one.to_json() for one in aside]}


def open_totals(plan: Plan, number: int) -> bool:
    """The totals of a round with their pools open; whether a further round is due."""
    sums = {month.month: _merged(plan, month, number) for month in plan.months}
    openings = openings_of(plan)
    asked, standing = rounds.rounds_of(openings), book_store.standing(book_store.before(plan))
    if number == 1:
        for planned in plan.months:
            if planned.touched is None:
                rounds.require_conserved(
                    planned.month, sums[planned.month], month_facts.reported_revenue(planned.month, plan.waiting_in(planned.month))
                )
        opened = rounds.opened(openings, sums, standing)
    else:
        before = {month: book_store.totals_of(plan, month, number - 1) for month in sums}
        opened = rounds.opened(openings, before, standing, asked[number - 1], rounds.merged(sums.values()))
    for month, totals in opened.items():
        settlement_store.save_json(plan, totals.to_json(), "totals", str(number), f"{month}.json")
    more = asked[number:]
    if more:
        settlement_store.save_json(plan, {"round": more[0]}, "totals", str(number), "next.json")
    return bool(more)


def _merged(plan: Plan, month: MonthPlan, number: int) -> Totals:
    stored = (settlement_store.load_json(plan, "measured", str(number), month.month, f"{part}.json") for part in plan.parts_of(month))
    return rounds.merged(map(Totals.from_json, stored))


def parts_of(plan: Plan, deals: Mapping[str, Entity[Deal]]) -> dict[str, MonthParts]:
    """Each month of a plan, ready to be read."""
    return {month.month: MonthParts(plan, month.month, deals) for month in plan.months}


def openings_of(plan: Plan) -> dict[str, MonthOpening]:
    """Each month as its pools are opened and cleared."""
    return {month: parts.opening() for month, parts in parts_of(plan, registry_store.deals()).items()}


def compute(event: Event) -> Event:
    """Lines and new books of some parts of a month."""
    plan = settlement_store.plan_of(event["record"])
    wanted = plan.item(event["part"]["number"])
    planned = plan.month(wanted["month"])
    totals = book_store.final_totals(plan, [planned.month], event.get("round"))[planned.month]
    parts = MonthParts(plan, planned.month)
    for part in wanted["parts"]:
        ready = parts.part(part)
        touched = None if planned.touched is None else planned.touched[part]
        post_part(plan, planned, part, ready.entitled(totals), touched, ready.pricing.resolver.snapshot)
    return {}


def post_part(
    plan: Plan,
    month: MonthPlan,
    part: str,
    results: Iterable[Entitled],
    touched: list[str] | None,
    registry: Snapshot | None = None,
) -> None:
    """Write a part's lines and its book, once; the registry says what its works are called, here and elsewhere."""
    whole = rounds.together(results)
    before = month.books.get(part, "")
    posted = post(
        plan.settlement_id,
        whole.postings,
        whole.titles,
        line_objects.lines_of(before) if before else (),
        touched=touched,
        settled_by=month.settled_by,
        waiting=plan.waiting_in(month.month),
        columns=whole.columns,
    )
    lines, names = _called(posted.lines, registry, last_day(month.month)) if registry else (posted.lines, {})
    texts = part_file.encode(whole.pools_paid, whole.breaches, lines, names)
    book = object_keys.book_object(month.month, part, plan.settlement_id, plan.attempt)
    settlement_store.create_once(book, line_objects.zipped(posted.book))
    settlement_store.create_once(book_store.part_key(plan, month.month, part), line_objects.zipped(texts))


def _called(lines: PostedLines, registry: Snapshot, day: str) -> tuple[PostedLines, dict[str, tuple[str, ...]]]:
    """Lines with the titles of works of which nothing is due any more, and the identifiers of all their works."""
    works = sorted(lines.work_ids())
    known = month_facts.works_only(works, registry)
    return lines.titled(lambda work_id: known.title(work_id, day)), {work_id: known.identifiers(work_id, day) for work_id in works}
