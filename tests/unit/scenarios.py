"""Feeds plain facts to the package, in memory, the way the functions do: accrued by partition, settled by month and bucket.

How the work is divided (shards, batches, buckets, order) is a parameter, so tests can show that it makes no difference.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

import orjson

from overtone import money
from overtone.facts.reports import SCOPE
from overtone.mechanisms.liquidation import Terms as Liquidation
from overtone.mechanisms.scope import Revenue
from overtone.mechanisms.shape import Month, Term
from overtone.mechanisms.totals import Totals
from overtone.months import last_day
from overtone.partitions import spread
from overtone.settlement import levies, rounds, subscribers
from overtone.settlement.claims import Resolver
from overtone.settlement.entitlement import Pricing
from overtone.settlement.holds import Hold
from overtone.settlement.plan import latest_runs, trained
from overtone.settlement.pricing_facts import Entitled, Repertoire
from overtone.settlement.residue import SettledResidue, StandingResidue
from overtone.settlement.rounds import MonthOpening, Part
from overtone.settlement.work_month import WorkMonth, training_entries
from tests.model.breaching import Broken
from tests.unit.accruals import Division, Facts, run_rows, usage_rows
from tests.unit.snapshots import snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from overtone.facts.rows import AccrualRow
    from overtone.lines import LineKey, Posting
    from overtone.scenarios.lens import Lens
    from overtone.settlement.breaches import Breach
    from overtone.settlement.snapshot import ActiveDeal


CUTOFF = "2027-06-30T00:00:00.000000Z"


def no_facts() -> Facts:
    """Facts to fill in."""
    lists: Facts = {name: [] for name in ("usage", "disclosures", "runs", "revenue", "levies", "liquidations", "holds")}
    return lists | {"parties": {}, "works": {}, "deals": {}, "rates": {}}


def version(content: Mapping[str, Any], effective_from: str = "0001-01-01", recorded_at: str = "2026-01-01T00:00:00.000000Z") -> Facts:
    """A version of a party, a work or a deal."""
    return {"effective_from": effective_from, "recorded_at": recorded_at, "content": dict(content)}


def every_title(result: Entitled) -> dict[LineKey, str]:
    """All titles of a result by key, those in columns too."""
    return result.titles | {key: title for lines in result.columns for key, title in lines.titles_by_key().items()}


@dataclass
class Outcome:
    """What came of a settlement."""

    postings: dict[LineKey, Posting]
    titles: dict[LineKey, str]
    breaches: list[Breach]
    kept: dict[str, SettledResidue]
    unscoped: list[dict[str, str]] = field(default_factory=list)

    def add(self, result: Entitled) -> None:
        """Take in a part's result; no line is of two parts."""
        postings = result.every_posting()
        assert not self.postings.keys() & postings.keys()
        self.postings |= postings
        self.titles |= every_title(result)
        self.breaches += result.breaches

    def amounts(self) -> dict[tuple[str, ...], tuple[int, int]]:
        """Amount and shadow by line key, for comparison with the model."""
        return {tuple(key): (posting.amount, posting.shadow) for key, posting in self.postings.items() if posting.amount or posting.shadow}

    def broken(self, *, evidence: bool = False) -> set[Broken]:
        """The breaches as the model has them; what shows them only where that is asked for."""
        assert len(self.breaches) == len(set(self.breaches))
        rows = {Broken(**{name: getattr(breach, name) for name in Broken._fields}) for breach in self.breaches}
        return rows if evidence else {row._replace(evidence="") for row in rows}


# --- settlement


