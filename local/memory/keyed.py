"""What S3 says of a key, whatever is asked of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.memory.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable

KEY_BYTES_MAX = 1_024


class Keyed(Service):
    """A client of whom each call is about a key, or none."""

    def _answered(self, answer: Callable[..., Any], params: dict[str, Any]) -> Any:
        if len(params.get("Key", "").encode()) > KEY_BYTES_MAX:
            raise self.refuse("KeyTooLongError", "Your key is too long", answer.__name__)
        with self.cloud.turn:
            return answer(self, **params)
