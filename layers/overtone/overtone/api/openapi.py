"""The OpenAPI 3.1 document, generated from the operations that the functions declare."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import TypeAdapter

from overtone import __doc__ as about
from overtone.api.problem import MEDIA_TYPE
from overtone.api.routing import Operation, Route

_REF: Final = "#/components/schemas/{model}"
_PROBLEMS: Final = {
    "400": "The request cannot be read, or names a parameter that is none",
    "401": "There is no token, or none that is valid",
    "403": "The token does not allow this",
    "404": "There is no such thing, or none that the caller may see",
    "409": "The id was used before for other content",
    "413": "A limit is exceeded",
    "415": "The content type or encoding is not read here",
    "422": "What was sent is wrong; the problem names the fields",
    "429": "Too many requests; send it again later",
    "500": "An error of the service",
    "503": "Nothing is wrong with the request; send it again later",
}
_PROBLEM: Final = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["message"],
                "properties": {
                    "index": {"type": "integer"},
                    "record_id": {"type": "string"},
                    "field": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}


def document(routes: Iterable[Route], version: str) -> dict[str, Any]:
    """The whole document; the same routes give the same bytes."""
    schemas: dict[str, Any] = {"Problem": _PROBLEM}
    paths: dict[str, dict[str, Any]] = {}
    for route in sorted(routes, key=lambda route: (route.operation.path, route.operation.method)):
        paths.setdefault(route.operation.path, {})[route.operation.method.lower()] = _path(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Overtone",
            "version": version,
            "description": (about or "").strip(),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "tags": [{"name": tag} for tag in sorted({said["tags"][0] for path in paths.values() for said in path.values()})],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(_written(schemas).items())),
            "responses": {name: _problem_response(title) for name, title in _PROBLEMS.items()},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            },
        },
    }


def _problem_response(title: str) -> dict[str, Any]:
    return {"description": title, "content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}}}


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


def _schema(described: object, schemas: dict[str, Any]) -> dict[str, Any]:
    if isinstance(described, Mapping):
        return dict(described)
    adapter: TypeAdapter[Any] = TypeAdapter(described)
    schema = adapter.json_schema(ref_template=_REF)
    schemas |= schema.pop("$defs", {})
    if (name := schema.get("title")) and isinstance(described, type):
        schemas[name] = schema
        return {"$ref": _REF.format(model=name)}
    return schema


def _reply(described: object, schemas: dict[str, Any]) -> dict[str, Any]:
    if isinstance(described, str):
        return {"description": described}
    content = {"application/json": {"schema": _schema(described, schemas)}}
    return {"description": "As described", "content": content}


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    text, number = {"type": "string"}, {"type": "integer", "minimum": 1}
    path = [
        {"name": name, "in": "path", "required": True, "description": f"The {name.replace('_', ' ')}", "schema": text}
        for name in re.findall(r"\{(\w+)\}", operation.path)
    ]
    query = [
        {"name": name, "in": "query", "description": said, "schema": number if name == "limit" else text}
        for name, said in operation.query.items()
    ]
    return path + query


def _problems(operation: Operation) -> dict[str, Any]:
    """The problems that this kind of call can meet."""
    statuses = ["400", "401", "403", "429", "500", "503"]
    if "{" in operation.path:
        statuses.append("404")
    if operation.body is not None:
        statuses += ["409", "413", "415", "422"]
    elif operation.query:
        statuses.append("422")
    return {status: {"$ref": f"#/components/responses/{status}"} for status in sorted(statuses)}


def _path(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    operation = route.operation
    said: dict[str, Any] = {
        "operationId": route.name,
        "tags": [route.handler.__module__.rpartition(".")[2]],
        "summary": operation.summary,
        "security": [{"token": list(operation.scopes)}],
        "parameters": _parameters(operation),
        "responses": {str(s): _reply(d, schemas) for s, d in operation.replies.items()} | _problems(operation),
    }
    if operation.description:
        said["description"] = operation.description
    if operation.body is not None:
        schema = _schema(operation.body, schemas)
        content = {kind: {"schema": schema} for kind in operation.media_types}
        said["requestBody"] = {"required": True, "content": content}
    return said
