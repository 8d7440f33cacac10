"""Handlers, template and OpenAPI document tell the same story of the API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from openapi_spec_validator import OpenAPIV31SpecValidator

from local.generate import OPENAPI, TEMPLATE, openapi_document, routed_path, routes, template

if TYPE_CHECKING:
    from local.stack import Stack


def test_what_handlers_declare_is_what_the_template_routes(stack: Stack) -> None:
    routed = {
        (route.function.logical_id, route.method, route.path): {scope for scope in route.scopes if "/" not in scope}
        for route in stack.gateway.routes
    }
    declared: dict[tuple[str, str, str], set[str]] = {}
    for logical_id, route in routes():
        key = (logical_id, route.operation.method, routed_path(route.operation.path))
        declared.setdefault(key, {"admin"}).update(route.operation.scopes)
    assert declared == routed


def test_an_action_behind_a_variable_is_routed_by_its_segment() -> None:
    assert routed_path("/v1/deals/{deal_id}/versions/{number}:accept") == "/v1/deals/{deal_id}/versions/{number}"
    assert routed_path("/v1/works:import") == "/v1/works:import"


def test_what_is_generated_is_current() -> None:
    assert OPENAPI.read_text(encoding="utf-8") == openapi_document(), "run `make generate`"
    assert TEMPLATE.read_text(encoding="utf-8") == template(), "run `make generate`"


def test_the_document_is_openapi() -> None:
    described = json.loads(OPENAPI.read_text(encoding="utf-8"))
    assert [error.message for error in OpenAPIV31SpecValidator(described).iter_errors()] == []
    operations = [operation for path in described["paths"].values() for operation in path.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert all(operation["summary"] and operation["tags"] for operation in operations)
    assert all(any(status.startswith(("2", "3")) for status in operation["responses"]) for operation in operations)
