"""JSON schemas as rows for people: a property, what it is, whether it must be there, what it means, and what is within."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import orjson

DEPTH_MAX: Final = 5
"""Levels of objects that are shown within each other."""
WORDS_MAX: Final = 12
"""Values of an enumeration that are listed."""


@dataclass(frozen=True, slots=True)
class PropertyRow:
    """A property: `within` are those of the object, or of each entry of the list, that it holds."""

    name: str
    kind: str
    required: bool
    text: str
    within: list["PropertyRow"] = field(default_factory=list)


class Call(NamedTuple):
    """An operation as it is listed."""

    name: str
    method: str
    path: str
    tag: str
    said: Mapping[str, Any]


class CallPart(NamedTuple):
    """What is sent, or what is answered with one status: its forms, rows and example."""

    title: str
    text: str
    forms: list[str]
    rows: list[PropertyRow]
    example: str


def operations_of(document: Mapping[str, Any]) -> list[Call]:
    """Every operation by tag and path."""
    found = [
        Call(said["operationId"], method.upper(), path, said["tags"][0], said)
        for path, methods in document["paths"].items()
        for method, said in methods.items()
    ]
    return sorted(found, key=lambda call: (call.tag, call.path, call.method))


def parts_of(call: Call, document: Mapping[str, Any]) -> list[CallPart]:
    """The body, and each answer of success."""
    parts = []
    if body := call.said.get("requestBody"):
        parts.append(_part("What is sent", "", body["content"], document))
    for status, reply in call.said["responses"].items():
        if status.startswith(("2", "3")):
            parts.append(_part(f"{status}", reply["description"], reply.get("content", {}), document))
    return parts


def _part(title: str, text: str, content: Mapping[str, Any], document: Mapping[str, Any]) -> CallPart:
    forms = sorted(content, key=lambda kind: kind != "application/json")  # of several forms of JSON the plain one is shown
    structured: Mapping[str, Any] = next((content[kind] for kind in forms if kind.endswith("json")), {})
    return CallPart(title, text, list(content), list(_rows(structured.get("schema", {}), document, 0)), _examples(structured))


def _examples(structured: Mapping[str, Any]) -> str:
    """The example as JSON; of several each behind a line that says what it is."""
    if (example := structured.get("example")) is not None:
        return orjson.dumps(example, option=orjson.OPT_INDENT_2).decode()
    several: Mapping[str, Any] = structured.get("examples", {})
    return "\n\n".join(f"# {one['summary']}\n{orjson.dumps(one['value'], option=orjson.OPT_INDENT_2).decode()}" for one in several.values())


def _resolved(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema that a reference names."""
    if "$ref" not in schema:
        return schema
    named: Mapping[str, Any] = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return named


def _rows(schema: Mapping[str, Any], document: Mapping[str, Any], depth: int) -> Iterator[PropertyRow]:
    """The properties of an object, of a list's entries, or of each of several forms."""
    found = _resolved(schema, document)
    if depth == DEPTH_MAX:
        return
    if "items" in found and isinstance(found["items"], Mapping):
        yield from _rows(found["items"], document, depth)
    for one in (*found.get("anyOf", ()), *found.get("oneOf", ())):
        yield from _rows(one, document, depth)
    required = found.get("required", ())
    for name, part in found.get("properties", {}).items():
        within = list(_rows(part, document, depth + 1))
        text = part.get("description") or _resolved(part, document).get("description", "")
        yield PropertyRow(name, kind_of(part, document), name in required, text, within)


def kind_of(schema: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """What a value is, in words."""
    found = _resolved(schema, document)
    if choices := (*found.get("anyOf", ()), *found.get("oneOf", ())):
        return " or ".join(dict.fromkeys(kind_of(one, document) for one in choices))
    if "const" in found:
        return f"“{found['const']}”"
    if values := found.get("enum"):
        more = ", …" if len(values) > WORDS_MAX else ""
        return ", ".join(map(str, values[:WORDS_MAX])) + more
    kind = found.get("type", "any value")
    if kind == "array":
        return f"list of {kind_of(found.get('items') or {}, document)}"
    words = " or ".join(kind) if isinstance(kind, list) else str(kind)
    if isinstance(found.get("additionalProperties"), Mapping):
        return f"{words} by name of {kind_of(found['additionalProperties'], document)}"
    return f"{words} ({found['format']})" if "format" in found else words
