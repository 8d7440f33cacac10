"""Pricing many works at once says what pricing them one by one says, to the last digit; and it is not idle."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.facts import splits
from overtone.facts.rows import AccrualRow, UsageEntry
from overtone.mechanisms import MECHANISMS
from overtone.mechanisms.shape import PART, Claim, Earning, Term, Use, UseKind
from overtone.mechanisms.totals import NO_TERM, Totals
from overtone.rights.registry import Work
from overtone.rights.versions import Entity, Version
from overtone.scales import ZERO_ZEPTO, Atto, Fine, Nano
from overtone.settlement import rounds
from overtone.settlement.claims import Resolver
from overtone.settlement.deals import Deal
from overtone.settlement.entitlement import Pricing
from overtone.settlement.rounds import Part
from overtone.settlement.snapshot import Snapshot
from overtone.settlement.work_month import WorkMonth, usage_entries
from tests.unit.random_deals import MONTHS
from tests.unit.random_facts import World
from tests.unit.scenarios import CUTOFF, Settlement, every_title
from tests.unit.worlds_drawn import FEW

if TYPE_CHECKING:
    from overtone.settlement.pricing_facts import Entitled
    from tests.unit.scenarios import Facts

SEEDS = st.integers(0, 2**32 - 1)
NUMBERS = st.integers(0, 10**30)


def _one_by_one(part: Part, totals: Totals) -> Entitled:
    return rounds.together(part.pricing.entitled(work, totals) for work in part.works)


def _tame(seed: int) -> Facts:
    """A random world in which most uses have a price of their own: no levies or holds, few words of owners, and deals for everybody."""
    rng, facts = Random(seed), World(Random(seed)).facts()
    facts |= {"levies": [], "holds": [], "liquidations": []}
    for versions in facts["works"].values():
        for one in versions[:1] if rng.random() < 0.8 else ():
            one |= {"effective_from": "0001-01-01"}
            one["content"] |= {"permissions": {}, "contested": [], "disputed": rng.random() < 0.1}
    if rng.random() < 0.6:
        facts |= {"runs": [], "deals": {}}
    for number, licensee in enumerate(sorted({record["reporter"] for record in facts["usage"]})):
        sides = {"recording": "0.61", "composition": "0.333333333"} if rng.random() < 0.5 else None
        terms = [one for one in _PRICES if rng.random() < 0.7] or _PRICES
        content = {"licensee": licensee, "currency": "EUR", "from": "2026-01-01", "consent": "none", "sides": sides, "terms": terms}
        content["detail"] = ["use", "territory"] if rng.random() < 0.3 else []
        stated = {"effective_from": "2026-01-01", "recorded_at": "2026-01-01T00:00:00.000000Z", "content": content}
        facts["deals"][f"all{number}"] = [stated]
    return facts


_PRICES: Final[list[dict[str, object]]] = [
    {"mechanism": "per_output", "rate": "0.0031", "uses": ["*"]},
    {"mechanism": "per_output", "revenue_share": "0.123456789", "uses": ["stream", "download"]},
    {"mechanism": "per_output", "rate": "0.01", "revenue_share": "0.1", "combine": "greater_of", "uses": ["*"]},
    {"mechanism": "micro_royalty", "rate": "0.000000000007", "uses": ["*"]},
    {"mechanism": "direct_play", "rate": "0.01", "revenue_share": "0.3", "combine": "sum"},
]


def first_rounds(facts: Facts) -> list[tuple[Part, Totals]]:
    """The parts of a world's months, with the totals of their first round."""
    settlement = Settlement(facts, cutoff=CUTOFF)
    openings = {month: settlement._opening(month) for month in MONTHS}
    parts = {month: settlement._parts(month, opening.pricing) for month, opening in openings.items()}
    sums = {month: rounds.merged(part.measured() for part in of_month) for month, of_month in parts.items()}
    totals = rounds.opened(openings, sums, settlement.standing)
    return [(Part(part.pricing, part.works), totals[month]) for month, of_month in parts.items() for part in of_month]


def _at_once(facts: Facts) -> int:
    """How many lines came of works that were priced at once."""
    bulks = [(part.pricing.bulk(totals), part.works) for part, totals in first_rounds(facts)]
    return sum(len(bulk.entitled(works)[0].every_posting()) for bulk, works in bulks if bulk)


def test_the_first_round_reads_all_revenue_of_its_works() -> None:
    """So that what was reported can be held against it (`rounds.require_conserved`)."""
    parts = [part for part, _ in first_rounds(World(Random(1)).facts())]
    for part in parts:
        entries = [entry for work in part.works for row in work.usage for entry in usage_entries(row)]
        used = {entry.currency for entry in entries if splits.counted({entry.kind: entry.revenue})}  # a split output is read once
        assert used <= {name.currency for name, value in part.measured().sums_of(NO_TERM, "read") if value > 0}
    assert any(work.usage for part in parts for work in part.works)


@FEW
@given(SEEDS, st.booleans())
def test_works_priced_at_once_earn_what_they_earn_one_by_one(seed: int, tame: bool) -> None:  # noqa: FBT001 - drawn
    for part, totals in first_rounds(_tame(seed) if tame else World(Random(seed)).facts()):
        found, expected = rounds.together(part.entitled(totals)), _one_by_one(part, totals)
        assert found.every_posting() == expected.postings
        assert {key: every_title(found).get(key) for key in expected.postings} == {
            key: expected.titles.get(key) for key in expected.postings
        }
        assert (found.pools_paid, found.breaches, found.adjustments, found.owed) == (
            expected.pools_paid,
            expected.breaches,
            expected.adjustments,
            expected.owed,
        )


