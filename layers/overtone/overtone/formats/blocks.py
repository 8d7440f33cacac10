"""A file of any size as blocks of whole lines, in bounded memory."""

import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Final

from overtone.errors import Malformed, TooLarge
from overtone.facts.limits import (
    DROP_BLOCK_BYTES,
    DROP_BLOCK_BYTES_MAX,
    DROP_BLOCK_LINES_MAX,
    DROP_UNPACKED_BYTES_FREE,
    DROP_UNPACKED_TIMES_MAX,
)

_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS
_PIECE_BYTES: Final = 1024 * 1024
_QUOTATION: Final = re.compile(rb"""(?:(?<=[,;|\t\r\n])|\A)"[^"]*(?:""[^"]*)*("|\Z)""")


def unzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The content of a gzip file of one or more members, piece by piece; raises `Malformed`, and `TooLarge` for far more than its size."""
    member, fresh, allowed = zlib.decompressobj(_GZIP_WINDOW), True, DROP_UNPACKED_BYTES_FREE
    try:
        for chunk in chunks:
            rest = chunk
            while rest:
                if member.eof and not (rest := rest.lstrip(b"\0")):
                    break  # tapes and block devices pad with zeros
                if member.eof:
                    member, fresh = zlib.decompressobj(_GZIP_WINDOW), True
                piece, given, fresh = member.decompress(rest, _PIECE_BYTES), len(rest), False
                rest = member.unused_data if member.eof else member.unconsumed_tail
                allowed += (given - len(rest)) * DROP_UNPACKED_TIMES_MAX - len(piece)
                if allowed < 0:
                    raise TooLarge(f"the file unpacks to more than {DROP_UNPACKED_TIMES_MAX} times its size; send it unpacked")
                yield piece
    except zlib.error as error:
        raise Malformed(f"the file is not gzip: {error}") from error
    if not member.eof and not fresh:
        raise Malformed("the gzip file is cut short; send it whole")


def skipped(chunks: Iterable[bytes], count: int) -> Iterator[bytes]:
    """The stream without its first `count` bytes."""
    for chunk in chunks:
        if count < len(chunk):
            yield chunk[count:]
        count = max(0, count - len(chunk))


def blocks(chunks: Iterable[bytes], *, quoted: bool, size: int = DROP_BLOCK_BYTES) -> Iterator[bytes]:
    """Blocks of whole lines, each the shortest of at least `size` bytes or `DROP_BLOCK_LINES_MAX` lines.

    With `quoted`, a line break between quotation marks ends none.

    Raises `TooLarge` for a line, or quotation, beyond `DROP_BLOCK_BYTES_MAX`. The blocks depend on the content alone.
    """
    held = bytearray()
    for chunk in chunks:
        held += chunk
        while len(held) >= size and (end := _end(held, _enough(held, size), quoted=quoted)):
            yield bytes(held[:end])
            del held[:end]
        if len(held) > DROP_BLOCK_BYTES_MAX:
            raise TooLarge(f"a line, or a quotation that is never closed, exceeds {DROP_BLOCK_BYTES_MAX} bytes")
    while (enough := _enough(held, len(held))) < len(held) and (end := _end(held, enough, quoted=quoted)):
        yield bytes(held[:end])
        del held[:end]
    if held:
        yield bytes(held)


def _enough(held: bytearray, size: int) -> int:
    """The bytes that a block needs: `size`, or those of as many lines as it may have."""
    if held.count(b"\n", 0, size) <= DROP_BLOCK_LINES_MAX:
        return size
    end = 0
    for _ in range(DROP_BLOCK_LINES_MAX):
        end = held.index(b"\n", end) + 1
    return end


def _end(held: bytearray, size: int, *, quoted: bool) -> int:
    """Behind the first line break, outside quotation, at or behind `size` bytes; 0 where there is none yet.

    A quotation opens where a value begins; a mark within a value (`12" mix`) opens none.
    """
    end = held.find(b"\n", size - 1) + 1
    if not quoted or not end or held.find(b'"', 0, end) < 0:
        return end
    for field in _QUOTATION.finditer(held):
        if field.start() >= end:
            break
        if field.end() >= end:
            if not field[1] or field.end() == len(held):  # not closed yet, or the mark may be the first of a doubled one
                return 0
            end = held.find(b"\n", field.end()) + 1
            if not end:
                return 0
    return end
