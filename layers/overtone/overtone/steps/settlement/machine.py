"""The steps of a settlement, each a pure function of the plan and the facts that it writes down once.

Kill one anywhere and run it again: what is there is kept, what is missing is written, the bytes are the same.
Nothing is posted until `seal` advances the chain. A what-if goes through the same states with steps of its own that post nothing.
"""

from collections.abc import Callable
from typing import Any, Final

from overtone.errors import Rejected
from overtone.steps import unreadable as unreadable_steps
from overtone.steps.settlement import closing, drain, opening, ownership, passes, range_documents, what_if
from overtone.stores import unreadable

Event = dict[str, Any]

STEPS: Final[dict[str, Callable[[Event], Event]]] = {
    "open": opening.open_settlement,
    "drain": drain.drain,
    "plan": opening.make_plan,
    "measure": passes.measure,
    "totals": passes.sum_totals,
    "compute": passes.compute,
    "emit": closing.emit,
    "tell": range_documents.tell,
    "seal": closing.seal,
    "fail": opening.fail,
}


_UNOWNED: Final = frozenset({"open", "fail"})
"""These ask for themselves whose the settlement is."""


def run_step(event: Event) -> Event:
    """One step of the state machine, for the execution `owner`; raises what the machine retries or stops on."""
    asks_what_if = what_if.concerns(event)
    step = (what_if.STEPS if asks_what_if else STEPS).get(str(event.get("step")))
    if step is None:
        raise Rejected(f"there is no step {event.get('step')!r}; the steps are {', '.join(STEPS)}")
    if event["step"] not in _UNOWNED:
        event = event | {"record": (what_if if asks_what_if else ownership).owned(event)}  # read once for a step
    with unreadable.hearing() as heard:
        answer = step(event)
    aside = [one.to_json() for one in unreadable_steps.set_aside(heard)]
    return {**answer, "set_aside": [*answer.get("set_aside", ()), *aside]} if aside else answer
