"""Decides what a settlement looks at: the months and works that changed since the last one sealed.

Settling costs in proportion to what changed. A work's own change touches that work alone, unless a pool
ties the month's works together; then the whole month is computed.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from overtone.aws import keys, tables
from overtone.aws.attributes import Item
from overtone.months import last_day
from overtone.partitions import bucket_of
from overtone.rights.versions import Entity
from overtone.settlement.deals import Deal
from overtone.settlement.entitlement import Pricing
from overtone.settlement.plan import MonthPlan, Plan, mandates_changed, months_due, periods_of
from overtone.steps.settlement import missing_rates
from overtone.stores import accruals as accrual_store
from overtone.stores import books as book_store
from overtone.stores import chain as chain_store
from overtone.stores import completeness as completeness_store
from overtone.stores import month_facts, sealed_state, training_runs
from overtone.stores import rates as rate_store
from overtone.stores import registry as registry_store
from overtone.stores import settlements as settlement_store
from overtone.stores.books import BooksByMonth
from overtone.stores.entities import FOREVER
from overtone.stores.quarantine import Aside
from overtone.stores.registry import Change, ReadableDeals

IN_FLIGHT_SECONDS: Final = 60
"""A write can land this much after the time that it bears; changes are looked for from that much earlier."""


class Changes(NamedTuple):
    """What was recorded since the last settlement, as far as it can move money."""

    deals_from: str | None
    mandates_from: str | None
    works: list[Change]
    runs_from: str | None


NO_CHANGES: Final = Changes(None, None, [], None)


class SinceLast(NamedTuple):
    """The last sealed settlement's `through`, the instant to look from, and what changed since."""

    through: str
    since: str
    deals: Mapping[str, Entity[Deal]]
    changes: Changes


def candidate_months(through: str, books: BooksByMonth, deals: Mapping[str, Entity[Deal]]) -> list[str]:
    """Every month up to `through` that has facts, was settled before, or in which a deal owes something."""
    listed = {item["sk"] for item in tables.ledger().query(keys.MONTHS)}
    due = {month for entity in deals.values() for version in entity.versions for month in months_due(version.content, through)}
    return sorted(month for month in {*listed, *books, *due} if month <= through)


def make_plan(
    record: settlement_store.Settlement, head: chain_store.ChainHead, fenced: Collection[str], aside: Mapping[str, Aside]
) -> Plan:
    """The plan of a settlement whose accruals have come to rest behind the fence; `aside` is what is set aside.

    A month that became known since, so that it is not `fenced`, is still being written: the next settlement looks at it.
    """
    cutoff = record["cutoff"]
    found, books = registry_store.readable_deals(), book_store.previous(head)
    deals, indexed_runs = found.deals, training_runs.indexed()
    since = _earlier(head["cutoff"])
    plan = Plan(
        settlement_id=record["settlement_id"],
        attempt=int(record["attempt"]),
        preview=bool(record["preview"]),
        through=record["through"],
        cutoff=cutoff,
        previous=sealed_state.of_chain(head),
        waivers=[dict(waiver) for waiver in record["waive"]],
        buckets=int(record["buckets"]),
        runs=training_runs.run_headers(cutoff, indexed_runs),
        months=[],
        rates=rate_store.for_plan(record["settlement_id"], record["through"], preview=bool(record["preview"])),
        page_items=bool(record.get("page_items", True)),
    )
    months = [month for month in candidate_months(plan.through, books, deals) if month in fenced]
    settled = any(books[month]["settled_by"] for month in months if month in books)
    changes = _changes(since, cutoff, indexed_runs) if settled else NO_CHANGES  # what was never settled is looked at whole
    plan = plan._replace(waiting=waiting(record, months, books, found, aside))
    since_last = SinceLast(head["through"], since, deals, changes)
    planned = {month: _month(plan, month, books, since_last) for month in months}
    chosen = [month for month in planned.values() if month is not None]
    return plan._replace(months=whole_years(chosen, plan, books, deals))


def waiting(
    record: settlement_store.Settlement, months: Iterable[str], books: BooksByMonth, readable: ReadableDeals, aside: Mapping[str, Aside]
) -> list[list[str]]:
    """The `[month, reporter]` whose money waits until the month is complete, because the reporter's record says so.

    Once it was settled it never waits again. Where a licensee's deal cannot be read, all its months stand as they were settled,
    and those for which it lacks a rate.
    """
    waived = {(waiver["reporter"], waiver["month"]) for waiver in record["waive"]}
    facts, found = completeness_store.GateFacts.of(readable.deals, aside.values()), []
    for month in months:
        standing = readable.standing_still | missing_rates.standing(record, month)
        settled = month in books and bool(books[month]["settled_by"])
        still = set(books[month].get("waiting", ())) if settled else None
        if still is None or still:
            own = completeness_store.gate(month, facts).waiting(month, waived)
            found += [[month, reporter] for reporter in sorted((own if still is None else own & still) - standing)]
        found += [[month, licensee] for licensee in sorted(standing)]
    return found


