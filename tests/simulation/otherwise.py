"""A month as it might have been: a what-if of any change, run by the settlement's machine, is what the slow model says of such facts."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any, Final

from overtone.stores import settlements as settlement_store
from tests.simulation import quiet, world
from tests.simulation.actors import Broken
from tests.simulation.invariants import book_lines, difference
from tests.simulation.pricing import NEVER
from tests.unit.random_changes import Changes

if TYPE_CHECKING:
    from tests.simulation.market import Market
    from tests.simulation.simulation import Simulation

FOLDER: Final = "what-ifs/-/"
"""Of finance's."""
RATE: Final = 0.3
"""How many worlds are asked about, each time."""
MONTHS_MAX: Final = 12
"""Of one what-if."""
BY_REPERTOIRE: Final = frozenset({"buyout", "minimum_guarantee", "licence_fee"})
"""What is shared over all works of an owner: a work that a what-if registers joins none."""
Claims = dict[tuple[str, ...], tuple[int, int]]


class Otherwise(Changes):
    """Changes of what is registered in a simulated world."""

    def __init__(self, market: Market, months: list[str], works: list[str]) -> None:
        super().__init__(market.rng)
        self.market, self.world, self.months, self.works = market, market, months, works

    def fresh(self) -> dict[str, Any]:
        """A deal in force all along."""
        licensor = self.world.pick(None, *world.SOCIETIES, "ann", "mono")
        says = self.market.deal_of(world.deal(self.rng, licensor, self.world.pick(*world.REPORTERS)), pooled=True)
        for terms in says["terms"]:
            if "instalments" in terms:
                terms["instalments"] = [{"on": self.BEGAN, "amount": "5"}]
        return says | {"from": self.BEGAN}


def agrees(play: Simulation, name: str, facts: dict[str, Any], books: dict[str, Any]) -> None:
    """Where all is settled: some change of the `facts`, asked at the door, against the model of facts that were always so."""
    settled = sorted(books)
    if not settled or len(settled) > MONTHS_MAX or play.dice.random() >= RATE:
        return
    agreed = {name: versions for name, versions in facts["deals"].items() if any(one.get("accepted_at") != NEVER for one in versions)}
    change, changed = Otherwise(play.actors.market, settled, sorted(facts["works"]) or ["*"]).drawn(facts | {"deals": agreed})
    asked = {"what_if_id": name, "months": settled, "change": change}
    reply = play.actors.call("POST", "/v1/what-ifs", None, "finance", asked)
    if reply.status != 202:
        raise Broken("priced", f"a what-if of {change} -> {reply.status} {reply.text[:300]}")
    play.stack.drain()
    told = play.actors.told(f"/v1/what-ifs/{name}")
    if told["status"] != "done":
        raise Broken("priced", f"a what-if of {change} is {told}")
    plan = settlement_store.find_plan(f"{FOLDER}{name}", 1)
    assert plan is not None, "it is done"
    lines = quiet.chain_of(books).settle(changed, [month.month for month in plan.months], plan.cutoff, plan.through)
    apart = BY_REPERTOIRE if "registry" in change else frozenset[str]()
    expected: Claims = {tuple(key): (line.amount, line.shadow) for key, line in lines.items() if any(line) and key.mechanism not in apart}
    if wrong := difference(_claims(play, name, apart), expected):
        raise Broken("priced", f"a what-if of {change} against the slow model: {wrong}")
    play.actors.deeds.did("a change asked about")
    play.say(f"under {', '.join(change) or 'no change'} the slow model says the same of {len(expected)} claims")


def _claims(play: Simulation, name: str, apart: frozenset[str]) -> Claims:
    """What the what-if came to, behind a line of each part that says what its pools paid."""
    prefix, found = f"work/{FOLDER}{name}/001/parts/", Claims()
    for key_of_part, body in play.stack.objects("SettlementBucket").items():
        if key_of_part.startswith(prefix):
            for key, (_, amount, shadow) in book_lines(gzip.decompress(body).splitlines()[1:]):
                before = found.get(key, (0, 0))
                found[key] = before[0] + amount, before[1] + shadow
    return {key: numbers for key, numbers in found.items() if any(numbers) and key[2] not in apart}
