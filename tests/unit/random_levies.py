"""Levies with trees of who gets what part of them, drawn at random."""

from __future__ import annotations

from typing import Any

from tests.unit.random_deals import CURRENCIES, MONTHS, Deals


class Levies(Deals):
    """Draws deposits of levies beside deals."""

    def levy(self, number: int) -> dict[str, Any]:
        return {
            "levy_id": f"levy{number}",
            "month": self.pick(*MONTHS),
            "currency": self.pick(*CURRENCIES),
            "amount": self.decimal(1000, 12),
            "distribution": self.node(2),
            "administrator": "tax",
        }

    def node(self, depth: int) -> dict[str, Any]:
        if depth and self.maybe(0.7):
            fractions = self.pick(("2/3", "1/3"), ("0.4", "0.35", "0.25"), ("1/7", "2/7", "4/7"), ("1",))
            return {"children": [self.node(depth - 1) | {"fraction": fraction} for fraction in fractions]}
        if self.maybe(0.25):
            return {"party": self.pick(*self.creators, self.society)}
        formula = self.pick("equal", "equal_per_party", "influence", "training", "sqrt_influence", "capped_influence")
        says: dict[str, Any] = {"formula": formula}
        if formula == "capped_influence":
            says["cap"] = self.pick("10", "1000.5")
        if self.maybe(0.5):
            says["side"] = self.pick("recording", "composition", "likeness")
        return says
