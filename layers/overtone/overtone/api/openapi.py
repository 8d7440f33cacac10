"""The OpenAPI 3.1 document, generated from the operations that the functions declare."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import TypeAdapter

from overtone import __doc__ as about
from overtone.api.problem import MEDIA_TYPE
from overtone.api.routing import Operation

_REF: Final = "#/components/schemas/{model}"
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


def document(operations: Iterable[Operation], version: str) -> dict[str, Any]:
    """The whole document; the same operations give the same bytes."""
    schemas: dict[str, Any] = {"Problem": _PROBLEM}
    paths: dict[str, dict[str, Any]] = {}
    for operation in sorted(operations, key=lambda o: (o.path, o.method)):
        paths.setdefault(operation.path, {})[operation.method.lower()] = _path(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Overtone",
            "version": version,
            "description": (about or "").strip(),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            },
        },
    }


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


def _path(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    names = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
    text = {"type": "string"}
    parameters = [{"name": n, "in": "path", "required": True, "schema": text} for n in names]
    parameters += [{"name": name, "in": "query", "description": said, "schema": text} for name, said in operation.query.items()]
    replies = {str(s): _reply(d, schemas) for s, d in operation.replies.items()}
    problem = {"schema": {"$ref": _REF.format(model="Problem")}}
    replies["default"] = {"description": "A problem (RFC 9457)", "content": {MEDIA_TYPE: problem}}
    said: dict[str, Any] = {
        "summary": operation.summary,
        "security": [{"token": list(operation.scopes)}],
        "parameters": parameters,
        "responses": replies,
    }
    if operation.description:
        said["description"] = operation.description
    if operation.body is not None:
        schema = _schema(operation.body, schemas)
        content = {kind: {"schema": schema} for kind in operation.media_types}
        said["requestBody"] = {"required": True, "content": content}
    return said
