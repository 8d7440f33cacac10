"""Titles as they are looked for: words without case, accents and punctuation."""

import re
import unicodedata
from typing import Final

WORDS_MAX: Final = 12
"""Words by which a title is found; the longest, as they say most."""
WORD_LENGTH_MAX: Final = 40
_WORD: Final = re.compile(r"[^\W_]+")


def words(title: str) -> tuple[str, ...]:
    """The words of a title, each once.

    >>> words("Små grodorna (The Little Frogs)")
    ('frogs', 'grodorna', 'little', 'sma', 'the')
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", title.casefold()) if not unicodedata.combining(c))
    found = {word[:WORD_LENGTH_MAX] for word in _WORD.findall(plain)}
    return tuple(sorted(sorted(found, key=lambda word: (-len(word), word))[:WORDS_MAX]))
