"""Every order in which several actors' steps can follow each other: each is run, from nothing.

An actor is a function that calls `step()` before each thing that others can see. One actor moves at a time; where several could move,
each choice is taken once.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


class _Actor:
    """A thread that moves only when told to."""

    def __init__(self, work: Callable[[], None]) -> None:
        self.work = work
        self.go, self.rests, self.over = threading.Semaphore(0), threading.Semaphore(0), False
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        self.go.acquire()
        try:
            self.work()
        except BaseException as error:  # noqa: BLE001 - shown by the one who moves the actors
            self.error = error
        self.over = True
        self.rests.release()

    def move(self) -> None:
        self.go.release()
        self.rests.acquire()
        if self.error:
            raise self.error


class Interleaving:
    """One run: the actors, and the choices that lead to it."""

    def __init__(self, choices: list[int]) -> None:
        self.choices = choices
        self.open: list[int] = []
        self._actors: dict[int, _Actor] = {}

    def step(self) -> None:
        """Called by an actor before each of its steps."""
        actor = self._actors.get(threading.get_ident())
        if actor:
            actor.rests.release()
            actor.go.acquire()

    def run(self, works: Sequence[Callable[[], None]]) -> None:
        """Moves the actors as the choices say, and from there on always the first that can move."""
        actors = [_Actor(work) for work in works]
        for actor in actors:
            actor.thread.start()
            self._actors[actor.thread.ident or 0] = actor
        for actor in actors:
            actor.move()  # up to its first step
        while able := [actor for actor in actors if not actor.over]:
            place = len(self.open)
            if place == len(self.choices):
                self.choices.append(0)
            self.open.append(len(able))
            able[self.choices[place]].move()


def interleavings() -> Iterator[Interleaving]:
    """Every interleaving, once each; the caller runs each before it asks for the next."""
    choices: list[int] = []
    while True:
        one = Interleaving(choices)
        yield one
        while choices and choices[-1] == one.open[len(choices) - 1] - 1:
            choices.pop()
        if not choices:
            return
        choices[-1] += 1
