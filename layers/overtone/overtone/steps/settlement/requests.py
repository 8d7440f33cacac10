"""Asking for a settlement: what can be refused at once is, and one execution of the state machine is started, however often one asks."""

from contextlib import suppress
from typing import Any, Final

import orjson

from overtone import clock
from overtone.aws import clients
from overtone.config import settings
from overtone.errors import Conflict, Rejected
from overtone.months import month_before
from overtone.settlement.requests import SettlementRequest
from overtone.steps.settlement import opening, ownership
from overtone.stores import chain as chain_store
from overtone.stores import settlements as settlement_store

_ASKED: Final = ("through", "preview", "waive", "strict", "early")


def ask(request: SettlementRequest, by: str) -> settlement_store.Settlement:
    """Record the request and start the machine; the record. What is sealed is only answered. Raises `Conflict`, `Rejected`."""
    before = settlement_store.find(request.settlement_id)
    asked = _asked(request, by)
    _refuse_other_kind(request, before)
    if before and before["status"] == settlement_store.SEALED:
        return settlement_store.request(request.settlement_id, asked)
    _refuse_at_once(request)
    if before and before["status"] == settlement_store.COMPUTING:
        return _asked_again(before, asked)
    if before and request.restart:
        asked["attempt"] = int(before["attempt"]) + 1
    return _start(request.settlement_id, asked, before)


def _asked(request: SettlementRequest, by: str) -> dict[str, Any]:
    content = request.model_dump(mode="json")
    return {name: content[name] for name in _ASKED} | {"requested_by": by} | opening.constants()


def _refuse_other_kind(request: SettlementRequest, before: settlement_store.Settlement | None) -> None:
    if before and bool(before["preview"]) != request.preview:
        kinds = ("a preview", "a settlement") if before["preview"] else ("a settlement", "a preview")
        raise Conflict(f"{request.settlement_id} is the id of {kinds[0]}; give {kinds[1]} an id of its own")


def _refuse_at_once(request: SettlementRequest) -> None:
    running = clock.today()[:7]
    if request.through > running or (request.through == running and not request.early):
        lies = "lies in the future" if request.through > running else "still runs: settle it when it is over, or now with `early: true`"
        raise Rejected.at("through", f"{request.through} {lies}; the last month that is over is {month_before(running)}")
    head = chain_store.head()
    if head["running"] not in {"", request.settlement_id} and not _yields(head["running"], request):
        raise Conflict(
            f"settlement {head['running']} is running; wait until it is sealed, refused or failed (or POST it again if it was stopped)"
        )
    if request.through < head["through"]:
        raise Rejected.at(
            "through",
            f"settlement {head['sealed_id']} is sealed through {head['through']}; settle through that month or a later one, "
            f"what changed in earlier months is adjusted with it",
        )


def _yields(running: str, request: SettlementRequest) -> bool:
    """Whether what runs makes way: a preview does for a settlement, and an execution that has ended does for all."""
    record = settlement_store.find(running)
    return record is not None and ((bool(record["preview"]) and not request.preview) or not ownership.is_alive(record))


def _asked_again(before: settlement_store.Settlement, asked: dict[str, Any]) -> settlement_store.Settlement:
    """The same request while it computes starts nothing new, unless the execution died without a word: then it goes on."""
    if any(before.get(name, False) != asked[name] for name in _ASKED):
        raise Conflict(
            f"settlement {before['settlement_id']} is being computed since {before['requested_at']} as something else; wait for it"
        )
    if ownership.is_alive(before):
        return before
    now = settlement_store.get(before["settlement_id"])
    if now["status"] != settlement_store.COMPUTING or now["requests"] != before["requests"]:
        return now
    ownership.disown(before, settlement_store.FAILED, "its execution was stopped")
    return _start(before["settlement_id"], asked, settlement_store.get(before["settlement_id"]))


def _start(settlement_id: str, asked: dict[str, Any], before: settlement_store.Settlement | None) -> settlement_store.Settlement:
    """Record the request for one execution, which owns it, and start that one. Named after the request, it starts once."""
    machine_arn, name = settings().settlement_machine_arn, f"{settlement_id}-{int(before['requests']) + 1 if before else 1}"
    owner = f"{machine_arn.replace(':stateMachine:', ':execution:')}:{name}"
    record = settlement_store.request(settlement_id, asked | {"owner": owner})
    machine = clients.stepfunctions()
    body = orjson.dumps({"settlement_id": settlement_id}).decode()
    with suppress(machine.exceptions.ExecutionAlreadyExists):
        machine.start_execution(stateMachineArn=machine_arn, name=name, input=body)
    return record
