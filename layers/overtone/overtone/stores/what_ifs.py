"""What-ifs in LedgerTable: what was asked and by whom, and where it stands; their files lie beside the settlements.

A party's what-ifs are its own, and finance's are finance's: ids of one say nothing of another's.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final, Literal, NotRequired, TypedDict, cast

import orjson

from overtone import clock
from overtone.aws import finance_keys, tables
from overtone.aws.tables import ABSENT, ConditionFailed, equals
from overtone.errors import Conflict, NotFound
from overtone.settlement.plan import Plan
from overtone.stores import retention
from overtone.stores import settlements as settlement_store

WhatIfStatus = Literal["computing", "done", "failed"]
COMPUTING: Final = "computing"
DONE: Final = "done"
FAILED: Final = "failed"
FOLDER: Final = "what-ifs/"


class WhatIf(TypedDict):
    """A record. `asked` is the request as JSON, `digest` its SHA-256; `requests` counts its executions, of which `owner` is the last."""

    pk: str
    sk: str
    what_if_id: str
    asker: str
    asked: str
    digest: str
    status: WhatIfStatus
    requested_at: str
    requested_by: str
    requests: int
    owner: str
    detail: NotRequired[str]
    finished_at: NotRequired[str]
    shared_at: NotRequired[str]
    files: NotRequired[list[dict[str, Any]]]
    totals: NotRequired[list[dict[str, Any]]]


def path_of(asker: str, what_if_id: str) -> str:
    """What the state machine calls a what-if."""
    return f"{FOLDER}{asker or '-'}/{what_if_id}"


def named(path: str) -> tuple[str, str]:
    """Asker and id of what the state machine calls a what-if, or one of its worlds."""
    asker, what_if_id = path.removeprefix(FOLDER).split("/")[:2]
    return ("" if asker == "-" else asker), what_if_id


def find(asker: str, what_if_id: str) -> WhatIf | None:
    """A record, or `None`."""
    return cast("WhatIf | None", tables.ledger().get(finance_keys.what_if(asker, what_if_id)))


def get(asker: str, what_if_id: str) -> WhatIf:
    """A record; raises `NotFound`."""
    if (record := find(asker, what_if_id)) is None:
        raise NotFound(f"there is no what-if {what_if_id!r}; POST /v1/what-ifs asks one")
    return record


def all_of(asker: str) -> list[WhatIf]:
    """Everything that somebody asked, by id."""
    prefix = finance_keys.what_if(asker, "")
    return cast("list[WhatIf]", list(tables.ledger().query(prefix.pk, prefix=prefix.sk)))


def is_kept(record: WhatIf) -> bool:
    """Whether the files of what is done are still there."""
    return not retention.workings_over(record.get("finished_at", record["requested_at"])[:10])


def digest(asked: str) -> str:
    """What tells one question from another."""
    return hashlib.sha256(asked.encode()).hexdigest()


def request(asker: str, what_if_id: str, asked: str, by: str, owner: str) -> WhatIf:
    """Record a question, or that it is asked again after it failed or expired; raises `Conflict` where somebody did at the same moment."""
    before = find(asker, what_if_id)
    record = {
        **finance_keys.what_if(asker, what_if_id)._asdict(),
        "what_if_id": what_if_id,
        "asker": asker,
        "asked": asked,
        "digest": digest(asked),
        "status": COMPUTING,
        "requested_at": clock.timestamp(),
        "requested_by": by,
        "requests": before["requests"] + 1 if before else 1,
        "owner": owner,
    }
    try:
        tables.ledger().put(record, equals(requests=before["requests"]) if before else ABSENT)
    except ConditionFailed as error:
        raise Conflict(f"what-if {what_if_id} was asked twice at once; the other one runs") from error
    return cast("WhatIf", record)


def update(path: str, by: str, **changed: Any) -> None:  # noqa: ANN401 - attributes of the record
    """Change a record that the execution `by` computes; what it has ended stays as it is. Raises `Conflict` where it does not own it."""
    record = get(*named(path))
    try:
        tables.ledger().put({**record, **changed}, equals(owner=by, status=COMPUTING))
    except ConditionFailed as error:
        now = get(*named(path))
        if now["owner"] != by or now["status"] == COMPUTING:
            raise Conflict(f"what-if {record['what_if_id']} belongs to another execution now") from error


def share(what_if_id: str, shared_at: str) -> WhatIf:
    """Let payees see their own line of what finance asked, since then, or (empty) no more; raises `NotFound`, `Conflict`."""
    record = get("", what_if_id)
    try:
        tables.ledger().put({**record, "shared_at": shared_at}, equals(status=DONE, requests=record["requests"]))
    except ConditionFailed as error:
        raise Conflict(f"what-if {what_if_id} is {record['status']}; it can be shared when it is {DONE}") from error
    return {**record, "shared_at": shared_at}


def plan_of(path: str, number: int) -> Plan:
    """The plan of one of its worlds; raises `NotFound`."""
    plan = settlement_store.find_plan(path, number)
    if plan is None:
        raise NotFound(f"{path} has no plan any more: what it worked with has expired; ask it again under another id")
    return plan


def question_of(record: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """What was asked, as JSON."""
    return orjson.loads(record["asked"])
