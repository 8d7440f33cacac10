"""Levy deposits as terms: each leaf of a distribution tree becomes terms that the month is priced by."""

from fractions import Fraction
from typing import TypedDict

import orjson

from overtone import money
from overtone.lines import LEVY_DEAL
from overtone.mechanisms import levy
from overtone.mechanisms.shape import Term
from overtone.money import NANO
from overtone.settlement.pricing_facts import LevyLeaf


class Deposit(TypedDict):
    """A levy as it is kept: `amount` is a decimal string, `distribution` the tree as JSON."""

    administrator: str
    currency: str
    amount: str
    distribution: str


def leaves_of(levy_id: str, deposit: Deposit) -> list[LevyLeaf]:
    """The leaves of one deposit."""
    tree = levy.distribution(orjson.loads(deposit["distribution"]))
    amounts = levy.shared_out(money.stored_amount(deposit["amount"]), tree)
    return [
        LevyLeaf(
            Term(
                deal_id=f"{LEVY_DEAL}{levy_id}",
                ordinal=ordinal,
                licensee=deposit["administrator"],
                currency=deposit["currency"],
                terms=levy.Terms(
                    amount=amounts[leaf.path],
                    formula=leaf.node.formula,
                    counted_max=_quantity(leaf.node.cap),
                ),
            ),
            leaf.node.side,
            leaf.node.party or "",
        )
        for ordinal, leaf in enumerate(levy.leaves(tree))
    ]


def _quantity(text: str | None) -> int:
    """A decimal quantity, as a tree states it (`0027.5`), in 1e-9."""
    return int(Fraction(text) * NANO) if text else 0
