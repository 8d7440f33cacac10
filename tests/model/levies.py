"""A deposit, divided by its tree: leaves are parties, or works by a formula."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.model.exact import ONE, ZERO, half_even, largest_remainder, number, square_root
from tests.model.holding import Claim, Deal
from tests.model.ledger import Key, Ledger, key_of
from tests.model.register import Register, claim
from tests.model.usage import Use

if TYPE_CHECKING:
    from collections.abc import Iterator

Works = dict[str, tuple[list[Use], int]]
"""By key: what was done with each work in the month, and in how many latest runs it is."""


def deposit(ledger: Ledger, register: Register, levy: dict[str, Any], works: Works, day: str) -> None:
    """Add what a levy comes to."""
    ends = dict(_leaves(levy["distribution"], ONE, "0"))
    amounts = largest_remainder(half_even(number(levy["amount"])), {path: fraction for path, (fraction, _) in ends.items()})
    deal = Deal(f"levy:{levy['levy_id']}", {"licensee": levy["administrator"]}, ())
    for number_of_leaf, (path, (_, leaf)) in enumerate(ends.items()):
        if leaf.get("party"):
            held = Claim(deal, ONE, "", "", leaf["party"], leaf["party"], "")
            key = key_of(ledger.month, held, "levy", levy["administrator"], "", "")
            ledger.earn(key, levy["currency"], Fraction(amounts[path], 10**12))
        else:
            _by_formula(ledger, register, levy, (leaf, number_of_leaf, amounts[path]), works, day)


def _leaves(node: dict[str, Any], whole: Fraction, path: str) -> Iterator[tuple[str, tuple[Fraction, dict[str, Any]]]]:
    mine = whole * Fraction(node.get("fraction", "1"))
    if not node.get("children"):
        yield path, (mine, node)
    for number_of_child, child in enumerate(node.get("children") or ()):
        yield from _leaves(child, mine, f"{path}.{number_of_child}")


def _by_formula(
    ledger: Ledger, register: Register, levy: dict[str, Any], end: tuple[dict[str, Any], int, int], works: Works, day: str
) -> None:
    leaf, ordinal, amount = end
    deal = Deal(f"levy:{levy['levy_id']}", {"licensee": levy["administrator"]}, ())
    owners: dict[str, dict[Key, Fraction]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    for work, (uses, runs) in works.items():
        for side, found, reached in register.sides(work, day):
            gone = register.void(work, found[0] if found else "", (levy["administrator"], "", ""), day)
            if gone or ((side != leaf["side"]) if leaf.get("side") else (reached == "linked")):
                continue
            counted = _counted(leaf, [use for use in uses if not register.voided(use, found[0] if found else "")], runs)
            for holder in register.holders(found):
                party, share, reason = holder.party, holder.mean, holder.reason
                payee = next(iter(register.societies(party, side, {"levy"}, "*", day)), party)
                waits = register.held(work, found, (levy["administrator"], "", ""), day)
                held = replace(claim(side, found, (party, share, reason), deal, payee), held=waits)
                key = key_of(ledger.month, held, "levy", levy["administrator"], "", work)
                owner = party or f"{reason}:{work}"
                owners[owner][key] += counted * share
    name = (deal.deal_id, "levy", ordinal)
    sharing = sorted(owner for owner, keys in owners.items() if sum(keys.values()))
    if leaf["formula"] != "equal_per_party" or not sharing:
        pool = ledger.pool(name, levy["administrator"])
        pool.amounts[levy["currency"]] = amount
        for keys in owners.values():
            for key, basis in keys.items():
                pool.basis[key, False] += basis
        return
    for owner, part in largest_remainder(amount, dict.fromkeys(sharing, ONE)).items():
        pool = ledger.pool((*name, owner), levy["administrator"])
        pool.amounts[levy["currency"]] = part
        for key, basis in owners[owner].items():
            pool.basis[key, False] += basis


def _counted(leaf: dict[str, Any], real: list[Use], runs: int) -> Fraction:
    """What a work counts by what was not voided of its uses; without any of them, and without a run, it was not used."""
    return _formula(leaf, sum((use.quantity for use in real if use.kind == "output"), ZERO), runs) if real or runs else ZERO


def _formula(leaf: dict[str, Any], influence: Fraction, runs: int) -> Fraction:
    if leaf["formula"] == "influence":
        return influence
    if leaf["formula"] == "training":
        return Fraction(runs)
    if leaf["formula"] == "sqrt_influence":
        return square_root(influence)
    if leaf["formula"] == "capped_influence":
        return min(influence, number(leaf["cap"]))
    return ONE
