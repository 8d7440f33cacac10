"""The OpenAPI 3.1 document, generated from the operations that the functions declare."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import TypeAdapter

from overtone import __doc__ as about
from overtone.api.answers.receipts import RefusedRecord
from overtone.api.descriptions import LOCATION, REPLAYED, TEXT, Merged, OneOf, PageOf, QueryText, ReplyForm, Spelling
from overtone.api.problem import MEDIA_TYPE
from overtone.api.routing import Operation, Route
from overtone.api.schemas import CLOUD_EVENT, IDEMPOTENCY_KEY
from overtone.api.tags import TAGS
from overtone.formats import cloudevents
from overtone.formats.jsonbody import JSON, MERGE_PATCH

_SCHEMAS: Final = "#/components/schemas/"
_REF: Final = _SCHEMAS + "{model}"
_PROBLEMS: Final = {
    "400": "The request cannot be read, or names a parameter that is none",
    "401": "There is no token, or none that is valid",
    "403": "The token does not allow this",
    "404": "There is no such thing, or none that the caller may see",
    "409": "The id was used before for other content",
    "413": "A limit is exceeded",
    "415": "The content type or encoding is not read here",
    "410": "It was there, and was removed because its time was over",
    "422": "What was sent is wrong; the problem names the fields",
    "429": "Too many requests; send it again when the seconds of `Retry-After` are over",
    "500": "An error of the service",
    "503": "Nothing is wrong with the request; send it again later",
}
_HEADERS: Final = {"X-Request-Id": "The id of this call, for questions about it"} | REPLAYED | LOCATION
_PROBLEM: Final = {
    "type": "object",
    "description": "Why a call was refused, and how to mend it (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {"type": "array", "items": {"$ref": _REF.format(model="RefusedRecord")}},
    },
}
_SERVERS: Final = [
    {
        "url": "https://{api}.execute-api.{region}.amazonaws.com",
        "description": "A deployed stack: its output ApiUrl. On one's own machine `make serve` answers on port 8000.",
        "variables": {"api": {"default": "api-id"}, "region": {"default": "eu-west-1"}},
    },
]


def document(routes: Iterable[Route], version: str, examples: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    """The whole document; the same routes give the same bytes. `examples` are answers by operation and status.

    `words` says what a property means, by its name or by `Type.name`.
    """
    schemas: dict[str, Any] = {"Problem": _PROBLEM}
    schema_of(RefusedRecord, schemas)
    paths: dict[str, dict[str, Any]] = {}
    for route in sorted(routes, key=lambda route: (route.operation.path, route.operation.method)):
        said = _path(route, schemas, examples.get(route.name, {}))
        paths.setdefault(route.operation.path, {})[route.operation.method.lower()] = said
    tags = sorted({said["tags"][0] for path in paths.values() for said in path.values()})
    found: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "Overtone",
            "version": version,
            "description": (about or "").strip(),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": _SERVERS,
        "tags": [{"name": tag, "description": TAGS.get(tag, "")} for tag in tags],
        "paths": paths,
        "components": {
            "schemas": {name: _titled(name, schema) for name, schema in sorted(_written(schemas).items())},
            "headers": {name: {"description": said, "schema": {"type": "string"}} for name, said in _HEADERS.items()},
            "responses": {name: _problem_response(title) for name, title in _PROBLEMS.items()},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            },
        },
    }
    for owner, schema in found["components"]["schemas"].items():
        _describe(schema, owner, words)
    for path in paths.values():
        for said in path.values():
            _describe(said, said["operationId"], words)
    renamed: dict[str, Any] = _renamed(found)
    return renamed


def _titled(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A schema whose title is its name: generators of clients name classes by it, and a class name must be one of a kind."""
    return schema | {"title": _plain_name(name)}


def _plain_name(name: str) -> str:
    """`PerOutputTerms` for a mechanism's `Terms`, which pydantic names by its module where several have the name."""
    module, _, own = name.rpartition("__")
    return "".join(word.capitalize() for word in module.rpartition("__")[2].split("_")) + own if module else name


