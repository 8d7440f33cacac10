"""A request as the handlers see it, and what they answer; bodies are unpacked within limits."""

import base64
import binascii
import hashlib
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

import orjson

from overtone import clock
from overtone.api.caller import Caller, caller_of
from overtone.errors import Malformed, Rejected, TooLarge, Unsupported
from overtone.formats.jsonbody import JSON, parse_json, parse_object
from overtone.identifiers import slug

BODY_BYTES_MAX: Final = 6 * 1024 * 1024
UNPACKED_BYTES_MAX: Final = 64 * 1024 * 1024
IDEMPOTENCY_KEY: Final = "idempotency-key"
_NAME_LENGTH: Final = 32
_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class Request:
    """`path` and `query` by name, `headers` by lower-case name, `raw` the unpacked body."""

    caller: Caller
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""

    @property
    def media_type(self) -> str:
        """The body's media type without parameters; JSON where none is named."""
        return self.headers.get("content-type", JSON).partition(";")[0].strip().lower() or JSON

    def json(self) -> Any:  # noqa: ANN401 - whatever was sent
        """The body as JSON; raises `Malformed` or `Unsupported`."""
        self._check_json()
        return parse_json(self.raw)

    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object; raises `Malformed`."""
        self._check_json()
        return parse_object(self.raw)

    def identified(self, field: str) -> dict[str, Any]:
        """The body as a JSON object whose id is `field`, or where it has none the header `Idempotency-Key`; raises `Malformed`."""
        content = self.json_object()
        if content.get(field) is None and self.idempotency_key:
            content[field] = self.idempotency_key
        return content

    def named(self, field: str) -> dict[str, Any]:
        """The body as `identified` has it; without any id it is called by what it says, who says so and on which day. Raises `Malformed`.

        Sent again on that day it is the same.
        """
        content = self.identified(field)
        if content.get(field) is None:
            said = {name: value for name, value in content.items() if name != field}
            whole = [said, self.caller.subject, self.caller.party_id, clock.today()]
            content[field] = hashlib.sha256(orjson.dumps(whole, option=orjson.OPT_SORT_KEYS)).hexdigest()[:_NAME_LENGTH]
        return content

    @property
    def idempotency_key(self) -> str:
        """What the caller calls this request, where the body has no id of its own; or ""."""
        return self.headers.get(IDEMPOTENCY_KEY, "")

    def check_key(self) -> None:
        """Raise `Rejected` for a header `Idempotency-Key` that is none, also where the body has an id of its own."""
        if IDEMPOTENCY_KEY in self.headers:
            try:
                slug(self.idempotency_key)
            except Rejected as error:
                raise Rejected.at("Idempotency-Key", error.detail) from error

    def fields(self, known: Collection[str]) -> dict[str, Any]:
        """The fields of a JSON object that may be left out altogether; raises `Rejected` for one that is not among the known."""
        sent: dict[str, Any] = self.json_object() if self.raw else {}
        if unknown := sorted(sent.keys() - set(known)):
            raise Rejected.at(unknown[0], f"unknown field; send {' or '.join(sorted(known))}")
        return sent

    def _check_json(self) -> None:
        if self.media_type != JSON and not self.media_type.endswith("+json"):
            raise Unsupported(f"{self.media_type} is not read here; send {JSON}")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: `body` becomes JSON unless it is bytes or text."""

    body: object = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = JSON

    def encoded(self) -> str | bytes:
        """The body as sent."""
        if isinstance(self.body, str | bytes):
            return self.body
        return "" if self.body is None else orjson.dumps(self.body).decode()


def receipt_reply(answer: tuple[Mapping[str, Any], bool]) -> Reply:
    """A receipt as it is answered the first time, or with `Idempotency-Replayed` where the same was sent before."""
    receipt, replayed = answer
    return Reply(receipt, 200, {"Idempotency-Replayed": "true"}) if replayed else Reply(receipt, 201)


def unzipped(packed: bytes) -> bytes:
    """All members of a gzip body within `UNPACKED_BYTES_MAX`; raises `Malformed`, `TooLarge`."""
    parts, left, rest = [], UNPACKED_BYTES_MAX, packed
    try:
        while rest:
            member = zlib.decompressobj(_GZIP_WINDOW)
            part = member.decompress(rest, left + 1)
            if (left := left - len(part)) < 0:
                raise TooLarge(f"the unpacked body exceeds {UNPACKED_BYTES_MAX} bytes; send less at a time or use the S3 drop")
            if not member.eof:
                raise Malformed("the gzip body is cut short; send it whole")
            parts.append(part)
            rest = member.unused_data.lstrip(b"\0")  # tapes and block devices pad with zeros
    except zlib.error as error:
        raise Malformed(f"the body is not gzip: {error}") from error
    return b"".join(parts)


def _body(event: Mapping[str, Any], encoding: str) -> bytes:
    text = event.get("body") or ""
    try:
        raw = base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
    except (binascii.Error, UnicodeEncodeError) as error:
        raise Malformed("the body is not text; send UTF-8") from error
    if len(raw) > BODY_BYTES_MAX:
        raise TooLarge(f"a body of {len(raw)} bytes exceeds {BODY_BYTES_MAX}; send less, gzip it or use the S3 drop")
    if encoding in {"", "identity"}:
        return raw
    if encoding != "gzip":
        raise Unsupported(f"Content-Encoding {encoding!r} is not read here; send gzip or none")
    return unzipped(raw)


def request_of(event: Mapping[str, Any], path: Mapping[str, str]) -> Request:
    """The request of an HTTP API event (payload 2.0); raises `Rejected` for an unreadable body."""
    headers = {str(k).lower(): str(v) for k, v in (event.get("headers") or {}).items()}
    return Request(
        caller=caller_of(event),
        path={name: unquote(value) for name, value in path.items()},
        query=dict(event.get("queryStringParameters") or {}),
        headers=headers,
        raw=_body(event, headers.get("content-encoding", "").strip().lower()),
    )
