"""A statement as CSV: every figure exact, one row each, `section` saying what it is."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from typing import Final

from overtone.formats import statement_changes, tongue
from overtone.formats.settlement_csv import safe
from overtone.formats.statement_lines import IncomeTexts, isrcs_and_iswcs
from overtone.money import format_amount, stored_amount
from overtone.payout.advance_view import AdvanceView
from overtone.payout.changes import ComparedStatement, SourceChange, TotalChange
from overtone.payout.files import csv_row
from overtone.payout.statement import (
    ByHand,
    Collected,
    CorrectedLine,
    Exchange,
    Misuse,
    Statement,
    SuspendedMoney,
    WaitingMoney,
    YearSum,
)
from overtone.scales import Pico

COLUMNS: Final = (
    *("section", "item", "usage_month", "work_id", "title", "side", "quantity", "amount", "shadow", "currency"),
    *("line_id", "corrects", "detail", "isrc", "iswc"),
)
_BALANCE: Final = (
    *("opening", "earned", "converted", "returned", "adjusted", "written_off", "recouped", "withheld", "paid", "closing"),
    *("held", "uncollected", "reserve_opening", "reserve_held", "reserve_released", "reserve"),
)
"""The closing is what stands before it: what comes in up to `adjusted`, less the rest."""
_figures: Final = attrgetter(*_BALANCE)
_HEADER: Final = csv_row(COLUMNS)
_FORMS_MAX: Final = 1_024
"""Currencies with each status that an account may have."""


def render(rest: Statement, income: IncomeTexts) -> tuple[bytes, int]:
    """The file of all of a statement but its sources, and of these as they were written; and how many rows it has."""
    accounts = [_form(balance.currency, balance.status) % _figures(balance) for balance in rest.balances]
    others = list(map(csv_row, _rows(rest)))
    content = "".join((_HEADER, *accounts, income.csv, *others)).encode()
    return content, len(accounts) * len(_BALANCE) + income.rows + len(others)


@lru_cache(_FORMS_MAX)
def _form(currency: str, status: str) -> str:
    """The rows of an account, their figures left open; no cell of theirs needs quotes."""
    ends = {"closing": status}
    return "".join([f"account,{name},,,,,,%s,,{currency},,,{ends.get(name, '')},,\n" for name in _BALANCE])


_Cells = tuple[str, ...]


def _rows(statement: Statement) -> Iterator[_Cells]:
    yield from chain.from_iterable(map(_year, statement.year_to_date))
    yield from map(_adjustment, statement.adjustments)
    yield from map(_waiting, statement.waiting)
    yield from map(_by_hand, statement.by_hand)
    if statement.comparison is not None and (statement.comparison.sources or statement.comparison.totals):
        yield from _changes(statement.comparison)
    yield from chain.from_iterable(map(_advance, statement.advances))
    yield from map(_conversion, statement.conversions)
    yield from map(_collected, statement.collected)
    yield from map(_suspended, statement.suspended)
    yield from map(_breach, statement.breaches)


def _year(year: YearSum) -> Iterator[_Cells]:
    detail = f"{year.year}, since settlement {year.since}"
    for name, amount in (("earned", year.earned), ("paid", year.paid), ("withheld", year.withheld)):
        yield _row("year_to_date", name, amount=amount, currency=year.currency, detail=detail)


def _waiting(entry: WaitingMoney) -> _Cells:
    """What of its part of an invoice the licensee has not paid."""
    left = format_amount(Pico(stored_amount(entry.amount) - stored_amount(entry.paid)))
    invoice = f", invoice {entry.invoice}" if entry.invoice else ""
    detail = f"settlement {entry.settlement_id}{invoice}: {entry.amount} billed, {entry.paid} of it paid"
    return _row("not_collected", entry.licensee, amount=left, currency=entry.currency, detail=detail)


def _by_hand(change: ByHand) -> _Cells:
    return _row("by_hand", change.adjustment_id, amount=change.amount, currency=change.currency, detail=safe(change.reason))


def _adjustment(change: CorrectedLine) -> _Cells:
    head, title = safe(change.heading), safe(change.title)
    return (
        *("adjustment", head, change.usage_month, "", title, change.side, change.quantity, change.amount),
        *("", change.currency, change.line_id, change.corrects, change.reason, *isrcs_and_iswcs(change.identifiers)),
    )


def _changes(compared: ComparedStatement) -> Iterator[_Cells]:
    """What changed since the statement before: `amount` is the difference, `detail` what it was then and why."""
    english = tongue.of(tongue.ENGLISH)
    for one in compared.sources:
        why = statement_changes.sentence(one.reasons, one.mechanism, one.currency, english)
        yield _row("change", safe(one.heading), amount=one.difference, currency=one.currency, detail=safe(_then(one, why)))
    for total in compared.totals:
        why = statement_changes.sentence(total.reasons, "", total.currency, english)
        yield _row("change", total.what, amount=total.difference, currency=total.currency, detail=safe(_then(total, why)))


def _then(change: SourceChange | TotalChange, why: str) -> str:
    return f"{change.before} before, {change.now} now" + (f": {why}" if why else "")


def _advance(advance: AdvanceView) -> Iterator[_Cells]:
    for move in advance.history:
        detail = f"advanced {move.advanced}, recouped {move.recouped}"
        yield _row("advance", advance.deal_id, move.through, amount=move.balance, currency=advance.currency, detail=detail)


def _conversion(change: Exchange) -> _Cells:
    detail = safe(f"{change.amount} {change.currency} at {change.rate} ({change.source})")
    return _row("conversion", change.currency, amount=change.result, currency=change.result_currency, detail=detail)


def _collected(item: Collected) -> _Cells:
    detail = f"gross {item.gross}, admin fee {item.admin_fee}, cultural deduction {item.cultural_deduction}"
    return (
        *("collected_by_society", item.society, item.usage_month, item.work_id, safe(item.title), "", "", item.net),
        *("", item.currency, "", "", detail, *isrcs_and_iswcs(item.identifiers)),
    )


def _suspended(one: SuspendedMoney) -> _Cells:
    works = ", ".join((*one.works, *(["and others"] if one.more_works else [])))
    detail = f"{one.why}; since settlement {one.since}, {one.change} of it new; {one.remedy}"
    return ("suspended", one.reason, one.first_month, "", safe(works), "", "", one.amount, "", one.currency, "", "", detail, "", "")


def _breach(use: Misuse) -> _Cells:
    detail = safe(f"{use.use} by {use.licensee} since {use.first_seen}, {use.evidence}")
    head = ("breach", use.kind, use.usage_month, use.work_id, safe(use.title), use.side)
    return (*head, use.quantity, use.amount, "", use.currency, "", "", detail, "", "")


def _row(section: str, item: str, month: str = "", *, amount: str, currency: str, detail: str) -> _Cells:
    return (section, item, month, "", "", "", "", amount, "", currency, "", "", detail, "", "")