class Settlement:
    """Settles months from facts, in memory; `before` is what earlier settlements kept of their residue, by month."""

    def __init__(
        self,
        facts: Facts,
        *,
        cutoff: str = CUTOFF,
        through: str = "2026-12",
        division: Division | None = None,
        before: Mapping[str, SettledResidue] | None = None,
        lens: Lens | None = None,
    ) -> None:
        self.facts, self.cutoff, self.through, self.lens = facts, cutoff, through, lens
        self.division = division or Division()
        self.standing = StandingResidue(before or {})
        self.rng = Random(self.division.seed)
        self.openings: dict[str, MonthOpening] = {}
        self.totals: dict[str, Totals] = {}
        self.parts: dict[str, list[Part]] = {}
        self._runs = run_rows(facts)
        self.resolver = Resolver(snapshot(facts, cutoff, trained(self._runs), lens), _holds(facts, cutoff))
        self._usage = usage_rows(facts, self.division, {hold.subject for hold in self.resolver.holds if hold.subject})

    def settle(self, months: Iterable[str]) -> Outcome:
        """The rounds of production over all months, totals stored and read between them."""
        openings = {month: self._opening(month) for month in sorted(months)}
        parts = {month: self._parts(month, opening.pricing) for month, opening in openings.items()}
        sums = {month: rounds.merged(_stored(part.measured()) for part in of_month) for month, of_month in parts.items()}
        totals = self._kept(rounds.opened(openings, sums, self.standing))
        for kind in rounds.rounds_of(openings)[1:]:
            again = (part.measured_again(kind, totals[month]) for month, of_month in parts.items() for part in of_month)
            totals = self._kept(rounds.opened(openings, totals, self.standing, kind, rounds.merged(map(_stored, again))))
        self.openings, self.totals, self.parts = openings, totals, parts
        outcome, paid = Outcome({}, {}, [], {}), {}
        for month, of_month in parts.items():
            result = rounds.together(one for part in of_month for one in part.entitled(totals[month]))
            outcome.add(result)
            paid[month] = result.pools_paid
        for month, cleared in rounds.cleared(openings, totals, paid).items():
            outcome.add(Entitled(cleared.postings, {}, {}, []))
            outcome.kept[month] = cleared.kept
        outcome.unscoped = rounds.unscoped(totals)
        return outcome

    @staticmethod
    def _kept(totals: Mapping[str, Totals]) -> dict[str, Totals]:
        return {month: _stored(one) for month, one in totals.items()}

    def _opening(self, month: str) -> MonthOpening:
        deposits = [
            (levy["levy_id"], levy | {"distribution": orjson.dumps(levy["distribution"]).decode()})
            for levy in self.facts["levies"]
            if levy["month"] == month
        ]
        deposits = self.lens.levies(month, deposits) if self.lens else deposits
        leaves = [leaf for levy_id, levy in deposits for leaf in levies.leaves_of(levy_id, levy)]
        pricing = Pricing(self.resolver, last_day=last_day(month), leaves=leaves, liquidated=_liquidated(self.facts, month))
        return MonthOpening(pricing, self._facts_of(month))

    def _parts(self, month: str, pricing: Pricing) -> list[Part]:
        """The works by bucket, the buckets in any order, and the deals as such."""
        buckets: list[list[WorkMonth]] = [[] for _ in range(self.division.buckets)]
        works = self.works(month)
        for work in works:
            buckets[spread(work.key, self.division.buckets)].append(work)
        self.rng.shuffle(buckets)
        repertoires = {(active.deal_id, active.version): self.repertoire(active) for active in pricing.repertoire_deals()}
        return [*(Part(pricing, works) for works in buckets), Part(pricing, repertoires=pricing.eligible_works(repertoires, works))]

    def _facts_of(self, month: str) -> Month:
        best: dict[tuple[str, ...], dict[str, Any]] = {}
        for report in sorted(self.facts["revenue"], key=lambda report: report["revision"]):
            if report["month"] == month:
                best[report["licensee"], report["currency"], *(report.get(name, "") for name in SCOPE)] = report
        revenue: dict[str, tuple[Revenue, ...]] = {}
        for (licensee, currency, *scope), report in sorted(best.items()):
            figures = (currency, money.parse_amount(report["net_revenue"]), report["subscribers"])
            made = Revenue._make((*figures, *scope, report.get("report_id", "")))
            revenue[licensee] = (*revenue.get(licensee, ()), made)
        for licensee, reports in revenue.items():
            said = [fact for fact in self.facts.get("reported", ()) if (fact["licensee"], fact["month"]) == (licensee, month)]
            revenue[licensee] = subscribers.filled(reports, subscribers.counted(said))
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


def _liquidated(facts: Facts, month: str) -> dict[str, Term[Liquidation]]:
    return {
        one["deal_id"]: Term(one["deal_id"], int(month.replace("-", "")), one["licensee"], "", Liquidation())
        for one in facts["liquidations"]
        if one["month"] == month
    }


def _holds(facts: Facts, cutoff: str) -> tuple[Hold, ...]:
    known = [hold for hold in facts.get("holds", ()) if hold["recorded_at"] <= cutoff]
    ended = [hold for hold in known if hold.get("released_at", "9999") <= cutoff]
    voids = [Hold.of(hold, void=True) for hold in ended if hold.get("void")]
    return (*(Hold.of(hold) for hold in known if hold not in ended), *voids)


def _by_work(rows: list[AccrualRow], rng: Random) -> dict[str, list[AccrualRow]]:
    rng.shuffle(rows)
    found: dict[str, list[AccrualRow]] = {}
    for row in rows:
        found.setdefault(row.work_key, []).append(row)
    return found


def settle(
    facts: Facts,
    months: Iterable[str] = ("2026-10",),
    *,
    cutoff: str = CUTOFF,
    through: str = "2026-12",
    division: Division | None = None,
    before: Mapping[str, SettledResidue] | None = None,
    lens: Lens | None = None,
) -> Outcome:
    """What the package says everybody is entitled to, perhaps as a scenario lets the facts look."""
    return Settlement(facts, cutoff=cutoff, through=through, division=division, before=before, lens=lens).settle(months)


__all__ = ["CUTOFF", "Division", "Facts", "Outcome", "Settlement", "no_facts", "settle", "version"]
