"""Opening balances as a CSV of another system."""

import csv
import io
from itertools import islice
from typing import Final

from overtone.errors import Fault, Malformed
from overtone.facts import cells
from overtone.formats.text import decoded
from overtone.payout.adjustments import OPENINGS_MAX

COLUMNS: Final = (
    *("party", "currency", "balance", "reserve", "periods", "deal_id", "licensee", "unrecouped"),
    *("suspense", "month", "work", "title"),
)
_REQUIRED: Final = {"currency"}


def read(body: bytes) -> list[dict[str, object]]:
    """The rows as objects, empty cells left out; of more than are taken, one too many. Raises `Malformed`.

    Columns stand in any order; all but the currency may be missing.
    """
    try:
        rows = csv.DictReader(io.StringIO(decoded(body), newline=""), strict=True)
        header = list(rows.fieldnames or ())
        names = set(header)
        if twice := next((name for name in header if header.count(name) > 1), None):
            raise Malformed(
                f"the column {twice!r:.80} stands twice; send it once", [Fault("this column stands twice; send it once", twice)]
            )
        if not names >= _REQUIRED or not names <= set(COLUMNS):
            wrong = [*sorted(names - set(COLUMNS)), "currency"][0]
            named = f"the first line names the columns, of {','.join(COLUMNS)}; currency is needed"
            message = f"{named}, and {wrong!r:.80} is none of them or missing; name it so"
            raise Malformed(message, [Fault(message, wrong)])
        found = [{name: text.strip() for name, text in row.items() if text and text.strip()} for row in islice(rows, OPENINGS_MAX + 1)]
    except (csv.Error, AttributeError) as error:
        raise Malformed(f"not a CSV with as many cells as columns: {error}") from error
    return [row | {"periods": _number(row["periods"])} if "periods" in row else dict(row) for row in found]


def _number(text: str) -> object:
    found = cells.digits(text)
    return text if found is None else found
