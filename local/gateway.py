"""The HTTP API: routes, the authorizer, the Lambda event of payload format 2.0 and its limits, without sockets."""

from __future__ import annotations

import base64
import json
import re
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from local.aws import ACCOUNT
from local.faults import WorkerKilled
from local.functions import PAYLOAD_BYTES_MAX, Function, Runtime, random_id, report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

TEXT = re.compile(r"^(text/|application/(json|javascript|xml|x-www-form-urlencoded)\b|[^;]*\+(json|xml)\b)", re.IGNORECASE)
SERVER_ERROR = 500
BODY_BYTES_MAX = 10 * 1024 * 1024
PARAMETER = re.compile(r"\{(\w+)(\+?)\}")


@dataclass(frozen=True)
class Response:
    """What the caller gets. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes
    cookies: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Request:
    """What the caller sends. `headers` may repeat a name."""

    method: str
    path: str
    query: str
    headers: list[tuple[str, str]]
    body: bytes
    source_ip: str = "127.0.0.1"


@dataclass
class Authorizer:
    """A Lambda authorizer of the API: its answers are kept, by the header that they are an answer to, on the stack's clock."""

    runtime: Runtime
    function: Function
    kept_seconds: int
    epoch: Callable[[], float]
    _kept: dict[str, tuple[float, dict[str, Any]]] = field(default_factory=dict)

    def answer(self, header: str, event: dict[str, Any]) -> dict[str, Any]:
        """What the function says of a request, now or within the time for which it is kept."""
        until, answer = self._kept.get(header, (0.0, {}))
        if not 0 < until - self.epoch() <= self.kept_seconds:
            answer = self.runtime.run(self.function, event)
            self._kept[header] = (self.epoch() + self.kept_seconds, answer)
        return answer

    def forget(self, header: str) -> None:
        """Keep no answer to a header."""
        self._kept.pop(header, None)

    def forget_all(self) -> None:
        """Keep nothing."""
        self._kept.clear()


@dataclass(frozen=True)
class Route:
    """One method on one path, to one function."""

    method: str
    path: str
    pattern: re.Pattern[str]
    function: Function
    authorizer: Authorizer | None

    @cached_property
    def beginning(self) -> str:
        """What stands before the first parameter of its path: most paths are none of its by this alone."""
        return self.path.partition("{")[0]

    @property
    def rank(self) -> tuple[int, int]:
        """The most specific route wins: no parameter before a parameter before a greedy one."""
        return (self.path.count("+}"), self.path.count("{"))


def route_pattern(path: str) -> re.Pattern[str]:
    """A pattern with a group for each parameter of a route's path."""
    parts, last = [], 0
    for match in PARAMETER.finditer(path):
        parts += [re.escape(path[last : match.start()]), f"(?P<{match[1]}>{'.+' if match[2] else '[^/]+'})"]
        last = match.end()
    return re.compile("".join([*parts, re.escape(path[last:])]) + r"\Z")


def message(status: int, text: str) -> Response:
    """An answer of the gateway itself."""
    return Response(status, {"content-type": "application/json"}, json.dumps({"message": text}).encode())


