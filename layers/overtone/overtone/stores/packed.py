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
    """The lines of a gzipped object, unpacked as they are asked for: what is packed is in memory, and a little of the rest."""
    unpacked, packed, rest = zlib.decompressobj(_GZIP), buckets.settlement().get(key), b""
    while packed:
        *whole, rest = (rest + unpacked.decompress(packed, UNPACKED_BYTES)).split(b"\n")
        packed = unpacked.unconsumed_tail
        yield from (line + b"\n" for line in whole)
    rest += unpacked.flush()
    if not unpacked.eof:
        message = f"{key} ends before its end; restore it"
        raise InvariantBroken("sealed", message)
    yield from rest.splitlines(keepends=True)
