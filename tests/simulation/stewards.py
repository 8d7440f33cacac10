"""Who speaks for owners: mandates asked for and answered, given notice of, entered by societies; works handed on; records patched."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from tests.simulation import world

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from local.gateway import Response
    from tests.simulation.actors import Actors

NOTICE_DAYS: Final = (None, 1, 3, 40)
"""In how many days a mandate ends; `None` says nothing of it."""


class Stewards:
    """Holders and societies in their own names, where the registrants are admins who speak for both sides."""

    def __init__(self, actors: Actors, dice: Random) -> None:
        self._actors, self._dice = actors, dice
        self._offered: list[tuple[str, str]] = []
        """Work and taker."""

    def acts(self, *, quiet: bool) -> dict[Callable[[], str], int]:
        """What they do, and how often among what everybody does."""
        return {
            self.ask: 1 if quiet else 3,
            self.say: 1 if quiet else 4,
            self.enter: 1,
            self.hand_on: 2,
            self.patch: 2,
        }

    def _send(self, method: str, path: str, party: str | None, body: Any, then: Callable[[Response], None] | None = None) -> str:
        scope = "registry.write" if party else "admin"
        return self._actors.expect(method, path, party, scope, body, 403, 404, 409, 422, then=then)

    # ------------------------------------------------------------ mandates

    def ask(self) -> str:
        """A holder states its mandates anew; a society has to accept those that are new."""
        holder = self._dice.choice(world.HOLDERS)
        societies = self._dice.sample(world.SOCIETIES, self._dice.randint(0, len(world.SOCIETIES)))
        body = {"mandates": [world.mandate(self._dice, society) for society in societies]}
        told = self._send("PATCH", f"/v1/parties/{holder}", holder, body)
        return f"{holder} gives mandates to {', '.join(societies) or 'nobody'}: {told}"

    def say(self) -> str:
        """A society or its member says something of a mandate, right or wrong: yes, no, not any more."""
        holder = self._dice.choice(world.HOLDERS)
        reply = self._actors.call("GET", f"/v1/parties/{holder}", None, "admin")
        stated = reply.json().get("accords", []) if reply.status == 200 else []
        if not stated:
            return f"{holder} has given no mandate"
        accord = self._dice.choice(stated)
        word, party = self._dice.choice(["accept", "accept", "refuse", "withdraw", "end"]), self._dice.choice([holder, accord["society"]])
        days = self._dice.choice(NOTICE_DAYS)
        day = (self._actors.stack.now + timedelta(days=days or 0)).date().isoformat()
        body = {"from": day} if word == "end" and days else {}
        told = self._send("POST", f"/v1/parties/{holder}/mandates/{accord['mandate']}:{word}", party, body)
        return f"{party} says {word} to {holder}'s mandate to {accord['society']}: {told}"

    def enter(self) -> str:
        """A society enters some of its members."""
        society = self._dice.choice(world.SOCIETIES)
        members = [
            {
                "party": holder,
                "rights": self._dice.choice([["composition"], ["recording"]]),
                "uses": sorted(self._dice.sample(["training", "generation", "output", "play"], 2)),
                "territories": self._dice.choice([["*"], ["SE"]]),
            }
            for holder in self._dice.sample(world.HOLDERS, self._dice.randint(1, 3))
        ]
        body = {"members": members, "evidence": "contract"}
        return f"{society} enters {len(members)} members: {self._send('POST', f'/v1/societies/{society}/members', society, body)}"

    # ------------------------------------------------------------ works

    def hand_on(self) -> str:
        """A work is offered to a holder, who takes it or does not, or the offer is taken back."""
        if self._offered and self._dice.random() < 0.6:
            work, taker = self._offered.pop(0)
            word, party = self._dice.choice([("accept", taker), ("accept", taker), ("refuse", taker), ("withdraw", None)])
            return f"{party or 'an admin'} says {word} to {work}: {self._send('POST', f'/v1/works/{work}/transfer:{word}', party, {})}"
        work, taker = self._dice.choice(sorted(world.WORKS)), self._dice.choice(world.HOLDERS)

        def then(_reply: Response) -> None:
            self._offered.append((work, taker))

        told = self._send("POST", f"/v1/works/{work}:transfer", None, {"to": taker, "evidence": "contract"}, then)
        return f"{work} is offered to {taker}: {told}"

    def patch(self) -> str:
        """One field of a work's record or of a deal changes, and nothing else."""
        dice = self._dice
        if dice.random() < 0.3:
            path, drawn = f"/v1/deals/open-{dice.choice(world.REPORTERS)}", self._actors.deal(None, dice.choice(world.REPORTERS))
            field = dice.choice(["territories", "models", "to", "terms"])
        else:
            name = dice.choice(sorted(world.WORKS))
            path, drawn = f"/v1/works/{name}", world.work(dice, name)
            field = dice.choice(["title", "permissions", "shares"])
        body: dict[str, Any] = {field: drawn[field]}
        if dice.random() < 0.3:
            body["effective_from"] = dice.choice(world.DAYS)
        return f"the {field} of {path} patched: {self._send('PATCH', path, None, body)}"
