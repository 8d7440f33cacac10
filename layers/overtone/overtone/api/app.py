"""An HTTP function: the routes of some modules on Powertools' resolver.

    api = Api(usage.routes, completeness.routes)
    handler = api.handler

Every domain error becomes a problem document here, through `problem_of`.
"""

import re
from typing import Any, Final

import orjson
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from overtone.api import problem
from overtone.api.allowance import Allowance
from overtone.api.caller import caller_context
from overtone.api.log import logger
from overtone.api.paging import known_only, known_words
from overtone.api.request import Reply, request_of
from overtone.api.routing import Operation, Route, Routes
from overtone.aws import clients
from overtone.errors import NotFound, TooOften

REQUEST_ID: Final = "X-Request-Id"
"""In every answer, and as `request_id` in every problem and log line: API Gateway's own id of the call."""

_allowance: Final = Allowance()


class Api:
    """The routes of one function."""

    def __init__(self, *modules: Routes) -> None:
        self.routes = [route for routes in modules for route in routes]
        self._resolver = APIGatewayHttpResolver()
        self._resolver.not_found(self._no_route)
        self._resolver.exception_handler(Exception)(self._problem)
        for route in self.routes:
            self._serve(route)

    @property
    def operations(self) -> list[Operation]:
        """What is served, as the OpenAPI document says it."""
        return [route.operation for route in self.routes]

    def _serve(self, route: Route) -> None:
        def call(**variables: str) -> Response[Any]:
            _allowance.take(caller_context(self._resolver.current_event.raw_event))
            request = request_of(self._resolver.current_event.raw_event, variables)
            request.caller.require(route.operation.scopes)
            known_only(request.query, route.operation.query)
            known_words(request.query, route.operation.query)
            if route.operation.takes_key:
                request.check_key()
            return _response(route.handler(request))

        call.__name__ = route.name
        rule = re.sub(r"\{(\w+)\}", r"<\1>", route.operation.path)
        self._resolver.route(rule, method=[route.operation.method])(call)

    def handler(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """The Lambda handler."""
        request_id = event["requestContext"].get("requestId", "")
        logger.append_keys(request_id=request_id)
        raw_path = event["rawPath"].replace("#", "%23")  # HTTP APIs decode the path, and the resolver matches no `#`
        with clients.caller_waits():
            answer = self._resolver.resolve({**event, "rawPath": raw_path}, context)
        answer["headers"] = {**answer.get("headers", {}), REQUEST_ID: request_id}
        return answer

    def _no_route(self, _error: Exception) -> Response[Any]:
        event = self._resolver.current_event
        return self._problem(NotFound(f"there is no {event.http_method} {event.path}"))

    def _problem(self, error: Exception) -> Response[Any]:
        request_id = self._resolver.current_event.raw_event["requestContext"].get("requestId", "")
        document = problem.problem_of(error) | {"request_id": request_id}
        headers: dict[str, str | list[str]] = {"Retry-After": str(error.seconds)} if isinstance(error, TooOften) else {}
        return Response(document["status"], problem.MEDIA_TYPE, orjson.dumps(document).decode(), headers)


def _response(reply: Reply) -> Response[Any]:
    return Response(reply.status, reply.media_type, reply.encoded(), dict(reply.headers))
