"""The steps of a what-if, in the states of a settlement's machine: the same passes over the same accruals, other terms, nothing posted.

It takes neither the chain nor the fence, so it holds up nobody. Where facts moved while it read them it ends, and says so.
`before` are the books, where they still say what the facts say; else what was sealed is computed beside, as a world of its own.
"""

from collections.abc import Callable, Collection, Mapping
from itertools import chain
from typing import Any, Final, NamedTuple

import orjson

from overtone import clock
from overtone.errors import Conflict
from overtone.lines import LineKey, Posting
from overtone.mechanisms.totals import numbers_to_json
from overtone.scenarios import comparison, rules
from overtone.scenarios.lens import Lens
from overtone.scenarios.requests import SEALED
from overtone.scenarios.viewer import Viewer
from overtone.settlement import rounds
from overtone.settlement.books import BookEntry, in_order
from overtone.settlement.missing_rates import RatesMissing
from overtone.settlement.plan import RESIDUE_PART, MonthPlan, Plan
from overtone.settlement.pricing_facts import Entitled
from overtone.steps.settlement import agenda, passes, what_if_accrual, what_if_files
from overtone.steps.settlement.what_if_files import Basis
from overtone.stores import accruals as accrual_store
from overtone.stores import books as book_store
from overtone.stores import chain as chain_store
from overtone.stores import ledger_setup, line_objects, sealed_state, training_runs, what_ifs
from overtone.stores import rates as rate_store
from overtone.stores import registry as registry_store
from overtone.stores import settlements as settlement_store
from overtone.stores.books import NO_BOOK, BooksByMonth
from overtone.stores.month_parts import MonthParts

Event = dict[str, Any]
BEFORE_WORLD: Final = "before"
_RAN: Final = {"refused": False, "rings": False}


class WhatIfRun(NamedTuple):
    """A what-if as an execution goes on with it."""

    path: str
    record: what_ifs.WhatIf

    @classmethod
    def of(cls, event: Event) -> "WhatIfRun":
        return cls(str(event["settlement_id"]), event["record"])

    def plan(self, world: str = "") -> Plan:
        return what_ifs.plan_of(f"{self.path}/{world}" if world else self.path, int(self.record["requests"]))

    def basis(self) -> Basis:
        return Basis.from_json(settlement_store.load_json(self.plan(), "basis.json"))

    def worlds(self) -> list[str]:
        """The worlds that are computed."""
        return ["", BEFORE_WORLD] if self.basis().source == what_if_files.COMPUTED else [""]


def concerns(event: Event) -> bool:
    """Whether a step is a what-if's."""
    return "what_if" in (event.get("request") or {}) or str(event.get("settlement_id") or "").startswith(what_ifs.FOLDER)


def owned(event: Event) -> what_ifs.WhatIf:
    """The record of a step's what-if; raises `Conflict` unless the execution that runs the step owns it."""
    record = what_ifs.get(*what_ifs.named(str(event["settlement_id"])))
    if record["owner"] != event["owner"]:
        raise Conflict(f"what-if {record['what_if_id']} belongs to another execution now; this one changes nothing more")
    return record


def open_what_if(event: Event) -> Event:
    """Go on with what was asked, unless it is done or another execution's."""
    path = str(event["request"]["what_if"])
    record = what_ifs.get(*what_ifs.named(path))
    mine = record["status"] == what_ifs.COMPUTING and record["owner"] == event["owner"]
    return {"settlement_id": path, **_RAN, "refused": not mine}


def drain(event: Event) -> Event:
    """Nothing is waited for: a what-if looks at the accruals that exist, or makes its own where outputs are attributed otherwise."""
    run = WhatIfRun.of(event)
    _fix_plan(run)
    plan = run.plan()
    pending = what_if_accrual.look(plan) if Lens.of(plan.change).measures_anew else 0
    return {"pending": pending, **_RAN, "set_aside": []}


# --- the plan


def make_plan(event: Event) -> Event:
    """The items of the Map states by their numbers: all parts of the worlds that are computed."""
    run = WhatIfRun.of(event)
    sizes = {world: run.plan(world).items for world in run.worlds()}
    return {"parts": [{"world": world, "number": number} for world, size in sizes.items() for number in range(size)]}


def _fix_plan(run: WhatIfRun) -> None:
    """Fix the worlds that are computed and what they are compared with."""
    number = int(run.record["requests"])
    if settlement_store.find_plan(run.path, number) is None:
        question = what_ifs.question_of(run.record)
        plan, basis = _planned(run, question)
        settlement_store.save_json(plan, basis.to_json(), "basis.json")
        settlement_store.save_plan(plan._replace(settlement_id=f"{run.path}/{BEFORE_WORLD}", change=[]))
        settlement_store.save_plan(plan)


