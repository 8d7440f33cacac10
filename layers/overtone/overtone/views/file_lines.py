"""Lines of a sealed file from a place on, as lists go through it.

A place comes back from outside, in a cursor: where no line begins there, it is refused, and never read as a part of one.
"""

from collections.abc import Iterator
from typing import Final

from overtone.aws import buckets
from overtone.errors import NotFound, Rejected

PLACE_DIGITS_MAX: Final = 15
"""Of a byte in a file, as a cursor has it."""
_LINE_END: Final = b"\n"


def place_of(text: str) -> int:
    """The byte that a cursor names, 0 where it names none; raises `Rejected`."""
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= PLACE_DIGITS_MAX):
        raise no_such_page()
    return int(text)


def no_such_page() -> Rejected:
    """What is said of a cursor that no page before has given."""
    return Rejected.at("cursor", "no such page; send the cursor of the page before as it was, or none for the first")


def lines_from(key: str, start: int, missing: str) -> Iterator[tuple[bytes, int]]:
    """Lines of an object from a byte on, each with its end and the byte at which the next begins.

    Raises `NotFound` with the words for one that is `missing`, and `Rejected`.
    """
    stored = buckets.settlement().head(key)
    if stored is None:
        raise NotFound(missing)
    if start >= stored.size:
        return
    rest, end, begins = b"", max(start - 1, 0), start == 0
    for chunk in buckets.settlement().stream(key, start=end):
        *whole, rest = (rest + chunk).split(_LINE_END)
        for text in whole:
            end += len(text) + 1
            if begins:
                yield text + _LINE_END, end
            elif text:
                raise no_such_page()
            begins = True
    if rest and not begins:
        raise no_such_page()
    if rest:
        yield rest, end + len(rest)
