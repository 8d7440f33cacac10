"""Which properties of request bodies the tests send: each that the document has must be taken once, or be named with its reason.

A property is called by the component that describes it, `Payout.iban`, whoever sends it. `EXAMPLES=record` adds what a run sent and the
service took to `tests/exercised.json`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Iterator

EXERCISED = Path(__file__).parent / "exercised.json"
JSON = "application/json"
_WITHIN = ("items", "anyOf", "oneOf", "allOf", "additionalProperties")


class Bodies:
    """The request bodies of a document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._components: dict[str, Any] = document["components"]
        self._bodies = {
            said["operationId"]: said["requestBody"]["content"][JSON]["schema"]
            for path in document["paths"].values()
            for said in path.values()
            if JSON in said.get("requestBody", {}).get("content", {})
        }

    def documented(self) -> set[str]:
        """Every property of every body."""
        seen: set[str] = set()
        return {name for operation, schema in self._bodies.items() for name in self._properties(schema, operation, seen)}

    def _properties(self, schema: Any, owner: str, seen: set[str]) -> Iterator[str]:
        if isinstance(schema, list):
            for part in schema:
                yield from self._properties(part, owner, seen)
        elif isinstance(schema, dict):
            named = _named(schema)
            if named and named not in seen:
                seen.add(named)
                yield from self._properties(self._components["schemas"][named], named, seen)
            for name, part in schema.get("properties", {}).items():
                yield f"{owner}.{name}"
                yield from self._properties(part, f"{owner}.{name}", seen)
            for key in _WITHIN:
                yield from self._properties(schema.get(key), owner, seen)

    def sent(self, operation: str, body: Any) -> set[str]:
        """The properties that a body which was taken has."""
        return set(self._sent(self._bodies[operation], operation, body)) if operation in self._bodies else set()

    def _sent(self, schema: Any, owner: str, value: Any) -> Iterator[str]:
        if named := _named(schema):
            schema, owner = self._components["schemas"][named], named
        for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
            if Draft202012Validator({**choice, "components": self._components}).is_valid(value):
                yield from self._sent(choice, owner, value)
        for part in schema.get("allOf", ()):
            yield from self._sent(part, owner, value)
        if isinstance(value, list) and isinstance(schema.get("items"), dict):
            for one in value:
                yield from self._sent(schema["items"], owner, one)
        if isinstance(value, dict):
            yield from self._sent_by_name(schema, owner, value)

    def _sent_by_name(self, schema: dict[str, Any], owner: str, value: dict[str, Any]) -> Iterator[str]:
        known = schema.get("properties", {})
        for name, inner in value.items():
            if name in known:
                yield f"{owner}.{name}"
                yield from self._sent(known[name], f"{owner}.{name}", inner)
            elif isinstance(schema.get("additionalProperties"), dict):
                yield from self._sent(schema["additionalProperties"], owner, inner)


def _named(schema: Any) -> str:
    return str(schema["$ref"]).rpartition("/")[2] if isinstance(schema, dict) and "$ref" in schema else ""


def recorded() -> set[str]:
    """What was recorded so far."""
    return set(json.loads(EXERCISED.read_text(encoding="utf-8"))) if EXERCISED.exists() else set()


def record(more: set[str]) -> None:
    """Keep what a run sent beside what earlier ones did."""
    EXERCISED.write_text(json.dumps(sorted(recorded() | more), indent=0) + "\n", encoding="utf-8")
