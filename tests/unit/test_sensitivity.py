"""Attribution with noise: what was disclosed stays a disclosure, nothing is lost, the seed decides all, and no noise is no change."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from overtone.errors import Rejected
from overtone.facts import disclosure
from overtone.facts.disclosure import OutputShares
from overtone.facts.splits import parts_of
from overtone.money import NANO, format_share
from overtone.scales import Nano
from overtone.scenarios import sensitivity
from overtone.scenarios.sensitivity import DRAWS_MAX, SEED_MAX, Draw, Noise, PayeeSpread
from tests.model.settling import settled
from tests.unit.accruals import Division, usage_rows
from tests.unit.random_deals import MONTHS
from tests.unit.random_facts import World
from tests.unit.scenarios import CUTOFF, settle
from tests.unit.test_what_if_holds import book, compared, told

if TYPE_CHECKING:
    from tests.unit.accruals import Facts

SEEDS = st.integers(0, SEED_MAX)
SIZES = st.sampled_from(["0", "0.000000001", "0.05", "0.5", "1"])
FEWER = settings(max_examples=max(8, settings().max_examples // 5))
"""Each example settles a world several times."""


def noise(shares: str = "0", confidence: str = "0", seed: int = 1, draws: int = DRAWS_MAX) -> Noise:
    return Noise.model_validate({"shares": shares, "confidence": confidence, "seed": seed, "draws": draws})


def one_of(size: Noise, draw: int) -> Draw:
    """A draw as a scenario's change says it."""
    (said,) = size.changes()[draw - 1]["attribution"]
    return Draw.model_validate(said["noise"])


NOISES = st.builds(noise, SIZES, SIZES, SEEDS)


def record_of(disclosed: dict[str, Any]) -> OutputShares:
    """A fact of a world as the API reads it."""
    shares = []
    for work, share in disclosed["shares"].items():
        more = {"side": disclosed.get("sides", {}).get(work), "confidence": disclosed.get("confidences", {}).get(work)}
        shares.append({"work": work, "share": share} | {name: value for name, value in more.items() if value is not None})
    names = ("output_id", "revision", "confidence", "basis")
    checked = disclosure.check([{name: disclosed[name] for name in names if name in disclosed} | {"shares": shares}])
    assert checked.faults == []
    return checked.records[0]


def fact_of(record: OutputShares, disclosed: dict[str, Any]) -> dict[str, Any]:
    """And back."""
    own = {work: format_share(confidence) for work, confidence in record.grounds.confidences}
    shares = {work: format_share(share) for work, share in record.shares}
    said = {"revision": record.revision, "confidence": format_share(record.confidence), "shares": shares}
    return disclosed | said | ({"confidences": own} if own else {})


def shaken(facts: Facts, size: Noise, draw: int = 1) -> Facts:
    """The same facts under one draw."""
    said = [fact_of(sensitivity.drawn(record_of(one), one_of(size, draw)), one) for one in facts["disclosures"]]
    return facts | {"disclosures": said}


def wholes(record: OutputShares) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in parts_of(record.confidence, record.shares, record.grounds):
        found[part.kind] = found.get(part.kind, 0) + sum(share for _, share in part.shares)
        assert all(share > 0 for _, share in part.shares)
    return found


@given(SEEDS, NOISES, st.integers(1, DRAWS_MAX))
def test_a_draw_is_a_disclosure_within_the_noise_of_what_was_said(seed: int, size: Noise, draw: int) -> None:
    for fact in World(Random(seed)).facts()["disclosures"]:
        record = record_of(fact)
        again = sensitivity.drawn(record, one_of(size, draw))
        reread = disclosure.check([again.to_json()])
        assert (reread.records, reread.faults) == ([again], []), "the API takes it, and reads the same"
        assert wholes(again) == wholes(record) == dict.fromkeys(wholes(record), NANO), "each whole is one whole"
        assert again.grounds.sides == record.grounds.sides
        assert abs(again.confidence - record.confidence) <= size.confidence
        for (work, before), (same, after) in zip(record.grounds.confidences, again.grounds.confidences, strict=True):
            assert (work, 0 <= after <= NANO, abs(after - before) <= size.confidence) == (same, True, True)
        for (work, before), (same, after) in zip(record.shares, again.shares, strict=True):
            assert work == same
            assert after <= before + Fraction(before * size.shares, NANO)
            assert after >= (before - Fraction(before * size.shares, NANO)) / (1 + Fraction(size.shares, NANO)) - 1, "as cut to a whole"


@FEWER
@given(SEEDS, SEEDS)
def test_no_noise_changes_nothing_to_the_byte(seed: int, chance: int) -> None:
    facts = World(Random(seed)).facts()
    for fact in facts["disclosures"]:
        record = record_of(fact)
        assert sensitivity.drawn(record, one_of(noise(seed=chance), 3)) == record
    assert book(settle(shaken(facts, noise(seed=chance)), MONTHS)) == book(settle(facts, MONTHS))


