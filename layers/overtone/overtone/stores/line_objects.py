"""Objects of lines, most of them gzipped: written the same for the same lines, read a little at a time."""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from typing import Final

from overtone.aws import buckets
from overtone.errors import InvariantBroken

UNPACKED_BYTES: Final = 64 * 1024
"""So much of a gzipped object is unpacked at once."""
PIECE_BYTES: Final = 256 * 1024
PIECE_BYTES_MIN: Final = 32 * 1024
SIDE_BY_SIDE_BYTES: Final = 64 * 1024 * 1024
"""So much of all objects that are read side by side is in memory as it is packed: a piece of each, of `PIECE_BYTES` at most."""
_GZIP: Final = 16 + zlib.MAX_WBITS
WORKING_LEVEL: Final = 1  # of what is read once: a fifth larger, in a third of the time


def zipped(texts: Iterable[bytes], level: int = 6) -> bytes:
    """Lines as gzip without a time in it: the same lines have the same bytes."""
    return gzip.compress(b"".join(texts), compresslevel=level, mtime=0)


def lines_of(key: str) -> Iterator[bytes]:
    """The lines of a gzipped object."""
    return unpacked([buckets.settlement().get(key)], key)


def streamed(key: str, beside: int = 1) -> Iterator[bytes]:
    """The lines of a gzipped object, one of so many that are read side by side: piece by piece, as they are asked for."""
    size = min(PIECE_BYTES, max(PIECE_BYTES_MIN, SIDE_BY_SIDE_BYTES // beside))
    return unpacked(buckets.settlement().pieces(key, size), key)


def split(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of what comes in chunks, each with its end; the last as it is."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line + b"\n" for line in whole)
    if rest:
        yield rest


def unpacked(pieces: Iterable[bytes], name: str) -> Iterator[bytes]:
    """The lines of what is gzipped, as they are asked for: a piece is in memory as it is packed, and a little of what is in it."""
    inflating, rest = zlib.decompressobj(_GZIP), b""
    for piece in pieces:
        packed = piece
        while packed:
            *whole, rest = (rest + inflating.decompress(packed, UNPACKED_BYTES)).split(b"\n")
            packed = inflating.unconsumed_tail
            yield from (line + b"\n" for line in whole)
    rest += inflating.flush()
    if not inflating.eof:
        raise InvariantBroken("sealed", f"{name} ends before its end; restore it")
    yield from rest.splitlines(keepends=True)