def _planned(run: WhatIfRun, question: Mapping[str, Any]) -> tuple[Plan, Basis]:
    asker, months = run.record["asker"], sorted(question["months"])
    viewer = _viewer(asker, Lens.of(question["change"]))
    compare = question.get("compare", SEALED)
    if compare != SEALED:
        other = what_ifs.get(asker, compare)
        its_plan = what_ifs.plan_of(what_ifs.path_of(asker, compare), int(other["requests"]))
        read_at = Basis.from_json(settlement_store.load_json(its_plan, "basis.json")).read_at
        plan = its_plan._replace(settlement_id=run.path, attempt=int(run.record["requests"]), change=question["change"])
        plan = _of_months(plan, months, book_store.before(plan))  # its own terms may count other months together
        return plan, Basis(what_ifs.path_of(asker, compare), int(other["requests"]), read_at, months, viewer)
    plan, says_so = _of_sealed(run, months, question["change"])
    source = what_if_files.BOOKS if says_so else what_if_files.COMPUTED
    return plan, Basis(source, 0, clock.timestamp(), months, viewer)


def _viewer(asker: str, lens: Lens) -> Viewer:
    deals = registry_store.deals()
    own = rules.own_deals(deals, asker) | rules.own_deals(lens.deals(deals), asker) if asker else frozenset[str]()
    return Viewer(asker, own)


def _of_sealed(run: WhatIfRun, months: list[str], change: list[dict[str, Any]]) -> tuple[Plan, bool]:
    """The plan, and whether the books say what the facts say: as of the last settlement, unless a month was never settled.

    At the rates that the months were settled at: where these differ, the later month's, and the books are of other rates.
    """
    head = chain_store.head()
    books = book_store.previous(head)
    settled = bool(head["sealed_id"]) and all(books.get(month, NO_BOOK)["settled_by"] for month in months)
    cutoff, setup = head["cutoff"] if settled else clock.timestamp(), ledger_setup.required()
    plan = Plan(
        settlement_id=run.path,
        attempt=int(run.record["requests"]),
        preview=True,
        through=max(head["through"], months[-1]),
        cutoff=cutoff,
        previous=sealed_state.of_chain(head),
        waivers=[],
        buckets=setup.buckets,
        runs=training_runs.run_headers(cutoff),
        months=[],
        rates=[],
        change=change,
        page_items=setup.page_items,
    )
    plan = _of_months(plan, months, books)
    rates, alike = rate_store.of_months(((month.month, month.settled_by) for month in plan.months), head["sealed_id"], head["through"])
    moved = accrual_store.has_changed((month.month for month in plan.months), cutoff) if settled else True
    return plan._replace(rates=rates), alike and not moved


def _of_months(plan: Plan, months: list[str], books: BooksByMonth) -> Plan:
    """The plan of the months asked, and of those that terms count together with them."""
    deals, still = registry_store.readable_deals()
    known = dict.fromkeys(agenda.candidate_months(plan.through, books, deals), NO_BOOK) | books  # settled or not
    chosen = [MonthPlan(month, None, books.get(month, NO_BOOK)["settled_by"], books.get(month, NO_BOOK)["parts"]) for month in months]
    found = {
        month.month: month for of in (deals, Lens.of(plan.change).deals(deals)) for month in agenda.whole_years(chosen, plan, known, of)
    }
    waiting = [[month, name] for month in sorted(found) for name in sorted({*books.get(month, NO_BOOK).get("waiting", ()), *still})]
    return plan._replace(months=[found[month] for month in sorted(found)], waiting=waiting)


# --- the passes


def measure(event: Event) -> Event:
    """A round of sums of some parts of one world; a world that needs no such round has nothing to measure."""
    plan, number = WhatIfRun.of(event).plan(event["part"]["world"]), int(event["round"])
    if _has_round(plan, number):
        passes.measure_parts(plan, number, plan.item(event["part"]["number"]))
    return {}


def sum_totals(event: Event) -> Event:
    """Add each world's parts up and open its pools; answers whether one of them needs a further round."""
    run, number = WhatIfRun.of(event), int(event["round"])
    plans = [run.plan(world) for world in run.worlds()]
    try:
        more = [passes.open_totals(plan, number) for plan in plans if _has_round(plan, number)]
    except RatesMissing as missing:
        raise missing.refused() from missing
    return {"more": any(more), "again": False}


