"""Settlements: their records, and the objects that they work with (`chain` has the order in which they are sealed)."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, Literal, NotRequired, TypedDict, cast

import orjson

from overtone import clock
from overtone.aws import buckets, keys, object_keys, tables
from overtone.aws.buckets import AlreadyExists
from overtone.aws.tables import ABSENT, ConditionFailed, equals
from overtone.aws.transactions import Put, transact
from overtone.errors import Conflict, InvariantBroken, NotFound
from overtone.facts.events import PartyEvent
from overtone.settlement.plan import Plan
from overtone.stores import events as event_store

RunStatus = Literal["computing", "sealed", "refused", "failed", "previewed"]
COMPUTING: Final = "computing"
SEALED: Final = "sealed"
REFUSED: Final = "refused"
FAILED: Final = "failed"
PREVIEWED: Final = "previewed"


class Settlement(TypedDict):
    """The record of a settlement. What is not required comes as it goes on: `owner` with its execution, `totals` with its seal.

    `page_items`: pages of accruals may be items, as earlier versions wrote them.
    `lacking` is what stands still for want of a rate, `{months, aside}` by partition.
    `untold` counts the events that the sealing transaction had no room for. `swept_to` is how far what earlier tries left among its files
    was looked for since none of them can add to it, `swept` that all of it was.
    """

    pk: str
    sk: str
    settlement_id: str
    status: RunStatus
    through: str
    requested_at: str
    requested_by: NotRequired[str]
    detail: NotRequired[str]
    reasons: NotRequired[list[Any]]
    parts: NotRequired[int]
    buckets: NotRequired[int]
    page_items: NotRequired[bool]
    requests: int
    attempt: int
    scheduled: bool
    code: str
    waive: NotRequired[list[dict[str, str]]]
    preview: NotRequired[bool]
    strict: NotRequired[bool]
    lacking: NotRequired[dict[str, Any]]
    cutoff: NotRequired[str]
    owner: NotRequired[str]
    sealed_at: NotRequired[str]
    manifest_sha256: NotRequired[str]
    totals: NotRequired[list[Any]]
    untold: NotRequired[int]
    swept_to: NotRequired[str]
    swept: NotRequired[bool]


# --- records


def find(settlement_id: str) -> Settlement | None:
    """What is known of a settlement, or `None`."""
    return cast("Settlement | None", tables.ledger().get(keys.settlement(settlement_id)))


def get(settlement_id: str) -> Settlement:
    """What is known of a settlement; raises `NotFound`."""
    if (record := find(settlement_id)) is None:
        raise NotFound(f"there is no settlement {settlement_id!r}")
    return record


def all_records() -> list[Settlement]:
    """Every settlement, by id."""
    return cast("list[Settlement]", list(tables.ledger().query(keys.settlement("").pk)))


def request(settlement_id: str, asked: dict[str, Any]) -> Settlement:
    """Record that a settlement is asked for; the record as it now is.

    What is sealed stays; what was refused, failed or previewed starts again. Raises `Conflict` while it
    computes, or where it was asked for another month.
    """
    before = find(settlement_id)
    if before and before["status"] == SEALED:
        if before["through"] != asked["through"]:
            raise Conflict(f"settlement {settlement_id} is sealed through {before['through']}; use a new id for {asked['through']}")
        return before
    if before and before["status"] == COMPUTING:
        raise Conflict(f"settlement {settlement_id} is being computed since {before['requested_at']}; wait for it")
    record: dict[str, Any] = {
        **keys.settlement(settlement_id)._asdict(),
        "settlement_id": settlement_id,
        "status": COMPUTING,
        "requested_at": clock.timestamp(),
        "requests": before["requests"] + 1 if before else 1,
        "attempt": before["attempt"] if before else 1,
        "scheduled": bool(before and before.get("scheduled")),
        "code": "",
        **asked,
    }
    try:
        tables.ledger().put(record, equals(requests=before["requests"]) if before else ABSENT)
    except ConditionFailed as error:
        raise Conflict(f"settlement {settlement_id} was asked for twice at once; the other request runs") from error
    return cast("Settlement", record)


def update(settlement_id: str, by: str, news: Sequence[PartyEvent] = (), **changed: Any) -> None:  # noqa: ANN401 - attributes of the record
    """Change attributes of a record that the execution `by` computes, and tell of it; raises `Conflict` where it computes it no more."""
    events, rest = event_store.parted(news, 1)
    computing = equals(owner=by, status=COMPUTING)
    try:
        transact([Put(tables.ledger(), {**get(settlement_id), **changed}, computing), *events])
    except ConditionFailed as error:
        raise Conflict(f"settlement {settlement_id} is not computed by this execution any more") from error
    event_store.put(rest)


def note_sweep(record: Settlement, *, reached: str, swept: bool) -> None:
    """Remember how far a sealed settlement's files were looked through, unless its record changed meanwhile: then it is done once more."""
    as_read = equals(status=SEALED, **{name: record[name] for name in ("untold", "swept_to") if name in record})
    with suppress(ConditionFailed):
        tables.ledger().put({**record, "swept_to": reached, "swept": swept}, as_read)


def owned_by(execution: str) -> str:
    """The settlement that an execution owns, or ""."""
    return next((str(record["settlement_id"]) for record in all_records() if record.get("owner") == execution), "")


# --- objects


def save_plan(plan: Plan) -> Plan:
    """Fix the plan of an attempt; the one that is fixed already, if there is one."""
    key = _plan_key(plan.settlement_id, plan.attempt)
    try:
        buckets.settlement().create(key, orjson.dumps(plan.to_json()))
    except AlreadyExists:
        return Plan.from_json(orjson.loads(buckets.settlement().get(key)))
    return plan


def find_plan(settlement_id: str, attempt: int) -> Plan | None:
    """The plan of an attempt, if it was fixed."""
    try:
        return Plan.from_json(orjson.loads(buckets.settlement().get(_plan_key(settlement_id, attempt))))
    except NotFound:
        return None


def plan_of(record: Settlement) -> Plan:
    """The plan of a settlement's current attempt, as its record says; raises `InvariantBroken` without one."""
    plan = find_plan(record["settlement_id"], record["attempt"])
    if plan is None:
        raise InvariantBroken("pure", f"settlement {record['settlement_id']} has no plan")
    return plan


def _plan_key(settlement_id: str, attempt: int) -> str:
    return object_keys.work_object(settlement_id, attempt, "plan.json")


def create_once(key: str, body: bytes) -> None:
    """Write an object unless it is there: then it holds the same, for steps are pure."""
    try:
        buckets.settlement().create(key, body)
    except AlreadyExists:
        return


def work_key(plan: Plan, *names: str) -> str:
    """Where a working object of the plan's attempt lies."""
    return object_keys.work_object(plan.settlement_id, plan.attempt, *names)


def save_json(plan: Plan, content: object, *names: str) -> None:
    """Write one of the settlement's working objects, once."""
    body = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    create_once(object_keys.work_object(plan.settlement_id, plan.attempt, *names), body)


def load_json(plan: Plan, *names: str) -> Any:  # noqa: ANN401 - whatever was saved
    """Read one of the settlement's working objects."""
    key = object_keys.work_object(plan.settlement_id, plan.attempt, *names)
    return orjson.loads(buckets.settlement().get(key))


def saved(plan: Plan, *names: str) -> bool:
    """Whether a working object is there."""
    key = object_keys.work_object(plan.settlement_id, plan.attempt, *names)
    return buckets.settlement().head(key) is not None
