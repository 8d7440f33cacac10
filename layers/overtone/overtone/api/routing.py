"""Routes as data: what a flat module of decorated functions declares, and what the OpenAPI document and the template say of each.

    routes = Routes()

    @routes.post("/v1/usage", scopes=["usage.write"], summary="Send a batch of usage", body=UsageBatch)
    def post_usage(request: Request) -> Reply: ...

Declaring touches neither AWS nor the web framework; `overtone.api.app.Api` serves what is declared.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from overtone.api.descriptions import QueryText, ReplyForm
from overtone.api.request import Reply, Request

Handler = Callable[[Request], Reply]


@dataclass(frozen=True, slots=True)
class Operation:
    """What the OpenAPI document says of a route.

    `body` is a pydantic model, a JSON schema or a `Merged`, `replies` maps each status of success to its `ReplyForm`, `query` a
    parameter to its description. `examples` are bodies in JSON, as OpenAPI's examples: by name, a summary and a value.
    """

    method: str
    path: str
    summary: str
    scopes: Sequence[str]
    body: Any = None
    query: Mapping[str, QueryText] = field(default_factory=dict)
    replies: Mapping[int, ReplyForm] = field(default_factory=dict)
    media_types: Sequence[str] = ("application/json",)
    description: str = ""
    examples: Mapping[str, Any] = field(default_factory=dict)

    @property
    def takes_key(self) -> bool:
        """Whether the header `Idempotency-Key` may stand for the id of what is sent."""
        return self.method == "POST" and self.body is not None


@dataclass(frozen=True, slots=True)
class Route:
    """An operation and the function that answers it."""

    operation: Operation
    handler: Handler

    @property
    def name(self) -> str:
        """The handler's name, which names the route's event in the template."""
        return self.handler.__name__


def named(handler: Handler, name: str, module: str) -> Handler:
    """A handler that was made for several routes, called like a function of a routes' module, as its event and its tag are."""
    handler.__name__, handler.__module__ = name, module
    return handler


class Routes:
    """The routes of one module, in the order of their declaration."""

    def __init__(self) -> None:
        self._declared: list[Route] = []

    def __iter__(self) -> Iterator[Route]:
        return iter(self._declared)

    def _route(
        self, method: str, path: str, scopes: Sequence[str], summary: str, documented: Mapping[str, Any]
    ) -> Callable[[Handler], Handler]:
        operation = Operation(method, path, summary, tuple(scopes), **documented)

        def declare(handler: Handler) -> Handler:
            self._declared.append(Route(operation, handler))
            return handler

        return declare

    def get(self, path: str, *, scopes: Sequence[str], summary: str, **documented: Any) -> Callable[[Handler], Handler]:  # noqa: ANN401 - fields of Operation
        """A route for GET of `path` such as `/v1/usage/{batch_id}`; any one of `scopes`, or `admin`, may call."""
        return self._route("GET", path, scopes, summary, documented)

    def post(self, path: str, *, scopes: Sequence[str], summary: str, **documented: Any) -> Callable[[Handler], Handler]:  # noqa: ANN401 - fields of Operation
        """A route for POST. A path may end in an action: `/v1/deals/{deal_id}/versions/{number}:accept`."""
        return self._route("POST", path, scopes, summary, documented)

    def put(self, path: str, *, scopes: Sequence[str], summary: str, **documented: Any) -> Callable[[Handler], Handler]:  # noqa: ANN401 - fields of Operation
        """A route for PUT."""
        return self._route("PUT", path, scopes, summary, documented)

    def patch(self, path: str, *, scopes: Sequence[str], summary: str, **documented: Any) -> Callable[[Handler], Handler]:  # noqa: ANN401 - fields of Operation
        """A route for PATCH."""
        return self._route("PATCH", path, scopes, summary, documented)

    def delete(self, path: str, *, scopes: Sequence[str], summary: str, **documented: Any) -> Callable[[Handler], Handler]:  # noqa: ANN401 - fields of Operation
        """A route for DELETE."""
        return self._route("DELETE", path, scopes, summary, documented)
