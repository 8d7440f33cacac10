"""Handlers, template and OpenAPI document tell the same story of the API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from openapi_spec_validator import OpenAPIV31SpecValidator

from local.generate import OPENAPI, TEMPLATE, openapi_document, routed_path, routes, template

SCOPES = {"usage.write", "disclosures.write", "registry.write", "statements.read", "finance", "admin"}

if TYPE_CHECKING:
    from local.stack import Stack


def test_what_handlers_declare_is_what_the_template_routes(stack: Stack) -> None:
    api = [route for route in stack.gateway.routes if not route.path.startswith("/console")]
    routed = {(route.function.logical_id, route.method, route.path) for route in api}
    declared = {(logical_id, route.operation.method, routed_path(route.operation.path)) for logical_id, route in routes()}
    assert declared == routed
    assert all(route.authorizer for route in api)


def test_every_route_asks_for_a_scope_that_there_is(stack: Stack) -> None:
    """The functions check scopes themselves, so that who lacks one reads in the answer which."""
    for logical_id, route in routes():
        assert route.operation.scopes, (logical_id, route.name)
        assert set(route.operation.scopes) <= SCOPES, (logical_id, route.name)
    reply = stack.http("POST", "/v1/usage", json={}, party="songfox", scope="finance")
    assert (reply.status, "usage.write" in reply.json()["detail"]) == (403, True)


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
