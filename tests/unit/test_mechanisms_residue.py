"""What pools do not divide: nothing is lost, nothing is made, and it joins the deal's next pool."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import InvariantBroken
from overtone.mechanisms import revenue_pool
from overtone.mechanisms.shape import Term
from overtone.mechanisms.totals import Pool, Purse, TotalKey, Totals
from overtone.scales import ZERO_PICO, Pico
from overtone.settlement import residue
from tests.unit.scenarios import settle
from tests.unit.stories import Story

TERM = Term("deal", 0, "lab", "USD", revenue_pool.Terms.model_validate({"mechanism": "revenue_pool", "share": "0.5", "basis": "influence"}))
TERMS = {TERM.key: TERM}
BASIS = TERM.name("basis")
MINE = Purse("deal", "revenue_pool", 0, "USD")
MONTHS = st.lists(st.tuples(st.integers(0, 10**6), st.lists(st.integers(0, 50), max_size=6)), min_size=1, max_size=6)


def opened(amount: int, bases: list[int]) -> Totals:
    totals = Totals()
    for basis in bases:
        totals.add(BASIS, basis)
    totals.open_pool(Pool(TERM.name("pool", currency="USD"), "USD", Pico(amount), BASIS))
    return totals


def paid(totals: Totals, bases: list[int]) -> dict[TotalKey, Pico]:
    found: dict[TotalKey, Pico] = {}
    for basis in bases:
        for pool, part in totals.parts(BASIS, basis):
            found[pool.name] = found.get(pool.name, ZERO_PICO) + part
    return found


@given(MONTHS)
def test_month_after_month_all_that_was_owed_is_paid_waits_or_is_residue(months: list[tuple[int, list[int]]]) -> None:
    standing: dict[Purse, Pico] = {}
    owed = posted = residues = 0
    for number, (amount, bases) in enumerate(months):
        totals = opened(amount, bases)
        residue.carry_in(totals, standing)
        totals = Totals.from_json(totals.to_json())
        parts = paid(totals, bases)
        left = residue.undivided(f"m{number}", totals, parts, TERMS)
        for name, pico in residue.standing(f"m{number}", totals, parts).items():
            standing[name] = standing.get(name, ZERO_PICO) + pico
        owed += amount
        posted += sum(parts.values()) + sum(posting.amount for posting in left.values())
        residues += sum(posting.amount for key, posting in left.items() if key.account == "residue")
        assert posted == owed
        assert sum(standing.values()) == residues
        assert residues >= 0
        if sum(bases):
            assert residues < max(1, len(bases))  # all that stood has joined this month's pool


def test_residue_is_of_one_deal_term_and_currency() -> None:
    totals = opened(10, [1, 1, 1])
    residue.carry_in(
        totals, {MINE._replace(ordinal=1): Pico(5), MINE._replace(currency="EUR"): Pico(5), MINE._replace(deal_id="other"): Pico(5)}
    )
    assert not residue.carried(totals)
    residue.carry_in(totals, {MINE: Pico(2)})
    residue.carry_in(totals, {MINE: Pico(2)})
    assert residue.carried(totals) == {MINE: Pico(2)}
    assert next(iter(totals.pools.values())).amount == 12


def test_a_pool_without_basis_takes_no_residue_and_waits_whole() -> None:
    totals = opened(10, [])
    residue.carry_in(totals, {MINE: Pico(2)})
    ((key, posting),) = residue.undivided("2026-10", totals, {}, TERMS).items()
    assert (key.account, key.reason, posting.amount) == ("suspense", "unattributed", 10)
    assert not residue.standing("2026-10", totals, {})


def test_a_pool_that_paid_more_than_it_holds_stops_everything() -> None:
    totals = opened(10, [1])
    assert not residue.undivided("2026-10", totals, {TERM.name("pool", currency="USD"): Pico(10)}, TERMS)
    with pytest.raises(InvariantBroken, match="1 pico more"):
        residue.undivided("2026-10", totals, {TERM.name("pool", currency="USD"): Pico(11)}, TERMS)


def test_a_pool_that_spans_months_is_owed_in_its_last_as_that_one_knows_it() -> None:
    first, last = Totals(), Totals()
    missing = TotalKey("deal", "minimum_guarantee", 0, "missing", of="quarter 2026-12")
    early, late = missing._replace(kind="early"), missing._replace(kind="late")
    first.open_pool(Pool(missing, "USD", Pico(10), early, "2026-10"))
    last.open_pool(Pool(missing, "USD", Pico(7), late, "2026-12"))
    for totals in (first, last):
        totals.add(early, 1)
        totals.add(late, 1)
    residue.agree({"2026-10": first, "2026-12": last})
    assert list(first.pools.values()) == list(last.pools.values())
    assert [part for _, part in first.parts(late, 1)] == [7]
    assert not list(first.parts(early, 1))


def test_residue_below_zero_takes_no_more_than_a_pool_holds() -> None:
    totals = opened(5, [3])
    residue.carry_in(totals, {MINE: Pico(-9)})
    assert [pool.amount for pool in totals.pools.values()] == [0]
    assert residue.carried(totals) == {MINE: -5}


def test_what_stands_joins_the_first_of_two_months_that_settle_together() -> None:
    story = Story().work("one", {"ann": "1"}).deal("deal", None, {"mechanism": "training_run", "fee": "10"})
    story.trained("r1", {"one": "1"}, on="2026-10-02").trained("r2", {"one": "1"}, on="2026-11-02")
    purse = Purse("deal", "training_run", 0, "USD")
    before = {"2026-09": residue.SettledResidue({}, {purse: Pico(4)})}
    outcome = settle(story.facts, ("2026-10", "2026-11"), before=before)
    assert [outcome.kept[month].carried for month in ("2026-10", "2026-11")] == [{purse: 4}, {}]


def test_a_large_buyout_is_shared_to_its_last_pico() -> None:
    """A whole that counts one too few shows first where a pool is worth more than there are parts of a claim."""
    terms = {"mechanism": "buyout", "amount": "50000000", "covers": ["direct_play"]}
    story = Story().work("one", {"ann": "0.5", "bo": "0.5"}).work("two", {"ann": "1"})
    told = story.deal("deal", "ann", terms, **{"from": "2026-10-01"}).settled()
    assert sorted(told.paid().items()) == [
        (("ann", "one"), "16666666.666666666666"),
        (("ann", "two"), "33333333.333333333333"),
        (("residue", ""), "0.000000000001"),
    ]
