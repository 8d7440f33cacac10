"""Deals and distributions that make no sense are refused, with the path of each fault."""

from __future__ import annotations

from typing import Any

import pytest

from overtone.errors import Rejected
from overtone.fields import validated
from overtone.mechanisms import levy
from overtone.settlement.deals import TERMS_MAX, Deal

SOUND: dict[str, Any] = {
    "licensee": "lab",
    "licensor": "ann",
    "currency": "USD",
    "from": "2026-01-01",
    "terms": [{"mechanism": "per_output", "rate": "0.01"}],
}


def refused(**changes: Any) -> dict[str, str]:
    """Messages by path."""
    content = {name: value for name, value in (SOUND | changes).items() if value is not ...}
    with pytest.raises(Rejected) as raised:
        validated(Deal, content, "the deal")
    return {str(fault.field): fault.message for fault in raised.value.faults}


FEE = {"amount": "5", "per": "month"}
SHARES = [{"from": "0", "revenue_share": "0.1"}]
FALLING = [{"from": "0", "rate": "1"}, {"from": "9", "rate": "1"}, {"from": "8", "rate": "1"}]


def terms(mechanism: str, **says: Any) -> dict[str, Any]:
    return {"terms": [SOUND["terms"][0], {"mechanism": mechanism} | says]}


BY_SERVICE = terms("revenue_pool", basis="usage", minimum_per_subscriber={"free": "1"})


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"currency": ...}, "currency", "missing"),
        ({"currency": "XXX"}, "currency", "ISO 4217"),
        ({"from": ...}, "from", "missing"),
        ({"from": "2026-02-30"}, "from", "calendar"),
        ({"to": "2025-12-31"}, "", "before from"),
        ({"territories": []}, "territories", "at least 1"),
        ({"territories": ["SE", "Sweden"]}, "territories.1", "ISO 3166"),
        ({"colour": "red"}, "colour", "unknown field"),
        ({"terms": []}, "terms", "at least 1"),
        ({"sides": {"recording": "0.6", "composition": "0.5"}}, "sides", "exceed 1"),
        ({"sides": {"recording": "0.6"}}, "sides.composition", "missing"),
        (terms("per_stream"), "terms.1", "per_stream"),
        (terms("per_output"), "terms.1.per_output", "rate"),
        (terms("per_output", rate="0.01", revenue_share="0.1"), "terms.1.per_output", "combine"),
        (terms("per_output", rate="0.01", combine="sum"), "terms.1.per_output", "combine"),
        (terms("per_output", rate=0.01), "terms.1.per_output.rate", "decimal string"),
        (terms("per_output", rate="-1"), "terms.1.per_output.rate", "not negative"),
        (terms("per_output", rate="0.0000000000001"), "terms.1.per_output.rate", "12 decimals"),
        (terms("per_output", revenue_share="1.1"), "terms.1.per_output.revenue_share", 'from "0" to "1"'),
        (terms("per_output", rate="1", uses=["Humming"]), "terms.1.per_output.uses.0", "pattern"),
        (terms("per_output", rate="1", blend=True), "terms.1.per_output", "confidence"),
        (terms("per_output", rate="1", unattributed=True), "terms.1.per_output", "confidence"),
        (terms("per_output", rate="1", confidence={"fallback": "nowhere"}), "terms.1.per_output.confidence.fallback", "training"),
        (terms("per_output", tiers=[{"from": "0", "rate": "1"}]), "terms.1.per_output", "tier_period"),
        (terms("per_output", tier_period="year", tiers=[{"from": "5", "rate": "1"}]), "terms.1.per_output.tiers", "from 0"),
        (terms("per_output", tier_period="year", tiers=FALLING), "terms.1.per_output.tiers", "above the one before"),
        (terms("per_output", tier_period="year", rate="1", tiers=FALLING[:1]), "terms.1.per_output", "in place of a rate"),
        (terms("per_output", tier_period="year", confidence={}, tiers=FALLING[:1]), "terms.1.per_output", "confidence"),
        (terms("per_output", tier_period="day", tiers=FALLING[:1]), "terms.1.per_output.tier_period", "deal"),
        (terms("per_output", tier_period="year", tiers=[{"from": "0"}]), "terms.1.per_output.tiers.0", "one of them"),
        (terms("licence_fee", basis="usage"), "terms.1.licence_fee.fee", "missing"),
        (terms("per_output", rate="1", cap={"amount": "5"}), "terms.1.per_output.cap.per", "missing"),
        (terms("buyout", amount="5", covers=["per_output"], cap={"amount": "5"}), "terms.1.buyout.cap.per", "missing"),
        (
            terms("training_run", fee_per_work="1", tier_period="year", tiers=FALLING[:1]),
            "terms.1.training_run",
            "in place of fee_per_work",
        ),
        (terms("revenue_pool", share="1", basis="usage", tier_period="year", tiers=SHARES), "terms.1.revenue_pool", "in place of share"),
        (terms("revenue_pool", basis="usage", tier_period="year", tiers=FALLING[:1]), "terms.1.revenue_pool", "revenue shares"),
        (terms("licence_fee", basis="usage", fee=FEE, tiers=FALLING[:1]), "terms.1.licence_fee.tiers", "unknown field"),
        (terms("buyout", amount="5", covers=["per_output"], tiers=FALLING[:1]), "terms.1.buyout.tiers", "unknown field"),
        (terms("advance", amount="5", tiers=FALLING[:1]), "terms.1.advance.tiers", "unknown field"),
        (terms("minimum_guarantee", amount="5", period="year", tiers=FALLING[:1]), "terms.1.minimum_guarantee.tiers", "unknown field"),
        (terms("licence_fee", basis="usage", fee={"amount": "0", "per": "month"}), "terms.1.licence_fee.fee", "above 0"),
        (terms("licence_fee", basis="usage", fee={"amount": "5"}), "terms.1.licence_fee.fee.per", "missing"),
        (terms("training_run"), "terms.1.training_run", "fee"),
        (terms("training_run", fee="5", currency="EUR"), "terms.1.training_run.currency", "unknown field"),
        (terms("training_run", fee="5", split="fairly"), "terms.1.training_run.split", "equal"),
        (terms("micro_royalty"), "terms.1.micro_royalty", "needs a rate"),
        (terms("revenue_pool", basis="influence"), "terms.1.revenue_pool", "share or minimum_per_subscriber or minimum_per_use"),
        (terms("revenue_pool", share="1", basis="equal", confidence={}), "terms.1.revenue_pool", "influence or usage"),
        (terms("revenue_pool", share="1", basis="usage", blend=True), "terms.1.revenue_pool", "confidence"),
        (terms("revenue_pool", share="1", basis="usage", whole="some"), "terms.1.revenue_pool.whole", "covered"),
        (terms("revenue_pool", share="0.1"), "terms.1.revenue_pool.basis", "missing"),
        (terms("buyout", amount="5", covers=["levy"]), "terms.1.buyout.covers.0", "training_run"),
        (terms("buyout", amount="0", covers=["per_output"]), "terms.1.buyout", "above 0"),
        (terms("advance", amount="0"), "terms.1.advance", "above 0"),
        (terms("advance", amount="1", instalments=[{"on": "2026-05-01", "amount": "1"}]), "terms.1.advance", "or instalments"),
        (terms("advance", instalments=[{"on": "2026-05-01", "amount": "0"}]), "terms.1.advance", "each above 0"),
        (terms("minimum_guarantee", amount="5", period="week"), "terms.1.minimum_guarantee.period", "quarter"),
        ({"off_the_top": [{"party": "a", "share": "0.6"}, {"party": "b", "share": "0.400000001"}]}, "off_the_top", "exceed 1"),
        ({"off_the_top": [{"party": "a", "share": "-0.1"}]}, "off_the_top.0.share", "decimal string"),
        (
            terms("revenue_pool", basis="usage", minimum_per_subscriber={"free": "1"}) | {"services": ["paid"]},
            "terms.1",
            "no report within",
        ),
        ({"services": ["a b"]}, "services.0", "A-Z"),
        ({"tail": True}, "tail", "begins after the last day"),
        ({"to": "2030-01-01", "tail": {"months": 0}}, "tail.months", "greater than or equal to 1"),
        ({"eligibility": {"min_uses": -1}}, "eligibility.min_uses", "greater than or equal to 0"),
        ({"requires": "one_side"}, "requires", "both_sides"),
        (terms("levy", amount="5"), "terms.1", "levy"),
        (terms("liquidation"), "terms.1", "liquidation"),
    ],
)
def test_a_deal_that_makes_no_sense(changes: dict[str, Any], path: str, words: str) -> None:
    faults = refused(**changes)
    assert path in faults, faults
    assert words in faults[path], faults


