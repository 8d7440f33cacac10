"""Reads works as CSV: one per row, columns in any order, several values in a cell separated by `|`.

`work_id` and `title` are needed; a column that is not there leaves what is registered as it is, an empty cell
empties it: of a permission that is silence. Shares are written `ann:0.5|bob:0.5`, permissions `allow`, `deny` or `limit:0.1`; what is
registered of single licensees stays.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from overtone.errors import Malformed, Rejected, TooLarge
from overtone.formats.columns import columns_of, parts_of
from overtone.formats.cwr.fields import Refusal
from overtone.formats.text import decoded
from overtone.formats.works.drafts import Draft
from overtone.identifiers import slug

_Rows = Any
"""csv's reader, whose type has no public name."""
ROWS_MAX: Final = 1_000
HEADER_BYTES_MAX: Final = 64 * 1024
CELL_CHARACTERS_MAX: Final = 32_768
NEEDED: Final = ("work_id", "title")


def _shares(cell: str) -> list[dict[str, str]]:
    return [{"party": party.strip(), "share": share.strip()} for party, _, share in (part.rpartition(":") for part in parts_of(cell))]


def _permission(cell: str) -> dict[str, str]:
    default, _, share = cell.strip().lower().partition(":")
    return ({"default": default} if default else {}) | ({"max_share": share} if share else {})


def _flag(cell: str) -> bool:
    text = cell.strip().lower()
    if text not in {"", "true", "false", "yes", "no", "1", "0"}:
        raise ValueError(f"{cell!r} is neither yes nor no; send one of them")
    return text in {"true", "yes", "1"}


def _optional(cell: str) -> str | None:
    return cell.strip() or None


COLUMNS: Final[Mapping[str, Callable[[str], object]]] = {
    "work_id": str.strip,
    "title": str.strip,
    "kind": str.strip,
    "identifiers": parts_of,
    "composition": _optional,
    "shares": _shares,
    "training": _permission,
    "generation": _permission,
    "likeness": _permission,
    "disputed": _flag,
    "effective_from": _optional,
}


def read(raw: bytes) -> list[Draft]:
    """The rows of a file that is at hand, a bad cell as a refusal of its row; raises `Rejected` where the table itself cannot be read."""
    text = decoded(raw)
    if len(text) > HEADER_BYTES_MAX and text.find("\n", 0, HEADER_BYTES_MAX) < 0:
        raise Rejected(f"the header exceeds {HEADER_BYTES_MAX} bytes; the first line names the columns")
    rows = _rows(text)
    header = _named(rows)
    drafts = list(islice(_drafts(rows, header, 0), ROWS_MAX + 1))
    if len(drafts) > ROWS_MAX:
        raise TooLarge(f"the rows exceed the {ROWS_MAX} of one request; drop the file instead")
    return drafts


def columns(line: str) -> list[str]:
    """The columns that a header names; raises `Rejected`."""
    return _named(_rows(line))


def kinds(text: str, header: Sequence[str], lines: int) -> Iterator[str]:
    """The kinds of works in a part of a file, "" where a row states none; raises `Malformed` where rows cannot be told apart."""
    place = header.index("kind") if "kind" in header else -1
    rows = _rows(text)
    try:
        for cells in rows:
            if any(cells):
                yield cells[place].strip() if 0 <= place < len(cells) else ""
    except csv.Error as error:
        raise Malformed(f"line {lines + rows.line_num}: {error}") from error


def part(text: str, header: Sequence[str], lines: int) -> list[Draft]:
    """The rows of a part of a file of whole rows, behind `lines` lines."""
    return list(_drafts(_rows(text), header, lines))


def _rows(text: str) -> _Rows:
    csv.field_size_limit(CELL_CHARACTERS_MAX)
    return csv.reader(io.StringIO(text, newline=""), strict=True)


def _named(rows: _Rows) -> list[str]:
    try:
        return columns_of(next(rows, []), COLUMNS, NEEDED)
    except csv.Error as error:
        raise Malformed(f"line {rows.line_num}: {error}") from error


def _drafts(rows: _Rows, header: Sequence[str], lines: int) -> Iterator[Draft]:
    try:
        for cells in rows:
            if any(cells):
                yield _draft(lines + rows.line_num, header, cells)
    except csv.Error as error:
        raise Malformed(f"line {lines + rows.line_num}: {error}") from error


def _draft(line: int, header: Sequence[str], cells: Sequence[str]) -> Draft:
    refusals, values = [], dict[str, Any]()
    if len(cells) != len(header):
        message = f"{len(cells)} cells under {len(header)} columns; a cell that holds a comma stands in quotation marks"
        refusals.append(Refusal("transaction", line, "row", "", message))
    for name, cell in zip(header, cells, strict=False):
        try:
            values[name] = COLUMNS[name](cell)
            if name == "work_id":
                slug(values[name])
        except (ValueError, Rejected) as error:
            refusals.append(Refusal("transaction", line, "row", name, str(error)))
    work_id = values.pop("work_id", "")
    permissions = {use: values.pop(use) for use in ("training", "generation", "likeness") if use in values}
    body = values | ({"permissions": permissions} if permissions else {})
    return Draft(line, "row", work_id, body, tuple(refusals))
