"""How accrual comes to rest before a settlement reads: what waits is accrued, the fence goes up, what has started ends.

Nothing of it waits for ever. What cannot be accrued is set aside, what is not accrued in time is too, and a worker that
cannot live any more is given up; each partition then counts with what it last said, and the manifest names it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from overtone import clock
from overtone.errors import Fault, Rejected
from overtone.payout.periods import MONTH_DIGITS
from overtone.settlement.plan import Plan
from overtone.steps import accrual, holds, unreadable
from overtone.steps.settlement import agenda, finance, missing_rates, opening, ownership
from overtone.steps.settlement.refusals import Incomplete
from overtone.stores import accruals as accrual_store
from overtone.stores import books as book_store
from overtone.stores import chain as chain_store
from overtone.stores import completeness as completeness_store
from overtone.stores import fences, outbox, periods, quarantine, sealed_state
from overtone.stores import rates as rate_store
from overtone.stores import registry as registry_store
from overtone.stores import settlements as settlement_store
from overtone.stores.books import BooksByMonth
from overtone.stores.quarantine import Aside
from overtone.stores.registry import ReadableDeals

Event = dict[str, Any]

LOOKS_MAX: Final = 60
"""Looks, a minute apart, after which what still waits is set aside."""
WORKER_LIFE_MAX: Final = timedelta(minutes=16)
"""A worker has fifteen minutes, and clocks differ a little."""
_TEN_MINUTES: Final = len("2026-11-01T00:0")
"""So much of a timestamp: looks within it send the same messages, which the queue then takes once."""


class _ReadState(NamedTuple):
    """What a look begins with, read once: the chain's head and its books, the deals, and the months that are looked at."""

    head: chain_store.ChainHead
    books: BooksByMonth
    found: ReadableDeals
    months: list[str]

    @classmethod
    def now(cls, record: settlement_store.Settlement) -> "_ReadState":
        head, found = chain_store.head(), registry_store.readable_deals()
        books = book_store.previous(head)
        months = agenda.candidate_months(record["through"], books, found.deals)
        return cls(head, books, found, sorted({*months, record["through"]}))


def drain(event: Event) -> Event:
    """Bring accrual to rest: first what waited when it was asked for, then the gates, then, behind the fence, what has started.

    Answers how many partitions are still to finish and which were set aside; 0 fixes the cut-off, unless an earlier attempt's
    plan still holds.
    """
    settlement_id: str = event["settlement_id"]
    record: settlement_store.Settlement = event["record"]
    aside, state = list[Aside](), _ReadState.now(record)
    months = state.months
    raised = fences.raised_by(settlement_id, event["owner"])
    if not raised:
        holds.take_apart(months, record["requested_at"])
        if waiting := _waiting(record, int(event.get("looks", 1)), aside):
            return _answer(waiting, aside)
    still_aside = unreadable.release()
    if not raised:
        try:
            _require_complete(record, state, still_aside)
            _require_nothing_aside(record, still_aside)
        except Rejected as error:
            opening.refuse(record, error)
            return _answer(0, aside, refused=True, rings=bool(record.get("scheduled")))
    if lacking := [month for month in months if month not in raised]:
        ownership.raise_fences(event, lacking)
    if running := _running(months, aside):
        return _answer(running, aside)
    attempt = int(record["attempt"])
    plan = settlement_store.find_plan(settlement_id, attempt)
    if plan is None or _is_stale(plan, record, state, still_aside):
        settlement_store.update(settlement_id, event["owner"], attempt=attempt + (plan is not None), cutoff=clock.timestamp())
    return _answer(0, aside)


def _answer(pending: int, aside: Iterable[Aside], *, refused: bool = False, rings: bool = False) -> Event:
    return {"pending": pending, "refused": refused, "rings": rings, "set_aside": [one.to_json() for one in aside]}


def _waiting(record: settlement_store.Settlement, looks: int, aside: list[Aside]) -> int:
    """How much is still to be accrued of what was accepted before the settlement was asked for; after many looks it is set aside."""
    found = outbox.gather()
    late = found.unfinished(record["through"], record["requested_at"])
    if not late:
        return 0
    outbox.dispatch(f"{record['settlement_id']}/{clock.timestamp()[:_TEN_MINUTES]}", found, urgent=True)
    if looks <= LOOKS_MAX:
        return len(late)
    detail = f"not accrued within {LOOKS_MAX} minutes of looking"
    aside += [one for name in late if (one := accrual.set_aside(name, quarantine.LATE, detail))]
    return 0


def _running(months: Iterable[str], aside: list[Aside]) -> int:
    """How many workers have started and not finished; those that cannot live any more are given up."""
    alive = 0
    for month, partition, since in fences.running(months):
        if clock.now() - datetime.fromisoformat(since) <= WORKER_LIFE_MAX:
            alive += 1
        elif fences.give_up(month, partition, since):
            detail = f"the worker that started at {since} ended without a word: out of memory or of time"
            one = accrual.set_aside(partition, quarantine.WORKER_DIED, detail, month)
            aside += [one] if one else []
        else:
            alive += 1  # another worker took over just now
    return alive


def _require_nothing_aside(record: settlement_store.Settlement, aside: Mapping[str, Aside]) -> None:
    """The gate of a strict settlement: raises `Rejected` with every partition that is set aside. Whether rates lack is seen later."""
    found = [one for one in quarantine.concerning(record["through"], aside) if not missing_rates.is_rate(one)]
    if record.get("strict") and found:
        message = "partitions are set aside; mend them and POST /v1/quarantine/{partition}:retry, or settle without `strict`"
        faults = [Fault(f"{one.reason}: {one.detail}", field=quarantine.shown(one.partition)) for one in found]
        raise Rejected(message, faults)


def _require_complete(record: settlement_store.Settlement, state: _ReadState, aside: Mapping[str, Aside]) -> None:
    """The gate: raises `Incomplete` with everything that a reporter declared, or had to declare, and that is not here."""
    waived = {(waiver["reporter"], waiver["month"]) for waiver in record["waive"]}
    if not (later := [month for month in state.months if month > state.head["through"]]):
        return
    facts = completeness_store.GateFacts.of(state.found.deals, aside.values())
    missing = [fault for month in later for fault in completeness_store.gate(month, facts).stopping(month, waived)]
    if missing:
        raise Incomplete("usage is not complete; send what is missing, or waive it with a reason", missing)


def _is_stale(plan: Plan, record: settlement_store.Settlement, state: _ReadState, aside: Mapping[str, Aside]) -> bool:
    """Whether facts or the chain moved on since an earlier attempt fixed its plan, its day was locked, or somebody was forgotten."""
    stands = (
        sealed_state.before(plan) == sealed_state.of_chain(state.head)
        and plan.through == record["through"]
        and plan.preview == record["preview"]
        and plan.waivers == [dict(waiver) for waiver in record["waive"]]
        and plan.rates == rate_store.for_plan(plan.settlement_id, plan.through, preview=plan.preview)
        and plan.code == record["code"]  # parts made by one version of the code are not joined with those of another
        and plan.waiting == agenda.waiting(record, state.months, state.books, state.found, aside)
        and plan.quarantined == missing_rates.named_aside(record, aside)
    )
    accrued = accrual_store.has_changed(state.months, plan.cutoff)
    locked = plan.cutoff[:MONTH_DIGITS] <= periods.locked_through()
    return plan.preview or not stands or accrued or locked or finance.Chosen.moved(plan) or agenda.forgotten_since(plan.cutoff)
