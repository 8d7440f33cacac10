"""Arrays of texts as JSON lines: what is written by the hundred thousand, and nearly never needs an escape.

A serializer's call costs more than such a line: these are joined, and left to the serializer where a text would need its care.
"""

from collections.abc import Sequence
from typing import Final

import orjson

BETWEEN: Final = '","'
"""What stands between two texts of an array."""


def json_texts(texts: Sequence[str]) -> bytes:
    """One or more texts as a JSON array with a line end: what `orjson.dumps` writes."""
    inner = BETWEEN.join(texts)
    if inner.count('"') == 2 * len(texts) - 2 and "\\" not in inner and inner.isprintable():
        return f'["{inner}"]\n'.encode()
    return orjson.dumps(texts, option=orjson.OPT_APPEND_NEWLINE)


def is_plain(text: str) -> bool:
    """Whether a text stands in JSON as it is, between quotes."""
    return text.isprintable() and '"' not in text and "\\" not in text
