"""A statement as PDF, drawn with fpdf2: the same bytes for the same statement.

What fits Latin-1 uses the fonts that every reader has. Anything else uses FiraGO (SIL Open Font License; Latin, Greek,
Cyrillic, Georgian, Arabic, Hebrew, Thai, Devanagari), shaped by HarfBuzz and embedded as the subset in use. Letters that it
lacks (Chinese, Japanese, Korean, Tamil, …) are in the Noto fonts of `typefaces`. What no font has is transliterated, with a note.
"""

import atexit
import shutil
import tempfile
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import pymupdf_fonts
from fontTools.ttLib import TTFont
from fpdf import FPDF
from text_unidecode import unidecode

from overtone.formats import tongue as tongues
from overtone.formats import typefaces
from overtone.formats.statement_layout import headlines, sections, title, who
from overtone.formats.statement_shapes import Column, Row, Section, aligned
from overtone.payout.statement import Statement

ROWS_MAX: Final = 2_000
"""Rows of one table that are drawn; the CSV has all."""
MARGIN: Final = 15.0
LINE: Final = 5.0
SIZE: Final = 9
NOTE_SIZE: Final = 8
HEADING: Final = 11
WIDTHS_REMEMBERED: Final = 20_000
"""Widths of texts that a document's tables remember, those of some thousand rows."""
LETTERS_FIRST: Final = 16
"""Letters of a long word that are measured first: about as many as a column holds."""
_CORE: Final = "helvetica"
_FIRA: Final = "FiraGO"
_LATIN_LAST: Final = 0xFF
_DIGIT: Final = "\u2007"
_POINT: Final = "\u2008"
"""What is as wide as a digit and as a point: in Helvetica two spaces, and one."""
_FACES: Final = (("", "figo"), ("B", "figbo"))
_SHAPED: Final = (range(0x0590, 0x1100), range(0x1780, 0x1800))
"""Hebrew, Arabic, the Indic scripts, Thai, Georgian and Khmer: letters there join or reorder."""
PAGES: Final = "\x1a" * 3
"""Where the number of pages will stand: no title or name can hold it, and it is as wide as three digits."""
NOTE: Final = "Some letters of this statement are transliterated here; the web page shows the original ones."


