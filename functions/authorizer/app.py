"""Says for which party a request acts, and with which scopes. API Gateway keeps each answer for five minutes."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from overtone.api import authorization
from overtone.aws import clients


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """An HTTP API's authorizer event (format 2.0, simple responses)."""
    with clients.caller_waits():
        grant = authorization.grant_of(event["headers"].get("authorization", ""))
    return {"isAuthorized": grant is not None, "context": grant.context() if grant else {}}
