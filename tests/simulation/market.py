"""What the market says: any terms and clauses of deals, owners of single rights and places, splits by side, as random worlds draw them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.simulation import world
from tests.unit.random_deals import in_scope, within
from tests.unit.random_facts import World

if TYPE_CHECKING:
    from random import Random

TERMS_MAX: Final = 3
LEVELS_MAX: Final = 2
"""Of a levy's tree."""


class Market(World):
    """Where it `is_open`, what the simulated world would say is said in all the ways that there are; else as it is."""

    creators, society, licensees, models = world.HOLDERS[:3], world.SOCIETIES[0], world.LABS, world.MODELS

    def __init__(self, dice: Random) -> None:
        super().__init__(dice)
        self.is_open = False

    def deal_of(self, plain: dict[str, Any], *, pooled: bool) -> dict[str, Any]:
        """A deal between the same parties, for the same days and places, with other terms and clauses; not `pooled`, none ties works."""
        if not self.is_open:
            return plain
        drawn = [self.terms(sole=plain["licensor"] is not None) for _ in range(self.rng.randint(1, TERMS_MAX))]
        kept = [terms for terms in drawn if pooled or not world.ties_works(terms)]
        says = plain | {"terms": kept or plain["terms"]} | self.clauses(ends=plain["to"] is not None)
        if self.maybe(0.4):
            says["consent"] = self.pick("opt_in", "mandate", "opt_out", "none")
        within(says)
        return in_scope(says)

    def work_of(self, plain: dict[str, Any]) -> dict[str, Any]:
        """A work, shares of which are of one right or some places alone; what of it a machine made; whether its voice may be used."""
        if not self.is_open:
            return plain
        says = plain | {"permissions": {use: self.permission() for use in ("training", "generation")}}
        if says["kind"] == "likeness":
            says["permissions"]["likeness"] = self.permission()
        if self.maybe(0.3):
            says["shares"] = self.limited(says["shares"])
        if self.maybe(0.2):
            says["ai"] = {self.pick("vocals", "lyrics"): self.pick("none", "assisted", "generated")}
        return says

    def of_a_use(self) -> dict[str, Any]:
        """What few records of usage say."""
        if not self.is_open:
            return {}
        unpaid = {"royalty_bearing": False} if self.maybe(0.1) else {}
        return unpaid | ({"service": self.pick("free", "paid")} if self.maybe(0.4) else {})

    def of_a_report(self) -> dict[str, Any]:
        """What revenue is broken down by."""
        return self.scope() if self.is_open and self.maybe(0.3) else {}

    def split(self, shares: list[dict[str, Any]]) -> dict[str, Any]:
        """An output's shares, sometimes split by side, or each with a confidence of its own."""
        if not self.is_open or self.maybe(0.7):
            return {"shares": shares}
        grounds = self.grounds({one["work"]: one["share"] for one in shares})
        for name, said in (("side", grounds["sides"]), ("confidence", grounds["confidences"])):
            shares = [one | ({name: said[one["work"]]} if one["work"] in said else {}) for one in shares]
        return {"basis": grounds["basis"], "shares": shares}

    def distribution(self) -> dict[str, Any]:
        """A levy's tree."""
        return self.node(LEVELS_MAX) if self.is_open else world.distribution(self.rng)