@lru_cache(maxsize=1)
def _fonts() -> tuple[Path, frozenset[int]]:
    """A folder with the font's faces as files (fpdf2 wants paths), and the characters that it has."""
    folder = Path(tempfile.mkdtemp(prefix="fonts-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for _, face in _FACES:
        (folder / f"{face}.ttf").write_bytes(pymupdf_fonts.fontbuffers[face]())
    with TTFont(folder / f"{_FACES[0][1]}.ttf") as regular:
        return folder, frozenset(regular.getBestCmap())


class _Page(FPDF):
    """Pages numbered at the foot."""

    family = _CORE
    foot = ""
    known: frozenset[str] = frozenset()

    def __init__(self, tongue: tongues.Tongue) -> None:
        super().__init__(format="A4")
        self.alias_nb_pages(PAGES)
        self.tongue = tongue
        self._widths: dict[tuple[str, float, str], float] = {}

    def width(self, text: str) -> float:
        """A text's width in the font in use. Rows share most of their words, and to shape one takes as long as to draw it."""
        name = self.font_style, self.font_size_pt, text
        if (found := self._widths.get(name)) is None:
            if len(self._widths) >= WIDTHS_REMEMBERED:
                self._widths.clear()
            found = self._widths[name] = self.get_string_width(text)
        return found

    def footer(self) -> None:
        self.set_y(-MARGIN + 3)
        self.set_font(self.family, size=7)
        self.set_text_color(110)
        self.cell(0, LINE, self.tongue.say("{about}, page {n} of {all}", about=self.foot, n=self.page_no(), all=PAGES), align="R")
        self.set_text_color(0)


def render(statement: Statement) -> bytes:
    """A statement's bytes."""
    return draw(
        Drawing(title(statement), statement.name, who(statement), statement.cutoff, statement.language),
        headlines(statement),
        sections(statement),
    )


class Drawing(NamedTuple):
    """What a document is called, what stands at its foot, its instant and its language."""

    title: str
    subject: str
    foot: str
    created: str
    language: str = tongues.ENGLISH


def draw(about: Drawing, lines: Iterable[str], parts: Iterable[Section]) -> bytes:
    """A document of headlines and sections; its letters decide on the font."""
    tongue = tongues.of(about.language)
    lines = list(lines)
    tables = [(part, aligned(part.rows, part.columns, _DIGIT, _POINT, tongue.point)) for part in parts]
    letters = _letters(about, lines, tables)
    page = _Page(tongue)
    page.set_creation_date(datetime.fromisoformat(about.created))
    page.set_margin(MARGIN)
    page.set_auto_page_break(auto=True, margin=MARGIN + 2)
    page.set_title(f"{about.title}: {about.subject}")
    page.set_lang(tongue.language)
    with TemporaryDirectory(prefix="fonts-") as folder:
        if not _is_latin(letters - {_DIGIT, _POINT}):
            _embed(page, letters, Path(folder))
        _fill(page, about, lines, tables)
        if page.family == _FIRA and not page.known.issuperset(letters):
            _write(page, page.tongue.say(NOTE), 8)
        return bytes(page.output())


def _fill(page: _Page, about: Drawing, lines: Iterable[str], tables: Iterable[tuple[Section, list[Row]]]) -> None:
    page.foot = _drawable(page, about.foot)
    page.add_page()
    _write(page, about.title, 15, bold=True)
    _write(page, page.foot, 8)
    page.ln(2)
    for line in lines:
        _write(page, line, 11, bold=True)
    for section, rows in tables:
        _section(page, section, rows)


def _letters(about: Drawing, lines: Iterable[str], tables: Iterable[tuple[Section, list[Row]]]) -> frozenset[str]:
    found = set().union(about.title, about.foot, *lines)
    for section, rows in tables:
        found.update(section.heading, section.note, *(column.label for column in section.columns))
        for row in rows:
            found.update(row.note, *row.cells)
    return frozenset(found)


def _is_latin(letters: Iterable[str]) -> bool:
    return all(ord(letter) <= _LATIN_LAST for letter in letters)


def _embed(page: _Page, letters: frozenset[str], made: Path) -> None:
    folder, known = _fonts()
    for style, face in _FACES:
        page.add_font(_FIRA, style, folder / f"{face}.ttf")
    others = typefaces.faces(frozenset(letter for letter in letters if ord(letter) not in known), made)
    for other in others:
        for style, file in other.files.items():
            page.add_font(other.name, style, file)
    page.set_fallback_fonts([other.name for other in others])
    page.known = frozenset(map(chr, known)) | typefaces.known(letters, others)
    page.family = _FIRA
    page.set_font(_FIRA, size=SIZE)
    page.set_text_shaping(any(ord(letter) in codes for codes in _SHAPED for letter in letters))


def _drawable(page: _Page, text: str) -> str:
    if page.family == _CORE:
        return text.replace(_DIGIT, "  ").replace(_POINT, " ")
    return "".join(char if char in page.known else unidecode(char).strip() + " " if char.strip() else " " for char in text)


def _write(page: _Page, text: str, size: int, *, bold: bool = False) -> None:
    page.set_font(page.family, "B" if bold else "", size)
    page.multi_cell(0, size * 0.5, _drawable(page, text), align="L", new_x="LMARGIN", new_y="NEXT")


def _section(page: _Page, section: Section, rows: list[Row]) -> None:
    page.ln(4)
    table = _Table(page, section.columns)
    if page.will_page_break(_beginning(page, section, rows, table)):
        page.add_page()
    if section.heading:
        _write(page, section.heading, HEADING, bold=True)
    if section.note:
        _write(page, section.note, SIZE)
    if not section.columns:
        return
    table.head()
    shown = rows[:ROWS_MAX]
    for row, after in zip(shown, [*shown[1:], None], strict=True):
        table.draw(row, after if row.strong else None)
    if len(rows) > ROWS_MAX:
        rest = page.tongue.figure(f"{len(rows) - ROWS_MAX:,}")
        _write(page, page.tongue.say("{n} more rows are in the CSV of this statement.", n=rest), SIZE)


def _beginning(page: _Page, section: Section, rows: list[Row], table: "_Table") -> float:
    """How high a heading is with what must stand on the same page: its note, the table's head and the first rows."""
    page.set_font(page.family, "", SIZE)
    note = len(list(_wrapped(page, _drawable(page, section.note), page.epw))) * SIZE * 0.5 if section.note else 0
    first = [row for row in rows[:1] if section.columns] + [row for row in rows[1:2] if section.columns and rows[0].strong]
    return HEADING * 0.5 + note + sum(map(table.height, first)) + (table.height(table.labels) if first else 0)


class _Table:
    """A table's rows one by one; its head stands again on each page, and the name of a work with what follows it."""

    def __init__(self, page: _Page, columns: tuple[Column, ...]) -> None:
        self.page, self.columns = page, columns
        self.widths = [page.epw * column.width / 100 for column in columns]
        self.labels = Row(tuple(column.label for column in columns), strong=True)

    def head(self) -> None:
        """The columns' labels, where they have some."""
        if any(self.labels.cells):
            self._put(self._pieces(self.labels), self.labels)

    def height(self, row: Row) -> float:
        """How high a row is, with its note."""
        return LINE * (max(1, *map(len, self._pieces(row))) + len(self._note(row)))

    def draw(self, row: Row, after: Row | None) -> None:
        """A row, on the page of the row after it where one is named."""
        pieces, note = self._pieces(row), self._note(row)
        if self.page.will_page_break(LINE * (max(1, *map(len, pieces)) + len(note)) + (self.height(after) if after else 0)):
            self.page.add_page()
            self.head()
        self._put(pieces, row)
        self.page.set_font(self.page.family, "", NOTE_SIZE)
        for text in note:
            self.page.cell(self.page.epw, LINE, text, new_x="LMARGIN", new_y="NEXT")

    def _pieces(self, row: Row) -> list[list[str]]:
        self.page.set_font(self.page.family, "B" if row.strong else "", SIZE)
        return [list(_wrapped(self.page, _drawable(self.page, cell), width)) for cell, width in zip(row.cells, self.widths, strict=True)]

    def _note(self, row: Row) -> list[str]:
        if not row.note:
            return []
        self.page.set_font(self.page.family, "", NOTE_SIZE)
        return list(_wrapped(self.page, _drawable(self.page, row.note), self.page.epw))

    def _put(self, pieces: list[list[str]], row: Row) -> None:
        page = self.page
        page.set_font(page.family, "B" if row.strong else "", SIZE)
        for number in range(max(1, *map(len, pieces))):
            for piece, column, width in zip(pieces, self.columns, self.widths, strict=True):
                page.cell(width, LINE, piece[number] if number < len(piece) else "", align="R" if column.numeric else "L")
            page.ln(LINE)


def _wrapped(page: _Page, text: str, width: float) -> Iterator[str]:
    """Lines that fit a column; a word that alone is too long is cut."""
    room = width - 2 * page.c_margin
    if page.width(text) <= room:
        yield text
        return
    line = ""
    for word in filter(None, text.split(" ")):
        longer = f"{line} {word}" if line else word
        if page.width(longer) <= room:
            line = longer
            continue
        if line:
            yield line
        line = word
        while (cut := _fitting(page, line, room)) < len(line):
            yield line[:cut]
            line = line[cut:]
    if line:
        yield line


def _fitting(page: _Page, word: str, room: float) -> int:
    """How many of a word's first letters fit, one at least. It takes as long as what is measured, so few are looked at first."""
    most = LETTERS_FIRST
    while most < len(word) and page.width(word[:most]) <= room:
        most *= 2
    return max(1, bisect_right(range(1, min(most, len(word)) + 1), room, key=lambda count: page.width(word[:count])))