@FEWER
@given(SEEDS, NOISES)
def test_usage_is_split_anew_and_money_is_conserved(seed: int, size: Noise) -> None:
    facts = World(Random(seed)).facts()
    other = shaken(facts, size)
    assert counted(other) == counted(facts), "every use is shared out whole, as before"
    found = settle(other, MONTHS)
    told(compared(settle(facts, MONTHS), found))  # raises where what is owed is not what is given
    expected = {tuple(key): tuple(line) for key, line in settled(other, list(MONTHS), CUTOFF, "2026-12").items()}
    assert found.amounts() == expected, "as the slow model has it"


def counted(facts: Facts) -> dict[tuple[str, ...], list[int]]:
    """What accruals come to for each reporter, day, kind, use and territory, whatever the work and the band."""
    sums: dict[tuple[str, ...], list[int]] = {}
    for row in usage_rows(facts, Division()):
        for entry in row.entries:
            name = (row.reporter, entry.day, entry.kind, entry.use, entry.territory, entry.currency)  # type: ignore[union-attr]
            both = sums.setdefault(name, [0, 0])
            both[0] += entry.quantity  # type: ignore[union-attr]
            both[1] += entry.revenue  # type: ignore[union-attr]
    return sums


def test_the_seed_the_draw_and_the_output_decide_and_nothing_else() -> None:
    shares = (("isrc:USLL12610000", Nano(300_000_000)), ("isrc:USLL12610014", Nano(400_000_000)))
    records = [OutputShares(f"out-{number}", 0, Nano(800_000_000), shares) for number in range(20)]
    worlds = [(noise("0.2", "0.1", seed), draw) for seed, draw in ((1, 1), (1, 2), (2, 1))]
    drawn = [[sensitivity.drawn(one, one_of(size, draw)) for one in records] for size, draw in worlds]
    again = [sensitivity.drawn(one, one_of(noise("0.2", "0.1"), 1)) for one in reversed(records)]
    assert again == drawn[0][::-1]
    assert len({one[2:] for of in drawn for one in of}) == 60, "no two alike"
    assert drawn[0][0].to_json() == FIRST_DRAW, "the same on every machine and in every version"
    moves = [share - before for of in drawn for one in of for (_, share), (_, before) in zip(one.shares, shares, strict=True)]
    assert min(moves) < -50_000_000
    assert max(moves) > 50_000_000, "both ways, and far"


FIRST_DRAW: dict[str, Any] = {
    "output_id": "out-0",
    "revision": 0,
    "confidence": "0.813632266",
    "shares": [{"work": "isrc:USLL12610000", "share": "0.319950396"}, {"work": "isrc:USLL12610014", "share": "0.331044141"}],
}


def test_shares_that_came_to_more_than_a_whole_are_cut_to_it_in_proportion() -> None:
    shares = tuple((f"isrc:USLL1261{number:04d}", Nano(NANO // 8)) for number in range(8))
    cut = 0
    for draw in range(1, 30):
        found = sensitivity.drawn(OutputShares("out", 0, Nano(NANO), shares), one_of(noise("1"), draw))
        cut += sum(share for _, share in found.shares) == NANO
        assert sum(share for _, share in found.shares) <= NANO
    assert 0 < cut < 29


def test_a_spread_is_what_it_comes_to_by_hand_in_any_order_of_draws() -> None:
    ann, bo, cy = ("ann", "EUR"), ("bo", "EUR"), ("cy", "USD")
    draws = [{ann: 5, bo: 7}, {ann: 9}, {ann: 1, cy: 4}, {ann: 6, bo: 7}]
    found = sensitivity.spreads({ann: 5, bo: 7}, draws)
    assert found == [PayeeSpread("ann", "EUR", 5, 1, 5, 9), PayeeSpread("bo", "EUR", 7, 0, 0, 7), PayeeSpread("cy", "USD", 0, 0, 0, 4)]
    assert [one.width for one in found] == [8, 7, 4]
    for order in pairwise([draws, draws[::-1], sorted(draws, key=str)]):
        assert sensitivity.spreads({ann: 5, bo: 7}, order[0]) == sensitivity.spreads({ann: 5, bo: 7}, order[1])
    assert sensitivity.spreads({ann: 5}, draws[:3])[0].median == 5
    with pytest.raises(Rejected, match="at least one"):
        sensitivity.spreads({ann: 5}, [])


@pytest.mark.parametrize(
    ("field", "taken", "refused"),
    [("draws", DRAWS_MAX, DRAWS_MAX + 1), ("draws", 1, 0), ("seed", SEED_MAX, SEED_MAX + 1), ("seed", 0, -1), ("shares", "1", "1.1")],
)
def test_noise_is_taken_at_its_limits_and_refused_one_beyond(field: str, taken: Any, refused: Any) -> None:
    good = {"shares": "0.1", "confidence": "0.1", "draws": 2, "seed": 1}
    Noise.model_validate(good | {field: taken})
    with pytest.raises(ValidationError):
        Noise.model_validate(good | {field: refused})
