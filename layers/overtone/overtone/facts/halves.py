"""What is too large for one page goes into halves until each of them is one; a single thing is a page whatever it takes."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from overtone.facts.limits import PAGE_BYTES_MAX

T = TypeVar("T")


def halved(whole: T, count: int, encode: Callable[[T], bytes], part: Callable[[T, int, int], T]) -> Iterator[tuple[int, bytes]]:
    """The pages of a whole of `count` things, each with how many it holds; `part` are those from one place up to another."""
    page = encode(whole)
    if len(page) <= PAGE_BYTES_MAX or count == 1:
        yield count, page
        return
    half = count // 2
    yield from halved(part(whole, 0, half), half, encode, part)
    yield from halved(part(whole, half, count), count - half, encode, part)
