"""What stands behind a settlement's lines as a whole: the sum that each deal shares, the runs and their works, versions and tiers.

A line says what a payee has of it; a statement says it as a part of the whole, and compares it with the statement before.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, cast

from overtone.mechanisms import SettledTerm, levy, tier_prices, training_run
from overtone.mechanisms.shape import Term  # noqa: TC001 - as every module has it
from overtone.mechanisms.tier_prices import Tiered
from overtone.mechanisms.totals import Pool, Totals
from overtone.scales import ZERO_PICO, Pico
from overtone.settlement import residue
from overtone.settlement.entitlement import Pricing
from overtone.settlement.plan import RunHeader

CAP: Final = "cap"
RUN_FEE: Final = "fee"


class WholeKey(NamedTuple):
    """Of which month, deal and mechanism a whole is; `model` where each model has one of its own."""

    usage_month: str
    deal_id: str
    mechanism: str
    model: str
    currency: str


class RunWorks(NamedTuple):
    """How many runs of a licensee's model a month had, and how many works their manifests name."""

    runs: int = 0
    works: int = 0


@dataclass(slots=True)
class Wholes:
    """By what a line's key says. `sums` in pico; `versions` of deals and `tiers` (from 1) as each month had them last."""

    sums: dict[WholeKey, Pico] = field(default_factory=dict)
    runs: dict[tuple[str, str, str], RunWorks] = field(default_factory=dict)
    versions: dict[tuple[str, str], int] = field(default_factory=dict)
    tiers: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def of_month(self, month: str, pricing: Pricing, totals: Totals, runs: Iterable[RunHeader]) -> None:
        """Add a month that was priced as a whole."""
        self.of_deals(month, pricing)
        of_month = [run for run in runs if run.trained_on[:7] == month]
        for term in pricing.terms_by_key().values():
            if isinstance(term.terms, Tiered) and (tier := tier_prices.reached(cast("Term[Tiered]", term), month, totals)):
                name = month, term.deal_id, term.terms.mechanism
                self.tiers[name] = max(tier, self.tiers.get(name, 0))
        for key, pico in _shared(month, pricing, totals, of_month):
            self.sums[key] = Pico(self.sums.get(key, ZERO_PICO) + pico)

    def of_deals(self, month: str, pricing: Pricing) -> None:
        """Add the versions of the deals that a month had."""
        self.versions.update({(month, deal_id): active.version for deal_id, active in pricing.deals.items()})

    def count_runs(self, runs: Iterable[RunHeader]) -> None:
        """Add training runs; a header without its number of works (`0`) leaves that of its month open."""
        for run in runs:
            name = run.trained_on[:7], run.licensee, run.model
            before = self.runs.get(name, RunWorks())
            self.runs[name] = RunWorks(before.runs + 1, before.works + run.works)


def _shared(month: str, pricing: Pricing, totals: Totals, runs: Sequence[RunHeader]) -> Iterator[tuple[WholeKey, Pico]]:
    """The wholes that are owed in a month. Where a cap looks at lines they share what it allows them.

    Of a pool that is shared over several months it takes something off in the month of the lines, and the pool is owed in its last.
    """
    terms, by_fee = pricing.terms_by_key(), _by_fee_alone(pricing, runs)
    owed = residue.owed_in(month, totals)
    capped = {(pool.name.term, pool.currency) for pool in owed.values() if pool.name.kind == CAP}
    spanning = {(pool.name.term, pool.currency) for pool in totals.pools.values() if pool.month and pool.name.kind != CAP}
    for pool in owed.values():
        term, named = terms.get(pool.name.term), (pool.name.term, pool.currency)
        if term is None or isinstance(term.terms, levy.Terms) or (named in capped - spanning and pool.name.kind != CAP):
            continue
        if (model := _model(term, pool, by_fee)) is not None:
            taken = totals[pool.basis] if pool.name.kind == CAP and named in spanning else ZERO_PICO
            yield WholeKey(month, term.deal_id, term.terms.mechanism, model, pool.currency), Pico(pool.amount - taken)
    for leaf in pricing.leaves:  # of a levy the whole is the deposit: some of its leaves are parties, which share with nobody
        yield WholeKey(month, leaf.term.deal_id, leaf.term.terms.mechanism, "", leaf.term.currency), leaf.term.terms.amount


def _by_fee_alone(pricing: Pricing, runs: Sequence[RunHeader]) -> dict[tuple[str, str], str]:
    """The models of runs by deal and run, where training is paid for by nothing but fees of runs: per work some lines have more."""
    snapshot = pricing.resolver.snapshot
    found, per_work = dict[tuple[str, str], str](), set[tuple[str, str]]()
    for run in runs:
        for active in snapshot.deals_in_force(run.licensee, run.trained_on):
            training = [term.terms for term in active.terms if isinstance(term.terms, training_run.Terms)]
            found[active.deal_id, run.run_id] = run.model
            if any(terms.fee_per_work or terms.tiers for terms in training):
                per_work.add((active.deal_id, run.model))
    return {name: model for name, model in found.items() if (name[0], model) not in per_work}


def _model(term: SettledTerm, pool: Pool, by_fee: Mapping[tuple[str, str], str]) -> str | None:
    """The model whose lines alone share a pool, "" where lines of all do; nothing where lines have more than their part of it."""
    if not isinstance(term.terms, training_run.Terms):
        return ""
    return by_fee.get((term.deal_id, pool.name.of)) if pool.name.kind == RUN_FEE else None
