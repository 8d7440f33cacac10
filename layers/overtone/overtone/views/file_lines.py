"""Lines of a sealed file from a place on, as lists go through it.

A place comes back from outside, in a cursor: where no line begins there, it is refused, and never read as a part of one.
"""

from collections.abc import Callable, Iterator
from typing import Final

from overtone.aws import buckets
from overtone.errors import NotFound, Rejected

PLACE_DIGITS_MAX: Final = 15
"""Of a byte in a file, as a cursor has it."""
PROBED_BYTES: Final = 4 * 1024
"""Read at once to find a line by halves; some twenty lines of a file of ours."""
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


def near_line(key: str, is_before: Callable[[bytes], bool]) -> int:
    """The byte of a line of a sorted file, at or shortly ahead of the first that is not before what is looked for; 0 of a small file."""
    stored = buckets.settlement().head(key)
    low, high = 0, stored.size if stored else 0
    while high - low > PROBED_BYTES:
        middle = (low + high) // 2
        probe = buckets.settlement().part(key, middle, min(PROBED_BYTES, high - middle))
        begins = probe.find(_LINE_END) + 1
        ends = probe.find(_LINE_END, begins)
        if begins and ends >= 0 and is_before(probe[begins:ends]):
            low = middle + ends + 1
        else:
            high = middle
    return low
