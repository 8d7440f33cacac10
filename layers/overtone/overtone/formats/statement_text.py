"""A statement as plain text for a terminal, with columns that line up for letters of every width."""

from collections.abc import Iterator
from typing import Final
from unicodedata import combining, east_asian_width

from overtone.formats import tongue
from overtone.formats.statement_layout import headlines, sections, title, who
from overtone.formats.statement_shapes import Column, Section, aligned
from overtone.payout.statement import Statement

WIDTH: Final = 100
_WIDE: Final = frozenset({"W", "F"})


def render(statement: Statement) -> str:
    """The text, lines of at most `WIDTH` cells unless a single word is longer."""
    lines = [title(statement), who(statement), "=" * WIDTH]
    lines.extend(f"  {line}" for line in headlines(statement))
    for section in sections(statement):
        lines.extend(_section(section, tongue.of(statement.language).point))
    return "\n".join(lines) + "\n"


def cells(text: str) -> int:
    """How many terminal cells a text takes."""
    return sum(0 if combining(char) else 1 + (east_asian_width(char) in _WIDE) for char in text)


def _section(section: Section, mark: str) -> Iterator[str]:
    yield ""
    yield section.heading
    yield "-" * min(WIDTH, cells(section.heading))
    yield from _wrapped(section.note)
    if section.columns:
        widths = [max(1, (WIDTH - len(section.columns) + 1) * column.width // 100) for column in section.columns]
        if any(column.label for column in section.columns):
            yield from _row(tuple(column.label for column in section.columns), section.columns, widths)
        for row in aligned(section.rows, section.columns, " ", " ", mark):
            yield from _row(row.cells, section.columns, widths)
            yield from (f"  {text}" for text in _wrapped(row.note, WIDTH - 2))


def _row(texts: tuple[str, ...], columns: tuple[Column, ...], widths: list[int]) -> Iterator[str]:
    """A table's row; long texts go on in the next lines."""
    fits = [column.numeric and cells(text) <= width for text, column, width in zip(texts, columns, widths, strict=True)]
    pieces = [[text] if whole else list(_wrapped(text, width)) or [""] for text, width, whole in zip(texts, widths, fits, strict=True)]
    for number in range(max(map(len, pieces))):
        drawn = []
        for piece, column, width in zip(pieces, columns, widths, strict=True):
            text = piece[number] if number < len(piece) else ""
            gap = " " * max(0, width - cells(text))
            drawn.append(gap + text if column.numeric else text + gap)
        yield " ".join(drawn).rstrip()


def _wrapped(text: str, width: int = WIDTH) -> Iterator[str]:
    line = ""
    for word in filter(None, text.split(" ")):
        if line and cells(line) + 1 + cells(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    if line:
        yield line
