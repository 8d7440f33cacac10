"""All pages of accruals of one partition as one object, and the directory that says which bytes of it are about which bucket.

A page as an item costs what its kilobytes cost to write; an object costs one write whatever its size. So a partition's pages lie end to
end, in the order of their buckets, and whoever settles a bucket reads its range alone. The object begins with what only a worker asks
for: each page's digest, and when it was written. The bytes depend on nothing but those and the pages.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate, groupby
from typing import Any, Final, NamedTuple

from overtone.errors import InvariantBroken
from overtone.facts.columns import ColumnReader, Writer

FORMAT: Final = 1
"""Of the object's head and of the directory."""
DIGEST_BYTES: Final = 8
NAME_LENGTH: Final = 32
APART_FROM: Final = 20_000
"""Numbers from here on, above those of any partition's other pages, are of pages kept apart for holds (see `facts.apart`)."""


class PagePlace(NamedTuple):
    """Where a page stands: its bucket, its number there, and the first bytes of its SHA-256."""

    bucket: int
    number: int
    digest: bytes

    @classmethod
    def of(cls, bucket: int, number: int, page: bytes) -> "PagePlace":
        """The place of a page with these bytes."""
        return cls(bucket, number, hashlib.sha256(page).digest()[:DIGEST_BYTES])

    @property
    def is_apart(self) -> bool:
        """Whether the page is kept apart for a hold."""
        return self.number >= APART_FROM


PageIndex = dict[PagePlace, int]
"""The pages of a partition, each with the epoch second at which it was written."""


class PageRange(NamedTuple):
    """Consecutive pages of an object: where the first begins, and how long each is."""

    start: int
    lengths: tuple[int, ...]

    @property
    def size(self) -> int:
        """Bytes of all of them."""
        return sum(self.lengths)

    def cut(self, body: bytes) -> list[bytes]:
        """The pages, of the bytes of the range."""
        if len(body) != self.size:
            raise InvariantBroken("conserved", f"a range of {self.size} bytes of accruals came as {len(body)}")
        ends = list(accumulate(self.lengths))
        return [body[end - length : end] for end, length in zip(ends, self.lengths, strict=True)]


NO_RANGE: Final = PageRange(0, ())


class PageDirectory(NamedTuple):
    """Which page lies where in an object: of each its bucket, its number and its length, in order. `name` is the object's."""

    name: str
    head_bytes: int
    buckets: tuple[int, ...] = ()
    numbers: tuple[int, ...] = ()
    lengths: tuple[int, ...] = ()

    def places(self) -> Iterator[tuple[int, int]]:
        """Bucket and number of each page, in order."""
        return zip(self.buckets, self.numbers, strict=True)

    def range_of(self, bucket: int, *, apart: bool = False) -> PageRange:
        """The pages of a bucket: those that say what works earned, or those that are kept apart of them."""
        return self.range_at(at for at, (one, number) in enumerate(self.places()) if (one, number >= APART_FROM) == (bucket, apart))

    def range_at(self, places: Iterable[int]) -> PageRange:
        """Pages that follow each other, by their places in the order of all."""
        wanted = list(places)
        first = wanted[0] if wanted else 0
        return PageRange(self.head_bytes + sum(self.lengths[:first]), tuple(self.lengths[place] for place in wanted))

    def runs(self, wanted: Iterable[int]) -> Iterator[PageRange]:
        """The places that are wanted, in order, as ranges as long as they follow each other."""
        for _, run in groupby(enumerate(wanted), key=lambda pair: pair[1] - pair[0]):
            yield self.range_at(place for _, place in run)

    def encode(self) -> dict[str, Any]:
        """As attributes of an item."""
        columns = Writer()
        for column in (self.buckets, self.numbers, self.lengths):
            columns.integers(column)
        return {"format": FORMAT, "object": self.name, "head": self.head_bytes, "pages": columns.finish()}

    @classmethod
    def decode(cls, stored: Mapping[str, Any]) -> "PageDirectory":
        """The inverse of `encode`; raises `InvariantBroken` for a format that is not known."""
        _require_format(int(stored["format"]))
        columns = ColumnReader(bytes(stored["pages"]))
        return cls(stored["object"], int(stored["head"]), *(tuple(columns.integers()) for _ in range(3)))


def assemble(pages: Mapping[PagePlace, bytes], written: Mapping[PagePlace, int]) -> tuple[bytes, PageDirectory]:
    """The object of these pages, each written at a moment (epoch seconds), and its directory."""
    order = sorted(pages)
    columns = Writer()
    columns.integers([FORMAT])
    columns.texts([place.digest.hex() for place in order])
    columns.integers([written[place] for place in order])
    columns.integers([place.bucket for place in order])
    columns.integers([place.number for place in order])
    head = columns.finish()
    body = b"".join((head, *(pages[place] for place in order)))
    name = hashlib.sha256(body).hexdigest()[:NAME_LENGTH]
    buckets, numbers = tuple(place.bucket for place in order), tuple(place.number for place in order)
    return body, PageDirectory(name, len(head), buckets, numbers, tuple(len(pages[place]) for place in order))


def index_of(head: bytes) -> PageIndex:
    """What an object begins with: its pages in order, and when each was written."""
    columns = ColumnReader(head)
    _require_format(*columns.integers())
    digests, written, buckets, numbers = columns.texts(), columns.integers(), columns.integers(), columns.integers()
    places = map(PagePlace, buckets, numbers, map(bytes.fromhex, digests))
    return dict(zip(places, written, strict=True))


def _require_format(found: int) -> None:
    if found != FORMAT:
        raise InvariantBroken("conserved", f"an object of accruals has format {found}; this version reads up to {FORMAT}")
