"""A work's accruals of a month, priced with today's deals: what a settlement would credit if it settled now.

Prices of single uses are exact. Pooled terms depend on all works of the month, so they are `provisional`: a small month is measured whole
on the spot, a larger one takes the totals of the last settlement that looked at it, and without one the pools are left out.
Minimum guarantees and liquidations, which look at everybody's lines, are left out too. Finance sees all lines; an owner those of
which it, or its society for it, is the payee, and what waits in suspense under open deals.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from overtone import clock
from overtone.aws import keys, tables
from overtone.errors import Forbidden, NotFound
from overtone.lines import OFF_THE_TOP, PARTY, LineKey, Posting
from overtone.mechanisms import MECHANISMS
from overtone.mechanisms.periods import period_months
from overtone.mechanisms.totals import Totals
from overtone.money import format_amount, format_share
from overtone.months import last_day
from overtone.partitions import bucket_of
from overtone.rights.registry import Work
from overtone.rights.versions import Entity
from overtone.scales import Pico
from overtone.settlement import rounds
from overtone.settlement.entitlement import Pricing
from overtone.settlement.missing_rates import RatesMissing
from overtone.settlement.plan import MonthPlan, Plan, latest_runs
from overtone.settlement.rounds import MonthOpening
from overtone.settlement.tally import Priced
from overtone.stores import accruals as accrual_store
from overtone.stores import books as book_store
from overtone.stores import chain as chain_store
from overtone.stores import ledger_setup, outbox, retention, training_runs
from overtone.stores import rates as rate_store
from overtone.stores import registry as registry_store
from overtone.stores import settlements as settlement_store
from overtone.stores.books import NO_BOOK, BooksByMonth
from overtone.stores.entities import WORKS
from overtone.stores.month_parts import MonthParts

MEASURED_WORKS_MAX: Final = 5_000
"""Rows of a month that are measured on the spot, within a request's 29 seconds."""
RECORDINGS_MAX: Final = 500
"""Recordings of a composition whose accruals are looked at."""


class _Question(NamedTuple):
    """The question: a month as of now, and what it is priced with."""

    plan: Plan
    month: str
    parts: MonthParts

    @property
    def pricing(self) -> Pricing:
        return self.parts.pricing


class _Basis(NamedTuple):
    """Totals with their pools, and where they come from."""

    totals: Totals
    source: str


def view(work_id: str, month: str, party_id: str, *, everything: bool) -> dict[str, Any]:
    """The priced accruals; raises `NotFound`, and `Forbidden` for a party without a share."""
    work = registry_store.find(WORKS, work_id)
    if work is None:
        raise NotFound(f"there is no work {work_id!r}")
    if not everything and party_id not in _holders(work):
        raise Forbidden(f"{party_id!r} has no share in {work_id}; its owners, finance and admin see what it earns")
    recordings = registry_store.recordings_of(work.id)
    question, basis = _answerable(_ask(month, _names(work, recordings[:RECORDINGS_MAX])))
    postings, provisional = _priced(question, basis.totals)
    shown = {
        key: posting for key, posting in postings.items() if key.work_id == work_id and (everything or _concerns(question, key, party_id))
    }
    return {
        "work_id": work_id,
        "month": month,
        "as_of": outbox.accrued_until(month) or None,
        "priced_at": question.plan.cutoff,
        "pools": basis.source,
        "not_included": [*_not_included(question), *(["recordings"] if len(recordings) > RECORDINGS_MAX else [])],
        "totals": _totals_json(shown),
        "lines": [_line_json(key, posting, provisional=key in provisional) for key, posting in sorted(shown.items())],
    }


def _not_included(question: _Question) -> list[str]:
    """What looks at more than the first round comes to, and what lacks a rate."""
    pricing = question.pricing
    later = [*(["caps"] if pricing.capped("caps") else []), *(["minimum_guarantee", "liquidation"] if pricing.needs_lines else [])]
    return [*later, *(["no_rate"] if question.plan.waiting else [])]


def _holders(work: Entity[Work]) -> set[str]:
    return {work.owner, *(share.party for version in work.versions for share in version.content.shares)} - {""}


def _names(work: Entity[Work], recordings: Sequence[str]) -> list[str]:
    """Every key that reaches the work: its own, and those of these recordings of a composition."""
    found = registry_store.works(recordings).values() if recordings else ()
    return sorted({key for entity in (work, *found) for key in registry_store.keys_ever(entity)})


def _ask(month: str, names: Sequence[str]) -> _Question:
    now, setup = clock.timestamp(), ledger_setup.required()
    touched: dict[str, list[str]] = {}
    for key in names:
        touched.setdefault(f"{bucket_of(key, setup.buckets):04d}", []).append(key)
    plan = Plan(
        settlement_id="",
        attempt=0,
        preview=True,
        through=month,
        cutoff=now,
        previous=None,
        waivers=[],
        buckets=setup.buckets,
        runs=training_runs.run_headers(now),
        months=[MonthPlan(month, touched, "", {})],
        rates=[],
        page_items=setup.page_items,
    )
    return _Question(plan, month, MonthParts(plan, month))


