"""What a platform sends to correct usage, as examples of the OpenAPI document: a test sends them in this order and sees each count.

A record is `(reporter, used_on, subject, record_id)`: a higher revision replaces it, quantity 0 voids it, a correction of the day or the
subject says in `replaces` where it stood.
"""

from typing import Any, Final

FIRST_BATCH: Final = "2026-10-03-0007"
_RECORD: Final[dict[str, Any]] = {
    "record_id": "r-1",
    "revision": 0,
    "subject": "isrc:SEABC2600010",
    "use": "stream",
    "used_on": "2026-10-03",
    "quantity": 12,
    "revenue": "0.0360",
    "currency": "USD",
    "territory": "SE",
}
_OTHER_DAY: Final = "2026-10-02"
_OTHER_RECORDING: Final = "isrc:SEABC2600011"


def _batch(batch_id: str, **changed: object) -> dict[str, Any]:
    return {"batch_id": batch_id, "records": [{name: value for name, value in (_RECORD | changed).items() if value is not None}]}


EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "usage": {"summary": "A play batch", "value": _batch(FIRST_BATCH)},
    "quantity": {
        "summary": "Another quantity: a higher revision",
        "value": _batch("2026-10-04-0001", revision=1, quantity=10, revenue="0.0300"),
    },
    "day": {
        "summary": "Another day: a higher revision that says which day it replaces",
        "value": _batch("2026-10-04-0002", revision=2, used_on=_OTHER_DAY, replaces={"used_on": "2026-10-03"}),
    },
    "recording": {
        "summary": "Another recording: a higher revision that says which subject it replaces",
        "value": _batch(
            "2026-10-04-0003", revision=3, used_on=_OTHER_DAY, subject=_OTHER_RECORDING, replaces={"subject": _RECORD["subject"]}
        ),
    },
    "void": {
        "summary": "It did not happen: quantity 0, without revenue",
        "value": _batch(
            "2026-10-04-0004", revision=4, used_on=_OTHER_DAY, subject=_OTHER_RECORDING, quantity=0, revenue=None, currency=None
        ),
    },
    "whole_batch": {
        "summary": f"A whole batch: DELETE /v1/usage/{FIRST_BATCH}, then send what is right under a new id",
        "value": _batch("2026-10-04-0005", record_id="r-2"),
    },
}
"""By what is corrected; each on what the one before left."""
