"""Arrays of texts as JSON lines: what is written by the hundred thousand, and nearly never needs an escape.

A serializer's call costs more than such a line: these are joined, and left to the serializer where a text would need its care.
"""

from collections.abc import Sequence
from typing import Final

import orjson

_BETWEEN: Final = '","'
_NEXT: Final = '"],["'


def json_texts(texts: Sequence[str]) -> bytes:
    """One or more texts as a JSON array with a line end: what `orjson.dumps` writes."""
    inner = _BETWEEN.join(texts)
    if inner.count('"') == 2 * len(texts) - 2 and "\\" not in inner and inner.isprintable():
        return f'["{inner}"]\n'.encode()
    return orjson.dumps(texts, option=orjson.OPT_APPEND_NEWLINE)


def json_lines(columns: Sequence[Sequence[str]]) -> list[bytes]:
    """Each row of these columns (one at least) as such an array, all looked at once: what `json_texts` gives of each."""
    whole = _NEXT.join(map(_BETWEEN.join, zip(*columns, strict=True)))
    cells = len(columns) * len(columns[0])
    if whole.count('"') == 2 * cells - 2 and "\\" not in whole and whole.isprintable():
        return f'["{whole}"]\n'.replace(_NEXT, '"]\n["').encode().splitlines(keepends=True)
    return list(map(json_texts, zip(*columns, strict=True)))


def is_plain(text: str) -> bool:
    """Whether a text stands in JSON as it is, between quotes."""
    return text.isprintable() and '"' not in text and "\\" not in text
