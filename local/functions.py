"""Handlers in this process: loaded as Lambda would, run with its context, watched on the way to AWS."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import sys
import threading
import time
import traceback
from contextlib import contextmanager, nullcontext, redirect_stdout
from dataclasses import dataclass, field
from functools import partial
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from local.faults import WorkerKilled
from local.weather import Weather, unhinted, without_hints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from types import ModuleType

    from local.faults import Faults
    from local.meter import Meter
    from local.permissions import Grants

PAYLOAD_BYTES_MAX = 6 * 1024 * 1024  # a synchronous invocation's, each way
ASYNC_ATTEMPTS = 3  # the first and two retries
_DICE = Random()
"""Of ids alone: each of the system's own random bytes is a call of the kernel, which costs more than all else of an id."""


class ConflictingEnvironment(Exception):
    """Two functions want different values of one variable; they share this process, so they may not."""


class _CurrentStdout(io.TextIOBase):
    """Loggers keep the stream they were born with; this one is always the current one, so a test's capture may come and go."""

    def write(self, text: str) -> int:
        return sys.__stdout__.write(text) if sys.stdout is self else sys.stdout.write(text)  # type: ignore[union-attr]

    def flush(self) -> None:
        if sys.stdout is not self:
            sys.stdout.flush()


@dataclass
class Function:
    """One function of the template."""

    logical_id: str
    arn: str
    folder: Path
    handler: str
    timeout_seconds: int
    memory_mb: int
    environment: dict[str, str]
    grants: Grants
    _loaded: Callable[[Any, Any], Any] | None = field(default=None, repr=False)

    def load(self) -> Callable[[Any, Any], Any]:
        """The handler, imported once under a name of its own: every folder's module is called `app`."""
        if self._loaded is None:
            module_name, _, attribute = self.handler.partition(".")
            self._loaded = getattr(load_module(self.folder, module_name), attribute)
        return self._loaded


def load_module(folder: Path, module_name: str) -> ModuleType:
    """The module of a function's folder, under a name that says which folder."""
    name = f"overtone_functions.{folder.name}.{module_name}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, folder / f"{module_name}.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(folder)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        with redirect_stdout(_CurrentStdout()):
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


