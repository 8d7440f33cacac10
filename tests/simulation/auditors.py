"""Who lets money wait while somebody looks: a licensee's, a reporter's, a work's, or what one output brought."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.simulation import world

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from local.gateway import Response
    from tests.simulation.actors import Actors


class Auditors:
    """Those of finance who doubt what was reported."""

    def __init__(self, actors: Actors, dice: Random) -> None:
        self._actors, self._dice = actors, dice
        self._holds: list[str] = []

    def acts(self) -> dict[Callable[[], str], int]:
        """What they do, and how often among what everybody does."""
        return {self.hold: 2}

    def hold(self) -> str:
        """Something waits while somebody looks; later it is let go or void."""
        if self._holds and self._dice.random() < 0.5:
            return self._end(self._holds.pop(0))
        subjects = [f"output:{output}" for output in world.OUTPUTS]
        named = {"licensee": world.LABS, "reporter": world.REPORTERS, "work": sorted(world.WORKS), "subject": subjects}
        chosen = self._dice.choice([["licensee"], ["reporter"], ["work"], ["subject"], ["subject"], ["reporter", "work"]])
        about = {name: self._dice.choice(named[name]) for name in chosen}
        used = sorted(
            {record["used_on"][:7] for _, record in self._actors.reference.winners() if record["subject"] == about.get("subject")}
        )
        body = {"hold_id": f"h-{self._actors.number()}", "months": [self._dice.choice(used or [self._month()])], "reason": "odd"} | about

        def then(_reply: Response) -> None:
            self._holds.append(str(body["hold_id"]))
            if "subject" in about:
                self._actors.deeds.did("one output held")

        told = self._actors.expect("POST", "/v1/holds", None, "finance", body, 404, 409, 422, then=then)
        return f"{body['hold_id']} holds {about}: {told}"

    def _end(self, name: str) -> str:
        """Decided with evidence, or released without more words."""
        outcome = self._dice.choice(["released", "void", ""])
        if not outcome:
            return f"{name} is let go: {self._actors.expect('DELETE', f'/v1/holds/{name}', None, 'finance', None, 404)}"

        def decided(_reply: Response) -> None:
            if outcome == "void":
                self._actors.deeds.did("a hold void")

        ended: dict[str, Any] = {"outcome": outcome, "evidence": "the auditors' report"}
        told = self._actors.expect("POST", f"/v1/holds/{name}:decide", None, "finance", ended, 404, 409, then=decided)
        return f"{name} is {outcome}: {told}"

    def _month(self) -> str:
        return (self._actors.stack.now - timedelta(days=self._dice.choice([0, 20, 40]))).strftime("%Y-%m")
