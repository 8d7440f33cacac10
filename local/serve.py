"""The API on a local port, over the same gateway as the tests: `make serve PORT=8000`.

Beside the API it answers
    POST /_local/token {"party_id", "scope"}        an access token
    POST /_local/tick {"now": "<ISO time>"}         moves the clock, runs what is due until nothing is pending
    GET, PUT /_local/s3/<bucket logical id>/<key>   objects of any bucket, as its operator; a signed link opens what it says
The clock is the real one until the first tick; from then on a microsecond passes with each request that may write, so that what was sent
first was accepted first, and nothing else but ticks moves it. With `--demo` the month of the demo has been played and settled before the
first request, and the clock stands where the story ends.
"""

from __future__ import annotations

import argparse
import json
import signal
import threading
import traceback
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import urlsplit

from local import demo, hosted_sign_in, people
from local.engine import moment
from local.gateway import Request, Response, message
from local.stack import LOCAL_S3, Stack

if TYPE_CHECKING:
    from types import FrameType

ROOT = Path(__file__).parent.parent
UPLOAD_BYTES_MAX = 1024 * 1024 * 1024
A_MOMENT: Final = timedelta(microseconds=1)
"""What passes with a request, where the clock stands."""
AS_WAS: Final = timedelta(seconds=1)
"""A tick to where the clock stood does not take such moments back."""
PAYER: Final = {name: text for name, text in demo.PARAMETERS.items() if name.startswith("Payer")} | {
    "PayerName": "Overtone",
    "PaysOn": "accrual",
}
"""Accounts that nobody has, so that settlements come with bank files of each kind."""


def answer(status: int, value: Any) -> Response:
    """A JSON answer of the server itself."""
    return Response(status, {"content-type": "application/json"}, json.dumps(value).encode())


class LocalServer:
    """One stack behind HTTP. Ticks wait for each other."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._ticking = threading.RLock()

    def handle(self, request: Request) -> Response:
        """Routes a request to the local endpoints or to the stack: one at a time, and none while a drain runs."""
        with self._ticking:
            return self._answer(request)

    def _answer(self, request: Request) -> Response:
        if request.path in {"/", "/console/"}:
            return Response(302, {"location": "/console"}, b"")
        if request.path.startswith(LOCAL_S3):
            return self.stack.object(request, as_operator=True)
        if request.path.startswith("/_local/") and not request.path.startswith(hosted_sign_in.PATH):
            return self._local(request)
        response = self.stack.handle(request)
        if request.method not in {"GET", "HEAD"}:
            self.stack.at(A_MOMENT)
        if request.method == "POST" and request.path.startswith("/console/"):
            threading.Thread(target=self._drain, daemon=True).start()
        return response

    def _drain(self) -> None:
        """What a form began goes on behind it, as it would on AWS; the page that follows it asks again."""
        with self._ticking:
            self.stack.drain()

    def _local(self, request: Request) -> Response:
        actions = {"/_local/token": self._token, "/_local/tick": self._tick}
        if request.path not in actions:
            return message(404, "Not Found")
        if request.method != "POST":
            return message(405, "Method Not Allowed")
        try:
            body = json.loads(request.body or b"{}")
            return actions[request.path](body)
        except (ValueError, TypeError, AttributeError) as error:
            return message(400, str(error))

    def _token(self, body: dict[str, Any]) -> Response:
        scope, party = body.get("scope") or "", body.get("party_id")
        person = {"sub": str(party)} if party else {}  # a client of its own for each party, as on AWS: two of them are two persons
        token = self.stack.token(party, scope if isinstance(scope, str) else " ".join(scope), **person)
        return answer(200, {"access_token": token, "token_type": "Bearer"})

    def _later(self, now: str | None) -> datetime | None:
        """The time of a tick, and no earlier than the requests since the clock was set to it."""
        if now is None:
            return None
        until = moment(now)
        return max(until, self.stack.now) if self.stack.now - until < AS_WAS else until

    def _tick(self, body: dict[str, Any]) -> Response:
        with self._ticking:
            known = len(self.stack.errors)
            self.stack.tick(self._later(body.get("now")))
            failures = [f"{name}: {type(error).__name__}: {error}" for name, error in self.stack.errors[known:]]
            return answer(200, {"now": self.stack.now.isoformat(), "failures": failures})


class Handler(BaseHTTPRequestHandler):
    """Carries requests between the socket and a `LocalServer`."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one segment an answer: without, each small write waits for an acknowledgement
    local: ClassVar[LocalServer]

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """No line a request: stderr is for crashes."""

    def _answer(self) -> None:
        if self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            self._send(message(411, "Length Required"))
            return
        length = int(self.headers.get("Content-Length") or 0)
        if length > UPLOAD_BYTES_MAX:
            self.close_connection = True
            self._send(message(413, "Request Entity Too Large"))
            return
        url = urlsplit(self.path)
        headers = [(name, value) for name, value in self.headers.items()]
        request = Request(self.command, url.path, url.query, headers, self.rfile.read(length), self.client_address[0])
        try:
            response = self.local.handle(request)
        except Exception:  # noqa: BLE001 - the server outlives whatever the stack raises
            traceback.print_exc()
            response = message(500, "Internal Server Error")
        self._send(response)

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            if name != "content-length":
                self.send_header(name, value)
        for cookie in response.cookies:
            self.send_header("set-cookie", cookie)
        self.send_header("content-length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = _answer  # noqa: N815 - the base class's names


def server(stack: Stack, port: int) -> ThreadingHTTPServer:
    """A server on 127.0.0.1, not yet serving; port 0 picks a free one."""
    handler = type("StackHandler", (Handler,), {"local": LocalServer(stack)})
    return ThreadingHTTPServer(("127.0.0.1", port), handler)


def places(url: str, *, played: bool) -> list[str]:
    """What to open: the API, its pages, the console; on the demo's stack the statement that the musician looks for."""
    found = [url, f"The console: {url}/console", f"The API's pages: {url}/docs"]
    if played:
        (name,) = (one.name for one in people.told_of() if one.party_id == demo.MUSICIAN)
        found.append(f"{name}'s statement: {url}/console/statements/{demo.SETTLEMENTS[0]} (sign in as {name})")
    return found


def deployed(port: int, buckets: int = 4, *, with_demo: bool = False) -> Stack:
    """The stack that is served on a port."""
    more = (demo.PARAMETERS if with_demo else PAYER) | {"SignInUrls": f"http://127.0.0.1:{port}/console/signed-in"}
    return Stack.deploy(ROOT / "template.yaml", {"LedgerBuckets": buckets} | more)


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve the API locally.")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--ledger-buckets", type=int, default=4)
    parser.add_argument("--demo", action="store_true", help="play the demo's month first")
    options = parser.parse_args()
    stack = deployed(options.port, options.ledger_buckets, with_demo=options.demo)
    if options.demo:
        stack.sign_in.people = people.told_of()
        demo.Player(stack, lambda told: print(told, flush=True)).play()
    else:
        stack.at(None)
    http = server(stack, options.port)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        threading.Thread(target=http.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    for line in places(f"http://127.0.0.1:{http.server_address[1]}", played=options.demo):
        print(line, flush=True)
    http.serve_forever()
    http.server_close()
    stack.close()


if __name__ == "__main__":
    main()
