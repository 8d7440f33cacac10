"""Files that one try after the other writes under the same names: what a later try wrote, no earlier one ever replaces.

A function of a try that was given up can live on, stalled, while the next try writes under the same names and is sealed. So a name is
taken by a conditional write, and what has it already is replaced only as it was seen *before* the try was seen to go on: whatever a later
try wrote since is another object.
"""

from collections.abc import Callable, Mapping
from typing import Final

from overtone.aws import buckets, object_keys
from overtone.aws.buckets import AlreadyExists, Changed
from overtone.errors import Conflict, Retryable
from overtone.settlement.plan import Plan
from overtone.stores import settlements, what_ifs

MEETINGS_MAX: Final = 5
"""How often a file may be found to be another than was just seen."""

GoesOn = Callable[[], bool]
"""Whether a try still writes: false where it has ended well, with all its files there. Raises `Conflict` where it was given up."""


def write(key: str, body: bytes, media_type: str, goes_on: GoesOn, tags: Mapping[str, str] | None = None) -> None:
    """Write a file of a try; raises `Conflict` where another try has gone on since, `Retryable`."""
    bucket = buckets.settlement()
    for _ in range(MEETINGS_MAX):
        try:
            return bucket.create(key, body, media_type, tags)
        except AlreadyExists:
            seen = bucket.head(key)
        if not goes_on():
            return None
        if seen is not None:
            try:
                return bucket.replace(seen, body, media_type, tags)
            except Changed:
                continue
    raise Retryable(f"others write {key} all the time; it is written when it is tried again")


def condition(key: str, goes_on: GoesOn) -> Mapping[str, str]:
    """What the write of a large file of a try is conditional on; raises `Conflict` where the try has ended."""
    seen = buckets.settlement().head(key)
    if not goes_on():
        raise Conflict(f"{key} is written, and the try that wrote it has ended")
    return {"IfMatch": seen.etag} if seen else {"IfNoneMatch": "*"}


def of_settlement(plan: Plan) -> GoesOn:
    """Whether a settlement is still at a plan's try."""
    return lambda: _goes_on(plan)


def _goes_on(plan: Plan) -> bool:
    record = settlements.get(plan.settlement_id)
    if record["attempt"] == plan.attempt and record["status"] in {settlements.COMPUTING, settlements.SEALED, settlements.PREVIEWED}:
        return record["status"] == settlements.COMPUTING
    raise Conflict(f"another try of settlement {plan.settlement_id} goes on now; this one writes nothing more")


def of_what_if(record: what_ifs.WhatIf) -> GoesOn:
    """Whether a what-if is still at what a record asks."""
    return lambda: _is_asked(record)


def _is_asked(record: what_ifs.WhatIf) -> bool:
    now = what_ifs.get(record["asker"], record["what_if_id"])
    if now["requests"] != record["requests"]:
        raise Conflict(f"what-if {record['what_if_id']} was asked for again; this try writes nothing more")
    return now["status"] == what_ifs.COMPUTING


def key_of(plan: Plan, name: str) -> str:
    """Where a file of a settlement lies."""
    return object_keys.settlement_file(plan.settlement_id, name, preview=plan.preview)
