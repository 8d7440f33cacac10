"""The bytes of a CWR file as lines: any line end, a byte order mark, and the character set that the file declares or shows.

CWR is ISO 8859-1 unless its header says otherwise. Files that say nothing and are UTF-8 throughout are taken as UTF-8, and that is
told: as ISO 8859-1 their names would come in garbled and their columns shifted.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from overtone.errors import Fault, Malformed, Rejected, TooLarge

LINE_BYTES_MAX: Final = 4_096
"""The longest record has some 500 characters."""
LATIN: Final = "latin-1"
UTF8: Final = "utf-8"
_BOM: Final = b"\xef\xbb\xbf"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_CHARACTER_SETS: Final = (
    ("ascii", ""),
    ("iso88591", LATIN),
    ("latin1", LATIN),
    ("utf8", UTF8),
    ("traditional", "big5"),
    ("big5", "big5"),
    ("simplified", "gb18030"),
    ("gb", "gb18030"),
)
"""By how the header's field begins, without case and punctuation: its fifteen characters cut "Traditional Big5" short."""


class TextLine(NamedTuple):
    """One line that is not blank: its number from 1, its bytes without their end, the offset behind its end; `marked` after a BOM."""

    number: int
    raw: bytes
    end: int
    marked: bool = False


def begins_as_cwr(raw: bytes) -> bool:
    """Whether a file begins as CWR does, with or without a byte order mark."""
    return raw.removeprefix(_BOM).startswith(b"HDR")


def lines(chunks: Iterable[bytes], *, offset: int = 0, number: int = 0) -> Iterator[TextLine]:
    """The lines behind `offset` (where `number` lines ended), whether they end in CR LF, LF or CR.

    Raises `Malformed` for UTF-16, `TooLarge` for a line beyond `LINE_BYTES_MAX`.
    """
    held, first = b"", offset == 0
    for chunk in chunks:
        held += chunk
        if first and len(held) >= len(_BOM):
            offset, held, first = *_begun(held), False
        *whole, held = _split(held)
        for raw in whole:
            number, offset = number + 1, offset + len(raw)
            if line := _line(raw, number, offset):
                yield line._replace(marked=number == 1 and line.end > len(raw))
        if len(held) > LINE_BYTES_MAX:
            raise TooLarge(f"line {number + 1} exceeds {LINE_BYTES_MAX} bytes; a CWR file has one record per line")
    if held and (line := _line(held, number + 1, offset + len(held))):
        yield line


def _begun(held: bytes) -> tuple[int, bytes]:
    if held.startswith(_UTF16) or b"\0" in held[:2]:
        raise Malformed("the file is UTF-16; save it as UTF-8 or ISO 8859-1")
    return (len(_BOM), held[len(_BOM) :]) if held.startswith(_BOM) else (0, held)


def _split(held: bytes) -> list[bytes]:
    """Whole lines with their ends, and the rest; a CR at the very end waits, as an LF may follow."""
    rest = b""
    if held.endswith(b"\r"):
        held, rest = held[:-1], b"\r"
    parts = held.splitlines(keepends=True)
    if parts and not parts[-1].endswith((b"\r", b"\n")):
        return [*parts[:-1], parts[-1] + rest]
    return [*parts, rest]


def _line(raw: bytes, number: int, end: int) -> TextLine | None:
    text = raw.rstrip(b"\r\n")
    if len(text) > LINE_BYTES_MAX:
        raise TooLarge(f"line {number} exceeds {LINE_BYTES_MAX} bytes; a CWR file has one record per line")
    return TextLine(number, text, end) if text.strip(b" \x1a") else None


def declared(name: str) -> str:
    """The encoding of a header's character set, "" where it names none or ASCII; raises `Rejected` for one that is not read."""
    key = "".join(c for c in name.lower() if c.isalnum())
    if not key or not key[0].isalpha():
        return ""
    for start, encoding in _CHARACTER_SETS:
        if key.startswith(start):
            return encoding
    message = f"the header declares the character set {name!r}; send ASCII (ISO 8859-1), UTF-8, Traditional Big5 or Simplified GB"
    raise Rejected(message, [Fault(message, "character_set", index=1)])


def decoded(line: TextLine, encoding: str) -> str:
    """A line's text; raises `Malformed` that says where it is not of the encoding."""
    try:
        return line.raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise Malformed(f"line {line.number}, byte {error.start + 1}: this is not {encoding.upper()}, as the header declares") from error
