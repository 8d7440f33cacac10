"""A quiet point in the middle of a run: what was posted and what would be posted now are what the slow model says of the facts so far.

No faults for a while: clients hear their answers, accrual catches up, and finance asks for a preview. Every moment at which the
invariants are looked at is such a point, unless something lies broken; the last one is the end of the run, which is reckoned by itself
(see `reckoning`). One world in seven is left in its unrest up to its end, for what builds up over many steps.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from tests.model.register import Register
from tests.model.settling import Chain
from tests.simulation import checks, invariants, pricing, rebuild

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.simulation.simulation import Simulation

NAME: Final = "quiet-"
RESTLESS_EVERY: Final = 7
"""Of so many worlds one comes to rest at its end alone."""
ROUNDS_MAX: Final = 12
CLOCKS_APART: Final = 3_600
"""Seconds in which a clock that was set back catches up: what was accepted later than a cut-off, by its clock, counts the next time."""


def price(play: Simulation, *, last: bool) -> None:
    """Where nothing lies broken: the slow model against what was posted and a preview of the rest; the `last` is the reckoning's."""
    if last or play.seed % RESTLESS_EVERY == 0 or play.mishaps.spoilt or play.mishaps.aside():
        return
    on, play.chaos.on = play.chaos.on, False
    play.stack.faults.clear()
    try:
        play.answer()
        play.pass_time(CLOCKS_APART)
        if rebuild.bring_to_rest(play.stack, ROUNDS_MAX) and checks.is_quiet(play):
            checks.at_rest(play)
            _compare(play, f"{NAME}{play.step}")
    finally:
        play.chaos.on = on


def month_now(play: Simulation) -> str:
    """This month, or the last that anybody asked for where the clock was set back."""
    return str(max([play.stack.now.strftime("%Y-%m"), *(r["through"] for r in play.actors.settlements.values() if r.get("through"))]))


def _compare(play: Simulation, name: str) -> None:
    before = dict(play.stack.objects("SettlementBucket"))
    books: dict[str, Any] = json.loads(before[f"{play.sealed.last}/state/books.json"])["months"] if play.sealed.last else {}
    told = play.actors.settle(month_now(play), name, preview=True)
    play.stack.drain()
    play.look()
    record = play.actors.settlements.get(name, {"status": "refused at once"})
    if record["status"] != "previewed":
        return play.say(f"{told}: {record['status']}")  # another settlement is stuck; the end of the run asks for that one
    due, objects, facts = dict(play.posted), play.stack.objects("SettlementBucket"), pricing.facts_of(play)
    invariants.add(due, invariants.posted(objects, f"previews/{name}"))
    register, what = Register(facts, record["cutoff"]), f"{name}, step {play.step}"
    claims = pricing.compare(facts, record, chain_of(books), due, what, register)
    pricing.compare_breaches(facts, record, pricing.breaches_of(objects, f"previews/{name}"), play.breaches, what, register)
    play.say(f"a quiet point: the slow model says the same of {claims} claims")
    return None


def chain_of(books: Mapping[str, Any]) -> Chain:
    """The model where the package's books stand: what joined each month's pools, and what they left."""
    chain = Chain()
    for month, book in books.items():
        if "carried" in book:
            chain.carried[month] = _picos(book["carried"])
            chain.left[month] = _picos(book["residue"])
    return chain


def _picos(stored: list[list[Any]]) -> dict[Any, int]:
    return {(deal, mechanism, ordinal, currency): int(pico) for deal, mechanism, ordinal, currency, pico in stored}
