"""The passes over a settlement's parts: measure, sum up, compute. Each writes what it makes once."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from overtone.aws import keys
from overtone.errors import InvariantBroken
from overtone.mechanisms.shape import Totals
from overtone.rights.versions import Entity
from overtone.settlement import part_file, residue
from overtone.settlement.books import post
from overtone.settlement.deals import Deal
from overtone.settlement.entitlement import Entitled, Pricing
from overtone.settlement.plan import DEALS_PART, MonthPlan, Plan
from overtone.settlement.work_month import usage_entries
from overtone.steps.settlement import planning
from overtone.stores import month_facts
from overtone.stores import registry as registry_store
from overtone.stores import settlements as settlement_store
from overtone.stores.month_facts import MonthFacts

Event = dict[str, Any]
Deals = Mapping[str, Entity[Deal]]
_READ: Final = "read|"


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
        if number == 1:
            work.count_read(totals)
        settlement_store.save_json(plan, totals.to_json(), *names)
    return {}


def sum_totals(event: Event) -> Event:
    """Add the parts up and open the pools; answers whether the lines must be measured too."""
    plan, number = settlement_store.plan_of(event["settlement_id"]), int(event["round"])
    sums = {month.month: _merged(plan, month, number) for month in plan.months}
    of_lines = number > 1
    for planned in () if of_lines else plan.months:
        _require_conserved(planned, sums[planned.month])
    together = Totals()
    for totals in sums.values():
        together.merge(totals)
    more, opened, deals = False, {}, registry_store.deals()
    for month, measured in sums.items():
        facts = month_facts.month_facts(month, plan.cutoff)
        prices = deals_pricing(plan, month, deals, facts)
        opened[month] = _totals(plan, month, 1) if of_lines else measured
        if of_lines:
            opened[month].merge(together)
        prices.open_pools(opened[month], month_facts.month_of(plan, month, facts), of_lines=of_lines)
        more = more or (prices.needs_lines and not of_lines)
    residue.agree(opened)
    standing = planning.standing_residue(plan)
    for planned in plan.months:
        month, totals = planned.month, opened[planned.month]
        residue.carry_in(totals, standing.of(planned))
        standing.take(planned, residue.carried(totals))
        settlement_store.save_json(plan, totals.to_json(), "totals", str(number), f"{month}.json")
    return {"more": more}


def _require_conserved(month: MonthPlan, totals: Totals) -> None:
    """What the works of a whole month earned, unattributed included, is what its partitions report, to the last digit."""
    if month.touched is not None:
        return
    reported = month_facts.reported_revenue(month.month)
    read = {name.removeprefix(_READ): value for name, value in totals.sums.items() if name.startswith(_READ)}
    if any(read.get(currency, 0) != reported.get(currency, 0) for currency in {*read, *reported}):
        raise InvariantBroken("conserved", f"{month.month}: reported {reported}, read {read} (1e-21 of each currency)")


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
        post_part(plan, planned, part, results, touched)
    return {}


def post_part(
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
    settlement_store.create_once(part_key(plan, month.month, part), settlement_store.zipped(texts))


def _together(results: Iterable[Entitled]) -> Entitled:
    together = Entitled({}, {}, {}, [])
    for result in results:
        together.postings.update(result.postings)
        together.titles.update(result.titles)
        together.breaches.extend(result.breaches)
        for pool, pico in result.pools_paid.items():
            together.pools_paid[pool] = together.pools_paid.get(pool, 0) + pico
    return together


def part_key(plan: Plan, month: str, part: str) -> str:
    return keys.work_object(plan.settlement_id, plan.attempt, "parts", month, f"{part}.ndjson.gz")


def deals_pricing(plan: Plan, month: str, deals: Deals, facts: MonthFacts) -> Pricing:
    """Prices for questions about the deals alone."""
    return month_facts.pricing(month, facts, month_facts.deals_only(deals, plan.cutoff))


class _Part:
    """One part of a month, read and ready to be priced: a bucket of works, or the deals as such."""

    def __init__(self, plan: Plan, month: str, part: str) -> None:
        self.plan, self.month, self.part = plan, month, part
        deals = registry_store.deals()
        facts = month_facts.month_facts(month, plan.cutoff)
        asked = deals_pricing(plan, month, deals, facts)
        if part == DEALS_PART:
            self.repertoires = month_facts.repertoires(plan, asked.repertoire_deals())
            snapshot = month_facts.repertoire_snapshot(self.repertoires, deals, plan.cutoff)
        else:
            self.works = month_facts.work_months(plan, month, part, models=asked.has_pools)
            wanted = (work.key for work in self.works)
            snapshot = month_facts.snapshot_for(wanted, deals, plan.cutoff)
        self.pricing = month_facts.pricing(month, facts, snapshot)

    def count_read(self, totals: Totals) -> None:
        """Add the revenue of the rows that were read, for the check against what the partitions report."""
        for work in () if self.part == DEALS_PART else self.works:
            for row in work.usage:
                for entry in usage_entries(row):
                    totals.add(_READ + entry.currency, entry.revenue)

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
