"""Objects of lines, gzipped: written the same for the same lines, read a little at a time."""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from typing import Final

from overtone.aws import buckets
from overtone.errors import InvariantBroken

UNPACKED_BYTES: Final = 256 * 1024
"""So much of a gzipped object is unpacked at once."""
_GZIP: Final = 16 + zlib.MAX_WBITS
WORKING_LEVEL: Final = 1  # of what is read once: a fifth larger, in a third of the time


def zipped(texts: Iterable[bytes], level: int = 6) -> bytes:
    """Lines as gzip without a time in it: the same lines have the same bytes."""
    return gzip.compress(b"".join(texts), compresslevel=level, mtime=0)


def lines_of(key: str) -> Iterator[bytes]:
    """The lines of a gzipped object."""
    return unpacked(buckets.settlement().get(key), key)


def unpacked(packed: bytes, name: str) -> Iterator[bytes]:
    """The lines of what is gzipped, as they are asked for: what is packed is in memory, and a little of the rest."""
    inflating, rest = zlib.decompressobj(_GZIP), b""
    while packed:
        *whole, rest = (rest + inflating.decompress(packed, UNPACKED_BYTES)).split(b"\n")
        packed = inflating.unconsumed_tail
        yield from (line + b"\n" for line in whole)
    rest += inflating.flush()
    if not inflating.eof:
        raise InvariantBroken("sealed", f"{name} ends before its end; restore it")
    yield from rest.splitlines(keepends=True)
