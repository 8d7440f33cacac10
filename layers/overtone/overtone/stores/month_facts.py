"""Reads what a settlement prices: accrual rows by work, the registry behind them, the facts of a month."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, NamedTuple, TypeAlias

from overtone import money
from overtone.aws import keys, tables
from overtone.aws.attributes import Item
from overtone.facts import apart
from overtone.facts.reports import SCOPE
from overtone.facts.rows import AccrualRow
from overtone.mechanisms.liquidation import Terms as Liquidation
from overtone.mechanisms.scope import Revenue
from overtone.mechanisms.shape import Month, Term
from overtone.months import last_day
from overtone.partitions import Partition, bucket_of
from overtone.rights.registry import Party, Work
from overtone.rights.versions import Entity
from overtone.scenarios.lens import Lens, Registered
from overtone.settlement import levies, subscribers
from overtone.settlement.claims import Resolver
from overtone.settlement.deals import Deal
from overtone.settlement.entitlement import Pricing
from overtone.settlement.holds import VOID, Hold
from overtone.settlement.plan import Plan, RunHeader, latest_runs, trained
from overtone.settlement.snapshot import Snapshot
from overtone.settlement.subscribers import SubscriberCount
from overtone.settlement.work_month import WorkMonth
from overtone.stores import accrual_pages as page_store
from overtone.stores import accruals as accrual_store
from overtone.stores import facts as fact_store
from overtone.stores import registry as registry_store
from overtone.stores import what_if_accruals
from overtone.stores.accrual_pages import BucketPlace

_REVENUE: Final = "REVENUE"
_LEVY: Final = "LEVY"
_LIQUIDATION: Final = "LIQUIDATION"
HOLD: Final = "HOLD"
REPORTED: Final = "REPORTED"
"""What usage reports state of a month beside usage."""
WITHDRAWN: Final = "WITHDRAWN"
"""Kinds of a month's facts, as their keys begin; the last ends one of the others."""


class MonthFacts(NamedTuple):
    """What was reported about a month as a whole, as of a cut-off."""

    revenue: dict[str, tuple[Revenue, ...]]
    levies: list[tuple[str, levies.Deposit]]
    liquidations: list[dict[str, Any]]
    holds: tuple[Hold, ...] = ()


def items_of(month: str) -> list[Item]:
    """All that was ever reported of a month as a whole, as it is kept."""
    return list(tables.ledger().query(keys.month_fact(month, "").pk))


def month_facts(month: str, cutoff: str, told: Sequence[Item] | None = None) -> MonthFacts:
    """Revenue reports (the highest revision of each licensee, currency and scope), levies (each in its highest), liquidations, holds.

    What was withdrawn up to the cut-off counts no more. `told` is what is kept (`items_of`), where it was read before.
    """
    known = [item for item in (items_of(month) if told is None else told) if item["accepted_at"] <= cutoff]
    ends = {tuple(item["sk"].split("#")[1:]): item for item in known if item["sk"].startswith(f"{WITHDRAWN}#")}
    counting = [item for item in known if _named(item) not in ends]
    counts, reports = _subscribers(known), _reports(counting)
    filled = {licensee: subscribers.filled(own, counts.get(licensee, ())) for licensee, own in reports.items()}
    liquidations = [item for item in counting if _kind_of(item) == _LIQUIDATION]
    return MonthFacts(filled, _levies(counting), liquidations, tuple(_holds(known, ends)))


def _kind_of(item: Mapping[str, Any]) -> str:
    return str(item["sk"].partition("#")[0])


def _reports(counting: Iterable[Mapping[str, Any]]) -> dict[str, list[Revenue]]:
    """The revenue reports of each licensee: of each currency and scope the highest revision."""
    best: dict[tuple[str, str, str, str, str], Mapping[str, Any]] = {}
    for item in counting:
        if _kind_of(item) == _REVENUE:
            _, licensee, currency, _ = item["sk"].split("#", 3)
            service, model, territory = (str(item.get(dimension, "")) for dimension in SCOPE)
            name = licensee, currency, service, model, territory
            if name not in best or _rank(item) > _rank(best[name]):
                best[name] = item
    found: dict[str, list[Revenue]] = {}
    for (licensee, currency, service, model, territory), item in sorted(best.items()):
        net = money.stored_amount(item["net_revenue"])
        report = Revenue(currency, net, int(item["subscribers"]), service, model, territory, item["report_id"])
        found.setdefault(licensee, []).append(report)
    return found


def _levies(counting: Iterable[Mapping[str, Any]]) -> list[tuple[str, levies.Deposit]]:
    """Each levy by its id, in its highest revision."""
    best: dict[str, Mapping[str, Any]] = {}
    for item in counting:
        if _kind_of(item) == _LEVY:
            name, revision = item["sk"].split("#")[1], int(item.get("revision", 0))
            if name not in best or revision > int(best[name].get("revision", 0)):
                best[name] = item
    return [(name, _deposit(item)) for name, item in sorted(best.items())]


