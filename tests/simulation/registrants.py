"""What rights holders and licensees register: parties, works and deals, as of today or backdated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.simulation import world
from tests.simulation.actors import Actors, Broken

if TYPE_CHECKING:
    from random import Random

    from local.gateway import Response


class Registrants:
    """Everybody who registers something, by an admin's token."""

    def __init__(self, actors: Actors, dice: Random) -> None:
        self.actors, self.dice = actors, dice

    def put_party(self, name: str = "") -> str:
        """A party, or a change of its record, as of today or backdated."""
        name = name or self.dice.choice((*world.HOLDERS, *world.SOCIETIES, *world.REPORTERS))
        body = world.party(self.dice, name)
        if body.get("completeness", "optional") != "optional":
            self.actors.declaring.add(name)
        if body.get("record_ids") == "unique":
            self.actors.unique.add(name)
        return f"party {name}{self._put('parties', name, body)}"

    def put_work(self, name: str = "") -> str:
        """A work registered late, or changed."""
        name = name or self.dice.choice(sorted(world.WORKS))
        return f"work {name}{self._put('works', name, self.actors.market.work_of(world.work(self.dice, name)))}"

    def put_deal(self, licensor: str | None = "", licensee: str = "") -> str:
        """A deal, or an amendment of one."""
        dice = self.dice
        licensor = dice.choice([None, None, *world.SOCIETIES, "ann", "mono"]) if licensor == "" else licensor
        licensee = licensee or dice.choice(world.REPORTERS)
        name = f"{licensor or 'open'}-{licensee}{dice.choice(['', '', '', '-2'])}"
        return f"deal {name}{self._put('deals', name, self.actors.deal(licensor, licensee))}"

    def _put(self, kind: str, name: str, body: dict[str, Any]) -> str:
        if self.dice.random() < 0.4:
            body["effective_from"] = self.dice.choice(world.DAYS)

        def then(reply: Response) -> None:
            allowed = {200, 201, 409, 422} if kind != "parties" else {200, 201, 422}
            if reply.status not in allowed:
                raise Broken("answered", f"PUT {kind} {name} -> {reply.status} {reply.text}; sent {body}")

        answers = self.actors.insist(lambda: self.actors.call("PUT", f"/v1/{kind}/{name}", None, "admin", body), then)
        return f" from {body.get('effective_from', 'today')}: {answers}"
