"""How a settlement begins: it takes the chain, lets accrual come to rest, and fixes its plan; or says why not."""

from typing import Any, Final

from overtone.errors import Conflict, OvertoneError, Rejected
from overtone.settlement.plan import month_before
from overtone.steps.settlement import planning
from overtone.stores import accrual_pages as page_store
from overtone.stores import fences, quarantine
from overtone.stores import registry as registry_store
from overtone.stores import settlements as settlement_store

Event = dict[str, Any]
_SCHEDULED: Final = "scheduled_at"


def open_settlement(event: Event) -> Event:
    """Claim the chain, or say why not."""
    asked = event["request"]
    if _SCHEDULED in asked:
        settlement_id = _scheduled(asked[_SCHEDULED])
        if settlement_store.find(settlement_id) or _nothing_yet(settlement_id):
            return {"settlement_id": settlement_id, "refused": True}
        settlement_store.request(settlement_id, new_request(settlement_id))
    else:
        settlement_id = asked["settlement_id"]
    record = settlement_store.get(settlement_id)
    if record["status"] == settlement_store.SEALED:
        return {"settlement_id": settlement_id, "refused": True}
    try:
        head = settlement_store.claim(settlement_id)
        _refuse_earlier_month(record, head)
    except (Conflict, Rejected) as error:
        refuse(settlement_id, error)
        return {"settlement_id": settlement_id, "refused": True}
    return {"settlement_id": settlement_id, "refused": False}


def _nothing_yet(through: str) -> bool:
    """Whether a new stack has nothing to settle: then its first settlement is not an empty one."""
    return not settlement_store.chain()["sealed_id"] and not planning.candidate_months(through, {}, registry_store.deals())


def new_request(through: str) -> Event:
    """What the schedule asks for: the month, nothing waived."""
    return {"through": through, "preview": False, "waive": [], "strict": False, "requested_by": "schedule"} | constants()


def constants() -> Event:
    """What a request fixes for good: over how many buckets the ledger is spread."""
    return {"buckets": page_store.ledger_buckets()}


def _scheduled(at: str) -> str:
    return month_before(at[:7])


def _refuse_earlier_month(record: Event, head: Event) -> None:
    if record["through"] < head["through"]:
        message = (
            f"settlement {head['sealed_id']} is sealed through {head['through']}; "
            f"settle through that month or a later one, earlier months are adjusted with it"
        )
        raise Rejected(message)


def refuse(settlement_id: str, error: OvertoneError) -> None:
    """Let others run and accrual go on, then say why: who asks again must find nothing of this attempt under way."""
    reasons = [fault.to_json() for fault in error.faults] or [{"message": error.detail}]
    fences.lower(settlement_id)
    settlement_store.release(settlement_id)
    settlement_store.update(settlement_id, status=settlement_store.REFUSED, detail=error.detail, reasons=reasons)


def make_plan(event: Event) -> Event:
    """Fix the plan; answers the items of the Map states."""
    record = settlement_store.get(event["settlement_id"])
    plan = settlement_store.find_plan(record["settlement_id"], int(record["attempt"]))
    if plan is None:
        aside = [aside.told() for aside in quarantine.concerning(record["through"])]
        made = planning.make_plan(record, settlement_store.chain())._replace(quarantined=aside)
        plan = settlement_store.save_plan(made)
    settlement_store.update(plan.settlement_id, parts=sum(len(plan.parts_of(month)) for month in plan.months))
    return {"parts": plan.items()}


def fail(event: Event) -> Event:
    """Nothing was posted: say so, let others run, and let accrual go on. Asking again resumes."""
    asked = event["request"]
    settlement_id = event["settlement_id"] or asked.get("settlement_id") or _scheduled(asked[_SCHEDULED])
    record = settlement_store.find(settlement_id)
    if record is None:
        return {}
    fences.lower(settlement_id)
    settlement_store.release(settlement_id)
    if record["status"] == settlement_store.SEALED:  # what comes after the seal can fail, but the seal stays
        return {}
    error = event["error"]
    refused = error.get("Error") == Rejected.__name__
    settlement_store.update(
        settlement_id,
        status=settlement_store.REFUSED if refused else settlement_store.FAILED,
        detail=f"{error.get('Error', '')}: {error.get('Cause', '')}"[:2000],
    )
    return {}
