"""Faults between any two calls: a worker dies, an answer is lost, tables throttle, a read is denied, a message comes twice, others act."""

from __future__ import annotations

from threading import get_ident
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from local.faults import WRITES

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from local.functions import Function
    from local.stack import Stack

THROTTLED: Final = "ProvisionedThroughputExceededException"
PLAYED: Final = frozenset({THROTTLED, "AccessDenied", "403"})
"""What crashes a handler here and is nobody's fault."""
FAULT_RATE: Final = {"Accrue": 0.08, "Aggregate": 0.15, "Settlement": 0.08}
REQUEST_FAULT_RATE: Final = 0.08
WRITES_MAX: Final = {"Accrue": 12, "Aggregate": 12, "Settlement": 6}
REQUEST_WRITES_MAX: Final = 2
STORM_RATE: Final = 0.2
"""How many settlements meet a storm: most of their steps die."""
STORM_FAULT_RATE: Final = 0.7
AGAIN_RATE: Final = 0.15
INTERLEAVE_RATE: Final = 0.04


class Chaos:
    """Breaks what handlers do, by the dice. It watches each invocation and each write of the stack it was attached to.

    `struck` says whether the last invocation met a fault.
    """

    def __init__(self, stack: Stack, dice: Random, meanwhile: Callable[[str], None]) -> None:
        self.on = False
        self.struck = False
        self.counts: dict[str, int] = {}
        self._stack, self._dice, self._meanwhile = stack, dice, meanwhile
        self._storm = False
        self._depth = 0
        self._thread = 0
        self._late: list[tuple[Function, Any]] = []
        self._run, self._before_call = stack.runtime.run, stack.runtime.before_call
        stack.runtime.run = self._invoke  # type: ignore[method-assign]
        stack.runtime.before_call = self._write  # type: ignore[method-assign]

    def detach(self) -> None:
        """Leaves the stack as it was."""
        stack = self._stack
        stack.faults.clear()
        stack.runtime.run, stack.runtime.before_call = self._run, self._before_call  # type: ignore[method-assign]

    def calm(self) -> None:
        """No faults from here on; messages that were to come late come now."""
        self.on = False
        self._stack.faults.clear()
        self._deliver_late()

    def weather(self) -> None:
        """Whether the next settlement meets a storm."""
        self._storm = self.on and self._dice.random() < STORM_RATE

    def _count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    def _invoke(self, function: Function, event: Any) -> Any:
        if not self.on or self._depth:
            self.struck = False
            return self._run(function, event)
        name = function.logical_id
        self._depth += 1
        self._thread = get_ident()
        try:
            self._arm(name)
            answer = self._run(function, event)
        finally:
            self._depth -= 1
            self.struck = self._stack.faults.fired
            if self.struck:
                self._count(f"fault in {name}")
            self._stack.faults.clear()
            self._stack.weather()
        if name == "Accrue" and self._dice.random() < AGAIN_RATE:
            self._late.append((function, event))
        self._sometimes_deliver_late()
        return answer

    def _arm(self, name: str) -> None:
        rate = FAULT_RATE.get(name, REQUEST_FAULT_RATE)
        if name == "Settlement" and self._storm:
            rate = STORM_FAULT_RATE
        if self._dice.random() >= rate:
            return
        writes = self._dice.randrange(WRITES_MAX.get(name, REQUEST_WRITES_MAX))
        kind = self._dice.choice(["killed", "killed", "lost", "throttled", "unprocessed", "weather", "denied"])
        if kind == "weather":  # many small faults, which the package's own patience has to wait out
            self._stack.weather(conflicts=0.1, throttles=0.1, errors=0.05, lost=0.05, seed=self._dice.randrange(10**6))
            self._count("bad weather")
        elif kind == "denied":  # a read of an object, which is no absence
            self._stack.faults.deny("*", after=writes, times=1)
        elif kind == "unprocessed":
            self._stack.faults.unprocessed(self._dice.randint(1, 3))
            self._count("batches half done")
        else:
            throttled = ClientError({"Error": {"Code": THROTTLED, "Message": "throttled"}}, "Write")
            self._stack.faults.fail_after(writes, lost_response=kind == "lost", error=throttled if kind == "throttled" else None)

    def _sometimes_deliver_late(self) -> None:
        if self._late and self._dice.random() < AGAIN_RATE:
            self._deliver_late()

    def _deliver_late(self) -> None:
        """The queue delivers at least once: some messages again, out of order."""
        late, self._late = self._late, []
        self._dice.shuffle(late)
        for function, event in late:
            self._depth += 1
            try:
                self._run(function, event)
            finally:
                self._depth -= 1
            self._count("messages again")

    def _write(self, service: str, operation: str, params: Any) -> None:
        own_thread = get_ident() == self._thread  # what a handler writes on others has no order
        between = self.on and self._depth == 1 and own_thread and operation in WRITES.get(service, ())
        if between and self._dice.random() < INTERLEAVE_RATE:
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
            self._meanwhile(handlers[-1].logical_id)
        finally:
            self._depth -= 1
            running[:] = handlers
            vars(faults).update(armed)
            self._stack.runtime.weather = weather
