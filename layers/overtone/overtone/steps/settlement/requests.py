"""Asking for a settlement: what can be refused at once is, and one execution of the state machine is started, however often one asks."""

from typing import Any, Final

import orjson

from overtone import clock
from overtone.aws import clients
from overtone.aws.attributes import Item
from overtone.config import settings
from overtone.errors import Conflict, Fault, Rejected
from overtone.settlement.requests import SettlementRequest
from overtone.steps.settlement import opening
from overtone.stores import settlements as settlement_store

_ASKED: Final = ("through", "preview", "waive", "strict")


def ask(request: SettlementRequest, by: str) -> Item:
    """Record the request and start the machine; the record. What is sealed is only answered. Raises `Conflict`, `Rejected`."""
    before = settlement_store.find(request.settlement_id)
    asked = _asked(request, by)
    if before and before["status"] == settlement_store.SEALED:
        return settlement_store.request(request.settlement_id, asked)
    _refuse_at_once(request)
    if before and before["status"] == settlement_store.COMPUTING:
        return _asked_again(before, asked)
    if before and request.restart:
        asked["attempt"] = int(before["attempt"]) + 1
    record = settlement_store.request(request.settlement_id, asked)
    _start(record)
    return record


def _asked(request: SettlementRequest, by: str) -> dict[str, Any]:
    content = request.model_dump(mode="json")
    return {name: content[name] for name in _ASKED} | {"requested_by": by} | opening.constants()


def _refuse_at_once(request: SettlementRequest) -> None:
    if request.through > (today := clock.today())[:7]:
        message = f"{request.through} lies in the future; the last month that can be settled on {today} is {today[:7]}"
        raise Rejected(f"through: {message}", [Fault(message, field="through")])
    head = settlement_store.chain()
    if head["running"] not in {"", request.settlement_id}:
        message = (
            f"settlement {head['running']} is running; wait until it is sealed, refused or failed (or POST it again if it was stopped)"
        )
        raise Conflict(message)
    if request.through < head["through"]:
        message = (
            f"settlement {head['sealed_id']} is sealed through {head['through']}; settle through that month or a later one, "
            f"what changed in earlier months is adjusted with it"
        )
        raise Rejected(f"through: {message}", [Fault(message, field="through")])


def _asked_again(before: Item, asked: dict[str, Any]) -> Item:
    """The same request while it computes starts nothing new, unless the execution died without a word: then it goes on."""
    if any(before.get(name, False) != asked[name] for name in _ASKED):
        message = f"settlement {before['settlement_id']} is being computed since {before['requested_at']} as something else; wait for it"
        raise Conflict(message)
    if _start(before):
        return before
    now = settlement_store.get(before["settlement_id"])
    if now["status"] != settlement_store.COMPUTING or now["requests"] != before["requests"]:
        return now
    settlement_store.update(before["settlement_id"], status=settlement_store.FAILED, detail="its execution was stopped")
    record = settlement_store.request(before["settlement_id"], asked)
    _start(record)
    return record


def _start(record: Item) -> bool:
    """Start the record's execution, or find it running; false where one of this name has ended already."""
    machine = clients.stepfunctions()
    try:
        machine.start_execution(
            stateMachineArn=settings().settlement_machine_arn,
            name=f"{record['settlement_id']}-{record['requests']}",
            input=orjson.dumps({"settlement_id": record["settlement_id"]}).decode(),
        )
    except machine.exceptions.ExecutionAlreadyExists:
        return False
    return True