class Turn:
    """One handler at a time, on whatever thread; whoever waits for the handlers of another thread lends it the turn."""

    def __init__(self) -> None:
        self._lock, self._owner, self._depth = threading.RLock(), 0, 0

    def __enter__(self) -> None:
        self._lock.acquire()
        self._owner, self._depth = threading.get_ident(), self._depth + 1

    def __exit__(self, *_error: object) -> None:
        self._depth -= 1
        self._lock.release()

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Within it others may have the turn, if this thread has it."""
        depth = self._depth if self._owner == threading.get_ident() else 0
        for _ in range(depth):
            self.__exit__()
        try:
            yield
        finally:
            for _ in range(depth):
                self.__enter__()


class Runtime:
    """Runs functions: one environment, one record of crashes, and a watch on what handlers ask of AWS."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.functions: dict[str, Function] = {}
        self.errors: list[tuple[str, BaseException]] = []
        self.weather = Weather()
        self.meter: Meter | None = None
        self._running: list[Function] = []
        self._invocations = 0
        self._thread = 0
        self.turn = Turn()

    def add(self, function: Function) -> None:
        """Takes a function in, and its environment."""
        for name, value in function.environment.items():
            for other in self.functions.values():
                if other.environment.get(name, value) != value:
                    raise ConflictingEnvironment(f"{name}: {other.logical_id} and {function.logical_id}")
        os.environ.update(function.environment)
        self.functions[function.logical_id] = function

    def of_arn(self, arn: str) -> Function:
        """The function of an ARN, with or without version or alias."""
        plain = ":".join(arn.split(":")[:7])
        for function in self.functions.values():
            if function.arn == plain:
                return function
        raise LookupError(f"there is no function {arn}")

    def run(self, function: Function, event: Any) -> Any:
        """What the handler answers to an event; see `answer`."""
        return json.loads(self.answer(function, json.dumps(event)))

    def answer(self, function: Function, payload: str | bytes) -> str:
        """What the handler answers, as JSON, to an event in JSON; a crash is recorded, and raised."""
        event = json.loads(payload)
        with self.turn, self._as_running(function), self.meter.invocation(function, event) if self.meter else nullcontext():
            try:
                return json.dumps(function.load()(event, _context(function)))
            except BaseException as error:
                self.errors.append((function.logical_id, error))
                raise

    def run_async(self, function: Function, event: Any) -> bool:
        """An asynchronous invocation, with Lambda's retries; whether it succeeded in the end."""
        for _ in range(ASYNC_ATTEMPTS):
            try:
                self.run(function, event)
            except (Exception, WorkerKilled):  # noqa: BLE001 - whatever a handler raises, Lambda retries
                report(function)
            else:
                return True
        return False

    @contextmanager
    def _as_running(self, function: Function) -> Iterator[None]:
        self._running.append(function)
        self._invocations, before = self._invocations + 1, self._thread
        self._thread = threading.get_ident()
        try:
            yield
        finally:
            self._running.pop()
            self._thread = before
            self.faults.invocation_ended()

    @contextmanager
    def nobody_runs(self) -> Iterator[None]:
        """What is asked within is asked by the stack itself, for an answer of AWS, and needs no grant of whoever is running."""
        running, self._running = self._running, []
        try:
            yield
        finally:
            self._running = running

    def before_call(self, service: str, operation: str, params: Mapping[str, Any]) -> None:
        """A request is about to leave: when a handler sends it, its role must allow it and it may be made to fail."""
        if self._running:
            self._running[-1].grants.check(service, operation, params)
            self.faults.before_call(service, operation)
            if service == "s3":
                self.faults.before_read(operation, params)

    def before_signing(self, service: str, operation: str, params: Mapping[str, Any]) -> None:
        """A link is about to be signed: it leads no further than the role of whoever signs it."""
        if self._running:
            self._running[-1].grants.check(service, operation, params)

    def on_the_wire(self, service: str, operation: str, request: Any, send: Callable[[], Any], now: Callable[[], float]) -> Any:
        """A request of a handler is counted where somebody counts, and meets the weather."""
        if self.meter is None or not self._running:
            return self._weathered(service, operation, request, send, now)
        counted = partial(self.meter.request, service, operation, request, send)
        return self._weathered(service, operation, request, counted, now)

    def _weathered(self, service: str, operation: str, request: Any, send: Callable[[], Any], now: Callable[[], float]) -> Any:
        """What a handler asks on threads of its own has no order, and so no weather."""
        if not self._running or threading.get_ident() != self._thread:
            return send()
        if service == "s3":
            grants = self._running[-1].grants
            return without_hints(operation, request, send(), grants)
        if service != "dynamodb" or self.weather.calm:
            return send()
        answer = self.weather.before(operation, json.loads(request.body), now(), self._invocations)
        if answer is not None:
            return answer.on(request)
        sent = send()
        self.weather.after(operation, sent.status_code)
        return sent

    def in_the_weather(
        self, service: str, operation: str, params: Mapping[str, Any], answer: Callable[[], Any], now: Callable[[], float]
    ) -> Any:
        """The same for a call that never became a request."""
        if self.meter is not None and self._running:
            answer = partial(self.meter.call, service, operation, params, answer)
        if not self._running or threading.get_ident() != self._thread:
            return answer()
        if service == "s3":
            return unhinted(operation, params, answer, self._running[-1].grants)
        if service != "dynamodb" or self.weather.calm:
            return answer()
        bad = self.weather.before(operation, params, now(), self._invocations)
        if bad is not None:
            raise bad.error(operation)
        answered = answer()
        self.weather.after(operation, 200)
        return answered

    def after_call(self) -> None:
        """An answer came back."""
        if self._running:
            self.faults.after_call()


def random_id() -> str:
    """A random UUID as text, in a fraction of the time that making one takes: each invocation and each request has one."""
    digits = f"{_DICE.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


def report(function: Function) -> None:
    """Tells of a crash on stderr, as the function's log would; a worker killed on purpose is no news."""
    if not isinstance(sys.exc_info()[1], WorkerKilled):
        print(f"{function.logical_id} failed:", file=sys.stderr)
        traceback.print_exc()


def _context(function: Function) -> SimpleNamespace:
    deadline = time.monotonic() + function.timeout_seconds
    return SimpleNamespace(
        aws_request_id=random_id(),
        function_name=function.logical_id,
        function_version="$LATEST",
        invoked_function_arn=function.arn,
        log_group_name=f"/local/{function.logical_id}",
        log_stream_name="local",
        memory_limit_in_mb=function.memory_mb,
        get_remaining_time_in_millis=lambda: max(0, int((deadline - time.monotonic()) * 1000)),
    )
