"""The end of a run: no more faults, everything comes to rest, is settled, and stands against what the facts alone say."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from overtone import months
from tests.simulation import accounts, documents, invariants, otherwise, payees, pricing, quiet, rebuild, retention, uniqueness, views
from tests.simulation.actors import Broken
from tests.simulation.invariants import Posted, Sealed

if TYPE_CHECKING:
    from tests.simulation.simulation import Simulation

ROUNDS_MAX: Final = 12
A_DAY: Final = timedelta(hours=25)
RETENTION_RATE: Final = 0.3
"""How many worlds are looked at again when their usage is kept no more."""


def reckon(play: Simulation) -> None:
    """No more faults: everything comes to rest, is settled, and stands against what the facts alone say."""
    play.chaos.calm()
    play.say(play.mishaps.mend())
    play.check()
    for _ in range(ROUNDS_MAX):
        if not play.actors.unanswered:
            break
        play.answer()
    settle_all(play, "first-calm")
    rest(play)
    uniqueness.reckon(play)
    settle_all(play, "last")
    invariants.committed_once(play.stack, play.actors.reference)
    views.explain_some(play, "first-calm", corrected=True)
    views.price_some(play)
    accounts.agree(play)
    payees.agree(play)
    documents.agree(play)
    play.mishaps.nothing_aside()
    nothing_unsealed(play)
    nothing_left(play)
    play.say(play.subscribers.reckon())
    facts = derive_again(play)
    if play.dice.random() < RETENTION_RATE:
        retention.end(play)
        settle_later(play, facts)


def rest(play: Simulation) -> None:
    play.pass_time(7200)
    if not rebuild.bring_to_rest(play.stack, ROUNDS_MAX):
        raise Broken("committed_once", f"accrual does not come to rest: {rebuild.restless(play.stack)}")
    play.check()
    play.say("at rest")


def settle_all(play: Simulation, name: str) -> None:
    """Settle through this month; whatever still runs goes on first."""
    through = quiet.month_now(play)
    for _ in range(ROUNDS_MAX):
        for stuck in sorted(n for n, r in play.actors.settlements.items() if r["status"] == "computing" or n == play.actors.in_the_way):
            record = play.actors.settlements[stuck]
            play.say(play.actors.settle(record["through"], stuck, preview=record["preview"]))
            play.run_settlement()
        play.say(play.actors.settle(through, name))
        play.run_settlement()
        if play.actors.settlements.get(name, {}).get("status") == "sealed":
            return play.check()
    raise Broken("sealed", f"{name} cannot be sealed: {play.actors.settlements.get(name)}")


def nothing_unsealed(play: Simulation) -> None:
    """What tries that were given up left beside what was sealed goes with the seal, or within a day where that was cut off."""
    if left := _unsealed(play):
        play.say(f"{len(left)} files lie beside what was sealed; a day passes")
        play.stack.tick(play.stack.now + A_DAY)
        if left := _unsealed(play):
            raise Broken("sealed", f"no manifest names {left[:6]}")


def _unsealed(play: Simulation) -> list[str]:
    objects = play.stack.objects("SettlementBucket")
    sealed = [name for name, record in play.actors.settlements.items() if record["status"] == "sealed"]
    return [key for name in sealed for key in invariants.unnamed(objects, name)]


def nothing_left(play: Simulation) -> None:
    """A preview of what is settled has no lines."""
    play.say(play.actors.settle(play.through_of(play.sealed.last), "preview-last", preview=True))
    play.run_settlement()
    status = play.actors.settlements["preview-last"]["status"]
    lines = (
        list(invariants.table(play.stack.objects("SettlementBucket"), "previews/preview-last/lines.csv")) if status == "previewed" else []
    )
    if lines or status != "previewed":
        raise Broken("pure", f"after the last settlement a preview ({status}) still has lines: {lines[:3]}")


def derive_again(play: Simulation) -> dict[str, Any]:
    """All facts accrued and settled at once come to what was accrued and settled bit by bit; the facts."""
    books = _books(play, play.sealed.last)
    before, bit_by_bit = invariants.stored_rows(play.stack), dict(play.posted)
    carried = {month: {"carried": book["carried"]} for month, book in books.items() if book.get("carried")}
    facts = pricing.facts_of(play)  # of holds there is a list no more, once what is derived is gone
    through = play.through_of(play.sealed.last)  # it may be another month by now
    otherwise.agrees(play, "otherwise-of-last", facts, books)
    rebuild.forget(play.stack, carried)
    play.actors.settlements.clear()
    play.sealed, play.posted = Sealed(), Posted()
    if not rebuild.bring_to_rest(play.stack, ROUNDS_MAX):
        raise Broken("pure", "the facts accrued again do not come to rest")
    if wrong := invariants.difference(before, invariants.stored_rows(play.stack)):
        raise Broken("pure", f"accrual rows against the facts accrued again: {wrong}")
    play.say("the facts accrued again give the same rows")
    settle_through(play, through, "at-once")
    pricing.agrees(play, facts, {month: book["carried"] for month, book in books.items() if book.get("carried")}, play.posted)
    if wrong := invariants.difference(bit_by_bit, play.posted):
        raise Broken("conserved", f"what was posted bit by bit against the facts settled at once: {wrong}")
    play.say(f"the facts settled at once come to the same {len(bit_by_bit)} claims")
    views.explain_some(play, "at-once", corrected=False)
    otherwise.agrees(play, "otherwise-at-once", facts, _books(play, "at-once"))
    return facts


def settle_later(play: Simulation, facts: dict[str, Any]) -> None:
    """Years later, when what was used is forgotten, a further month is settled: of the old ones nothing moves."""
    books, through = _books(play, "at-once"), str(play.actors.settlements["at-once"]["through"])
    settle_through(play, months.shifted(through, 1), "years-later")
    claims = pricing.compare(
        facts, play.actors.settlements["years-later"], quiet.chain_of(books), play.posted, "what is settled years later"
    )
    play.say(f"years later the slow model says the same of {claims} claims")


def _books(play: Simulation, settlement: str) -> dict[str, Any]:
    """What is kept of every month as of a settlement."""
    kept: dict[str, Any] = json.loads(play.stack.objects("SettlementBucket")[f"{settlement}/state/books.json"])["months"]
    return kept


def settle_through(play: Simulation, through: str, name: str) -> None:
    """Ask, seal, and add what was posted."""
    play.say(play.actors.settle(through, name))
    play.stack.drain()
    play.actors.settled()
    if play.actors.settlements[name]["status"] != "sealed":
        raise Broken("pure", f"{name} cannot be sealed: {play.actors.settlements[name]} {play.stack.errors[-1:]}")
    invariants.add(play.posted, invariants.posted(play.stack.objects("SettlementBucket"), name))
