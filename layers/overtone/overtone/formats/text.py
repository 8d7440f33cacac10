"""Text as it arrives: marks, encodings and line ends, each named where it is none that is read.

Exports come from old and new machines, with a byte order mark or none, with any line end, as UTF-16 from a spreadsheet, or as the
spreadsheet itself. What can be told is read; what cannot is refused by its name, never as "no records".
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import Final

from overtone.errors import Malformed

BOM: Final = b"\xef\xbb\xbf"
"""UTF-8's byte order mark, which says nothing and is taken off."""
UTF_8: Final = "utf-8"
_LONE_RETURN: Final = re.compile(rb"\r(?!\n)")
_FOREIGN: Final = (
    (b"\xff\xfe\0\0", "UTF-32"),
    (b"\0\0\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "a ZIP archive or a spreadsheet"),
    (b"\xd0\xcf\x11\xe0", "a spreadsheet"),
    (b"%PDF", "PDF"),
)
_REMEDIES: Final = {
    "UTF-16": "save it as UTF-8; where it is a table of usage, your mapping may name its encoding instead",
    "UTF-32": "save it as UTF-8",
    "gzip": "let its name end in .gz, or send it with Content-Encoding: gzip",
}


def refuse_foreign(start: bytes) -> None:
    """Raise `Malformed` where the first bytes are those of something else than UTF-8 text."""
    name = next((name for mark, name in _FOREIGN if start.startswith(mark)), "")
    if not name and len(start) >= len(BOM) and b"\0" in start[:2] and start[:2] != b"\0\0":
        name = "UTF-16"
    if name:
        raise Malformed(f"this is {name}, not UTF-8 text; {_REMEDIES.get(name, 'export it as CSV in UTF-8')}")


def decoded(raw: bytes) -> str:
    """UTF-8 text without mark and NUL, every line ended by LF or CR LF; raises `Malformed`."""
    refuse_foreign(raw[:4])
    try:
        text = even(raw).removeprefix(BOM).decode()
    except UnicodeDecodeError as error:
        raise Malformed(
            f"the body is not UTF-8: {error.reason} at byte {error.start}; save it as UTF-8, or name its encoding in your mapping"
        ) from error
    if "\0" in text:
        raise Malformed(f"there is a NUL at character {text.index(chr(0))}; send plain UTF-8 text")
    return text


def even(part: bytes) -> bytes:
    """The same bytes, a CR alone replaced by LF: so long as before, so places in a file stay."""
    return part if part.count(b"\r") == part.count(b"\r\n") else _LONE_RETURN.sub(b"\n", part)


def even_ends(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """A stream with even line ends, also where a CR LF lies across two chunks."""
    held = b""
    for chunk in chunks:
        whole = held + chunk
        held = b"\r" if whole.endswith(b"\r") else b""
        if part := even(whole.removesuffix(held)):
            yield part
    if held:
        yield b"\n"


def checked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same chunks; raises `Malformed` at what is not UTF-8 text, and at a NUL."""
    decoder, done = codecs.getincrementaldecoder(UTF_8)(), 0
    try:
        for chunk in chunks:
            if not done:
                refuse_foreign(chunk[:4])
            if b"\0" in chunk:
                raise Malformed(f"there is a NUL at byte {done + chunk.index(0)}; send plain UTF-8 text")
            decoder.decode(chunk)
            yield chunk
            done += len(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise Malformed(
            f"the file is not UTF-8 near byte {done + error.start}: {error.reason}; save it as UTF-8, or name its encoding"
        ) from error


def recoded(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """A stream of another encoding as UTF-8 without mark; raises `Malformed` where it is not of that encoding."""
    decoder, done = codecs.getincrementaldecoder(encoding)(), 0
    try:
        for chunk in chunks:
            if text := decoder.decode(chunk):
                yield text.removeprefix("" if done else "\ufeff").encode()
                done += len(text)
        if text := decoder.decode(b"", final=True):
            yield text.encode()
    except UnicodeError as error:
        raise Malformed(
            f"the file is not {encoding}, as your mapping says, behind character {done}; name its encoding, or save it as UTF-8"
        ) from error
