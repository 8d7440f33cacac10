"""What queues and schedules promise: everything comes at least once, and nothing of when, how often, or in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from local.functions import Function
    from local.stack import Stack

AGAIN_RATE: Final = 0.15
OVERTAKEN_RATE: Final = 0.03
"""How many messages are taken by a worker that never begins: those behind them go before."""
SLOW: Final = (0, 0, 0, 0, 0, 0, 1, 3)
"""For how many rounds a queue shows nothing."""
SCHEDULE_LATE_RATE: Final = 0.06
SCHEDULE_TWICE_RATE: Final = 0.06


class Delivery:
    """Stands between a stack's queues and schedules and its functions; `on` says whether it may play."""

    def __init__(
        self,
        stack: Stack,
        dice: Random,
        on: Callable[[], bool],
        count: Callable[[str], None],
        again: Callable[[Function, str | bytes], None],
    ) -> None:
        self._engine, self._dice, self._on, self._count, self._again = stack._engine, dice, on, count, again
        self._slow = 0
        self._late: list[tuple[Function, str | bytes]] = []
        self._due: list[tuple[Any, ...]] = []
        self._fire, self._deliver = self._engine._fire, self._engine._deliver
        self._engine._fire = self._fired  # type: ignore[method-assign, assignment]
        self._engine._deliver = self._delivered  # type: ignore[method-assign]

    def detach(self) -> None:
        """Leaves the stack as it was."""
        self._engine._fire, self._engine._deliver = self._fire, self._deliver  # type: ignore[method-assign]

    def calm(self) -> None:
        """All that was to come late comes now."""
        self._slow = 0
        self._deliver_late()
        self._fire_late()

    def weather(self, *, on: bool) -> None:
        """Whether queues are slow for a while."""
        self._slow = self._dice.choice(SLOW) if on else 0

    # ------------------------------------------------------------ messages

    def overtaken(self, name: str) -> bool:
        """Whether a message's worker never begins, so that the queue shows it again behind others."""
        if name != "Accrue" or self._dice.random() >= OVERTAKEN_RATE:
            return False
        self._count("a message behind later ones")
        return True

    def done(self, function: Function, payload: str | bytes) -> None:
        """A message was worked on; it may come again, at once or much later."""
        if function.logical_id == "Accrue" and self._dice.random() < AGAIN_RATE:
            self._late.append((function, payload))
        if self._late and self._dice.random() < AGAIN_RATE:
            self._deliver_late()

    def _deliver_late(self) -> None:
        late, self._late = self._late, []
        self._dice.shuffle(late)
        for function, payload in late:
            self._again(function, payload)
            self._count("a message again")

    def _delivered(self) -> bool:
        if self._slow and self._on():
            self._slow -= 1
            self._count("messages late")
            return False
        return self._deliver()

    # ------------------------------------------------------------ schedules

    def _fired(self, *schedule: Any) -> None:  # a schedule, and its target's input
        roll = self._dice.random() if self._on() else 1.0
        if roll < SCHEDULE_LATE_RATE:
            self._due.append(schedule)
            self._count("a schedule late")
            return
        self._fire(*schedule)
        if roll < SCHEDULE_LATE_RATE + SCHEDULE_TWICE_RATE:
            self._fire(*schedule)
            self._count("a schedule twice")
        elif self._due and roll < 0.4:
            self._fire_late()

    def _fire_late(self) -> None:
        due, self._due = self._due, []
        self._dice.shuffle(due)
        for schedule in due:
            self._fire(*schedule)
            self._count("a schedule behind later ones")
