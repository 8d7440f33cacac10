"""Usage as NDJSON: one JSON object per line."""

from typing import Any

import orjson

from overtone.facts.sheets import Sheet, read_rows
from overtone.formats.jsonbody import is_too_deep
from overtone.formats.text import BOM, decoded


def values(raw: bytes) -> list[Any]:
    """The JSON value of each line that is not blank; a line that is not JSON, or nested too deep, comes as its text, which is no record."""
    lines = [line for line in raw.removeprefix(BOM).split(b"\n") if line.strip()]
    whole = b"[" + b",".join(lines) + b"]"
    try:
        found: list[Any] = orjson.loads(whole)
    except orjson.JSONDecodeError:
        found = []
    return found if len(found) == len(lines) and not is_too_deep(whole, found) else [_value(line) for line in lines]


def _value(line: bytes) -> Any:  # noqa: ANN401 - whatever was sent
    try:
        content = orjson.loads(line)
    except orjson.JSONDecodeError:
        return line.decode(errors="replace")
    return line.decode(errors="replace") if is_too_deep(line, content) else content


def read(raw: bytes, first: int = 0) -> Sheet:
    """The lines as a sheet; `first` is the position of the first of them."""
    sheet = read_rows(values(raw))
    if not first:
        return sheet
    places = range(first, first + len(sheet.places)) if not sheet.misfits else [first + place for place in sheet.places]
    return Sheet(sheet.columns, places, {first + place: row for place, row in sheet.misfits.items()})


def read_whole(raw: bytes) -> Sheet:
    """A body; raises `Malformed` for what is not UTF-8 or holds a NUL."""
    return read(decoded(raw).encode())
