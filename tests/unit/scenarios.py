"""Feeds plain facts to the package, in memory, the way the functions do: accrued by partition, settled by month and bucket.

How the work is divided (shards, batches, buckets, order) is a parameter, so tests can show that it makes no difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

import orjson

from overtone import money
from overtone.lines import LineKey, Posting
from overtone.mechanisms.liquidation import Terms as Liquidation
from overtone.mechanisms.shape import Month, Revenue, Term, Totals
from overtone.partitions import spread
from overtone.rights.agreement import Agreement, Answer, Status
from overtone.rights.registry import Party, Work
from overtone.rights.versions import Entity, Version
from overtone.settlement import levies, residue
from overtone.settlement.claims import Resolver
from overtone.settlement.deals import Deal
from overtone.settlement.entitlement import Entitled, Pricing, Repertoire
from overtone.settlement.plan import last_day, latest_runs
from overtone.settlement.snapshot import Snapshot
from overtone.settlement.work_month import WorkMonth, training_entries
from tests.unit.accruals import Division, Facts, run_rows, usage_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from overtone.facts.rows import AccrualRow
    from overtone.fields import Model
    from overtone.settlement.breaches import Breach
    from overtone.settlement.snapshot import ActiveDeal

CUTOFF = "2027-06-30T00:00:00.000000Z"


def no_facts() -> Facts:
    """Facts to fill in."""
    lists: Facts = {name: [] for name in ("usage", "disclosures", "runs", "revenue", "levies", "liquidations")}
    return lists | {"parties": {}, "works": {}, "deals": {}, "rates": {}}


def version(content: Mapping[str, Any], effective_from: str = "0001-01-01", recorded_at: str = "2026-01-01T00:00:00.000000Z") -> Facts:
    """A version of a party, a work or a deal."""
    return {"effective_from": effective_from, "recorded_at": recorded_at, "content": dict(content)}


@dataclass
class Outcome:
    """What came of a settlement."""

    postings: dict[LineKey, Posting]
    titles: dict[LineKey, str]
    breaches: list[Breach]
    owed_whole: dict[tuple[str, str], int]

    def amounts(self) -> dict[tuple[str, ...], tuple[int, int]]:
        """Amount and shadow by line key, for comparison with the model."""
        return {tuple(key): (posting.amount, posting.shadow) for key, posting in self.postings.items() if posting.amount or posting.shadow}


# --- registry


def snapshot(facts: Facts, cutoff: str) -> Snapshot:
    """The registry as of a cut-off."""
    works = _entities(facts["works"], Work)
    by_key = {
        key: entity.id
        for entity in works.values()
        for stated in entity.versions
        if stated.recorded_at <= cutoff
        for key in stated.content.identifiers
    }
    return Snapshot(
        works=works, by_key=by_key, parties=_entities(facts["parties"], Party), deals=_entities(facts["deals"], Deal), cutoff=cutoff
    )


def _entities(stated: Mapping[str, Sequence[Mapping[str, Any]]], model: type[Any]) -> dict[str, Entity[Any]]:
    return {
        name: Entity(
            name,
            "",
            tuple(
                Version(
                    number,
                    one["effective_from"],
                    one["recorded_at"],
                    "somebody",
                    _content(model, orjson.dumps(one["content"])),
                    _accepted(one["accepted_at"]) if "accepted_at" in one else None,
                )
                for number, one in enumerate(versions, start=1)
            ),
        )
        for name, versions in stated.items()
    }


def _accepted(at: str) -> Agreement:
    return Agreement((), (Answer(Status.ACCEPTED, "admin", at, final=True),))


_PARSED: dict[tuple[type[Any], bytes], Any] = {}


def _content(model: type[Model], body: bytes) -> Any:
    if (model, body) not in _PARSED:
        _PARSED[model, body] = model.model_validate(orjson.loads(body))
    return _PARSED[model, body]


# --- settlement


class _Priced:
    """One month and its parts."""

    def __init__(self, settlement: Settlement, month: str) -> None:
        self.month = month
        facts = settlement.facts
        leaves = [leaf for levy in facts["levies"] if levy["month"] == month for leaf in _leaves(levy)]
        self.pricing = Pricing(settlement.resolver, last_day=last_day(month), leaves=leaves, liquidated=_liquidated(facts, month))
        self.works = settlement.works(month)
        self.repertoires = {active.deal_id: settlement.repertoire(active) for active in self.pricing.repertoire_deals()}

    def measured(self, parts: Iterable[Sequence[WorkMonth]]) -> Totals:
        totals = Totals()
        for part in parts:
            totals.merge(_stored(self.pricing.measure(part)))
        totals.merge(_stored(self.pricing.measure_deals(self.repertoires)))
        return totals

    def entitled(self, totals: Totals) -> list[Entitled]:
        return [*(self.pricing.entitled(work, totals) for work in self.works), self.pricing.entitled_deals(self.repertoires, totals)]


class Settlement:
    """Settles months from facts, in memory."""

    def __init__(self, facts: Facts, *, cutoff: str = CUTOFF, through: str = "2026-12", division: Division | None = None) -> None:
        self.facts, self.cutoff, self.through = facts, cutoff, through
        self.division = division or Division()
        self.rng = Random(self.division.seed)
        self.resolver = Resolver(snapshot(facts, cutoff))
        self._usage = usage_rows(facts, self.division)
        self._runs = run_rows(facts)

    def settle(self, months: Iterable[str]) -> Outcome:
        """Both rounds over all months, then lines and what pools leave."""
        priced = {month: _Priced(self, month) for month in months}
        firsts = {}
        for month, one in priced.items():
            firsts[month] = one.measured(self._parts(one.works))
            one.pricing.open_pools(firsts[month], self._facts_of(month), of_lines=False)
            firsts[month] = _stored(firsts[month])
        finals = firsts
        if any(one.pricing.needs_lines for one in priced.values()):
            together = Totals()
            for month, one in priced.items():
                together.merge(_stored(one.pricing.measure_lines(one.entitled(firsts[month]))))
            finals = {month: _stored(totals) for month, totals in firsts.items()}
            for month, one in priced.items():
                finals[month].merge(together)
                one.pricing.open_pools(finals[month], self._facts_of(month), of_lines=True)
            residue.agree(finals)
            finals = {month: _stored(totals) for month, totals in finals.items()}
        return self._outcome(priced, finals)

    def _outcome(self, priced: Mapping[str, _Priced], finals: Mapping[str, Totals]) -> Outcome:
        outcome = Outcome({}, {}, [], {})
        paid: dict[str, dict[str, int]] = {month: {} for month in priced}
        for month, one in priced.items():
            for result in one.entitled(finals[month]):
                for key, posting in result.postings.items():
                    assert key not in outcome.postings, key
                    outcome.postings[key] = posting
                outcome.titles |= result.titles
                outcome.breaches += result.breaches
                for pool, pico in result.pools_paid.items():
                    paid[month][pool] = paid[month].get(pool, 0) + pico
        for month, one in priced.items():
            spanning = [name for name, pool in finals[month].pools.items() if pool.month]
            together = {name: sum(own.get(name, 0) for own in paid.values()) for name in spanning}
            for key, posting in residue.undivided(month, finals[month], paid[month] | together, one.pricing.terms_by_name()).items():
                before = outcome.postings.get(key, Posting(0, 0, 0))
                outcome.postings[key] = Posting(0, before.amount + posting.amount, 0)
        return outcome

    def _parts(self, works: list[WorkMonth]) -> list[list[WorkMonth]]:
        """The works by bucket, the buckets in any order."""
        buckets: list[list[WorkMonth]] = [[] for _ in range(self.division.buckets)]
        for work in works:
            buckets[spread(work.key, self.division.buckets)].append(work)
        self.rng.shuffle(buckets)
        return buckets

    def _facts_of(self, month: str) -> Month:
        best: dict[tuple[str, str], dict[str, Any]] = {}
        for report in sorted(self.facts["revenue"], key=lambda report: report["revision"]):
            if report["month"] == month:
                best[report["licensee"], report["currency"]] = report
        revenue: dict[str, tuple[Revenue, ...]] = {}
        for (licensee, currency), report in sorted(best.items()):
            made = Revenue(currency, money.parse_amount(report["net_revenue"]), report["subscribers"])
            revenue[licensee] = (*revenue.get(licensee, ()), made)
        return Month(month, last_day(month), self.through, revenue, self.facts["rates"])

    def works(self, month: str) -> list[WorkMonth]:
        """All that the accruals say of each work in a month, rows in any order."""
        current = latest_runs(self._runs, last_day(month))
        usage = _by_work([row for row in self._usage if row.partition.split("#")[2][:7] == month], self.rng)
        runs = _by_work([row for run, rows in self._runs.items() if run.trained_on[:7] == month for row in rows], self.rng)
        latest = _by_work([row for run in current for row in self._runs[run]], self.rng)
        keys = sorted({*usage, *runs, *latest})
        self.rng.shuffle(keys)
        return [WorkMonth(key, *(tuple(rows.get(key, ())) for rows in (usage, runs, latest))) for key in keys]

    def repertoire(self, active: ActiveDeal) -> list[Repertoire]:
        """Every work; the resolver knows which of them the licensor can license."""
        runs = [run for run in latest_runs(self._runs, active.deal.from_) if run.licensee == active.deal.licensee]
        weights: dict[str, int] = {}
        for work_id, versions in self.facts["works"].items():
            known = [one["content"] for one in versions if one["recorded_at"] <= self.cutoff]
            keys = {f"work:{work_id}"} | {key for content in known for key in content.get("identifiers", ())}
            rows = [row for run in runs for row in self._runs[run] if row.work_key in keys]
            weights[work_id] = sum(entry.weight for row in rows for entry in training_entries(row))
        return [Repertoire(work_id, weights[work_id]) for work_id in sorted(self.facts["works"])]


def _stored(totals: Totals) -> Totals:
    """As it comes back from storage."""
    return Totals.from_json(orjson.loads(orjson.dumps(totals.to_json())))


def _leaves(levy: Mapping[str, Any]) -> list[Any]:
    stored = {**levy, "distribution": orjson.dumps(levy["distribution"]).decode()}
    return levies.leaves_of(levy["levy_id"], stored)


def _liquidated(facts: Facts, month: str) -> dict[str, Term]:
    return {
        one["deal_id"]: Term(one["deal_id"], int(month.replace("-", "")), one["licensee"], "", Liquidation())
        for one in facts["liquidations"]
        if one["month"] == month
    }


def _by_work(rows: list[AccrualRow], rng: Random) -> dict[str, list[AccrualRow]]:
    rng.shuffle(rows)
    found: dict[str, list[AccrualRow]] = {}
    for row in rows:
        found.setdefault(row.work_key, []).append(row)
    return found


def settle(
    facts: Facts, months: Iterable[str] = ("2026-10",), *, cutoff: str = CUTOFF, through: str = "2026-12", division: Division | None = None
) -> Outcome:
    """What the package says everybody is entitled to."""
    return Settlement(facts, cutoff=cutoff, through=through, division=division).settle(months)


__all__ = ["CUTOFF", "Division", "Facts", "Outcome", "Settlement", "no_facts", "settle", "version"]
