"""The bank's answer as a list: a CSV `payment_id,status,reason`, for banks that send nothing better."""

import csv
import io
from collections.abc import Mapping
from typing import Final

from overtone.errors import Fault, Malformed, TooLarge
from overtone.formats.text import decoded
from overtone.payout.acknowledgements import BYTES_MAX, EXECUTED, REFUSED, RETURNED, PaymentOutcome, SentStatus

COLUMNS: Final = ("payment_id", "status", "reason")
_STATUSES: Final[Mapping[str, SentStatus]] = {EXECUTED: EXECUTED, REFUSED: REFUSED, RETURNED: RETURNED}


def read(body: bytes) -> list[PaymentOutcome]:
    """A CSV with the header `payment_id,status,reason`, blanks around cells left out; raises `Malformed` or `TooLarge`."""
    if len(body) > BYTES_MAX:
        raise TooLarge(f"an acknowledgement is at most {BYTES_MAX} bytes; send it in parts")
    try:
        rows = csv.reader(io.StringIO(decoded(body), newline=""), strict=True)
        lines = [[cell.strip() for cell in row] for row in rows if any(map(str.strip, row))]
    except csv.Error as error:
        raise Malformed(f"not a CSV: {error}") from error
    if not lines or tuple(lines[0]) != COLUMNS:
        found = lines[0] if lines else []
        message = f"the first line must be {','.join(COLUMNS)}, and is {','.join(found)!r:.80}"
        wrong = next((cell for cell in found if cell not in COLUMNS), COLUMNS[0])
        raise Malformed(message, [Fault(message, wrong)])
    for number, line in enumerate(lines[1:], start=2):
        if len(line) != len(COLUMNS):
            message = f"row {number} has {len(line)} cells, not {len(COLUMNS)}; quote a reason that holds a comma"
            raise Malformed(message, [Fault(message, COLUMNS[-1], line[0], number)])
        if line[1].lower() not in _STATUSES:
            message = f"row {number}: status {line[1]!r:.80} of {line[0]:.80} is none of {', '.join(_STATUSES)}; send one of them"
            raise Malformed(message, [Fault(message, "status", line[0], number)])
    return [PaymentOutcome(payment_id, _STATUSES[status.lower()], reason) for payment_id, status, reason in lines[1:]]
