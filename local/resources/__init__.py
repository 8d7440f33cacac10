"""One maker for each CloudFormation type that the template uses: its properties, applied through the service's own API.

A maker returns what `Ref` and `Fn::GetAtt` answer for the resource.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.deployment import Deployment
    from local.properties import Properties

    Maker = Callable[[Deployment, str, Properties], dict[str, Any]]

MAKERS: dict[str, Maker] = {}


def makes(kind: str) -> Callable[[Maker], Maker]:
    """Registers a maker for a type."""

    def register(maker: Maker) -> Maker:
        MAKERS[kind] = maker
        return maker

    return register


def switch(value: Any) -> bool:
    """A boolean, which templates also write as text."""
    return value is True or str(value).lower() == "true"


def uncapitalised(node: Any) -> Any:
    """CloudFormation's `PascalCase` names as the `camelCase` of some services' APIs."""
    if isinstance(node, dict):
        return {key[:1].lower() + key[1:]: uncapitalised(value) for key, value in node.items()}
    return [uncapitalised(item) for item in node] if isinstance(node, list) else node
