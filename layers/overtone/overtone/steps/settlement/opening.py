"""How a settlement begins: it takes the chain and fixes its plan; or says why not, and gives back what it had.

One execution owns a settlement; the record holds its ARN. Whoever is not the owner changes nothing.
"""

from typing import Any, Final, NamedTuple

from overtone import clock
from overtone.errors import Conflict, OvertoneError, Rejected
from overtone.months import month_before
from overtone.settlement.requests import names_of_whole
from overtone.steps import archive
from overtone.steps.settlement import agenda, leftovers, missing_rates, notices, ownership, refusals
from overtone.stores import chain as chain_store
from overtone.stores import fences, ledger_setup, periods, quarantine
from overtone.stores import registry as registry_store
from overtone.stores import settlements as settlement_store

Event = dict[str, Any]
SCHEDULE: Final = "schedule"
_MONTHLY: Final = "scheduled_at"
_DAILY: Final = "again_at"


class DueSettlement(NamedTuple):
    """The settlement that an execution is for, if there is anything to do, and whether a refusal must wake somebody."""

    settlement_id: str
    rings: bool


def open_settlement(event: Event) -> Event:
    """Claim the chain, or say why not.

    A refusal of what the schedule asked for `rings`: nobody else would hear of it.
    """
    wanted = _wanted(event["request"], event["owner"])
    if wanted is None:
        return {"settlement_id": "", "refused": True, "rings": False}
    settlement_id = wanted.settlement_id
    record = settlement_store.get(settlement_id)
    if record["status"] == settlement_store.SEALED or record.get("owner") != event["owner"]:
        return {"settlement_id": settlement_id, "refused": True, "rings": False}
    settlement_store.update(settlement_id, event["owner"], code=event["code"])
    ownership.sweep(event["owner"])
    try:
        head = ownership.claim(record)
        _refuse_earlier_month(record, head)
        _refuse_locked_books()
    except (Conflict, Rejected) as error:
        refuse(record, error)
        return {"settlement_id": settlement_id, "refused": True, "rings": wanted.rings}
    return {"settlement_id": settlement_id, "refused": False, "rings": False}


def _wanted(asked: Event, owner: str) -> DueSettlement | None:
    """What somebody asked for (a zip is packed at once); or the month that the schedule has come to; or what it could not settle before."""
    if archive.ASKED in asked:
        archive.pack(settlement_store.get(asked[archive.ASKED]))
        return None
    if _MONTHLY in asked:
        return _monthly(month_before(asked[_MONTHLY][:7]), owner)
    if _DAILY in asked:
        ownership.sweep(owner)  # also where nothing is left to settle
        records = notices.tell_untold(settlement_store.all_records())
        leftovers.sweep_again(records)
        unsettled = chain_store.unsettled(records)
        return _again(unsettled, owner) if unsettled else None
    return DueSettlement(asked["settlement_id"], rings=False)


def _monthly(through: str, owner: str) -> DueSettlement | None:
    """The schedule's settlement of a month, under the first name that nothing else was sealed under."""
    records = ((name, settlement_store.find(name)) for name in names_of_whole(through))
    name, record = next((name, record) for name, record in records if record is None or not _is_another(record, through))
    if record is not None:
        return _again(record, owner)
    if _nothing_yet(through):
        return None
    settlement_store.request(name, new_request(through) | {"owner": owner})
    return DueSettlement(name, rings=True)


def _is_another(record: settlement_store.Settlement, through: str) -> bool:
    """Whether something was sealed under a month's name that is not of the whole month: one while it still ran, or through another."""
    if record["status"] != settlement_store.SEALED:
        return False
    return record["through"] != through or record["requested_at"][:7] <= through


