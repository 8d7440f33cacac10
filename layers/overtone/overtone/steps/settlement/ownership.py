"""Who may go on with a settlement: the one execution whose ARN its record holds, for as long as that execution lives.

An execution that was stopped, or ran into its time limit, says nothing. Whoever comes next asks Step Functions whether it still runs,
and takes over what it left: the chain, the fence, the record. One of another machine is that of the stack whose tables were restored here:
it works on other tables, and nobody here may ask after it.
"""

from collections.abc import Iterable
from typing import Any, Final

from overtone.aws import clients
from overtone.config import settings
from overtone.errors import Conflict
from overtone.facts.events import PartyEvent as News
from overtone.steps.settlement import refusals
from overtone.stores import chain as chain_store
from overtone.stores import fences
from overtone.stores import settlements as settlement_store

Event = dict[str, Any]
_RUNNING: Final = frozenset({"RUNNING", "PENDING_REDRIVE"})


def is_alive(record: settlement_store.Settlement, beside: str = "") -> bool:
    """Whether the execution that owns a record still runs."""
    return runs(record.get("owner", ""), beside)


def runs(execution: str, beside: str = "") -> bool:
    """Whether an execution still runs; of no execution, and of another machine's, it is false.

    `beside` is an execution of this stack's machine, for whom no setting names that.
    """
    machine = clients.stepfunctions()
    ours = _machine(beside) or settings().settlement_machine_arn.replace(":stateMachine:", ":execution:")
    if not execution or _machine(execution) != ours:
        return False
    try:
        return machine.describe_execution(executionArn=execution)["status"] in _RUNNING
    except (machine.exceptions.ExecutionDoesNotExist, machine.exceptions.InvalidArn):
        return False


def _machine(execution: str) -> str:
    return execution.rpartition(":")[0]


def owned(event: Event) -> settlement_store.Settlement:
    """The record of a step's settlement; raises `Conflict` unless the execution that runs the step owns it."""
    record = settlement_store.get(event["settlement_id"])
    if record.get("owner") != event["owner"]:
        raise Conflict(f"settlement {record['settlement_id']} belongs to another execution now; this one changes nothing more")
    return record


def claim(record: settlement_store.Settlement) -> chain_store.ChainHead:
    """Take the chain; raises `Conflict` while another settlement has it.

    One that has ended has it no more, nor one whose execution has; and a preview yields to a settlement: it posts nothing and can be
    asked for again.
    """
    head = chain_store.head()
    if head["running"] not in {"", record["settlement_id"]}:
        other = settlement_store.find(head["running"])
        if other is not None and other["status"] != settlement_store.COMPUTING:
            chain_store.free(other)
        elif other is not None and not is_alive(other, record["owner"]):
            give_up(other, settlement_store.FAILED, "its execution ended without a word")
        elif other is not None and other["preview"] and not record["preview"]:
            give_up(other, settlement_store.FAILED, f"it made way for settlement {record['settlement_id']}; ask for it again")
    return chain_store.claim(record["settlement_id"], record["owner"])


def sweep(beside: str) -> None:
    """Lower every fence that nobody stands behind any more, says the execution `beside`.

    An execution can end between the seal and its last write, and a step that it left behind can raise one when all is over.
    """
    for settlement_id, owner in fences.holders():
        record = settlement_store.find(settlement_id)
        own = record is not None and owner in {"", record.get("owner")}
        if record is None or not own or (record["status"] != settlement_store.COMPUTING and not is_alive(record, beside)):
            fences.lower(settlement_id, owner)


def raise_fences(event: Event, months: Iterable[str]) -> None:
    """Accrual of these months waits for the execution that runs a step; raises `Conflict` where that is not the settlement's any more."""
    settlement_id, owner = event["settlement_id"], event["owner"]
    try:
        fences.raise_over(months, settlement_id, owner)
        _require_computing(settlement_id, owner)  # whoever ended it lowered its fences, and perhaps before these were raised
    except Conflict:
        fences.lower(settlement_id, owner)
        raise


def _require_computing(settlement_id: str, owner: str) -> None:
    record = settlement_store.get(settlement_id)
    if (record["status"], record.get("owner")) != (settlement_store.COMPUTING, owner):
        raise Conflict(f"settlement {settlement_id} is not computed by this execution any more")


def give_up(
    record: settlement_store.Settlement, status: settlement_store.RunStatus, detail: str, news: Iterable[News] = (), **more: object
) -> None:
    """Let accrual go on, then say why and let others run: who asks again must find nothing of this attempt under way."""
    fences.lower(record["settlement_id"], record["owner"])
    told = [*refusals.ended(record, status, detail), *news]
    chain_store.end(record["settlement_id"], record["owner"], told, status=status, detail=detail, owner="", **more)


def disown(record: settlement_store.Settlement, status: settlement_store.RunStatus, detail: str) -> None:
    """Say that nobody goes on with a settlement, and why, before it is asked for again at once; the chain waits for it."""
    told = refusals.ended(record, status, detail)
    settlement_store.update(record["settlement_id"], record["owner"], told, status=status, detail=detail, owner="")