@pytest.mark.parametrize("mechanism", ["buyout", "advance", "minimum_guarantee"])
def test_what_is_owed_to_somebody_needs_a_licensor(mechanism: str) -> None:
    extra: dict[str, dict[str, Any]] = {"buyout": {"covers": ["per_output"]}, "minimum_guarantee": {"period": "month"}}
    says = extra.get(mechanism, {})
    faults = refused(licensor=None, **terms(mechanism, amount="5", **says))
    assert "needs a licensor" in faults["terms.1"]


def test_every_fault_of_a_deal_is_named_at_once() -> None:
    assert refused(currency="usd", territories=["se"], **terms("micro_royalty", rate="x")).keys() == {
        "currency",
        "territories.0",
        "terms.1.micro_royalty.rate",
    }


def test_as_many_terms_as_the_limit_and_one_more() -> None:
    validated(Deal, SOUND | {"terms": SOUND["terms"] * TERMS_MAX}, "the deal")
    assert "terms" in refused(terms=SOUND["terms"] * (TERMS_MAX + 1))


# --- distributions


def tree_refused(tree: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(Rejected) as raised:
        levy.distribution(tree)
    return {str(fault.field): fault.message for fault in raised.value.faults} or {"": raised.value.detail}


LEAF = {"party": "ann"}


@pytest.mark.parametrize(
    ("tree", "path", "words"),
    [
        ({"children": [LEAF | {"fraction": "1/3"}, LEAF | {"fraction": "1/3"}]}, "", "add up to 2/3"),
        ({"children": [{"fraction": "1", "children": [LEAF | {"fraction": "0.9999"}]}]}, "children.0", "add up to 9999/10000"),
        ({"children": [LEAF | {"fraction": "2/3"}, LEAF | {"fraction": "0.4"}]}, "", "add up to 16/15"),
        ({}, "", "exactly one"),
        ({"children": 5}, "children", "tuple"),
        ({"children": [{"children": True}]}, "children.0.children", "tuple"),
        (LEAF | {"formula": "equal"}, "", "exactly one"),
        ({"formula": "fairly"}, "formula", "sqrt_influence"),
        ({"formula": "capped_influence"}, "", "cap"),
        ({"formula": "influence", "cap": "5"}, "", "cap"),
        ({"children": [LEAF | {"fraction": "1/0"}]}, "children.0.fraction", "exactly"),
        ({"children": [LEAF | {"fraction": "-1"}]}, "children.0.fraction", "exactly"),
        ({"children": [LEAF | {"fraction": "3/2"}]}, "children.0.fraction", "at most 1"),
        ({"children": [LEAF | {"fraction": 0.5}]}, "children.0.fraction", "string"),
        ({"children": [LEAF | {"fraction": "nan"}]}, "children.0.fraction", "exactly"),
        ({"children": [LEAF | {"fraction": "1", "colour": "red"}]}, "children.0.colour", "unknown field"),
        ({"formula": "equal", "eligibility": {"min_uses": 5}}, "eligibility", "unknown field"),
        (
            {"children": [{"fraction": "1", "formula": "equal", "eligibility": {}}]},
            "children.0.eligibility",
            "unknown field",
        ),
    ],
)
def test_a_distribution_that_makes_no_sense(tree: dict[str, Any], path: str, words: str) -> None:
    faults = tree_refused(tree)
    assert path in faults, faults
    assert words in faults[path], faults


@pytest.mark.parametrize("cap", ["-1", "1e3", "0.0000000001", "", 5])
def test_a_cap_is_a_quantity(cap: Any) -> None:
    assert tree_refused({"formula": "capped_influence", "cap": cap})


@pytest.mark.parametrize("fraction", ["1e-99999999", "1_0/20", " 1/2", "1/2\n", "\u0661/2", ".5", "1/2/1", "0"])
def test_a_fraction_is_written_plainly(fraction: str) -> None:
    assert "children.0.fraction" in tree_refused({"children": [LEAF | {"fraction": fraction}]})


def test_a_tree_with_as_many_leaves_as_the_limit_and_one_more() -> None:
    def halves(leaves: int) -> dict[str, Any]:
        left, right = 100, leaves - 100
        parts = [{"children": [LEAF | {"fraction": f"1/{n}"} for _ in range(n)]} for n in (left, right)]
        return {"children": [part | {"fraction": "1/2"} for part in parts]}

    assert len(list(levy.leaves(levy.distribution(halves(levy.LEAVES_MAX))))) == levy.LEAVES_MAX
    overfull = {"children": [halves(levy.LEAVES_MAX) | {"fraction": "1/2"}, LEAF | {"fraction": "1/2"}]}
    assert "at most 200" in tree_refused(overfull)["children"]


def nested(levels: int) -> dict[str, Any]:
    return {"children": [nested(levels - 1)]} if levels > 1 else dict(LEAF)


def test_a_tree_as_deep_as_the_limit_and_one_deeper() -> None:
    levy.distribution(nested(levy.DEPTH_MAX))
    assert "levels" in tree_refused(nested(levy.DEPTH_MAX + 1))[""]
    assert "levels" in tree_refused(nested(800))[""]


@pytest.mark.parametrize("children", [5, 0.5, True, "ab", {"party": "ann"}])
def test_children_that_are_no_list_are_refused(children: Any) -> None:
    """A number in their place was an internal error: its depth was asked before it was known to be a list."""
    assert "children" in tree_refused({"children": children})
    assert "children.0.children" in tree_refused({"children": [{"children": children}]})


def test_a_node_as_wide_as_the_limit_and_one_wider() -> None:
    def wide(children: int) -> dict[str, Any]:
        return {"children": [LEAF | {"fraction": f"1/{children}"} for _ in range(children)]}

    levy.distribution(wide(levy.CHILDREN_MAX))
    assert "children" in tree_refused(wide(levy.CHILDREN_MAX + 1))


def test_a_fraction_as_long_as_the_limit_and_one_longer() -> None:
    digits = levy.FRACTION_DIGITS_MAX
    levy.distribution({"children": [LEAF | {"fraction": f"{'9' * digits}/{'9' * digits}"}]})
    assert "children.0.fraction" in tree_refused({"children": [LEAF | {"fraction": f"{'9' * digits}/{'9' * (digits + 1)}"}]})


def test_the_root_is_the_whole() -> None:
    assert tree_refused(LEAF | {"fraction": "1/2"})
