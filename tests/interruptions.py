"""Somebody acts between two writes of a handler: the races that a test of one handler after the other never sees."""

from __future__ import annotations

from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from local.faults import WRITES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.stack import Stack


@contextmanager
def set_aside(stack: Stack) -> Iterator[None]:
    """No handler runs for as long, as if the one that does were on another machine."""
    running = stack.runtime._running
    handlers = list(running)
    running.clear()
    try:
        yield
    finally:
        running[:] = handlers


@contextmanager
def before_each_write(stack: Stack, function: str, act: Callable[[int], None], *, reads: bool = False) -> Iterator[None]:
    """`act` is called before each write of a function (and each read), with how many there were before; what it does meets nobody."""
    runtime, count, busy = stack.runtime, 0, False
    plain = runtime.before_call

    def watched(service: str, operation: str, params: Any) -> None:
        nonlocal count, busy
        own = bool(runtime._running) and runtime._running[-1].logical_id == function
        if own and not busy and (reads or operation in WRITES.get(service, ())):
            busy = True
            with set_aside(stack):
                act(count)
            busy, count = False, count + 1
        plain(service, operation, params)

    runtime.before_call = watched  # type: ignore[method-assign]
    try:
        yield
    finally:
        runtime.before_call = plain  # type: ignore[method-assign]


class AtOnce(Executor):
    """Who asks for something waits for it: the writes of a step have an order, and others may act between any two."""

    def __init__(self, threads: int) -> None:
        assert threads

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(work(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - whoever asks for the result is told
            done.set_exception(error)
        return done
