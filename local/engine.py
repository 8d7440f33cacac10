"""Time and events: moves the clock, fires schedules, and delivers what is pending, one thing after the other.

Nothing here runs in the background. A test that ticks the clock has, when it returns, seen everything happen.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from local.aws import client
from local.faults import WorkerKilled
from local.functions import report
from local.scheduling import Timetable

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.functions import Runtime
    from local.permissions import Grants
    from local.queues import QueueMapping
    from local.scheduling import Schedule
    from local.streams import StreamMapping

START = datetime(2026, 10, 1, tzinfo=UTC)
ROUNDS_MAX = 100_000


class NeverSettles(Exception):
    """Events beget events without end."""


class Lifetime(NamedTuple):
    """Between which moments the clock was moved with all that was due on the way."""

    began: datetime
    until: datetime


class Engine:
    """The moving parts of a stack; also what the stand-in for AWS asks (see local.cloud.Hooks)."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.timetable = Timetable(START)
        self.mappings: list[QueueMapping | StreamMapping] = []
        self.dead_letters: dict[str, str] = {}
        self.machine_grants: dict[str, Grants] = {}
        self._now: datetime | None = START
        self.lived = Lifetime(START, START)
        self._notifications: list[tuple[str, Any]] = []
        self._executions: list[Callable[[], None]] = []

    def reset(self) -> None:
        """Nothing pending, the clock at its start."""
        self._notifications.clear()
        self._executions.clear()
        self.timetable.reset(START)
        self._now = START
        self.lived = Lifetime(START, START)

    def forget_executions(self) -> None:
        """Those that were started and did not run yet never do."""
        self._executions.clear()

    @property
    def now(self) -> datetime:
        """The stack's time; the wall clock's while it was never set."""
        return self._now or datetime.now(UTC)

    def at(self, time: datetime | timedelta | str | None) -> None:
        """Sets the clock, or moves one that was set by so much, and runs nothing; `None` follows the wall clock."""
        if isinstance(time, timedelta):
            self._now = self._now and self._now + time
        else:
            self._now = None if time is None else moment(time)

    def tick(self, now: datetime | str | None = None) -> None:
        """Drains, moves the clock (back as well, but then no cron is due) and fires what is due on the way, draining after each."""
        self.drain()
        after, until = self.now, moment(now or self.now)
        self._now = min(after, until)
        began = self.lived.began if self.lived.until == after else self._now
        for due, schedule in self.timetable.due(after, until):
            self._now = max(due, self._now)  # a state machine's waits may have moved it further
            self._fire(schedule, schedule.input_at(due))
            self.drain()
        self._now = max(until, self._now)
        self.lived = Lifetime(began, self._now)

    def fire(self, logical_id: str, text: str) -> None:
        """What a schedule does with an input of its target's, now."""
        (schedule,) = (one for one in self.timetable.schedules if one.logical_id == logical_id)
        self._fire(schedule, text)

    def drain(self) -> None:
        """Delivers notifications, messages and executions until nothing is pending."""
        for _ in range(ROUNDS_MAX):
            if not (self._notify() or self._deliver() or self._execute()):
                return
        raise NeverSettles

    def _fire(self, schedule: Schedule, text: str) -> None:
        """Start what a schedule starts, with its role; leave what could not be started where the schedule says."""
        if self.runtime.meter:
            self.runtime.meter.fired()
        arn = schedule.target_arn
        of_machine = ":stateMachine:" in arn
        schedule.grants.check(*(("stepfunctions", "StartExecution", {"stateMachineArn": arn}) if of_machine else invocation(arn)))
        if not self.runtime.faults.reaches(arn):
            if schedule.dead_letter_arn:
                _leave(schedule.dead_letter_arn, schedule.grants, {"schedule": schedule.logical_id, "requestPayload": json.loads(text)})
        elif of_machine:
            client("stepfunctions").start_execution(stateMachineArn=arn, input=text)
        else:
            self._run_async(arn, json.loads(text))

    def _run_async(self, arn: str, event: Any) -> None:
        """Run a function for which nobody waits. What it gave up on Lambda leaves where it is configured, with the function's role."""
        function = self.runtime.of_arn(arn)
        if not self.runtime.run_async(function, event) and (target := self.dead_letters.get(function.logical_id)):
            _leave(target, function.grants, {"function": function.logical_id, "requestPayload": event})

    def _notify(self) -> bool:
        if not self._notifications:
            return False
        arn, event = self._notifications.pop(0)
        self._run_async(arn, event)
        return True

    def _deliver(self) -> bool:
        delivered = [mapping.deliver(self.runtime) for mapping in self.mappings]  # each gets its turn
        return any(delivered)

    def _execute(self) -> bool:
        if not self._executions:
            return False
        with self.runtime.turn.lent():  # moto runs it on a thread of its own
            self._executions.pop(0)()
        return True

    # ------------------------------------------------------------ what the stand-in asks (see local.cloud.Hooks)

    def epoch(self) -> float:
        return self.now.timestamp()

    def wait(self, seconds: float) -> None:
        self._now = self.now + timedelta(seconds=seconds)
        while self._notify() or self._deliver():
            pass

    def sleep(self, seconds: float) -> None:
        """A handler waits before it tries again; nothing else happens meanwhile."""
        if self._now is None:
            time.sleep(seconds)
        else:
            self._now += timedelta(seconds=seconds)

    def invoke(self, function_arn: str, payload: bytes, *, wait_for_answer: bool) -> tuple[bytes, bool]:
        if not wait_for_answer:
            self._notifications.append((function_arn, json.loads(payload)))
            return b"", False
        function = self.runtime.of_arn(function_arn)
        try:
            return self.runtime.answer(function, payload).encode(), False
        except (Exception, WorkerKilled) as error:  # noqa: BLE001 - a failed invocation is an answer
            report(function)
            return json.dumps({"errorType": type(error).__name__, "errorMessage": str(error)}).encode(), True

    def start_execution(self, run: Callable[[], None]) -> None:
        self._executions.append(run)

    def on_the_wire(self, service: str, operation: str, request: Any, send: Callable[[], Any]) -> Any:
        return self.runtime.on_the_wire(service, operation, request, send, self.epoch)

    def in_the_weather(self, service: str, operation: str, params: Any, answer: Callable[[], Any]) -> Any:
        return self.runtime.in_the_weather(service, operation, params, answer, self.epoch)

    @property
    def is_idle(self) -> bool:
        return not self.runtime._running

    def before_call(self, service: str, operation: str, params: Any) -> None:
        self.runtime.before_call(service, operation, params)

    def before_signing(self, service: str, operation: str, params: Any) -> None:
        self.runtime.before_signing(service, operation, params)

    def after_call(self) -> None:
        self.runtime.after_call()

    def before_task(self, machine_arn: str, function_arn: str) -> None:
        self.machine_grants[machine_arn].check(*invocation(function_arn))

    def entered_state(self) -> None:
        if self.runtime.meter:
            self.runtime.meter.entered()

    def unprocessed(self, requests: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        return self.runtime.faults.split(requests)


def invocation(function_arn: str) -> tuple[str, str, dict[str, str]]:
    """The call with which a service invokes a function, as `Grants.check` takes it."""
    return "lambda", "Invoke", {"FunctionName": function_arn}


def _leave(queue_arn: str, grants: Grants, letter: dict[str, Any]) -> None:
    """Leave a dead letter, where whoever leaves it may."""
    url = client("sqs").get_queue_url(QueueName=queue_arn.rsplit(":", 1)[1])["QueueUrl"]
    grants.check("sqs", "SendMessage", {"QueueUrl": url})
    client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(letter))


def moment(time: datetime | str) -> datetime:
    """An aware datetime, from one or from ISO 8601 text; a time without zone is UTC."""
    parsed = datetime.fromisoformat(time) if isinstance(time, str) else time
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