def _deposit(item: Mapping[str, Any]) -> levies.Deposit:
    return levies.Deposit(
        administrator=item["administrator"], currency=item["currency"], amount=item["amount"], distribution=item["distribution"]
    )


def _holds(known: Iterable[Mapping[str, Any]], ends: Mapping[tuple[str, ...], Mapping[str, Any]]) -> Iterator[Hold]:
    """The holds that stand, and those that ended as void."""
    for item in known:
        if _kind_of(item) == HOLD:
            end = ends.get(_named(item))
            if end is None or end.get("outcome") == VOID:
                yield Hold.of(item, void=end is not None)


def _subscribers(known: Iterable[Mapping[str, Any]]) -> dict[str, list[SubscriberCount]]:
    """By licensee, the subscribers that its usage reports of the month state, each report as it was kept last and not taken back since."""
    ordered = sorted(known, key=lambda item: (item["accepted_at"], item["sk"]))
    gone = Counter(item["sk"].rpartition("#")[0] for item in ordered if item["sk"].startswith(f"{WITHDRAWN}#{REPORTED}#"))
    last: dict[tuple[str, str], Mapping[str, Any]] = {}
    for item in ordered:
        kind, *ids = item["sk"].split("#")
        if kind == REPORTED and not 0 < item.get("batches", 0) <= gone[f"{WITHDRAWN}#{item['sk']}"]:
            last[ids[0], ids[1]] = item
    facts: dict[str, list[dict[str, Any]]] = {}
    for (licensee, _), item in sorted(last.items()):
        facts.setdefault(licensee, []).extend(fact_store.unpacked(item["facts"]))
    return {licensee: subscribers.counted(said) for licensee, said in facts.items()}


def _named(item: Mapping[str, Any]) -> tuple[str, ...]:
    """What a withdrawal names of a fact: its kind, whose it is, and its id, whatever the revision."""
    kind, *ids = item["sk"].split("#")
    return (kind, ids[0], ids[2]) if kind == _REVENUE else (kind, *ids[:1])


def _rank(item: Mapping[str, Any]) -> tuple[int, str, str]:
    return (int(item["revision"]), item["accepted_at"], item["sk"])


def month_of(plan: Plan, month: str, facts: MonthFacts) -> Month:
    """The month as the mechanisms see it."""
    rates = {(source, target): Fraction(money.stored_amount(rate), money.PICO) for source, target, rate, _ in plan.rates}
    return Month(month, last_day(month), plan.through, facts.revenue, rates)


def pricing(month: str, facts: MonthFacts, snapshot: Snapshot) -> Pricing:
    """Prices the month against a snapshot."""
    leaves = [leaf for levy_id, levy in facts.levies for leaf in levies.leaves_of(levy_id, levy)]
    liquidated = {
        item["deal_id"]: Term(item["deal_id"], int(month.replace("-", "")), item["licensee"], "", Liquidation())
        for item in facts.liquidations
    }
    resolver = Resolver(snapshot, facts.holds)
    return Pricing(resolver, last_day=last_day(month), leaves=leaves, liquidated=liquidated)


# --- accruals


def work_months(plan: Plan, month: str, part: str, *, models: bool, anew: bool = False, held: Collection[str] = ()) -> list[WorkMonth]:
    """The works of a part with all that the accruals say of them, by work key.

    `models` says whether the latest training runs are wanted too, `anew` whether a what-if accrued usage otherwise; `held` are the
    subjects that holds name, whose uses stand by themselves.
    """
    bucket, end = int(part), last_day(month)
    touched = plan.month(month).touched
    only = None if touched is None else frozenset(touched.get(part, ()))
    waiting = plan.waiting_in(month)
    usage = _by_work(_usage_rows(plan, month, bucket, only, anew=anew, held=held))
    mine = [run for run in plan.runs if run.trained_on[:7] == month and run.licensee not in waiting]
    current = latest_runs(plan.runs, end) if models else []
    rows_of = {run: rows_of_run(plan, run, bucket, only) for run in {*mine, *current}}
    trained = _by_work(row for run in mine for row in rows_of[run])
    latest = _by_work(row for run in current for row in rows_of[run])
    return [
        WorkMonth(key, tuple(usage.get(key, ())), tuple(trained.get(key, ())), tuple(latest.get(key, ())))
        for key in sorted({*usage, *trained, *latest})
    ]


def used_months(plan: Plan, month: str, keys: Iterable[str], *, anew: bool = False, held: Collection[str] = ()) -> list[WorkMonth]:
    """The usage of some works, of whatever parts, by work key: the pages of each part that has one of their keys are read through."""
    named: dict[int, set[str]] = {}
    for key in keys:
        named.setdefault(bucket_of(key, plan.buckets), set()).add(key)
    rows = (_usage_rows(plan, month, bucket, frozenset(named[bucket]), anew=anew, held=held) for bucket in sorted(named))
    return [WorkMonth(key, tuple(usage), (), ()) for of_bucket in rows for key, usage in sorted(_by_work(of_bucket).items())]


