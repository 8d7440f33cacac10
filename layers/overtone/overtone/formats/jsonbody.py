"""JSON bodies: no NaN, no lone surrogate, nesting of at most `DEPTH_MAX`, in time and memory that the body's size bounds."""

from typing import Any, Final

import orjson

from overtone.errors import Malformed, TooLarge
from overtone.formats.text import BOM, refuse_foreign

JSON: Final = "application/json"
CONTAINERS_MAX: Final = 2_000_000
"""Lists and objects of one body: each takes memory many times its bytes, so they are counted before they are made."""
VALUES_FREE: Final = 1_000_000
VALUES_PER_CONTAINER_MAX: Final = 30
"""Values that a body may have for each list and object, beside the free ones: a record has half as many, and a million alone are 200 MB."""
DEPTH_MAX: Final = 250
"""Levels of lists and objects: orjson reads 1,024 and writes 254, and what was sent is written again, in a few of ours, to be hashed."""
_FLAT_LEVELS: Final = 4
"""So deep is nearly all that is sent, which is seen without writing it."""
_NO_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in b"[]{}")
MERGE_PATCH: Final = "application/merge-patch+json"


def parse_json(raw: bytes) -> Any:  # noqa: ANN401 - whatever was sent
    """Whatever JSON value was sent; raises `Malformed`, `TooLarge`."""
    refuse_foreign(raw[:4])
    if (containers := raw.count(b"[") + raw.count(b"{")) > CONTAINERS_MAX:
        raise TooLarge(f"the body holds {containers} lists and objects, more than {CONTAINERS_MAX}; send it in parts")
    if (values := raw.count(b",")) > VALUES_FREE + VALUES_PER_CONTAINER_MAX * containers:
        raise TooLarge(f"the body holds {values} values in {containers} lists and objects; send it in parts")
    try:
        content = orjson.loads(raw.removeprefix(BOM))
    except orjson.JSONDecodeError as error:
        raise Malformed(f"the body is not JSON: {error}") from error
    if is_too_deep(raw, content):
        raise Malformed(f"the body has more than {DEPTH_MAX} levels of lists and objects; nothing that is read here has so many")
    return content


def is_too_deep(raw: bytes, content: object) -> bool:
    """Whether JSON content, read from `raw`, has more than `DEPTH_MAX` levels."""
    brackets = raw.translate(None, _NO_BRACKETS)
    for _ in range(_FLAT_LEVELS):
        brackets = brackets.replace(b"{}", b"").replace(b"[]", b"")
    if not brackets:
        return False
    try:
        orjson.dumps([[[[content]]]])
    except TypeError:
        return True
    return False


def parse_object(raw: bytes) -> dict[str, Any]:
    """A JSON object; raises `Malformed`."""
    content = parse_json(raw)
    if not isinstance(content, dict):
        raise Malformed("the body is not a JSON object; send {…}")
    return content