def _earlier(timestamp: str) -> str:
    if not timestamp:
        return ""
    moment = datetime.fromisoformat(timestamp) - timedelta(seconds=IN_FLIGHT_SECONDS)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def forgotten_since(cutoff: str) -> bool:
    """Whether somebody's personal data was erased since: what was paid before may name an account that is nobody's now."""
    return any(change.kind == registry_store.ERASURE for change in registry_store.changes(_earlier(cutoff), FOREVER))


def _changes(since: str, cutoff: str, indexed_runs: Iterable[Item]) -> Changes:
    logged = registry_store.changes(since, cutoff)
    deals_from = min((c.effective_from for c in logged if c.kind == "deal"), default=None)
    touched = [c.id for c in logged if c.kind == "party"]
    mandates = [
        day
        for party in registry_store.parties(sorted(set(touched))).values()
        if (day := mandates_changed(party, since, cutoff)) is not None
    ]
    runs = [item["sk"].split("#")[0] for item in indexed_runs if since < item["accepted_at"] <= cutoff]
    works = registry_store.with_recordings([c for c in logged if c.kind == "work"])
    return Changes(deals_from, min(mandates, default=None), works, min(runs, default=None))


def _month(plan: Plan, month: str, books: BooksByMonth, last: SinceLast) -> MonthPlan | None:
    """The plan of one month, or `None` where nothing changed."""
    book = books.get(month, {"settled_by": "", "parts": {}})
    whole = MonthPlan(month, None, book["settled_by"], book["parts"])
    told = month_facts.items_of(month)
    facts = month_facts.month_facts(month, plan.cutoff, told)
    deals = month_facts.deals_only(last.deals, plan)
    prices = month_facts.pricing(month, facts, deals)
    waits_alike = plan.waiting_in(month) == set(book.get("waiting", ()))
    if not book["settled_by"] or not waits_alike or _newer_fact(told, last.since, plan.cutoff):
        return whole
    if _changed_as_a_whole(plan, month, prices, last):
        return whole
    changed = _touched(month, last)
    if prices.has_pools or book.get("limited", True):
        return whole if any(changed) else None
    touched = set(changed)
    if touched and _limited(touched, last.deals, plan):
        return whole
    by_bucket: dict[str, list[str]] = {}
    for key in sorted(touched):
        by_bucket.setdefault(f"{bucket_of(key, plan.buckets):04d}", []).append(key)
    return whole._replace(touched=by_bucket) if by_bucket else None


def _limited(touched: set[str], deals: Mapping[str, Entity[Deal]], plan: Plan) -> bool:
    """Whether an owner of a touched work set a limit, perhaps its first: it is measured against all works of a run or model."""
    return month_facts.snapshot_for(sorted(touched), deals, plan).sets_limits()


def _changed_as_a_whole(plan: Plan, month: str, prices: Pricing, last: SinceLast) -> bool:
    """Whether something changed that can move any work's money in the month."""
    end, changes = last_day(month), last.changes
    return (
        _before(changes.deals_from, end)
        or _before(changes.mandates_from, end)
        or ((prices.has_pools or prices.has_tails) and _before(changes.runs_from, end))
        or (prices.recurs and plan.through > last.through)
    )


def _before(first_day: str | None, month_end: str) -> bool:
    return first_day is not None and first_day <= month_end


def _newer_fact(told: Iterable[Item], since: str, cutoff: str) -> bool:
    return any(since < item["accepted_at"] <= cutoff for item in told if not item["sk"].startswith("COMPLETENESS"))


def _touched(month: str, last: SinceLast) -> Iterator[str]:
    """The work keys of a month whose accruals or registration changed, as they are found; some more than once."""
    end = last_day(month)
    yield from (key for c in last.changes.works if c.effective_from <= end for key in c.keys)
    yield from accrual_store.works_accrued_since(month, last.since)


def whole_years(months: Iterable[MonthPlan], plan: Plan, books: BooksByMonth, deals: Mapping[str, Entity[Deal]]) -> list[MonthPlan]:
    """Terms that count up to a year together: then all months of that year are computed, or of all years for a deal's whole life."""
    planned = {month.month: month for month in months}
    periods = frozenset[str]().union(*(periods_of(v.content) for entity in deals.values() for v in entity.versions))
    years = {month[:4] for month in planned}
    for month, book in books.items() if periods and planned else ():
        if (month[:4] in years or "deal" in periods) and month <= plan.through:
            planned[month] = MonthPlan(month, None, book["settled_by"], book["parts"])
    return [planned[month] for month in sorted(planned)]
