"""The end of a world's retention: tables forget in any order, everybody still writes about those days, and no figure moves."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from overtone import clock
from tests.simulation import checks, invariants
from tests.simulation.actors import Broken

if TYPE_CHECKING:
    from tests.simulation.simulation import Simulation

KEPT_DAYS_MAX: Final = 1095
ROUNDS: Final = 3


def end(play: Simulation) -> None:
    """All that was used is final."""
    stack, before = play.stack, invariants.stored_rows(play.stack)
    stack.at(stack.now + timedelta(days=KEPT_DAYS_MAX + 70))
    for _ in range(ROUNDS):
        gone = stack.expire(share=play.dice.random(), seed=play.dice.randrange(10**6))
        said = [play.labs.disclose(), play.redress.withdraw_report(forgotten=True), _late(play), play.labs.say_again()]
        stack.invoke("Reconcile", {"now": clock.timestamp()})
        stack.invoke("Aggregate", {"now": clock.timestamp()})
        stack.drain()
        play.say(f"{gone} items are kept no more; {'; '.join(said)}")
    if wrong := invariants.difference(invariants.stored_rows(stack), before):
        raise Broken("retention", f"figures of days that are final moved: {wrong}")
    play.mishaps.nothing_aside()
    checks.no_crashes(play)
    play.actors.deeds.did("retention ended")


def _late(play: Simulation) -> str:
    """A batch of those days, sent again under another id, or taken back, is refused or changes nothing."""
    known = sorted(name for name, batch in play.actors.reference.batches.items() if batch.records and not batch.withdrawn)
    if not known:
        return "nothing was ever sent"
    reporter, batch_id = play.dice.choice(known)
    late = {"batch_id": f"late-{play.actors.number()}", "records": play.actors.reference.batches[reporter, batch_id].records}
    sent = play.actors.call("POST", "/v1/usage", reporter, "usage.write", late)
    gone = play.actors.call("DELETE", f"/v1/usage/{batch_id}", reporter, "usage.write")
    if sent.status < 300 or gone.status < 300:
        raise Broken("retention", f"{reporter}'s {batch_id} of days that are final -> {sent.status} {sent.text[:300]}, {gone.status}")
    return f"{reporter} sends and withdraws {batch_id} late: {sent.status}, {gone.status}"
