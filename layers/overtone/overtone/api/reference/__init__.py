"""The API's reference as pages, made of the OpenAPI document: one of all calls, one for each. No script, nothing from elsewhere."""

import base64
import gzip
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined

from overtone.api.reference.schemas import operations_of, parts_of

ROOT: Final = "/docs"
_HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "cache-control": "public, max-age=300",
}
_HTML: Final = "text/html; charset=utf-8"
LambdaAnswer = dict[str, Any]


@cache
def _pages() -> Environment:
    return Environment(loader=PackageLoader("overtone.api.reference", ""), autoescape=True, undefined=StrictUndefined, trim_blocks=True)


class Reference:
    """The pages of one document, which is read with the first request."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: dict[str, Any] | None = None

    @property
    def document(self) -> dict[str, Any]:
        """The OpenAPI document."""
        if self._read is None:
            self._read = orjson.loads(self._path.read_bytes())
        return self._read

    def handler(self, event: Mapping[str, Any], _context: object) -> LambdaAnswer:
        """The Lambda handler: an HTTP API event (payload 2.0) in, a page out."""
        name = event["rawPath"].removeprefix(ROOT).strip("/")
        if name == "openapi.json":
            return _packed(self._path.read_bytes(), "application/json")
        if name == "reference.css":
            return _answer(200, _pages().get_template(name).render(), "text/css; charset=utf-8")
        calls = operations_of(self.document)
        if not name:
            return self._page(200, "index.html", calls=calls)
        found = next((one for one in calls if one.name == name), None)
        if found is None:
            return self._page(404, "missing.html", name=name)
        return self._page(200, "call.html", call=found, parts=parts_of(found, self.document))

    def _page(self, status: int, template: str, **shown: object) -> LambdaAnswer:
        about = self.document["info"]
        return _answer(status, _pages().get_template(template).render(root=ROOT, about=about, **shown), _HTML)


def _answer(status: int, body: str, media_type: str) -> LambdaAnswer:
    return {"statusCode": status, "headers": _HEADERS | {"content-type": media_type}, "body": body}


def _packed(content: bytes, media_type: str) -> LambdaAnswer:
    """Gzipped: the document is large, and every client that reads it unpacks."""
    body = base64.b64encode(gzip.compress(content, mtime=0)).decode()
    headers = _HEADERS | {"content-type": media_type, "content-encoding": "gzip"}
    return {"statusCode": 200, "headers": headers, "body": body, "isBase64Encoded": True}
