"""A statement as one self-contained HTML page: no script, no request, every text escaped, made to be printed.

Titles carry `dir="auto"`, so Arabic and Hebrew read the right way beside figures; the fonts are the reader's own, which
covers every script that the reader's device does. The page is the template `pages/statement.html`; a table's rows, of which there may
be a hundred thousand, are drawn here, cell by cell escaped. On a narrow screen wide tables stack: each row becomes a small card.
"""

import html
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from overtone.formats import tongue
from overtone.formats.statement_layout import headlines, sections, title, who
from overtone.formats.statement_shapes import Column, Section, aligned
from overtone.payout.statement import Statement

PAGES: Final = Path(__file__).parent / "pages"
FITTING_COLUMNS: Final = 2
"""Columns that fit beside each other on a telephone."""
_DIGIT: Final = "\u2007"
_POINT: Final = "\u2008"
"""Spaces as wide as a digit and as a point."""


class _Drawn(NamedTuple):
    """A section as the template takes it: head and rows are markup, without a table none; `place` names one that is wide."""

    heading: str
    note: str
    place: str
    head: Markup | None
    rows: Markup
    bars: tuple[tuple[str, int], ...]


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("statement.html")


def render(statement: Statement) -> str:
    """The page."""
    ours = tongue.of(statement.language)
    name = escape(statement.name)
    parts = list(sections(statement))
    wide = dict.fromkeys(part.columns for part in parts if len(part.columns) > FITTING_COLUMNS)
    places = {columns: f"w{number}" for number, columns in enumerate(wide)}
    return _template().render(
        language=ours.language,
        title=title(statement),
        name=statement.name,
        whose=Markup(escape(who(statement)).replace(name, Markup("<bdi>%s</bdi>") % statement.name, 1)),  # noqa: S704 - both escaped
        headlines=headlines(statement),
        stacked=[_stacked(columns, place) for columns, place in places.items()],
        sections=[_drawn(part, places.get(part.columns, ""), ours.point) for part in parts],
    )


@lru_cache(maxsize=500)
def _stacked(columns: tuple[Column, ...], place: str) -> Markup:
    """The rules by which the cells of a wide table bear their column's name on a narrow screen, where its head is not seen."""
    named = [(number, column.label) for number, column in enumerate(columns, start=1) if number > 1 and column.label]
    return Markup("".join(f'.{place} td:nth-child({number})::before{{content:"{_css(label)}"}}' for number, label in named))  # noqa: S704


def _css(text: str) -> str:
    """A text between quotes in a style sheet: whatever could end them, or the sheet, is written by its number."""
    return "".join(char if char.isalnum() or char == " " else f"\\{ord(char):x} " for char in text)


@lru_cache(maxsize=500)
def _head(columns: tuple[Column, ...]) -> Markup:
    if not any(column.label for column in columns):
        return Markup("")
    cells = (Markup('<th scope="col"%s>%s</th>') % (Markup(' class="n"') if one.numeric else "", one.label) for one in columns)
    return Markup("<thead><tr>%s</tr></thead>") % Markup("").join(cells)


def _drawn(section: Section, place: str, mark: str) -> _Drawn:
    head = _head(section.columns) if section.columns else None
    return _Drawn(section.heading, section.note, place, head, _rows(section, mark), section.bars)


def _rows(section: Section, mark: str) -> Markup:
    """The rows of a table; the loop that draws most of a page, so it joins plain strings that it has escaped itself."""
    drawn = []
    opened = ['<td class="n">' if c.numeric else '<td class="i">' if c.ids else '<td dir="auto">' for c in section.columns]
    for cells, strong, note in aligned(section.rows, section.columns, _DIGIT, _POINT, mark):
        parts = [tag + (html.escape(cell) if cell else "") for tag, cell in zip(opened, cells, strict=True)]
        if note:
            parts[0] += f"<small>{html.escape(note)}</small>"
        row = "</td>".join(parts)
        drawn.append(f'<tr class="s">{row}</td></tr>\n' if strong else f"<tr>{row}</td></tr>\n")
    return Markup("".join(drawn))  # noqa: S704 - each cell is escaped above
