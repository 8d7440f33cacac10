"""Hands the exports of permissions to anybody, where the operator has switched that on."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from overtone.api import open_registry


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """An HTTP API event."""
    return open_registry.answer(event)