def _has_round(plan: Plan, number: int) -> bool:
    return number == 1 or settlement_store.saved(plan, "totals", str(number - 1), "next.json")


def compute(event: Event) -> Event:
    """What some parts come to in one world, whole: nothing is subtracted and nothing posted."""
    plan = WhatIfRun.of(event).plan(event["part"]["world"])
    wanted = plan.item(event["part"]["number"])
    month = wanted["month"]
    totals, parts = book_store.final_totals(plan, [month])[month], MonthParts(plan, month)
    for part in wanted["parts"]:
        ready = parts.part(part)
        whole = rounds.together(ready.entitled(totals))
        _keep(plan, month, part, whole)
        if not event["part"]["world"]:
            places = [[*name, used] for name, used in sorted(comparison.places_of(ready.works).items())]
            settlement_store.save_json(plan, places, "places", month, f"{part}.json")
    return {}


def _keep(plan: Plan, month: str, part: str, whole: Entitled) -> None:
    """A part as a book, behind a line of what its pools paid."""
    head = orjson.dumps(numbers_to_json(whole.pools_paid)) + b"\n"
    postings = whole.every_posting()
    if waiting := plan.waiting_in(month):  # what was posted of these stands
        postings = {key: posting for key, posting in postings.items() if key.licensee not in waiting} | _posted(plan, month, part, waiting)
    entries = (BookEntry(key, postings[key], "").encode() for key in in_order(postings))
    zipped = line_objects.zipped(chain((head,), entries), line_objects.WORKING_LEVEL)
    settlement_store.create_once(book_store.part_key(plan, month, part), zipped)


def _posted(plan: Plan, month: str, part: str, licensees: Collection[str]) -> dict[LineKey, Posting]:
    """What stands of some licensees in a part's book."""
    entries = map(BookEntry.decode, what_if_files.of_books(plan.month(month), part))
    return {entry.key: entry.posting for entry in entries if entry.key.licensee in licensees}


# --- the end


def emit(event: Event) -> Event:
    """What pools could not divide, then both worlds side by side, in files."""
    run = WhatIfRun.of(event)
    for world in run.worlds():
        _clear(run.plan(world))
    basis, plan = run.basis(), run.plan()
    if accrual_store.has_changed((month.month for month in plan.months), basis.read_at):
        raise Conflict("usage of these months was accrued since the facts to compare with were read; ask again")
    written = what_if_files.write(run.record, plan, _before(run, basis), basis)
    settlement_store.save_json(plan, written, "emitted.json")
    return {"ranges": []}


def _before(run: WhatIfRun, basis: Basis) -> Plan | None:
    """The world that it is compared with; `None`: the books."""
    if basis.number:
        return what_ifs.plan_of(basis.source, basis.number)
    return run.plan(BEFORE_WORLD) if basis.source == what_if_files.COMPUTED else None


def _clear(plan: Plan) -> None:
    paid = {month.month: what_if_files.pools_paid(plan, month) for month in plan.months}
    totals = book_store.final_totals(plan, paid)
    for month, cleared in rounds.cleared(passes.openings_of(plan), totals, paid).items():
        _keep(plan, month, RESIDUE_PART, Entitled(cleared.postings, {}, {}, []))


def seal(event: Event) -> Event:
    """Say that it is done."""
    run = WhatIfRun.of(event)
    written = settlement_store.load_json(run.plan(), "emitted.json")
    what_ifs.update(run.path, event["owner"], status=what_ifs.DONE, finished_at=clock.timestamp(), **written)
    return {"settlement_id": run.path, "manifest_sha256": written["files"][0]["sha256"]}


def fail(event: Event) -> Event:
    """Say why; asking again starts anew. Nobody is woken: whoever asked looks for the answer."""
    path = event["settlement_id"] or event["request"]["what_if"]
    record, error = what_ifs.get(*what_ifs.named(path)), event["error"]
    if record["owner"] == event["owner"] and record["status"] == what_ifs.COMPUTING:
        detail = f"{error.get('Error', '')}: {error.get('Cause', '')}"[:2000]
        what_ifs.update(path, event["owner"], status=what_ifs.FAILED, detail=detail)
    return {"rings": False}


STEPS: Final[dict[str, Callable[[Event], Event]]] = {
    "open": open_what_if,
    "drain": drain,
    "plan": make_plan,
    "measure": measure,
    "totals": sum_totals,
    "compute": compute,
    "emit": emit,
    "seal": seal,
    "fail": fail,
}
