"""A society's members as CSV: one mandate per row, several values in a cell separated by `|`, columns in any order."""

import csv
import io
from itertools import islice
from typing import Any, Final

from overtone.errors import Malformed
from overtone.formats.columns import columns_of, parts_of
from overtone.formats.text import decoded
from overtone.rights.members import MEMBERS_MAX

COLUMNS: Final = ("party", "name", "kind", "country", "ipi", "isni", "rights", "uses", "territories")
NEEDED: Final = ("party",)
LISTS: Final = frozenset({"rights", "uses", "territories"})
_CELL_CHARACTERS_MAX: Final = 32_768


def read(raw: bytes) -> list[dict[str, Any]]:
    """Each row's cells by column, empty ones left out; of more rows than a file may have, one too many. Raises `Rejected`, `Malformed`."""
    csv.field_size_limit(_CELL_CHARACTERS_MAX)
    rows = csv.reader(io.StringIO(decoded(raw), newline=""), strict=True)
    try:
        header = columns_of(next(rows, []), COLUMNS, NEEDED)
        return list(islice((_row(header, cells) for cells in rows if any(cells)), MEMBERS_MAX + 1))
    except csv.Error as error:
        raise Malformed(f"line {rows.line_num}: {error}") from error


def _row(header: list[str], cells: list[str]) -> dict[str, Any]:
    """A row that is longer than its header keeps what is beyond under a name that no member has, so that it is refused by name."""
    beyond = {"cells beyond the header": cells[len(header) :]} if len(cells) > len(header) else {}
    named = {name: cell.strip() for name, cell in zip(header, cells, strict=False) if cell.strip()}
    return beyond | {name: parts_of(cell) if name in LISTS else cell for name, cell in named.items()}
