"""The planes of a page as one zlib stream, each compressed in the way that suits it.

A plane is one byte of each number of a column. The low ones are noise, on which a search for repetitions is wasted: they are stored.
The high ones are runs of few values, for which codes and run lengths do as well as the search and twice as fast. Texts are searched.
Whatever the mix, it is one stream, which any zlib reads; small pages are compressed as a whole, because every part has a table of codes.
"""

import zlib
from typing import Final

LEVEL: Final = 1
"""zlib's level for what is searched: a higher one costs three times the time for 3 % of the bytes."""
PARTED_MIN: Final = 16 * 1024
"""Bytes from which a page's planes are compressed one by one."""
SAMPLE: Final = 512
NOISE_MIN: Final = 205
"""So many different values among a sample of a plane are noise: of random bytes some 221 are expected, give or take 5."""
_HEAD: Final = b"\x78\x01"
"""What a zlib stream begins with: deflate, a window of 32 KB, the fastest level (RFC 1950)."""
_TEXT: Final = (LEVEL, zlib.Z_DEFAULT_STRATEGY)
_RUNS: Final = (LEVEL, zlib.Z_RLE)
_STORED: Final = (0, zlib.Z_DEFAULT_STRATEGY)


class Planes:
    """The planes of one page, in order."""

    def __init__(self) -> None:
        self._parts: list[tuple[bytes, bool]] = []

    def text(self, raw: bytes) -> None:
        """Add text."""
        self._parts.append((raw, True))

    def plane(self, raw: bytes) -> None:
        """Add one byte of each number."""
        self._parts.append((raw, False))

    def compressed(self, head: bytes) -> bytes:
        """`head` and all planes behind it, as one zlib stream."""
        whole = b"".join([head, *(raw for raw, _ in self._parts)])
        if len(whole) < PARTED_MIN:
            return zlib.compress(whole, LEVEL)
        streams = [_HEAD, _deflated(head, _TEXT)]
        streams += [_deflated(raw, _TEXT if is_text else _way(raw)) for raw, is_text in self._parts]
        streams += [b"\x03\x00", zlib.adler32(whole).to_bytes(4, "big")]  # an empty last block, and the sum of what is in the stream
        return b"".join(streams)


def _way(plane: bytes) -> tuple[int, int]:
    """How a plane is compressed."""
    if len(plane) < SAMPLE:
        return _TEXT
    return _STORED if len(set(plane[:: len(plane) // SAMPLE][:SAMPLE])) >= NOISE_MIN else _RUNS


def _deflated(raw: bytes, way: tuple[int, int]) -> bytes:
    """One part of a stream, whole bytes long."""
    level, strategy = way
    deflate = zlib.compressobj(level, zlib.DEFLATED, -15, 8, strategy)
    return deflate.compress(raw) + deflate.flush(zlib.Z_FULL_FLUSH)
