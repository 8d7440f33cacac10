"""Titles as they are looked for: words without case, accents, styles of letters and punctuation."""

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
    return _words(plain(title))


def plain(text: str) -> str:
    r"""A text without case, accents and styles of letters (bold, full width, ligatures): Unicode's compatibility caseless match, D146.

    >>> plain("Le \ufb01lm \U0001d400é")
    'le film ae'
    """
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFD", text).casefold()).casefold()
    return _without_accents(folded)


def kept_as(title: str) -> list[str]:
    """The longest word of a title in every form in which works may be kept under it; none of no words.

    An earlier version kept styled capitals as plain capitals: such a work is found by a word that is all capitals, begins with one, or is
    written as the title is.
    """
    lead = max(words(title), key=len, default="")
    before = [word for word in _words(_without_accents(title.casefold())) if plain(word) == lead]
    return list(dict.fromkeys((lead, lead.capitalize(), lead.upper(), *before))) if lead else []


def _without_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _words(text: str) -> tuple[str, ...]:
    found = {word[:WORD_LENGTH_MAX] for word in _WORD.findall(text)}
    return tuple(sorted(sorted(found, key=lambda word: (-len(word), word))[:WORDS_MAX]))
