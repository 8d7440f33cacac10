"""Each general piece of a deal with each mechanism: it settles as the slow model says, or is refused with its path."""

from __future__ import annotations

from typing import Any

import pytest

from overtone.errors import Rejected
from overtone.fields import validated
from overtone.money import NANO
from overtone.settlement.deals import Deal
from tests.model.settling import settled
from tests.unit.scenarios import CUTOFF, settle
from tests.unit.stories import Story, mandate

MONTHS = ("2026-10", "2026-11", "2026-12")
ISRC = "isrc:SEABC2600001"

MECHANISMS: dict[str, dict[str, Any]] = {
    "training_run": {"fee": "60", "fee_per_work": "3"},
    "per_output": {"rate": "0.5"},
    "micro_royalty": {"rate": "0.25", "uses": ["*"]},
    "revenue_pool": {"share": "0.1", "basis": "usage"},
    "direct_play": {"rate": "0.75"},
    "licence_fee": {"fee": {"amount": "90", "per": "month"}, "basis": "usage"},
    "buyout": {"amount": "120", "covers": ["direct_play"]},
    "advance": {"amount": "70"},
    "minimum_guarantee": {"amount": "200", "period": "month"},
}
RATES = [{"from": "0", "rate": "1"}, {"from": "3", "rate": "0.25"}]
SHARES = [{"from": "0", "revenue_share": "0.5"}, {"from": "500", "revenue_share": "0.1"}]
TIERS: dict[str, dict[str, Any]] = {
    "training_run": {"fee": "60", "tiers": RATES},
    "per_output": {"tiers": RATES},
    "micro_royalty": {"tiers": RATES, "uses": ["*"]},
    "revenue_pool": {"tiers": SHARES, "basis": "usage"},
    "direct_play": {"tiers": RATES},
}
"""The mechanisms that have a rate or a share; the others owe an amount, and refuse tiers."""
PIECES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "off_the_top": {"off_the_top": [{"party": "fund", "share": "0.05", "label": "musicians"}]},
    "eligibility": {"eligibility": {"min_uses": 4, "human_only": True}},
    "detail": {"detail": ["service", "territory", "use"]},
    "tail": {"to": "2026-10-20", "tail": {"months": 2}},
    "requires": {"requires": "both_sides", "sides": {"recording": "0.6", "composition": "0.4"}},
    "territories": {"territories": ["SE"]},
    "models": {"models": ["m1"]},
    "services": {"services": ["paid"]},
    "likeness": {"sides": {"recording": "0.5", "composition": "0.3", "likeness": "0.2"}},
}

UNUSED = ("training_run", "eligibility")
"""A deal for training alone covers no use, so no work is used often enough under it."""


def story(terms: dict[str, Any], says: dict[str, Any]) -> Story:
    """A society's song and its composition, played, generated from and trained on in the last quarter of a year."""
    made = Story().party("soc", kind="society").party("fund")
    for owner in ("ann", "bo"):
        made.party(owner, [mandate("soc", rights=["recording", "composition", "likeness"])])
    made.work("tune", {"ann": "1"}, kind="composition").work("song", {"ann": "0.75", "bo": "0.25"}, composition="tune", identifiers=[ISRC])
    made.work("rare", {"ann": "1"}, ai={"vocals": "generated"}).work("voice", {"ann": "1"}, kind="likeness")
    made.deal("d", "soc", terms, **({"from": "2026-10-01"} | says))
    made.output("o", {"song": "0.5", "rare": "0.25", "voice": "0.125"}).output("p", {"song": "1"}, model="m2")
    for number, month in enumerate(MONTHS):
        made.trained(f"run{number}", {"song": "2", "rare": "1"}, on=f"{month}-02")
        made.used("o", 8, "40", used_on=f"{month}-05", service="paid").used("o", 4, used_on=f"{month}-25", territory="US", service="free")
        made.used("p", 3, used_on=f"{month}-06").used(ISRC, 5, "10", used_on=f"{month}-07", service="paid")
        made.earned("300", 10, month=month, service="paid", territory="SE", model="m1").earned("200", 5, month=month)
    return made


def owed_as_the_model_says(terms: dict[str, Any], says: dict[str, Any]) -> int:
    """What the deal owes by its terms, in whole units of 1e-9; the package and the slow model agree on every line."""
    facts = story(terms, says).facts | {"rates": {}}
    ours = settle(facts, MONTHS).amounts()
    assert ours == {tuple(key): tuple(line) for key, line in settled(facts, MONTHS, CUTOFF, MONTHS[-1]).items()}
    return sum(amount for amount, _ in ours.values()) * NANO // 10**12


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_clause_goes_with_every_mechanism(mechanism: str, piece: str) -> None:
    owed = owed_as_the_model_says({"mechanism": mechanism} | MECHANISMS[mechanism], PIECES[piece])
    assert bool(owed) == ((mechanism, piece) != UNUSED)


@pytest.mark.parametrize("per", ["month", "quarter", "year", "deal"])
@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_cap_goes_with_every_mechanism(mechanism: str, per: str) -> None:
    owed = owed_as_the_model_says({"mechanism": mechanism, "cap": {"amount": "1", "per": per}} | MECHANISMS[mechanism], {})
    months = 1 if mechanism in {"buyout", "advance"} else len(MONTHS)
    assert owed in range(1, NANO * (months if per == "month" else 1) + 1)


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("mechanism", TIERS)
def test_tiers_go_with_every_rate_and_share(mechanism: str, piece: str) -> None:
    owed = owed_as_the_model_says({"mechanism": mechanism, "tier_period": "quarter"} | TIERS[mechanism], PIECES[piece])
    assert bool(owed) == ((mechanism, piece) != UNUSED)


@pytest.mark.parametrize("mechanism", sorted(MECHANISMS.keys() - TIERS.keys()))
def test_tiers_of_an_amount_are_refused_with_their_path(mechanism: str) -> None:
    terms = {"mechanism": mechanism, "tier_period": "year", "tiers": RATES} | MECHANISMS[mechanism]
    says = {"licensee": "lab", "licensor": "soc", "currency": "USD", "from": "2026-10-01", "terms": [terms]}
    with pytest.raises(Rejected) as refused:
        validated(Deal, says, "the deal")
    assert f"terms.0.{mechanism}.tiers" in {fault.field for fault in refused.value.faults}
