"""The rounds of a settlement, from measured works to posted residue: pure, and the one place that knows their order.

Production runs each step in a function of its own and keeps what it returns in S3; previews, explanations, accruals as of now
and the tests run the same steps in memory:

    sums   = merged(part.measured() for part in parts)             month by month, parts in any order
    totals = opened(openings, sums, standing)                      pools opened, agreed on, standing residue joined
    again  = merged(part.measured_again(kind, totals) for part in parts)
    totals = opened(openings, totals, standing, kind, again)       the pools of a further round of `rounds_of`: caps, lines, their caps
    part.entitled(totals)                                          each part by itself
    cleared(openings, totals, paid)                                what the pools could not divide

Nothing here reads, writes or knows how the works are spread over parts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from overtone.errors import InvariantBroken
from overtone.facts import splits
from overtone.lines import LineKey, Posting
from overtone.mechanisms import caps
from overtone.mechanisms.revenue_pool import UNSCOPED
from overtone.mechanisms.shape import Month
from overtone.mechanisms.totals import NO_TERM, SHARED, TotalKey, Totals, share_between
from overtone.scales import ZERO_PICO, Pico
from overtone.settlement import guarantees, residue, tiers
from overtone.settlement.entitlement import Pricing, Round, Trace
from overtone.settlement.line_columns import DueLines
from overtone.settlement.missing_rates import Lack, RatesMissing
from overtone.settlement.pricing_facts import Entitled, Repertoires
from overtone.settlement.residue import SettledResidue, StandingResidue
from overtone.settlement.work_month import WorkMonth, usage_sums

_READ: Final = "read"
_LIMITED: Final = TotalKey(*NO_TERM, "limited")
"""In how many parts some owner allows a use only up to a share."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some works of a month, or the deals as such (`repertoires` by deal and version), ready to be priced."""

    pricing: Pricing
    works: Sequence[WorkMonth] = ()
    repertoires: Repertoires | None = None

    def measured(self) -> Totals:
        """First round: the sums that pools need, and the revenue that was read, for `require_conserved`."""
        usage = usage_sums(self.works)
        totals = self.pricing.measure(self.works, usage)
        read: dict[str, dict[str, int]] = {}
        for (_, _, kind, _, _, currency), (_, revenue) in usage.items():
            kinds = read.setdefault(currency, {})
            kinds[kind] = kinds.get(kind, 0) + revenue
        for currency, kinds in read.items():
            totals.add(TotalKey(*NO_TERM, _READ, currency=currency), splits.counted(kinds))
        if self.pricing.resolver.snapshot.sets_limits():
            totals.add(_LIMITED, 1)
        if self.repertoires is not None:
            totals.merge(self.pricing.measure_deals(self.repertoires))
        return totals

    def measured_again(self, kind: Round, totals: Totals) -> Totals:
        """A further round: the sums over what the totals so far give, term by term for caps, or line by line."""
        if kind == "lines":
            return self.pricing.measure_lines(self.entitled(totals))
        owed, asked = Totals(), {term.key for term in self.pricing.capped(kind)}
        for result in self.entitled(totals) if asked else ():
            for (key, term), pico in result.owed.items():
                if term in asked:
                    owed.add(caps.owed_name(term, key.usage_month, key.currency), pico)
        return owed

    def entitled(self, totals: Totals, trace: Trace | None = None) -> Iterator[Entitled]:
        """What the part comes to, given the month's totals: many works at once where that can be, else work by work."""
        works: Sequence[WorkMonth] = self.works
        if trace is None and (bulk := self.pricing.bulk(totals)):
            at_once, works = bulk.entitled(self.works)
            yield at_once
        for work in works:
            yield self.pricing.entitled(work, totals, trace)
        if self.repertoires is not None:
            yield self.pricing.entitled_deals(self.repertoires, totals, trace)


class MonthOpening(NamedTuple):
    """A month whose parts were measured: prices for questions about its deals, and what was reported of it as a whole."""

    pricing: Pricing
    month: Month


class Cleared(NamedTuple):
    """What the pools of a month could not divide: as postings, and as the index of books keeps it."""

    postings: dict[LineKey, Posting]
    kept: SettledResidue


def merged(sums: Iterable[Totals]) -> Totals:
    """The sums of all parts together."""
    totals = Totals()
    for one in sums:
        totals.merge(one)
    return totals


def together(results: Iterable[Entitled]) -> Entitled:
    """The results of all works of a part."""
    whole, columns = Entitled({}, {}, {}, [], {}, owed={}), list[DueLines]()
    for result in results:
        columns += result.columns
        whole.postings.update(result.postings)
        whole.titles.update(result.titles)
        whole.breaches.extend(result.breaches)
        whole.adjustments.update(result.adjustments)
        whole.owed.update(result.owed)
        add_paid(whole.pools_paid, result.pools_paid)
    return whole._replace(columns=tuple(columns))


