"""A file of any size as blocks of whole lines, in bounded memory."""

import codecs
import zlib
from collections.abc import Iterable, Iterator
from typing import Final

from overtone.errors import Malformed, TooLarge
from overtone.limits import DROP_BLOCK_BYTES_MAX, DROP_BLOCK_RECORDS_MAX

_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS
_PIECE_BYTES: Final = 1024 * 1024


def unzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The content of a gzip file of one or more members, piece by piece; raises `Malformed`."""
    member, fresh = zlib.decompressobj(_GZIP_WINDOW), True
    try:
        for chunk in chunks:
            rest = chunk
            while rest:
                if member.eof:
                    member, fresh = zlib.decompressobj(_GZIP_WINDOW), True
                yield member.decompress(rest, _PIECE_BYTES)
                fresh = False
                rest = member.unused_data if member.eof else member.unconsumed_tail
    except zlib.error as error:
        message = f"the file is not gzip: {error}"
        raise Malformed(message) from error
    if not member.eof and not fresh:
        message = "the gzip file is cut short; send it whole"
        raise Malformed(message)


def skipped(chunks: Iterable[bytes], count: int) -> Iterator[bytes]:
    """The stream without its first `count` bytes."""
    for chunk in chunks:
        if count < len(chunk):
            yield chunk[count:]
        count = max(0, count - len(chunk))


def checked_text(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same chunks; raises `Malformed` at what is not UTF-8, and at a NUL."""
    decoder, done = codecs.getincrementaldecoder("utf-8")(), 0
    try:
        for chunk in chunks:
            if b"\0" in chunk:
                message = f"there is a NUL at byte {done + chunk.index(0)}; send plain UTF-8 text"
                raise Malformed(message)
            decoder.decode(chunk)
            yield chunk
            done += len(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        message = f"the file is not UTF-8 near byte {done + error.start}: {error.reason}"
        raise Malformed(message) from error


def blocks(chunks: Iterable[bytes], *, quoted: bool, lines_max: int = DROP_BLOCK_RECORDS_MAX) -> Iterator[bytes]:
    """Blocks of at most `lines_max` whole lines; with `quoted`, a line break between quotation marks ends none.

    Raises `TooLarge` for a line, or quotation, beyond `DROP_BLOCK_BYTES_MAX`. The blocks depend on the content alone.
    """
    held = bytearray()
    for chunk in chunks:
        held += chunk
        while (end := _end(held, lines_max)) and held.count(b"\n", 0, end) == lines_max:
            end = _whole(held, end, quoted=quoted)
            if not end:
                break
            yield bytes(held[:end])
            del held[:end]
        if len(held) > DROP_BLOCK_BYTES_MAX:
            end = _whole_before(held, quoted=quoted)
            if not end:
                message = f"a line, or a quotation that is never closed, exceeds {DROP_BLOCK_BYTES_MAX} bytes"
                raise TooLarge(message)
            yield bytes(held[:end])
            del held[:end]
    if held:
        yield bytes(held)


def _end(held: bytearray, lines: int) -> int:
    """Behind the line break number `lines`, or 0 where there are fewer."""
    if held.count(b"\n") < lines:
        return 0
    low, high = 0, len(held)
    while low < high:
        middle = (low + high) // 2
        if held.count(b"\n", 0, middle) < lines:
            low = middle + 1
        else:
            high = middle
    return low


def _whole(held: bytearray, end: int, *, quoted: bool) -> int:
    """The first line end from `end` on that lies outside quotation marks, or 0."""
    if not quoted:
        return end
    odd = held.count(b'"', 0, end) % 2
    while odd:
        following = held.find(b"\n", end) + 1
        if not following:
            return 0
        odd ^= held.count(b'"', end, following) % 2
        end = following
    return end


def _whole_before(held: bytearray, *, quoted: bool) -> int:
    """The last line end outside quotation marks, or 0."""
    end = held.rfind(b"\n") + 1
    while quoted and end and held.count(b'"', 0, end) % 2:
        end = held.rfind(b"\n", 0, end - 1) + 1
    return end
