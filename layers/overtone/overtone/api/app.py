"""An HTTP function: routes with their scopes and documentation on Powertools' resolver.

    api = Api()

    @api.post("/v1/usage", scopes=["usage.write"], summary="Send usage", body=UsageBatch)
    def post_usage(request: Request) -> Reply: ...

    handler = api.handler

Every domain error becomes a problem document here, through `problem_of`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from overtone.api import problem
from overtone.api.log import logger
from overtone.api.request import Reply, Request, request_of
from overtone.aws import clients
from overtone.errors import NotFound

Handler = Callable[[Request], Reply]


@dataclass(frozen=True, slots=True)
class Operation:
    """What the OpenAPI document says of a route.

    `body` and the values of `replies` are a pydantic model, a JSON schema, or a text that
    describes; `query` maps a parameter to its description.
    """

    method: str
    path: str
    summary: str
    scopes: Sequence[str]
    body: type | Mapping[str, Any] | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    replies: Mapping[int, type | Mapping[str, Any] | str] = field(default_factory=dict)
    media_types: Sequence[str] = ("application/json",)
    description: str = ""


class Api:
    """The routes of one function."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self._resolver = APIGatewayHttpResolver()
        self._resolver.not_found(self._no_route)
        self._resolver.exception_handler(Exception)(_problem)

    def route(
        self,
        method: str,
        path: str,
        *,
        scopes: Sequence[str],
        summary: str,
        **documented: Any,  # noqa: ANN401 - the further fields of Operation
    ) -> Callable[[Handler], Handler]:
        """Declare a handler for `path` such as `/v1/usage/{batch_id}`; any one of `scopes`, or `admin`, may call."""
        operation = Operation(method, path, summary, tuple(scopes), **documented)
        self.operations.append(operation)

        def declare(handler: Handler) -> Handler:
            def call(**variables: str) -> Response[Any]:
                request = request_of(self._resolver.current_event.raw_event, variables)
                request.caller.require(operation.scopes)
                return _response(handler(request))

            call.__name__ = handler.__name__
            rule = re.sub(r"\{(\w+)\}", r"<\1>", path)
            self._resolver.route(rule, method=[method])(call)
            return handler

        return declare

    def get(self, path: str, **documented: Any) -> Callable[[Handler], Handler]:  # noqa: ANN401
        """`route` for GET."""
        return self.route("GET", path, **documented)

    def post(self, path: str, **documented: Any) -> Callable[[Handler], Handler]:  # noqa: ANN401
        """`route` for POST."""
        return self.route("POST", path, **documented)

    def put(self, path: str, **documented: Any) -> Callable[[Handler], Handler]:  # noqa: ANN401
        """`route` for PUT."""
        return self.route("PUT", path, **documented)

    def delete(self, path: str, **documented: Any) -> Callable[[Handler], Handler]:  # noqa: ANN401
        """`route` for DELETE."""
        return self.route("DELETE", path, **documented)

    def handler(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """The Lambda handler."""
        logger.append_keys(request_id=getattr(context, "aws_request_id", ""))
        raw_path = event["rawPath"].replace("#", "%23")  # HTTP APIs decode the path, and the resolver matches no `#`
        with clients.caller_waits():
            return self._resolver.resolve({**event, "rawPath": raw_path}, context)

    def _no_route(self, _error: Exception) -> Response[Any]:
        event = self._resolver.current_event
        return _problem(NotFound(f"there is no {event.http_method} {event.path}"))


def _problem(error: Exception) -> Response[Any]:
    document = problem.problem_of(error)
    return Response(document["status"], problem.MEDIA_TYPE, orjson.dumps(document).decode())


def _response(reply: Reply) -> Response[Any]:
    return Response(reply.status, reply.media_type, reply.encoded(), dict(reply.headers))
