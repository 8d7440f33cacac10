"""What holds of the terms of the market in any world and any history of it: caps, detail, own parts of a whole."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from overtone.mechanisms.periods import period_months
from overtone.money import parse_amount
from tests.unit.random_deals import MONTHS
from tests.unit.random_facts import World
from tests.unit.scenarios import Division, settle
from tests.unit.stories import Story
from tests.unit.worlds_drawn import FEW

if TYPE_CHECKING:
    from tests.unit.scenarios import Facts, Outcome

SEEDS = st.integers(0, 2**32 - 1)
DIVISIONS = st.builds(Division, st.integers(1, 5), st.integers(1, 4), st.integers(1, 4), SEEDS, st.booleans())


def capped_world(seed: int) -> Facts:
    """A world of one version each, in which every term that takes a cap has one."""
    facts, rng = World(Random(seed), still=True).facts(), Random(seed)
    for versions in facts["deals"].values():
        seen = set()
        for terms in versions[0]["content"]["terms"]:
            if terms["mechanism"] not in seen:
                terms["cap"] = {
                    "amount": rng.choice(["0", "0.5", "100.000000000001"]),
                    "per": rng.choice(["month", "quarter", "year", "deal"]),
                }
            seen.add(terms["mechanism"])
        kinds = [terms["mechanism"] for terms in versions[0]["content"]["terms"]]
        versions[0]["content"]["terms"] = [terms for terms in versions[0]["content"]["terms"] if kinds.count(terms["mechanism"]) == 1]
    facts["deals"] = {name: versions for name, versions in facts["deals"].items() if versions[0]["content"]["terms"]}
    facts["liquidations"] = [one for one in facts["liquidations"] if one["deal_id"] in facts["deals"]]
    return facts


def owed(outcome: Outcome, deal_id: str, mechanism: str, months: set[str], rates: Any, currency: str) -> Fraction:
    """What a term's lines of some months come to, what waits included, in the deal's currency; without what divisions leave."""
    found: defaultdict[str, int] = defaultdict(int)
    for key, posting in outcome.postings.items():
        if (key.deal_id, key.mechanism) == (deal_id, mechanism) and key.usage_month in months and key.account != "residue":
            found[key.currency] += posting.amount
    return sum((pico * Fraction(1 if of == currency else rates[of, currency]) for of, pico in found.items()), start=Fraction(0))


@FEW
@given(SEEDS, st.integers(0, 30))
def test_no_term_ever_owes_more_than_its_cap_allows_whatever_was_corrected(seed: int, known: int) -> None:
    facts = capped_world(seed)
    for usage in (facts["usage"][:known], facts["usage"]):
        outcome = settle(facts | {"usage": usage}, MONTHS)
        for deal_id, (stated,) in facts["deals"].items():
            for terms in stated["content"]["terms"]:
                if cap := terms.get("cap"):
                    periods = [MONTHS] if cap["per"] == "deal" else {period_months(cap["per"], month) for month in MONTHS}
                    for months in periods:
                        total = owed(outcome, deal_id, terms["mechanism"], set(months), facts["rates"], stated["content"]["currency"])
                        assert total <= parse_amount(cap["amount"])


@given(st.lists(st.tuples(st.integers(1, 28), st.sampled_from("ab"), st.integers(1, 40)), min_size=1, max_size=12), SEEDS, DIVISIONS)
def test_a_tier_s_sum_depends_on_nothing_but_the_days(used: list[tuple[int, str, int]], seed: int, division: Division) -> None:
    """However the days' records are ordered, batched, sharded and spread over buckets: each unit pays its tier, each day pro rata."""
    tiers = [{"from": "0", "rate": "3"}, {"from": "20", "rate": "2"}, {"from": "55.5", "rate": "0.5"}]
    price = {"mechanism": "per_output", "tiers": tiers, "tier_period": "month"}
    story = Story().party("ann").party("bo").work("a", {"ann": "1"}).work("b", {"bo": "1"}).deal("d", None, price)
    story.output("a", {"a": "1"}).output("b", {"b": "1"})
    for day, output, quantity in used:
        story.used(output, quantity, used_on=f"2026-10-{day:02d}")
    facts = story.facts
    expected: defaultdict[str, int] = defaultdict(int)
    counted = Fraction(0)
    for day in sorted({day for day, _, _ in used}):
        of_day = {name: sum(quantity for on, output, quantity in used if (on, output) == (day, name)) for name in "ab"}
        units = [counted + Fraction(half, 2) for half in range(2 * sum(of_day.values()))]
        cost = sum((Fraction(3 if unit < 20 else 2 if unit < Fraction("55.5") else Fraction(1, 2)) / 2 for unit in units), Fraction(0))
        counted += sum(of_day.values())
        for name, size in of_day.items():
            expected[name] += int(cost * 10**12) * size // sum(of_day.values())
    Random(seed).shuffle(facts["usage"])
    outcome = settle(facts, division=division)
    paid = {key.work_id: posting.amount for key, posting in outcome.postings.items() if key.account == "party"}
    assert all(abs(paid.get(name, 0) - amount) <= 31 for name, amount in expected.items())
    assert outcome.amounts() == settle(story.facts).amounts()


@FEW
@given(SEEDS, DIVISIONS)
def test_a_detail_moves_no_money_but_what_rounding_a_line_by_itself_does(seed: int, division: Division) -> None:
    facts = World(Random(seed), still=True).facts()
    sums: list[dict[tuple[str, ...], int]] = []
    lines = []
    for detail in ([], ["territory", "use", "service"]):
        for versions in facts["deals"].values():
            versions[0]["content"]["detail"] = detail
        outcome = settle(facts, MONTHS, division=division)
        found: defaultdict[tuple[str, ...], int] = defaultdict(int)
        for key, posting in outcome.postings.items():
            found[key.deal_id, key.usage_month, key.currency] += posting.amount
        sums.append(found)
        lines.append(len(outcome.postings))
    for name in {*sums[0], *sums[1]}:
        assert abs(sums[0].get(name, 0) - sums[1].get(name, 0)) <= 4 * max(lines)


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=5), st.sampled_from(["influence", "usage"]), st.booleans())
def test_own_parts_of_a_whole_are_never_more_than_it(sizes: list[int], basis: str, by_side: bool) -> None:  # noqa: FBT001 - a case
    pool = {"mechanism": "revenue_pool", "share": "1", "basis": basis, "whole": "all"}
    story, left = Story().earned("1000"), 1000
    shares = {}
    for number, size in enumerate(sizes):
        part = min(size, left)
        left -= part
        story.party(f"p{number}").work(f"w{number}", {f"p{number}": "1"}).deal(f"d{number}", f"p{number}", pool)
        shares[f"w{number}"] = f"0.{part:03d}" if part < 1000 else "1"
    says: dict[str, Any] = {"basis": "by_side", "sides": {f"work:{name}": "recording" for name in shares}} if by_side else {}
    told = story.output("o", shares, **says).used("o", 7).settled()
    paid = sum(posting.amount for key, posting in told.lines() if key.account == "party")
    assert paid <= parse_amount("1000")