def _usage_rows(
    plan: Plan, month: str, bucket: int, only: frozenset[str] | None, *, anew: bool, held: Collection[str]
) -> Iterator[AccrualRow]:
    """The rows of usage of a bucket, all or those of some works, but for reporters that wait."""
    waiting, place = plan.waiting_in(month), BucketPlace(month, bucket, page_items=plan.page_items)
    rows: Iterable[AccrualRow] = page_store.rows_of_bucket(place, only)
    rows = what_if_accruals.instead_of(rows, plan, month, bucket) if anew else rows
    if held:
        kept = page_store.rows_apart(place, only, held)
        rows = apart.split(rows, what_if_accruals.instead_of_apart(kept, plan, month, bucket, held) if anew else kept)
    return (row for row in rows if row.reporter not in waiting)


def reported_revenue(month: str, waiting: Collection[str] = ()) -> dict[str, int]:
    """What the usage partitions of a month say was reported, but for reporters that wait, in 1e-21 of each currency."""
    found: dict[str, int] = {}
    for summary in accrual_store.summaries(month):
        if Partition.parse(summary["sk"]).reporter in waiting:
            continue
        for currency, amount in summary.get("revenue", {}).items():
            found[currency] = found.get(currency, 0) + money.stored_amount(amount) * money.NANO
    return found


def rows_of_run(plan: Plan, run: RunHeader, bucket: int, only: Iterable[str] | None) -> list[AccrualRow]:
    """The rows of a training run's bucket: all works, or some."""
    place = BucketPlace.of_run(run.trained_on, run.licensee, run.run_id, bucket)
    return list(page_store.rows_of_bucket(place._replace(page_items=plan.page_items), only))


def _by_work(rows: Iterable[AccrualRow]) -> dict[str, list[AccrualRow]]:
    found: dict[str, list[AccrualRow]] = {}
    for row in rows:
        found.setdefault(row.work_key, []).append(row)
    return found


# --- the registry


DealSource: TypeAlias = Mapping[str, Entity[Deal]] | Snapshot
"""Deals by id, or those of a snapshot."""


def snapshot_for(work_keys: Iterable[str], deals: DealSource, plan: Plan, lens: Lens | None = None) -> Snapshot:
    """The part of the registry that a plan's works can lead to, and all deals."""
    return snapshot_at(plan.cutoff, work_keys, deals, plan.runs, lens)


def snapshot_at(cutoff: str, work_keys: Iterable[str], deals: DealSource, runs: Sequence[RunHeader], lens: Lens | None = None) -> Snapshot:
    """The part of the registry that these works can lead to, and all deals, as of an instant, perhaps as a what-if lets it look."""
    keys_sought = [key for key in work_keys if ":" in key]
    named = registry_store.works_by_keys(keys_sought, cutoff)
    works = _with_compositions({entity.id: entity for entity in named.values()})
    if lens is not None:
        named, works = lens.registered(keys_sought, Registered(named, works))
    holders = {share.party for entity in works.values() for version in entity.versions for share in version.content.shares}
    return Snapshot(
        works=works,
        by_key={key: entity.id for key, entity in named.items()},
        parties=with_societies(holders),
        deals=deals,
        cutoff=cutoff,
        trained=trained(runs),
    )


def _with_compositions(works: dict[str, Entity[Work]]) -> dict[str, Entity[Work]]:
    """Works, and those that recordings among them are of."""
    linked = {version.content.composition for entity in works.values() for version in entity.versions if version.content.composition}
    return works | registry_store.works(sorted(linked - set(works)))


def with_societies(ids: Collection[str]) -> dict[str, Entity[Party]]:
    """Parties, the societies that they mandate, the societies that those mandate, and so on."""
    known: dict[str, Entity[Party]] = {}
    frontier = set(ids)
    while frontier:
        found = registry_store.parties(sorted(frontier))
        known |= found
        named = {mandate.society for entity in found.values() for version in entity.versions for mandate in version.content.mandates}
        frontier = named - set(known) - frontier
    return known


def deals_only(deals: Mapping[str, Entity[Deal]], plan: Plan) -> Snapshot:
    """A snapshot for questions about deals alone."""
    return Snapshot(works={}, by_key={}, parties={}, deals=deals, cutoff=plan.cutoff, trained=trained(plan.runs))


def works_only(ids: Iterable[str], known: Snapshot) -> Snapshot:
    """A snapshot for questions about what these works are called, where not all of them are `known`."""
    missing = sorted(work_id for work_id in ids if known.entity(work_id) is None)
    if not missing:
        return known
    works = _with_compositions(registry_store.works(missing))
    return Snapshot(works={**known.works, **works}, by_key={}, parties={}, deals=known, cutoff=known.cutoff)
