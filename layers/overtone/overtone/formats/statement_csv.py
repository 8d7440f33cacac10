"""A statement as CSV: every figure exact, one row each, `section` saying what it is."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from operator import attrgetter
from typing import Final

from overtone.formats import statement_changes, tongue
from overtone.formats.settlement_csv import MARKS, safe
from overtone.payout.changes import SourceChange, TotalChange
from overtone.payout.earnings import EarningsRow, SourceEarnings, StatementDraft
from overtone.payout.files import csv_cell, csv_row
from overtone.payout.statement import Statement
from overtone.settlement.entries import names_in

COLUMNS: Final = (
    *("section", "item", "usage_month", "work_id", "title", "side", "quantity", "amount", "shadow", "currency"),
    *("line_id", "corrects", "detail", "isrc", "iswc"),
)
_BALANCE: Final = (
    *("opening", "earned", "converted", "returned", "recouped", "withheld", "paid", "closing", "held"),
    *("reserve_opening", "reserve_held", "reserve_released", "reserve"),
)
_figures: Final = attrgetter(*_BALANCE)
_HEADER: Final = csv_row(COLUMNS)
_SCHEMES: Final = ("isrc:", "iswc:")
_TITLE: Final = 3
_FORMS_MAX: Final = 1_024
"""Currencies with each status that an account may have."""


def render(draft: StatementDraft) -> tuple[bytes, int]:
    """The file, and how many rows it has."""
    rest = draft.rest
    accounts = [_form(balance.currency, balance.status) % _figures(balance) for balance in rest.balances]
    income = [row for source in draft.sources for row in _income(source)]
    others = list(map(csv_row, _rows(rest)))
    return "".join((_HEADER, *accounts, *income, *others)).encode(), len(accounts) * len(_BALANCE) + len(income) + len(others)


@lru_cache(_FORMS_MAX)
def _form(currency: str, status: str) -> str:
    """The rows of an account, their figures left open; no cell of theirs needs quotes."""
    told = {"closing": status}
    return "".join([f"account,{name},,,,,,%s,,{currency},,,{told.get(name, '')},,\n" for name in _BALANCE])


def _income(source: SourceEarnings) -> list[str]:
    """The rows of a source; cells are looked at one by one where any of its free texts needs more than a pair of quotes."""
    rows, free = source.works, source.free
    if '"' in free or "\n" in free or "\r" in free or not MARKS.isdisjoint([row[_TITLE][:1] for row in rows]):
        return [_with_care(source, row) for row in rows]
    return _in_one_go(csv_cell(safe(source.heading)), source.currency, rows)


def _in_one_go(heading: str, currency: str, rows: Iterable[EarningsRow]) -> list[str]:
    """Rows whose texts have no quotes, line ends and formulas: whatever has a comma stands between quotes."""
    written = []
    for _, work_id, key, title, _, _, called, line_id, month, side, quantity, amount, shadow, words, _ in rows:
        names = ","
        if called or key[:5] in _SCHEMES:
            names = ",".join(map(csv_cell, _names((key, *names_in(called)))))
        work = f"{work_id},{title}" if "," not in work_id and "," not in title else f"{csv_cell(work_id)},{csv_cell(title)}"
        cell = f'"{words}"' if "," in words else words
        written.append(f"income,{heading},{month},{work},{side},{quantity},{amount},{shadow},{currency},{line_id},,{cell},{names}\n")
    return written


def _with_care(source: SourceEarnings, row: EarningsRow) -> str:
    _, work_id, key, title, _, _, called, line_id, month, side, quantity, amount, shadow, words, _ = row
    about = "income", safe(source.heading), month, work_id, safe(title), side, quantity, amount, shadow
    return csv_row((*about, source.currency, line_id, "", words, *_names((key, *names_in(called)))))


def _rows(told: Statement) -> Iterator[tuple[str, ...]]:
    for change in told.adjustments:
        head, title = safe(change.heading), safe(change.title)
        yield (
            *("adjustment", head, change.usage_month, "", title, change.side, change.quantity, change.amount),
            *("", change.currency, change.line_id, change.corrects, change.reason, *_names(change.identifiers)),
        )
    yield from _changes(told)
    yield from _deductions(told)
    yield from _waiting(told)


def _names(keys: Iterable[str]) -> tuple[str, str]:
    """The ISRCs and the ISWCs among a work's keys, each in one cell."""
    isrcs, iswcs = list[str](), list[str]()
    for key in dict.fromkeys(keys):
        scheme, _, number = key.partition(":")
        if scheme == "isrc":
            isrcs.append(number)
        elif scheme == "iswc":
            iswcs.append(number)
    return " ".join(isrcs), " ".join(iswcs)


def _changes(told: Statement) -> Iterator[tuple[str, ...]]:
    """What changed since the statement before: `amount` is the difference, `detail` what it was then and why."""
    if told.comparison is None or not (told.comparison.sources or told.comparison.totals):
        return
    english = tongue.of(tongue.ENGLISH)
    for one in told.comparison.sources:
        why = statement_changes.sentence(one.reasons, one.mechanism, one.currency, english)
        yield _row("change", safe(one.heading), amount=one.difference, currency=one.currency, detail=safe(_then(one, why)))
    for total in told.comparison.totals:
        why = statement_changes.sentence(total.reasons, "", total.currency, english)
        yield _row("change", total.what, amount=total.difference, currency=total.currency, detail=safe(_then(total, why)))


def _then(change: SourceChange | TotalChange, why: str) -> str:
    return f"{change.before} before, {change.now} now" + (f": {why}" if why else "")


def _deductions(told: Statement) -> Iterator[tuple[str, ...]]:
    for advance in told.advances:
        for move in advance.history:
            detail = f"advanced {move.advanced}, recouped {move.recouped}"
            yield _row("advance", advance.deal_id, move.through, amount=move.balance, currency=advance.currency, detail=detail)
    for change in told.conversions:
        detail = safe(f"{change.amount} {change.currency} at {change.rate} ({change.source})")
        yield _row("conversion", change.currency, amount=change.result, currency=change.result_currency, detail=detail)
    for item in told.collected:
        detail = f"gross {item.gross}, admin fee {item.admin_fee}, cultural deduction {item.cultural_deduction}"
        yield (
            *("collected_by_society", item.society, item.usage_month, item.work_id, safe(item.title), "", "", item.net),
            *("", item.currency, "", "", detail, *_names(item.identifiers)),
        )


def _waiting(told: Statement) -> Iterator[tuple[str, ...]]:
    for one in told.suspended:
        works = ", ".join((*one.works, *(["and others"] if one.more_works else [])))
        detail = f"{one.why}; since settlement {one.since}, {one.change} of it new; {one.remedy}"
        yield ("suspended", one.reason, one.first_month, "", safe(works), "", "", one.amount, "", one.currency, "", "", detail, "", "")
    for use in told.breaches:
        detail = safe(f"{use.use} by {use.licensee} since {use.first_seen}, {use.evidence}")
        head = ("breach", use.kind, use.usage_month, use.work_id, safe(use.title), use.side)
        yield (*head, use.quantity, use.amount, "", use.currency, "", "", detail, "", "")


def _row(section: str, item: str, month: str = "", *, amount: str, currency: str, detail: str) -> tuple[str, ...]:
    return (section, item, month, "", "", "", "", amount, "", currency, "", "", detail, "", "")
