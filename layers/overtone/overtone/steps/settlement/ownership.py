"""Who may go on with a settlement: the one execution whose ARN its record holds, for as long as that execution lives.

An execution that was stopped, or ran into its time limit, says nothing. Whoever comes next asks Step Functions whether it still runs,
and takes over what it left: the chain, the fence, the record.
"""

from collections.abc import Iterable
from typing import Any, Final

from overtone.aws import clients
from overtone.errors import Conflict
from overtone.facts.events import PartyEvent as News
from overtone.steps.settlement import refusals
from overtone.stores import chain as chain_store
from overtone.stores import fences
from overtone.stores import settlements as settlement_store

Event = dict[str, Any]
_RUNNING: Final = frozenset({"RUNNING", "PENDING_REDRIVE"})


def is_alive(record: settlement_store.Settlement) -> bool:
    """Whether the execution that owns a record still runs."""
    return runs(record.get("owner", ""))


def runs(execution: str) -> bool:
    """Whether an execution still runs; of no execution it is false."""
    machine = clients.stepfunctions()
    if not execution:
        return False
    try:
        return machine.describe_execution(executionArn=execution)["status"] in _RUNNING
    except (machine.exceptions.ExecutionDoesNotExist, machine.exceptions.InvalidArn):
        return False


def require_owner(event: Event) -> None:
    """Raise `Conflict` unless the execution that runs a step owns the settlement."""
    record = settlement_store.get(event["settlement_id"])
    if record.get("owner") != event["owner"]:
        raise Conflict(f"settlement {record['settlement_id']} belongs to another execution now; this one changes nothing more")


def claim(record: settlement_store.Settlement) -> chain_store.ChainHead:
    """Take the chain; raises `Conflict` while another settlement has it.

    One whose execution ended has it no more, and a preview yields to a settlement: it posts nothing and can be asked for again.
    """
    head = chain_store.head()
    if head["running"] not in {"", record["settlement_id"]}:
        other = settlement_store.find(head["running"])
        if other is not None and other["status"] == settlement_store.COMPUTING:
            if not is_alive(other):
                give_up(other, settlement_store.FAILED, "its execution ended without a word")
            elif other["preview"] and not record["preview"]:
                give_up(other, settlement_store.FAILED, f"it made way for settlement {record['settlement_id']}; ask for it again")
    return chain_store.claim(record["settlement_id"])


def let_go(record: settlement_store.Settlement) -> None:
    """Give back the fence and the chain."""
    fences.lower(record["settlement_id"])
    chain_store.release(record["settlement_id"])


def disown(
    record: settlement_store.Settlement, status: settlement_store.RunStatus, detail: str, news: Iterable[News] = (), **more: object
) -> None:
    """Say that nobody goes on with a settlement, and why; who is asked next owns it."""
    told = [*refusals.ended(record, status, detail), *news]
    settlement_store.update(record["settlement_id"], record["owner"], told, status=status, detail=detail, owner="", **more)


def sweep() -> None:
    """Lower every fence that nobody stands behind any more: an execution can end between the seal and its last write."""
    for settlement_id in fences.holders():
        record = settlement_store.find(settlement_id)
        if record is None or (record["status"] != settlement_store.COMPUTING and not is_alive(record)):
            fences.lower(settlement_id)
            chain_store.release(settlement_id)


def give_up(
    record: settlement_store.Settlement, status: settlement_store.RunStatus, detail: str, news: Iterable[News] = (), **more: object
) -> None:
    """Let others run and accrual go on, then say why: who asks again must find nothing of this attempt under way."""
    let_go(record)
    disown(record, status, detail, news, **more)