def _renamed(part: Any) -> Any:  # noqa: ANN401 - any part of the document
    """The same with every component, and every reference to one, under its plain name."""
    if isinstance(part, list):
        return [_renamed(one) for one in part]
    if not isinstance(part, dict):
        return _REF.format(model=_plain_name(part[len(_SCHEMAS) :])) if isinstance(part, str) and part.startswith(_SCHEMAS) else part
    return {(_plain_name(name) if "__" in name else name): _renamed(value) for name, value in part.items()}


def _describe(schema: Any, owner: str, words: Mapping[str, str]) -> None:  # noqa: ANN401 - any part of the document
    """Describe every property within that does not describe itself; one schema may stand under several names."""
    if isinstance(schema, list):
        for part in schema:
            _describe(part, owner, words)
    elif isinstance(schema, dict):
        properties = found if isinstance(found := schema.get("properties"), dict) else {}
        for name, part in properties.items():
            text = words.get(f"{owner}.{name}") or words.get(name)
            if isinstance(part, dict) and "description" not in part and text:
                properties[name] = part | {"description": f"{text[0].upper()}{text[1:]}."}
        for name, part in schema.items():
            if name not in {"example", "examples"}:
                _describe(part, owner, words)


def _problem_response(title: str) -> dict[str, Any]:
    schema = {"$ref": _REF.format(model="Problem")}
    return {"description": title, "headers": _headers(()), "content": {MEDIA_TYPE: {"schema": schema}}}