def test_tame_worlds_hold_works_that_are_priced_at_once() -> None:
    counts = [_at_once(_tame(seed)) for seed in range(20)]
    assert sum(1 for count in counts if count) >= 10, counts


LIMITS: Final[tuple[dict[str, list[str]], ...]] = (
    {},
    {"territories": ["SE"]},
    {"territories": ["DE"]},
    {"not_in": ["SE"]},
    {"rights": ["mechanical"]},
    {},
)


def test_works_whose_shares_count_elsewhere_are_not_alike() -> None:
    def entity(name: str, content: Work | Deal) -> Entity[Any]:
        return Entity(name, name, (Version(1, "2026-01-01", "2026-01-01T00:00:00Z", name, content),))

    terms = [{"mechanism": "per_output", "rate": "0.01"}]
    stated = {"licensee": "lab", "currency": "EUR", "from": "2026-01-01", "consent": "none", "terms": terms}
    works, usage = {}, []
    for number, limits in enumerate(LIMITS):
        shares = [{"party": f"a{number}", "share": "0.5"} | limits, {"party": "b", "share": "0.5"}]
        works[f"w{number}"] = entity(f"w{number}", Work.model_validate({"title": "T", "kind": "recording", "shares": shares}))
        entries = tuple(UsageEntry("2026-10-02", "output", "m", "stream", place, "", 9, Nano(7), ZERO_ZEPTO) for place in ("SE", "DE", "*"))
        row = AccrualRow(f"work:w{number}", "usage#lab#2026-10-02#0000", "lab", (("m", "stream", "output:g"),), entries)
        usage.append(WorkMonth(row.work_key, (row,), (), ()))
    deals = {"open": entity("open", Deal.model_validate(stated))}
    snapshot = Snapshot(works=works, by_key={}, parties={}, deals=deals, cutoff="2027-01-01T00:00:00Z")
    part = Part(Pricing(Resolver(snapshot), last_day="2026-10-31"), usage)
    assert rounds.together(part.entitled(Totals())).every_posting() == _one_by_one(part, Totals()).postings
    bulk = part.pricing.bulk(Totals())
    assert bulk is not None
    assert [work.key for work in bulk.entitled(usage)[1]] == [f"work:w{number}" for number, limits in enumerate(LIMITS) if limits]


_STATED = st.sampled_from(
    [
        {"mechanism": "per_output", "rate": "0.0031"},
        {"mechanism": "per_output", "revenue_share": "0.2", "uses": ["stream"]},
        {"mechanism": "per_output", "rate": "0.5", "revenue_share": "0.1", "combine": "sum"},
        {"mechanism": "per_output", "rate": "0.5", "revenue_share": "0.1", "combine": "greater_of"},
        {"mechanism": "per_output", "rate": "1", "confidence": {"min": "0.6", "fallback": "suspense"}},
        {"mechanism": "per_output", "rate": "1", "confidence": {"min": "0.3", "fallback": "training"}, "blend": True},
        {"mechanism": "per_output", "tier_period": "month", "tiers": [{"from": "0", "rate": "1"}]},
        {"mechanism": "micro_royalty", "rate": "0.000000000001"},
        {"mechanism": "micro_royalty", "tier_period": "year", "tiers": [{"from": "0", "rate": "1"}, {"from": "5", "rate": "2"}]},
        {"mechanism": "direct_play", "rate": "0.01", "revenue_share": "0.3", "combine": "sum"},
        {"mechanism": "direct_play", "revenue_share": "0.3"},
    ]
)


@given(_STATED, NUMBERS, NUMBERS, st.integers(0, PART), st.sampled_from(["output", "play"]), st.integers(-1, 9))
def test_a_proportion_is_what_the_mechanism_pays(
    stated: dict[str, object], quantity: int, revenue: int, part: int, kind: str, band: int
) -> None:
    module = MECHANISMS[str(stated["mechanism"])]
    term = Term("deal", 0, "lab", "EUR", vars(module)["Terms"].model_validate(stated))
    use = Use(kind, "lab", "2026-10-05", "lab", "m", "stream", "SE", currency="USD", band=band, quantity=quantity, revenue=revenue)  # type: ignore[arg-type]
    claim = Claim("deal", Atto(part), "isrc:X", "w", "recording", "party", "p", "p", "", "Title")
    totals = Totals()
    totals.notes[term.name("rate_is_greater")] = quantity % 2
    factors = module.proportion(term, use, totals)
    if factors is None or not module.covers(term.terms, use):
        return
    told = [Earning(f.currency, Fine(part * (quantity * f.per_quantity + revenue * f.per_revenue))) for f in factors]
    assert told == list(module.entitle(term, use, claim, totals))


@pytest.mark.parametrize(("name", "kind"), [("direct_play", "play"), ("per_output", "output"), ("micro_royalty", "output")])
def test_what_is_no_more_than_a_price_is_priced_in_proportion(name: str, kind: UseKind) -> None:
    """Else each work would be priced by itself: the same money, many times as late."""
    module = MECHANISMS[name]
    term = Term("deal", 0, "lab", "EUR", vars(module)["Terms"].model_validate({"mechanism": name, "rate": "0.01"}))
    use = Use(kind, "lab", "2026-10-05", "lab", "m", "generation", "SE", quantity=Nano(1))
    assert module.covers(term.terms, use)
    assert module.proportion(term, use, Totals())
