"""Asking what would be: what can be refused at once is, and one execution of the settlement's machine starts, however often one asks."""

from contextlib import suppress
from typing import Any, Final, NamedTuple

import orjson

from overtone import clock
from overtone.aws import clients
from overtone.config import settings
from overtone.errors import Conflict, Fault, NotFound, Rejected
from overtone.scenarios import rules
from overtone.scenarios.lens import Lens
from overtone.scenarios.requests import SEALED, WhatIfRequest
from overtone.steps.settlement import ownership
from overtone.stores import month_facts, what_ifs
from overtone.stores import registry as registry_store
from overtone.stores.what_ifs import WhatIf

RUNNING_MAX: Final = 5
"""What-ifs of one asker that are computed at the same time: each costs what a settlement costs."""


class Asker(NamedTuple):
    """Who asks: `party` is empty for finance; `name` stands in the record."""

    party: str
    name: str


def ask(request: WhatIfRequest, asker: Asker) -> WhatIf:
    """Record the question and start the machine; the record. What is done and kept is only answered. Raises `Conflict`, `Rejected`."""
    content = request.model_dump(mode="json", by_alias=True, exclude_unset=True)
    asked = orjson.dumps(content | {"change": request.steps}, option=orjson.OPT_SORT_KEYS).decode()
    before = what_ifs.find(asker.party, request.what_if_id)
    if before and before["digest"] != what_ifs.digest(asked):
        raise Conflict(f"what-if {request.what_if_id} asks something else; give another question another id")
    if before and (
        (before["status"] == what_ifs.DONE and what_ifs.is_kept(before)) or (before["status"] == what_ifs.COMPUTING and _is_alive(before))
    ):
        return before
    _check(request, asker.party)
    running = [one for one in what_ifs.all_of(asker.party) if one["status"] == what_ifs.COMPUTING and _is_alive(one)]
    if len(running) >= RUNNING_MAX:
        raise Conflict(f"{RUNNING_MAX} what-ifs are being computed; wait for one of them: {running[0]['what_if_id']}")
    return _start(request.what_if_id, asker, asked, int(before["requests"]) + 1 if before else 1)


def _is_alive(record: WhatIf) -> bool:
    return ownership.runs(record["owner"])


def _start(what_if_id: str, asker: Asker, asked: str, number: int) -> WhatIf:
    """Record the question for one execution, which owns it, and start that one; asked again, a try that was never started starts."""
    path, machine_arn = what_ifs.path_of(asker.party, what_if_id), settings().settlement_machine_arn
    name = f"what-if-{what_ifs.digest(path)[:32]}-{number}"
    owner = f"{machine_arn.replace(':stateMachine:', ':execution:')}:{name}"
    try:
        record = what_ifs.request(asker.party, what_if_id, asked, asker.name, owner)
    except Conflict:  # somebody was faster, and starts what was asked: perhaps the same
        record = what_ifs.get(asker.party, what_if_id)
        if record["digest"] != what_ifs.digest(asked):
            raise
        return record
    machine = clients.stepfunctions()
    with suppress(machine.exceptions.ExecutionAlreadyExists):
        machine.start_execution(stateMachineArn=machine_arn, name=name, input=orjson.dumps({"what_if": path}).decode())
    return record


def _check(request: WhatIfRequest, party: str) -> None:
    """Raise `Rejected` for what cannot be computed, with its path."""
    running = clock.today()[:7]
    if late := [place for place, month in enumerate(request.months) if month > running]:
        _refuse(f"months.{late[0]}", f"{request.months[late[0]]} lies in the future; the month that runs is {running}")
    deals, lens = registry_store.deals(), Lens(request.change)
    if party:
        rules.require_own(request.change, party, deals)
    changed = lens.deals(deals)
    if party:
        rules.require_within(request.change, party, deals, changed, request.months)
    _check_levies(request, lens)
    _check_keys(request)
    _check_compared(request, party)


def _check_levies(request: WhatIfRequest, lens: Lens) -> None:
    named = lens.levies_named()
    known: set[str] = set()
    for month in request.months if named else ():
        known |= {levy_id for levy_id, _ in month_facts.month_facts(month, clock.timestamp()).levies}
    for levy_id, path in named.items():
        if levy_id not in known:
            _refuse(path, f"there is no levy {levy_id!r} in these months")


def _check_keys(request: WhatIfRequest) -> None:
    named = [
        (f"change.{number}.registry.{place}.keys.{index}", key)
        for number, step in enumerate(request.change)
        for place, entry in enumerate(step.registry)
        for index, key in enumerate(entry.keys)
        if key != "*"
    ]
    registered = registry_store.works_by_keys([key for _, key in named], clock.timestamp()) if named else {}
    for path, key in named:
        if key in registered:
            _refuse(path, f"{key} is registered as {registered[key].id}; only what is not can be registered in a what-if")


def _check_compared(request: WhatIfRequest, party: str) -> None:
    if request.compare == SEALED:
        return
    other = what_ifs.find(party, request.compare)
    if other is None or other["status"] != what_ifs.DONE:
        raise NotFound(f"compare: there is no what-if {request.compare!r} that is done", [Fault("name one that is done", "compare")])
    question: dict[str, Any] = what_ifs.question_of(other)
    if not what_ifs.is_kept(other):
        _refuse("compare", f"what {request.compare} worked with is kept no more; ask it again first")
    if sorted(question["months"]) != list(request.months):
        _refuse("compare", f"{request.compare} is of other months: {', '.join(question['months'])}")


def _refuse(path: str, message: str) -> None:
    raise Rejected.at(path, message)
