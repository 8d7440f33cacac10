"""Opening balances as a CSV of another system."""

import csv
import io
from typing import Final

from overtone.errors import Malformed

COLUMNS: Final = (
    *("party", "currency", "balance", "reserve", "periods", "deal_id", "licensee", "unrecouped"),
    *("suspense", "month", "work", "title"),
)
_REQUIRED: Final = {"currency"}


def read(body: bytes) -> list[dict[str, object]]:
    """The rows as objects, empty cells left out; raises `Malformed`. Columns stand in any order; all but the currency may be missing."""
    try:
        rows = csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True)
        names = set(rows.fieldnames or ())
        if not names >= _REQUIRED or not names <= set(COLUMNS):
            raise Malformed(f"the first line names the columns, of {','.join(COLUMNS)}; currency is needed")
        found = [{name: text.strip() for name, text in row.items() if text and text.strip()} for row in rows]
    except (UnicodeDecodeError, csv.Error, AttributeError) as error:
        raise Malformed(f"not a CSV in UTF-8 with as many cells as columns: {error}") from error
    return [row | {"periods": _number(row["periods"])} if "periods" in row else dict(row) for row in found]


def _number(text: str) -> object:
    return int(text) if text.isascii() and text.isdigit() else text
