"""Reading of the template, by kinds of resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.template import Template


def of_type(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    found = {name: resource for name, resource in template.resources.items() if resource["Type"] == kind}
    assert found, f"no {kind}"
    return found


def routes(template: Template) -> Iterator[tuple[str, str, dict[str, Any]]]:
    (api,) = of_type(template, "AWS::ApiGatewayV2::Api").values()
    for path, operations in api["Properties"]["Body"]["paths"].items():
        for method, operation in operations.items():
            yield method.upper(), path, operation
