"""What the pages know: answers of the HTTP APIs' functions, asked with the claims of the person who looks.

The event is what API Gateway would send behind its authorizer, so the functions check scopes and parties as they do for everybody. A page
cannot show, and a form cannot do, what the same person's token could not.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple
from urllib.parse import quote

import orjson

from overtone.aws import invocations
from overtone.config import settings
from overtone.console.session import SignedIn

Service = Literal["usage", "disclosure", "registry", "finance"]
JSON: Final = "application/json"
_FAILED: Final = 400


class ApiAnswer(NamedTuple):
    """What an API answered: its status, its headers in lower case, its content (parsed where it is JSON, base64 where it is bytes)."""

    status: int
    headers: Mapping[str, str]
    content: Any
    is_base64: bool = False

    @property
    def location(self) -> str:
        """Where the file is that was asked for; "" where the content is the answer."""
        return self.headers.get("location", "")


class Refused(Exception):
    """An API said no; `problem` is its problem document."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(str(problem.get("detail", "")))
        self.status = status
        self.problem = problem


def not_found(detail: str) -> Refused:
    """What a page says that does not exist, or not for this person; `detail` says what there is instead."""
    return Refused(404, {"title": "Not found", "detail": detail})


def path(*segments: str) -> str:
    """A path under /v1/ of which each segment is escaped; `:action` may follow the last one."""
    return "/v1/" + "/".join(quote(segment, safe=":") for segment in segments)


class Backend:
    """The APIs as one person sees them."""

    def __init__(self, person: SignedIn) -> None:
        self._person = person

    def get(self, service: Service, *segments: str, **query: str | None) -> Any:  # noqa: ANN401 - any JSON
        """What a GET answers; parameters that are empty are left out. Raises `Refused`."""
        return self.answer(service, "GET", path(*segments), query=query).content

    def find(self, service: Service, *segments: str, **query: str | None) -> Any:  # noqa: ANN401 - any JSON
        """What a GET answers, or `None` where the person may not see it or there is none: for parts of a page."""
        try:
            return self.get(service, *segments, **query)
        except Refused:
            return None

    def send(self, service: Service, method: str, *segments: str, body: object = None, media_type: str = JSON) -> Any:  # noqa: ANN401 - any JSON
        """What a call that changes something answers; a body of another media type is text. Raises `Refused`."""
        return self.answer(service, method, path(*segments), body=body, media_type=media_type).content

    def link(self, service: Service, *segments: str, **query: str | None) -> ApiAnswer:
        """The answer as it is: a link to a file, or its content. Raises `Refused`."""
        return self.answer(service, "GET", path(*segments), query=query)

    def answer(
        self,
        service: Service,
        method: str,
        route: str,
        *,
        query: Mapping[str, str | None] | None = None,
        body: object = None,
        media_type: str = JSON,
    ) -> ApiAnswer:
        """One call."""
        event = self._event(method, route, {name: value for name, value in (query or {}).items() if value})
        if body is not None:
            text = orjson.dumps(body).decode() if media_type == JSON else str(body)
            event |= {"body": text, "headers": {"content-type": media_type}}
        said = invocations.answer_of(str(getattr(settings(), f"{service}_api")), event)
        headers = {name.lower(): _one(value) for name, value in (said.get("headers") or said.get("multiValueHeaders") or {}).items()}
        told = said.get("body") or ""
        content = orjson.loads(told) if told and "json" in headers.get("content-type", "") else told
        if said["statusCode"] >= _FAILED:
            raise Refused(said["statusCode"], content if isinstance(content, Mapping) else {"detail": str(content)})
        return ApiAnswer(said["statusCode"], headers, content, bool(said.get("isBase64Encoded")))

    def _event(self, method: str, route: str, query: Mapping[str, str]) -> dict[str, Any]:
        person = self._person
        claims = {"party_id": person.party_id, "scope": " ".join(person.scopes), "client_id": person.client_id, "user": person.user}
        return {
            "version": "2.0",
            "routeKey": f"{method} {route}",
            "rawPath": route,
            "rawQueryString": "",
            "queryStringParameters": dict(query),
            "headers": {},
            "isBase64Encoded": False,
            "requestContext": {
                "authorizer": {"lambda": claims},
                "http": {"method": method, "path": route, "protocol": "HTTP/1.1", "sourceIp": "", "userAgent": "console"},
                "requestId": "console",
                "stage": "$default",
                "timeEpoch": 0,
            },
        }


def _one(value: object) -> str:
    return str(value[0]) if isinstance(value, list) else str(value)