def _priced(question: _Question, totals: Totals) -> tuple[dict[LineKey, Posting], set[LineKey]]:
    """What stands under each key, and the keys whose terms are pooled."""
    pooled: set[LineKey] = set()

    def trace(priced: Priced) -> None:
        if MECHANISMS[priced.term.terms.mechanism].pooled(priced.term.terms):
            pooled.update(map(_named, (priced.key, priced.key._replace(side=OFF_THE_TOP, account=PARTY, reason=""))))

    postings: dict[LineKey, Posting] = {}
    for part in question.plan.parts_of(question.plan.months[0]):
        postings |= rounds.together(question.parts.part(part).entitled(totals, trace)).every_posting()
    return postings, {key for key in postings if _named(key) in pooled}


def _named(key: LineKey) -> LineKey:
    """The key of a line in whatever currency; of what comes off the top of it, whoever gets that."""
    named = key._replace(currency="")
    return named._replace(party_id="", member_id="") if key.side == OFF_THE_TOP else named


def _concerns(question: _Question, key: LineKey, party_id: str) -> bool:
    if key.account == "party":
        return party_id in {key.party_id, key.member_id}
    active = question.pricing.deals.get(key.deal_id)
    return active is not None and active.deal.is_open


# --- totals


def _answerable(question: _Question) -> tuple[_Question, _Basis]:
    """The question without the licensees that lack a rate, who stand still until it is posted; and what it is answered with."""
    try:
        return question, _basis(question)
    except RatesMissing as missing:
        months = _together(question, book_store.previous(chain_store.head()))
        still = sorted({(month, lack.licensee) for month in months for lack in missing.lacks})
        plan = question.plan._replace(waiting=[*question.plan.waiting, *map(list, still)])
        return _answerable(_Question(plan, question.month, MonthParts(plan, question.month)))


def _basis(question: _Question) -> _Basis:
    if not question.pricing.has_pools:
        return _Basis(Totals(), "none")
    head = chain_store.head()
    books = book_store.previous(head)
    months = _together(question, books)
    settled = ((month, books.get(month, NO_BOOK)["settled_by"]) for month in months)
    question = question._replace(plan=question.plan._replace(rates=rate_store.of_months(settled, head["sealed_id"], head["through"])[0]))
    if sum(_size(question, month) for month in months) <= MEASURED_WORKS_MAX:
        return _Basis(_measured(question, months, books), "measured now")
    book = books.get(question.month)
    if book and book["settled_by"]:
        record = settlement_store.get(book["settled_by"])
        if retention.workings_over(record["cutoff"][:10]):
            return _Basis(Totals(), "left out: the month is large, and what it was settled with is kept no more")
        plan = settlement_store.plan_of(record)
        return _Basis(book_store.final_totals(plan, [question.month])[question.month], f"as of settlement {plan.settlement_id}")
    return _Basis(Totals(), "left out: the month is large and was not settled yet")


def _together(question: _Question, books: BooksByMonth) -> list[str]:
    """The month, and before it those that its terms count together with it: a year's tiers, a quarter's fee."""
    first = question.pricing.counts_from
    return sorted(
        {month for month in {*books, *period_months("year", question.month)} if first <= month < question.month} | {question.month}
    )


def _size(question: _Question, month: str) -> int:
    """How many rows a measurement of a month would read, at most."""
    used = sum(int(summary["works"]) for summary in accrual_store.summaries(month))
    latest = set(latest_runs(question.plan.runs, last_day(month)))
    headers = (tables.ledger().get(keys.run_index(run.trained_on, run.licensee, run.run_id)) for run in sorted(latest))
    return used + sum(int(header["works"]) for header in headers if header)


def _measured(question: _Question, months: Sequence[str], books: BooksByMonth) -> Totals:
    """The month's totals with the pools of the first round open, from all of its works, as if it settled now."""
    *others, (opening, sums) = (_sums(question, month) for month in months)
    known = rounds.with_others(sums, others)
    return rounds.opened({question.month: opening}, {question.month: known}, book_store.standing(books))[question.month]


def _sums(question: _Question, month: str) -> tuple[MonthOpening, Totals]:
    """What all works of a month come to."""
    whole = MonthPlan(month, None, "", {})
    parts = MonthParts(question.plan._replace(months=[whole]), month, question.parts.deals)
    return parts.opening(), rounds.merged(parts.part(name).measured() for name in parts.plan.parts_of(whole))


# --- as JSON


def _line_json(key: LineKey, posting: Posting, *, provisional: bool) -> dict[str, Any]:
    about = {name: value for name, value in key._asdict().items() if value and name not in {"work_id", "usage_month"}}
    figures = {"quantity": format_share(posting.quantity), "amount": format_amount(posting.amount)}
    shadow = {"shadow": format_amount(posting.shadow)} if posting.shadow else {}
    return about | figures | shadow | {"provisional": provisional}


def _totals_json(postings: Mapping[LineKey, Posting]) -> list[dict[str, str]]:
    """By mechanism, licensee and currency."""
    sums: dict[tuple[str, str, str], int] = {}
    for key, posting in postings.items():
        name = (key.mechanism, key.licensee, key.currency)
        sums[name] = sums.get(name, 0) + posting.amount
    return [
        {"mechanism": mechanism, "licensee": licensee, "currency": currency, "amount": format_amount(Pico(amount))}
        for (mechanism, licensee, currency), amount in sorted(sums.items())
    ]