def add_paid(paid: dict[TotalKey, Pico], more: Mapping[TotalKey, Pico]) -> None:
    """Add what pools paid (pico by pool), in place."""
    for pool, pico in more.items():
        paid[pool] = paid.get(pool, ZERO_PICO) + pico


def require_conserved(month: str, totals: Totals, reported: Mapping[str, int]) -> None:
    """Raise unless what the works of a whole month earned, unattributed included, is what was reported (1e-21 by currency)."""
    read = {name.currency: value for name, value in totals.sums_of(NO_TERM, _READ)}
    if any(read.get(currency, 0) != reported.get(currency, 0) for currency in {*read, *reported}):
        raise InvariantBroken("conserved", f"{month}: reported {dict(reported)}, read {read} (1e-21 of each currency)")


def limited(totals: Totals) -> bool:
    """Whether an owner of any work of a whole month set a limit, which is measured against the uses of all works."""
    return totals[_LIMITED] > 0


def rounds_of(openings: Mapping[str, MonthOpening]) -> tuple[Round, ...]:
    """The rounds that a settlement needs, in order."""
    asked: list[Round] = ["uses"]
    every = [opening.pricing for opening in openings.values()]
    if any(pricing.capped("caps") for pricing in every):
        asked.append("caps")
    if any(pricing.needs_lines for pricing in every):
        asked.append("lines")
    if any(pricing.capped("line_caps") for pricing in every):
        asked.append("line_caps")
    return tuple(asked)


def opened(
    openings: Mapping[str, MonthOpening],
    totals: Mapping[str, Totals],
    standing: StandingResidue,
    kind: Round = "uses",
    again: Totals | None = None,
) -> dict[str, Totals]:
    """The totals of each month, in place, with the pools of a round open; `again`: what a further round measured in all months.

    Raises `RatesMissing` with every deal that compares currencies between which no rate is posted.
    A pool that spans months is agreed on, and residue that stands joins the pools of each month, the earliest month first.
    """
    found = {month: totals[month] for month in sorted(openings)}
    _tell(openings, found, kind, again)
    lacks = list[Lack]()
    for month, opening in openings.items():
        if again is not None:
            found[month].merge(again)
        lacks += opening.pricing.open_pools(found[month], opening.month, kind)
    if lacks:
        raise RatesMissing(lacks)
    residue.agree(found)
    for month, of_month in found.items():
        residue.carry_in(of_month, standing.of(month))
        standing.take(month, residue.carried(of_month))
    return found


def _tell(openings: Mapping[str, MonthOpening], found: Mapping[str, Totals], kind: Round, again: Totals | None) -> None:
    """Let each month know, in place, what a round's terms must know of the others, and what no line shows."""
    if again is None:
        for month, opening in openings.items():
            tiers.count_revenue(opening.pricing.deals, opening.month, found[month])
        share_between(found.values())
    elif kind == "lines":
        pricings = {month: opening.pricing for month, opening in openings.items()}
        guarantees.note(pricings, found)
        guarantees.count_undivided(pricings, found, again)
    else:
        for month, opening in openings.items():
            for term in opening.pricing.capped(kind):
                caps.count_undivided(term.key, month, found[month], again)


def with_others(totals: Totals, others: Iterable[tuple[MonthOpening, Totals]]) -> Totals:
    """The sums of a month, in place, with what its terms must know of others, each with its sums: their own pools stay closed."""
    for opening, sums in others:
        tiers.count_revenue(opening.pricing.deals, opening.month, sums)
        for name, value in sums.sums.items():
            if name.kind in SHARED:
                totals.add(name, value)
    return totals


def unscoped(totals: Mapping[str, Totals]) -> list[dict[str, str]]:
    """The revenue reports that owe nothing because they are not broken down as far as a deal is limited, and what they lack."""
    return [
        {"usage_month": month, "deal_id": name.deal_id, "mechanism": name.mechanism, "report_id": name.party, "currency": name.currency}
        | {"lacks": name.of}
        for month in sorted(totals)
        for name in sorted(totals[month].notes)
        if name.kind == UNSCOPED
    ]


def cleared(
    openings: Mapping[str, MonthOpening], totals: Mapping[str, Totals], paid: Mapping[str, Mapping[TotalKey, Pico]]
) -> dict[str, Cleared]:
    """What is left of the pools of each month; `paid` in pico by month and pool, over all parts of all these months."""
    everywhere: dict[TotalKey, Pico] = {}
    for pools_paid in paid.values():
        add_paid(everywhere, pools_paid)
    found = {}
    for month, opening in openings.items():
        of_month = totals[month]
        spanning = {name: everywhere.get(name, ZERO_PICO) for name, pool in of_month.pools.items() if pool.month}
        from_pools = {**paid[month], **spanning}
        left = residue.undivided(month, of_month, from_pools, opening.pricing.terms_by_key())
        kept = SettledResidue(residue.carried(of_month), residue.standing(month, of_month, from_pools))
        found[month] = Cleared(left, kept)
    return found