def _headers(names: Iterable[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Request-Id", *names)}


def _written(schema: Any) -> Any:  # noqa: ANN401 - any part of a JSON schema
    """The schema with defaults as they would be sent: what is an integer within is a decimal string outside."""
    if isinstance(schema, list):
        return [_written(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    written = {name: _written(part) for name, part in schema.items()}
    default = written.get("default")
    kinds = [part.get("type") for part in (written, *written.get("anyOf", ())) if isinstance(part, dict)]
    if type(default) is int and "string" in kinds and "integer" not in kinds:
        written["default"] = str(default)
    return written


def schema_of(described: Any, schemas: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - whatever a route declares
    """The JSON schema of a type, a `PageOf`, a `Merged` or a schema; what has a name is put into `schemas`."""
    if isinstance(described, PageOf):
        item = schema_of(described.item, schemas)
        name = f"{_name_of(item)}Page"
        schemas[name] = {
            "type": "object",
            "description": "One page of a list.",
            "required": ["items", "next_cursor"],
            "properties": {"items": {"type": "array", "items": item}, "next_cursor": {"type": ["string", "null"]}},
        }
        return {"$ref": _REF.format(model=name)}
    if isinstance(described, Merged):
        schemas[described.name] = _merged(described, schemas)
        return {"$ref": _REF.format(model=described.name)}
    if isinstance(described, Mapping) and "title" in described:
        schemas[str(described["title"])] = dict(described)
        return {"$ref": _REF.format(model=described["title"])}
    if isinstance(described, Mapping):
        return {name: schema_of(value, schemas) if isinstance(value, Merged) else value for name, value in described.items()}
    adapter: TypeAdapter[Any] = TypeAdapter(described)
    schema = adapter.json_schema(ref_template=_REF)
    schemas |= schema.pop("$defs", {})
    if isinstance(described, type) and (title := schema.get("title")):
        name = str(title)
        schemas[name] = schema
        return {"$ref": _REF.format(model=name)}
    return schema


def _name_of(schema: Mapping[str, Any]) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def _merged(described: Merged, schemas: dict[str, Any]) -> dict[str, Any]:
    """The properties of all parts in one object."""
    properties: dict[str, Any] = {}
    required: list[str] = []
    for number, part in enumerate(described.parts):
        schema = _plain(part, schemas)
        properties |= schema["properties"]
        if number == 0 or described.always is None:
            required += schema.get("required", ())
    needed = sorted(set(required if described.always is None else described.always))
    made: dict[str, Any] = {"type": "object", "properties": properties} | ({"required": needed} if needed else {})
    text = described.parts[0].__doc__ if isinstance(described.parts[0], type) else None
    return made | ({"description": text.partition("\n\n")[0]} if text else {})


def _plain(part: Any, schemas: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - whatever a route declares
    """A part's object schema itself, where `schema_of` would name it."""
    if isinstance(part, Mapping):
        lists = {name: {"type": "array", "items": schema_of(item, schemas)} for name, item in part.items()}
        return {"properties": lists, "required": list(lists)}
    adapter: TypeAdapter[Any] = TypeAdapter(part)
    schema = adapter.json_schema(ref_template=_REF)
    schemas |= schema.pop("$defs", {})
    return schema


def _reply(answer: ReplyForm, schemas: dict[str, Any], example: object) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if answer.schema is not None:
        content[JSON] = {"schema": schema_of(answer.schema, schemas)} | ({"example": example} if example is not None else {})
    for media_type in answer.media_types:
        content[media_type] = {"schema": {"type": "string"}}
    headers = _headers(name for name in answer.headers if name in _HEADERS)
    headers |= {name: {"description": said, "schema": {"type": "string"}} for name, said in answer.headers.items() if name not in _HEADERS}
    return {"description": answer.text, "headers": headers} | ({"content": content} if content else {})


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    text: dict[str, Any] = {"type": "string"}
    path = [
        {"name": name, "in": "path", "required": True, "description": f"The {name.replace('_', ' ')}", "schema": text}
        for name in re.findall(r"\{(\w+)\}", operation.path)
    ]
    query = [
        {"name": name, "in": "query", "description": str(said), "schema": _query_schema(name, said)}
        for name, said in operation.query.items()
    ]
    return path + query + ([IDEMPOTENCY_KEY] if operation.takes_key else [])


def _query_schema(name: str, said: QueryText) -> dict[str, Any]:
    if isinstance(said, OneOf):
        return {"type": "string", "enum": list(said.values)}
    if isinstance(said, Spelling):
        return {"type": "string", "pattern": said.pattern}
    return {"type": "integer", "minimum": 1} if name == "limit" else {"type": "string"}


def _problems(operation: Operation) -> dict[str, Any]:
    """The problems that a call can meet: all but those of a body, where it has none."""
    statuses = [status for status in _PROBLEMS if operation.body is not None or status != "415"]
    return {status: {"$ref": f"#/components/responses/{status}"} for status in sorted(statuses)}


def _path(route: Route, schemas: dict[str, Any], examples: Mapping[str, Any]) -> dict[str, Any]:
    operation = route.operation
    replies = {str(s): _reply(answer, schemas, examples.get(str(s))) for s, answer in operation.replies.items()}
    said: dict[str, Any] = {
        "operationId": route.name,
        "tags": [route.handler.__module__.rpartition(".")[2]],
        "summary": operation.summary,
        "security": [{"token": list(operation.scopes)}],
        "parameters": _parameters(operation),
        "responses": replies | _problems(operation),
    }
    if operation.description:
        said["description"] = operation.description
    if operation.body is not None:
        said["requestBody"] = {"required": True, "content": _forms(operation, schemas)}
    return said


def _forms(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    """A body in each of the forms in which it may be sent; what is no JSON of its own is text."""
    schema, event = schema_of(operation.body, schemas), {"$ref": _REF.format(model="CloudEvent")}
    known = {JSON: schema, MERGE_PATCH: schema, cloudevents.EVENT: event, cloudevents.BATCH: {"type": "array", "items": event}}
    if cloudevents.EVENT in operation.media_types:
        schema_of(CLOUD_EVENT, schemas)
    forms: dict[str, dict[str, Any]] = {kind: {"schema": known.get(kind, TEXT)} for kind in operation.media_types}
    if operation.examples:
        forms[JSON]["examples"] = dict(operation.examples)
    return forms
