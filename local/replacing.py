"""The three ways in which moto's methods are corrected: replaced, wrapped, made to wait for each other."""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def replace(owner: object, name: str, value: object) -> None:
    setattr(owner, name, value)


def wrap(owner: object, name: str, wrapper: Callable[..., Any]) -> None:
    original = getattr(owner, name)

    @functools.wraps(original)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        return wrapper(functools.partial(original, self), self, *args, **kwargs)

    setattr(owner, name, wrapped)


def locked(owner: type, name: str) -> None:
    lock = threading.RLock()

    def one_at_a_time(original: Callable[..., Any], _self: Any, *args: Any, **kwargs: Any) -> Any:
        with lock:
            return original(*args, **kwargs)

    wrap(owner, name, one_at_a_time)
