"""Every line of random worlds is explained to the last digit: its uses and pools come to it, and each pool's steps to the pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from overtone.lines import NOTHING, Line
from overtone.money import stored_amount
from overtone.settlement import explanation
from overtone.settlement.explanation import Background
from tests.unit.random_deals import MONTHS
from tests.unit.scenarios import CUTOFF, Settlement
from tests.unit.worlds_drawn import FEW, world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from overtone.mechanisms.totals import Totals
    from overtone.settlement.entitlement import Pricing
    from overtone.settlement.explanation import Explanation
    from overtone.settlement.pool_shares import PoolShare
    from overtone.settlement.pricing_facts import Entitled
    from overtone.settlement.tally import Priced


def explained(settlement: Settlement) -> Iterator[Explanation]:
    for month, parts in settlement.parts.items():
        for part in parts:
            steps: list[Priced] = []
            for result in part.entitled(settlement.totals[month], steps.append):
                yield from lines(part.pricing, result, steps, settlement.totals[month])
                steps.clear()


def lines(pricing: Pricing, result: Entitled, steps: list[Priced], totals: Totals) -> Iterator[Explanation]:
    opened = {key: term for key, (term, _) in pricing.terms_with_versions().items()}
    for key, posting in result.postings.items():
        capped = {term for line, term in result.owed if line == key}
        background = Background((), (), result.adjustments.get(key, ()), capped, opened)
        yield explanation.explain("s", Line("id", key, "", posting, ""), NOTHING, steps, totals, background)


def left_open(share: PoolShare) -> int:
    """By how much (pico) the last figures of a pool's steps miss its amount: what it comes to, or tier by tier, and what joined it.

    Each tier's price is told rounded, and their sum is rounded once.
    """
    figures = [(step.words, stored_amount(step.amount)) for step in share.steps if step.amount]
    joined = sum(pico for words, pico in figures if words == "what earlier pools could not divide")
    own = [(words, pico) for words, pico in figures if words != "what earlier pools could not divide"]
    tiers = [pico for words, pico in own if "in the tier from" in words]
    divided = [pico for words, pico in own if words.startswith("what attribution ")]
    if not own or (not divided and any("own part" in step.words for step in share.steps)):
        return 0  # an amount that the deal states, or a part of one
    missing = abs(stored_amount(share.amount) - joined - (divided[0] if divided else sum(tiers) if tiers else own[-1][1]))
    return max(0, missing - len(tiers))


@FEW
@given(st.integers(0, 10**6))
def test_uses_and_pools_come_to_the_line_and_steps_to_the_pool(seed: int) -> None:
    facts = world(seed)
    for number, report in enumerate(facts["revenue"]):
        report["report_id"] = f"report-{number}"
    before = Settlement(facts, cutoff=CUTOFF, through=MONTHS[1]).settle(MONTHS[:2]).kept
    settlement = Settlement(facts, cutoff=CUTOFF, through=MONTHS[-1], before=before)
    settlement.settle(MONTHS)
    for told in explained(settlement):
        assert told.agrees, told
        for share in told.pools:
            assert not left_open(share), share