def _again(record: settlement_store.Settlement, owner: str) -> DueSettlement | None:
    """Ask again for what is not sealed, as it was asked for, unless its execution still runs."""
    if record["status"] == settlement_store.SEALED or record["preview"]:
        return None
    settlement_id = record["settlement_id"]
    if record.get("owner") != owner:  # or this execution's first try at it died after it had asked
        if record["status"] == settlement_store.COMPUTING:
            if ownership.is_alive(record, owner):
                return None
            ownership.give_up(record, settlement_store.FAILED, "its execution ended without a word")
        asked = {name: record.get(name, default) for name, default in new_request(record["through"]).items()}
        settlement_store.request(settlement_id, asked | {"owner": owner, "scheduled": True})
    return DueSettlement(settlement_id, rings=True)


def _nothing_yet(through: str) -> bool:
    """Whether a new stack has nothing to settle: then its first settlement is not an empty one."""
    return not chain_store.head()["sealed_id"] and not agenda.candidate_months(through, {}, registry_store.deals())


def new_request(through: str) -> Event:
    """What the schedule asks for: the month, nothing waived."""
    asked = {"through": through, "preview": False, "waive": [], "strict": False, "early": False}
    return asked | {"requested_by": SCHEDULE, "scheduled": True} | constants()


def constants() -> Event:
    """What a request fixes for good: over how many buckets the ledger is spread, and whether pages of it may be items."""
    setup = ledger_setup.required()
    return {"buckets": setup.buckets, "page_items": setup.page_items}


def _refuse_earlier_month(record: settlement_store.Settlement, head: chain_store.ChainHead) -> None:
    if record["through"] < head["through"]:
        raise Rejected(
            f"settlement {head['sealed_id']} is sealed through {head['through']}; "
            f"settle through that month or a later one, earlier months are adjusted with it"
        )


def _refuse_locked_books() -> None:
    """A settlement enters on the day of its cut-off what has no day of its own, so that month must be open."""
    if clock.today()[:7] <= (through := periods.locked_through()):
        raise Rejected(f"the books are locked through {through}, and today is {clock.today()}; set the clock right")


def refuse(record: settlement_store.Settlement, error: OvertoneError) -> None:
    """Let others run and accrual go on, then say why: who asks again must find nothing of this attempt under way."""
    reasons = [fault.to_json() for fault in error.faults] or [{"message": error.detail}]
    ownership.give_up(record, settlement_store.REFUSED, error.detail, refusals.missing(record, error), reasons=reasons)


def make_plan(event: Event) -> Event:
    """Fix the plan; answers the items of the Map states by their numbers, for a state holds little."""
    record = event["record"]
    plan = settlement_store.find_plan(record["settlement_id"], int(record["attempt"]))
    if plan is None:
        aside = quarantine.everything()
        made = agenda.make_plan(record, chain_store.head(), fences.raised_by(record["settlement_id"], event["owner"]), aside)
        named = missing_rates.named_aside(record, aside)
        plan = settlement_store.save_plan(made._replace(quarantined=named, code=record["code"]))
    settlement_store.update(plan.settlement_id, event["owner"], parts=sum(len(plan.parts_of(month)) for month in plan.months))
    return {"parts": [{"number": number} for number in range(plan.items)]}


def fail(event: Event) -> Event:
    """Nothing was posted: say so, let others run, and let accrual go on. Asking again resumes.

    An execution to which the settlement does not belong any more changes nothing, and wakes nobody.
    """
    asked = event["request"]
    settlement_id = event["settlement_id"] or asked.get("settlement_id") or settlement_store.owned_by(event["owner"])
    record = settlement_store.find(settlement_id) if settlement_id else None
    if record is None or record.get("owner") != event["owner"]:
        return {"rings": record is None}
    if record["status"] == settlement_store.SEALED:  # what comes after the seal can fail, but the seal stays
        fences.lower(settlement_id, event["owner"])
        return {"rings": True}
    error = event["error"]
    refused = error.get("Error") == Rejected.__name__
    detail = f"{error.get('Error', '')}: {error.get('Cause', '')}"[:2000]
    ownership.give_up(record, settlement_store.REFUSED if refused else settlement_store.FAILED, detail)
    return {"rings": True}
