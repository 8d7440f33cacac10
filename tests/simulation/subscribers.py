"""Those who want to be told: webhooks on a real receiver that now and then answers badly; each event is told to its party and no other."""

from __future__ import annotations

import atexit
from contextlib import ExitStack
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Final

from tests.receiver import Receiver, receiving
from tests.simulation import world
from tests.simulation.actors import Broken

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from local.gateway import Response
    from tests.simulation.actors import Actors

NAME, SCOPE = "told", "statements.read"
BAD_ANSWERS: Final = (500, 302, 404)
LATER: Final = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=9), timedelta(hours=12))
"""What was not taken comes again, ever later."""
CLOCKS_APART: Final = timedelta(minutes=10)
"""What happened by a clock that was set back later may seem to come after an endpoint that it came before, or is there already."""
_OPEN: Final = ExitStack()
atexit.register(_OPEN.close)  # before the receiver's thread stops where it is


@cache
def _receiver() -> Receiver:
    """One for all runs of this process."""
    return _OPEN.enter_context(receiving())


class Subscribers:
    """Parties with an endpoint."""

    def __init__(self, actors: Actors, dice: Random) -> None:
        self._actors, self._dice = actors, dice
        self._since: dict[str, str] = {}
        """From when on each that has an endpoint is told everything."""
        self._ever = set[str]()

    def acts(self) -> dict[Callable[[], str], int]:
        """What they do, and how often among what everybody does."""
        return {self.subscribe: 2, self.unsubscribe: 1}

    def subscribe(self) -> str:
        """A party has itself told; sometimes its machine is down when something comes."""
        receiver, party = _receiver(), self._dice.choice([*world.HOLDERS, *world.REPORTERS, *world.SOCIETIES])
        if not self._ever:
            receiver.posted.clear()
            receiver.answers.clear()
        self._ever.add(party)
        receiver.answers += [self._dice.choice(BAD_ANSWERS) for _ in range(self._dice.choice([0, 1, 3]))]

        def then(_reply: Response) -> None:
            stack = self._actors.stack
            happened = [str(item["at"]).rstrip("Z") for item in stack.items("LedgerTable") if item["pk"] == f"EVENTS#{party}"]
            self._since.setdefault(party, max([f"{stack.now + CLOCKS_APART:%Y-%m-%dT%H:%M:%S}", *happened]))

        if not self._is_told(party):
            self._since.pop(party, None)  # it was forgotten, and its endpoint with it
        path, body = f"/v1/webhooks/{NAME}", {"url": f"{receiver.url}/{party}"}
        return f"{party} wants to be told: {self._actors.expect('PUT', path, party, SCOPE, body, then=then)}"

    def unsubscribe(self) -> str:
        """A party does not want to be told any more."""
        if not self._since:
            return "nobody is told of anything"
        party = self._dice.choice(sorted(self._since))

        def then(_reply: Response) -> None:
            self._since.pop(party, None)  # where it was not answered at once, it may have another by now

        self._since.pop(party)
        told = self._actors.expect("DELETE", f"/v1/webhooks/{NAME}", party, SCOPE, None, 204, 404, then=then)
        return f"{party} wants to be told no more: {told}"

    def reckon(self) -> str:
        """When all has come again that was not taken: every event since was told to its party, and to nobody else."""
        if not self._ever:
            return "nobody wanted to be told"
        receiver, stack = _receiver(), self._actors.stack
        receiver.answers.clear()
        if stack.messages("WebhookDeadLetterQueue"):  # a worker died at one too often: the operator asks for all of them again
            for party, since in self._since.items():
                self._actors.expect("POST", f"/v1/webhooks/{NAME}:replay", party, SCOPE, {"since": f"{since}Z"}, 202)
        for later in LATER:
            stack.at(stack.now + later)
            stack.drain()
        told: dict[str, set[str]] = {}
        for posted in receiver.posted:
            told.setdefault(posted.path.rpartition("/")[2], set()).add(posted.headers["webhook-id"])
        for party in sorted(self._ever):
            events = {str(event["id"]): str(event["at"]) for event in self._actors.items("/v1/events", party, SCOPE)}
            if strange := told.get(party, set()) - events.keys():
                raise Broken("tenant", f"{party} was told of {sorted(strange)[:3]}, which is none of its events")
            due = {name for name, at in events.items() if self._is_told(party) and at.rstrip("Z") > self._since[party]}
            if missing := due - told.get(party, set()):
                raise Broken("told", f"{party} was not told of {sorted(missing)[:3]}, {len(missing)} of {len(due)} events")
        return f"{sum(map(len, told.values()))} events were told to {len(self._ever)}"

    def _is_told(self, party: str) -> bool:
        """Whether it has an endpoint; who was forgotten has none any more."""
        return party in self._since and self._actors.call("GET", f"/v1/webhooks/{NAME}", party, SCOPE).status == 200
