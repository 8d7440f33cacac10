"""Registered things that cannot be read: whoever reads many at once passes them over, and whoever runs hears of it here.

A single thing that is asked for by its id and cannot be read is an error; among many it must not stop the others.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from overtone.stores.entities import UnreadableEntity

_heard: ContextVar[set[UnreadableEntity] | None] = ContextVar("heard", default=None)


@contextmanager
def hearing() -> Iterator[set[UnreadableEntity]]:
    """Collects what is passed over within it."""
    heard = set[UnreadableEntity]()
    token = _heard.set(heard)
    try:
        yield heard
    finally:
        _heard.reset(token)


def notice(found: UnreadableEntity) -> None:
    """Say that something was passed over, to whoever hears."""
    heard = _heard.get()
    if heard is not None:
        heard.add(found)
