"""Faults between any two calls: a worker dies, an answer is lost, tables throttle, a read is denied, something comes twice, others act."""

from __future__ import annotations

from contextlib import suppress
from threading import get_ident
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from local.faults import WRITES, WorkerKilled
from tests.simulation.delivery import Delivery

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from local.functions import Function
    from local.stack import Stack
    from tests.simulation.habits import Habits

THROTTLED: Final = "ProvisionedThroughputExceededException"
PLAYED: Final = frozenset({THROTTLED, "AccessDenied", "403"})
"""What crashes a handler here and is nobody's fault."""
FAULT_RATE: Final = {"Accrue": 0.08, "Aggregate": 0.15, "Settlement": 0.08}
REQUEST_FAULT_RATE: Final = 0.08
WRITES_MAX: Final = {"Accrue": 12, "Aggregate": 12, "Settlement": 6}
REQUEST_WRITES_MAX: Final = 2
CALLS_PER_WRITE: Final = 3
STORM_RATE: Final = 0.2
"""How many settlements meet a storm: most of their steps die."""
STORM_FAULT_RATE: Final = 0.7
INTERLEAVE_RATE: Final = 0.04
INTERLEAVED_MAX: Final = 100
"""How often others act in one step. What they send is worked on too, with others between: without end, it could be more and more."""
TWIN_RATE: Final = 0.25
"""How many of those who come between two writes are the same once more."""
KILLS: Final = ("killed before a write", "killed before any call", "killed after a write", "killed after any call")
KINDS: Final = (*KILLS, "throttled", "a batch half done", "weather", "a read denied")
WEATHER: Final = {
    "conflicts": "a conflict",
    "throttles": "throttled within the SDK's patience",
    "errors": "a 5xx",
    "lost": "an answer lost",
}


class Chaos:
    """Breaks what handlers do, by the dice. It watches each invocation and each write of the stack it was attached to.

    `struck` says whether the last invocation met a fault.
    """

    def __init__(self, stack: Stack, dice: Random, meanwhile: Callable[[str], None], habits: Habits) -> None:
        self.on = False
        self.struck = False
        self.counts: dict[str, int] = {}
        self._stack, self._dice, self._meanwhile, self._habits = stack, dice, meanwhile, habits
        self._storm = False
        self._depth = 0
        self._thread = 0
        self._armed = ""
        self._interleaved = 0
        self._at: tuple[Function, str | bytes] | None = None
        self._run, self._before_call = stack.runtime.answer, stack.runtime.before_call
        self._delivery = Delivery(stack, dice, lambda: self.on and not self._depth, self.count, self._again)
        stack.runtime.answer = self._invoke  # type: ignore[method-assign]
        stack.runtime.before_call = self._write  # type: ignore[method-assign]

    def detach(self) -> None:
        """Leaves the stack as it was."""
        stack = self._stack
        stack.faults.clear()
        self._delivery.detach()
        stack.runtime.answer, stack.runtime.before_call = self._run, self._before_call  # type: ignore[method-assign]

    def calm(self) -> None:
        """No faults from here on; messages and schedules that were to come late come now."""
        self.on = False
        self._stack.faults.clear()
        self._delivery.calm()

    def step(self) -> None:
        """Another step begins."""
        self._interleaved = 0

    def weather(self) -> None:
        """Whether the next settlement meets a storm, and whether queues are slow."""
        self._storm = self.on and self._dice.random() < STORM_RATE
        self._delivery.weather(on=self.on)

    def count(self, what: str, times: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + times

    def _invoke(self, function: Function, payload: str | bytes) -> str:
        if not self.on or self._depth:
            self.struck = False
            return self._run(function, payload)
        name = function.logical_id
        if self._delivery.overtaken(name):
            raise WorkerKilled
        self._depth += 1
        self._thread, before, self._at = get_ident(), self._at, (function, payload)
        try:
            self._arm(name)
            answer = self._run(function, payload)
        finally:
            self._depth -= 1
            self._at = before
            self._tell(name)
            self._stack.faults.clear()
            self._stack.weather()
        struck = self.struck
        self._delivery.done(function, payload)  # meanwhile others may act, whom nothing strikes
        self.struck = struck
        return answer

    def _tell(self, name: str) -> None:
        """What of what was armed happened."""
        self.struck = self._stack.faults.fired
        if self.struck:
            self.count(f"fault in {name}")
            self.count(self._armed)
        for what, times in self._stack.runtime.weather.met.items():
            self.count(WEATHER[what], times)

    def _arm(self, name: str) -> None:
        rate = FAULT_RATE.get(name, REQUEST_FAULT_RATE)
        if name == "Settlement" and self._storm:
            rate = STORM_FAULT_RATE
        if self._dice.random() >= min(rate * self._habits.rough(name), STORM_FAULT_RATE):
            return
        writes = self._dice.randrange(WRITES_MAX.get(name, REQUEST_WRITES_MAX))
        self._armed = kind = self._dice.choice(KINDS)
        faults = self._stack.faults
        if kind == "weather":  # many small faults, which the package's own patience has to wait out
            self._stack.weather(conflicts=0.1, throttles=0.1, errors=0.05, lost=0.05, seed=self._dice.randrange(10**6))
        elif kind == "a read denied":  # which is no absence
            faults.deny("*", after=writes, times=1)
        elif kind == "a batch half done":
            faults.unprocessed(self._dice.randint(1, 3))
            self.count(kind)
        elif "any call" in kind:
            faults.kill_at(self._dice.randrange(CALLS_PER_WRITE * (writes + 1)), answered="after" in kind)
        else:
            throttled = ClientError({"Error": {"Code": THROTTLED, "Message": "throttled"}}, "Write")
            faults.fail_after(writes, lost_response="after" in kind, error=throttled if kind == "throttled" else None)

    def _again(self, function: Function, payload: str | bytes) -> None:
        """The same once more, without faults of its own. What it answers nobody hears; what it raises is among the stack's errors."""
        self._depth += 1
        try:
            with suppress(Exception, WorkerKilled):  # whatever a handler raises, its message comes back
                self._run(function, payload)
        finally:
            self._depth -= 1

    def _write(self, service: str, operation: str, params: Any) -> None:
        between = self.on and self._depth == 1 and operation in WRITES.get(service, ())
        between = between and get_ident() == self._thread  # what a handler writes on others has no order
        if between and self._interleaved < INTERLEAVED_MAX and self._dice.random() < INTERLEAVE_RATE:
            self._interleaved += 1
            self._interrupt()
        self._before_call(service, operation, params)

    def _interrupt(self) -> None:
        """Others act, without faults of their own, as if the handler that is about to write were somewhere else."""
        running, faults = self._stack.runtime._running, self._stack.faults
        handlers, armed, weather = list(running), dict(vars(faults)), self._stack.runtime.weather
        self._stack.weather()
        running.clear()
        faults.clear()
        self._depth += 1
        try:
            if self._at is not None and self._dice.random() < TWIN_RATE:
                self._again(*self._at)
                name = handlers[-1].logical_id
                self.count("two of a request" if name.endswith("Api") else f"two of {name}")
            else:
                self._meanwhile(handlers[-1].logical_id)
        finally:
            self._depth -= 1
            running[:] = handlers
            vars(faults).update(armed)
            self._stack.runtime.weather = weather
