"""A resource's properties, each of which must be taken: one that nobody takes would be silently missing from the local stack."""

from __future__ import annotations

from typing import Any

MISSING = object()


class UnknownProperty(Exception):
    """The template sets a property that the local stand-in does not create."""


class UnknownResource(Exception):
    """The template has a resource of a type that the local stand-in does not know."""


class Properties:
    """Resolved properties. `take` hands one out; `done` complains of those left over."""

    def __init__(self, owner: str, values: dict[str, Any]) -> None:
        self.owner = owner
        self._values = dict(values)

    def take(self, name: str, default: Any = MISSING) -> Any:
        """The property's value, once."""
        value = self._values.pop(name, default)
        if value is MISSING:
            raise UnknownProperty(f"{self.owner} lacks {name}")
        return value

    def rest(self) -> dict[str, Any]:
        """All that is left, for an API that takes the same names; boto3 refuses what it does not know."""
        values, self._values = self._values, {}
        return values

    def nested(self, name: str) -> Properties | None:
        """A property that is itself a set of properties, or none."""
        value = self.take(name, None)
        return None if value is None else Properties(f"{self.owner}.{name}", value)

    def done(self) -> None:
        """Raises when something was not taken."""
        if self._values:
            raise UnknownProperty(f"{self.owner}: {', '.join(sorted(self._values))}")
