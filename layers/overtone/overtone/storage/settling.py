"""The steps of a settlement, each a pure function of the plan and the facts that it writes down once.

Kill one anywhere and run it again: what is there is kept, what is missing is written, the bytes are the same.
Nothing is posted until `seal` advances the chain.
"""

from collections.abc import Callable
from typing import Any, Final

from overtone.errors import Rejected
from overtone.storage import settlement_closing, settlement_opening, settlement_passes

Event = dict[str, Any]

STEPS: Final[dict[str, Callable[[Event], Event]]] = {
    "open": settlement_opening.open_settlement,
    "drain": settlement_opening.drain,
    "plan": settlement_opening.make_plan,
    "measure": settlement_passes.measure,
    "totals": settlement_passes.sum_totals,
    "compute": settlement_passes.compute,
    "emit": settlement_closing.emit,
    "seal": settlement_closing.seal,
    "fail": settlement_opening.fail,
}


def run_step(event: Event) -> Event:
    """One step of the state machine; raises what the machine retries or stops on."""
    step = STEPS.get(str(event.get("step")))
    if step is None:
        message = f"there is no step {event.get('step')!r}; the steps are {', '.join(STEPS)}"
        raise Rejected(message)
    return step(event)
