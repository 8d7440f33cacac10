"""Each mechanism says all that others must know of it, and stands wherever a reader or a test looks for it."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random
from typing import get_args

import pytest

from overtone.mechanisms import MECHANISMS, AnyTerms, buyout
from overtone.mechanisms.catalogue import PRICED
from overtone.mechanisms.shape import UseKind, Words
from overtone.rights.registry import EVERY_MANDATE_USE, MandateUse
from tests.unit.random_facts import World

ROOT = Path(__file__).parents[2]
MODEL = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests" / "model").glob("*.py")))
README = (ROOT / "README.md").read_text(encoding="utf-8")
NOT_IN_DEALS = {"levy", "liquidation"}
"""A levy is deposited and a liquidation is posted by finance."""


def terms_in_deals() -> set[str]:
    union, _ = get_args(AnyTerms)
    return {get_args(terms.model_fields["mechanism"].annotation)[0] for terms in get_args(union)}


def drawn() -> set[str]:
    """The mechanisms that random worlds hold."""
    found: set[str] = set()
    for seed in range(40):
        facts = World(Random(seed)).facts()
        found |= {terms["mechanism"] for versions in facts["deals"].values() for one in versions for terms in one["content"]["terms"]}
        found |= {name for name, kind in (("levy", "levies"), ("liquidation", "liquidations")) if facts[kind]}
    return found


DRAWN = drawn()


@pytest.mark.parametrize("name", MECHANISMS)
def test_a_mechanism_declares_all_and_is_known_everywhere(name: str) -> None:
    module = MECHANISMS[name]
    terms = vars(module)["Terms"]
    assert get_args(terms.model_fields["mechanism"].annotation) == (name,)
    assert isinstance(module.words, Words)
    assert "{licensee}" in module.words.source
    assert module.mandate_uses
    assert set(module.mandate_uses) <= set(EVERY_MANDATE_USE)
    assert set(module.favoured) <= set(terms.model_fields), "MFN can only raise fields that the terms have"
    assert isinstance(module.needs_licensor, bool)
    assert module.spareable <= set(get_args(UseKind))
    assert all(
        callable(getattr(module, part)) for part in ("covers", "asks", "pooled", "measure", "pools", "steps", "entitle", "proportion")
    )
    assert name in DRAWN, "random_deals.py draws none"
    assert re.search(rf'"{name}"', MODEL), "the slow model does not know it"
    assert f"`{name}`" in README, "the README does not explain it"
    assert (name in terms_in_deals()) != (name in NOT_IN_DEALS)


def test_what_owes_in_months_without_use_and_what_is_paid_once_is_said() -> None:
    assert {name for name, module in MECHANISMS.items() if vars(module)["Terms"].recurs} == {"licence_fee", "minimum_guarantee"}
    assert {name for name, module in MECHANISMS.items() if module.words.once} == {"advance", "buyout", "liquidation"}


def test_what_a_buyout_may_cover_is_what_prices_uses() -> None:
    assert [name for name, module in MECHANISMS.items() if module.spareable] == list(PRICED)
    assert buyout.Terms.model_validate({"mechanism": "buyout", "amount": "1", "covers": list(PRICED)}).covers == tuple(PRICED)


def test_every_mandate_use_is_listed() -> None:
    assert set(get_args(MandateUse)) == set(EVERY_MANDATE_USE)


def test_no_other_module_lists_mechanisms_by_name() -> None:
    package = ROOT / "layers" / "overtone" / "overtone"
    names = "|".join(MECHANISMS)
    several = re.compile(rf'"(?:{names})",?\s*[:,]?[^"\n]*\n?[^"\n]*"(?:{names})"')
    found = [
        str(path.relative_to(package))
        for path in sorted(package.rglob("*.py"))
        if path.parent.name != "mechanisms" and several.search(path.read_text(encoding="utf-8"))
    ]
    assert found == ["views/accruals.py"]  # which says what a reading as of now leaves out
