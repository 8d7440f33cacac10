"""Handlers, template and OpenAPI document tell the same story of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.openapi import COMMITTED, generated, operations

if TYPE_CHECKING:
    from local.stack import Stack


def test_what_handlers_declare_is_what_the_template_routes(stack: Stack) -> None:
    routed = {
        (route.function.logical_id, route.method, route.path): {scope for scope in route.scopes if "/" not in scope}
        for route in stack.gateway.routes
    }
    declared = {(logical_id, operation.method, operation.path): {*operation.scopes, "admin"} for logical_id, operation in operations()}
    assert declared == routed


def test_the_openapi_document_is_current() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == generated(), "run `make openapi`"