@dataclass
class Gateway:
    """One HTTP API with its routes."""

    runtime: Runtime
    routes: list[Route] = field(default_factory=list)
    failures: int = 0
    """How many answers were 5xx."""
    witness: Callable[[Request, Response], None] | None = None
    """Sees every answer with its request before the caller does; what it raises is raised to the caller."""

    def handle(self, request: Request) -> Response:
        """What the caller gets."""
        request_id = random_id()
        response = self._answer(request, request_id)
        response.headers.setdefault("apigw-requestid", request_id)
        self.failures += response.status >= SERVER_ERROR
        if self.witness:
            self.witness(request, response)
        return response

    def _answer(self, request: Request, request_id: str) -> Response:
        """Finds the route, asks the authorizer, runs the function."""
        path = unquote(request.path)
        reached = (route for route in self.routes if route.method == request.method and path.startswith(route.beginning))
        matches = [(route, match) for route in reached if (match := route.pattern.match(path))]
        if not matches:
            return message(404, "Not Found")
        route, match = min(matches, key=lambda pair: pair[0].rank)
        if len(request.body) > BODY_BYTES_MAX:
            return message(413, "Request Entity Too Large")
        headers = _joined(request.headers)
        event = _event(request, route, path, headers, match.groupdict())
        event["requestContext"]["requestId"] = request_id
        if route.authorizer and (refusal := _refusal(route.authorizer, event, headers.get("authorization", ""))):
            return refusal
        payload = json.dumps(event)
        if len(payload) > PAYLOAD_BYTES_MAX:
            return message(413, "Request Entity Too Large")
        return self._run(route.function, payload, len(event.get("body") or ""))

    def forget(self) -> None:
        """Nothing was answered, and authorizers keep no answers."""
        self.failures = 0
        for authorizer in self._authorizers():
            authorizer.forget_all()

    def unknown(self, token: str) -> str:
        """A token of which authorizers keep no answer, as if nobody had come with it before."""
        for authorizer in self._authorizers():
            authorizer.forget(f"Bearer {token}")
        return token

    def _authorizers(self) -> Iterable[Authorizer]:
        return {id(route.authorizer): route.authorizer for route in self.routes if route.authorizer}.values()

    def _run(self, function: Function, payload: str, body_bytes: int) -> Response:
        try:
            answer = self.runtime.answer(function, payload)
            if len(answer) > PAYLOAD_BYTES_MAX:
                raise ValueError("the response is over Lambda's 6 MB")  # noqa: TRY301 - a crash like any other
            response = _response(json.loads(answer))
            if self.runtime.meter:
                self.runtime.meter.http(function, body_bytes, len(response.body))
            return response  # noqa: TRY300 - an answer that is no answer is a crash like any other
        except (Exception, WorkerKilled):  # noqa: BLE001 - whatever a handler raises, the gateway answers 500
            report(function)
            return message(500, "Internal Server Error")


def _response(answer: Any) -> Response:
    if not isinstance(answer, dict) or "statusCode" not in answer:
        text = answer if isinstance(answer, str) else json.dumps(answer)
        return Response(200, {"content-type": "application/json"}, text.encode())
    text = answer.get("body") or ""
    body = base64.b64decode(text, validate=True) if answer.get("isBase64Encoded") else text.encode()
    headers = {name.lower(): str(value) for name, value in (answer.get("headers") or {}).items()}
    return Response(int(answer["statusCode"]), headers, body, tuple(answer.get("cookies") or ()))


def _refusal(authorizer: Authorizer, event: dict[str, Any], header: str) -> Response | None:
    """What the gateway answers where the authorizer does not let a request pass; else what it says is in the event from now on."""
    if not header:
        return message(401, "Unauthorized")
    try:
        answer = authorizer.answer(header, _question(event, header))
    except (Exception, WorkerKilled):  # noqa: BLE001 - whatever an authorizer raises, the gateway answers 500
        report(authorizer.function)
        return message(500, "Internal Server Error")
    if not answer["isAuthorized"]:
        return message(403, "Forbidden")
    event["requestContext"]["authorizer"] = {"lambda": answer["context"]}
    return None


def _question(event: dict[str, Any], header: str) -> dict[str, Any]:
    """The event of an authorizer, format 2.0: the request without its body."""
    request = {name: value for name, value in event.items() if name not in {"body", "isBase64Encoded"}}
    return request | {"type": "REQUEST", "identitySource": [header]}


def _event(request: Request, route: Route, path: str, headers: dict[str, str], parameters: dict[str, str]) -> dict[str, Any]:
    query: dict[str, str] = {}
    for name, value in parse_qsl(request.query, keep_blank_values=True):
        query[name] = f"{query[name]},{value}" if name in query else value
    route_key = f"{route.method} {route.path}"
    cookies = [cookie.strip() for cookie in headers.pop("cookie", "").split(";") if cookie.strip()]
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "local",
            "domainName": headers.get("host", "localhost"),
            "domainPrefix": "local",
            "http": {
                "method": request.method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": request.source_ip,
                "userAgent": headers.get("user-agent", ""),
            },
            "routeKey": route_key,
            "stage": "$default",
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime()),
            "timeEpoch": int(time.time() * 1000),
        },
        "isBase64Encoded": False,
    }
    if cookies:
        event["cookies"] = cookies
    if query:
        event["queryStringParameters"] = query
    if parameters:
        event["pathParameters"] = parameters
    if request.body:
        event["isBase64Encoded"] = "gzip" in headers.get("content-encoding", "") or not _is_text(headers, request.body)
        event["body"] = base64.b64encode(request.body).decode() if event["isBase64Encoded"] else request.body.decode()
    return event


def _is_text(headers: Mapping[str, str], body: bytes) -> bool:
    if not TEXT.match(headers.get("content-type", "text/plain")):
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _joined(headers: list[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        joined[key] = f"{joined[key]},{value}" if key in joined else value
    return joined
