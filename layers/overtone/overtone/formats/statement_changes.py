"""What changed since the statement before and why, in sentences: each source's sum then and now, the difference, and its reasons."""

from collections.abc import Callable, Iterator
from typing import Final

from overtone.formats.statement_shapes import Column, Row, Section
from overtone.formats.tongue import Tongue
from overtone.payout import words
from overtone.payout.changes import ComparedStatement, Reason, SourceChange, TotalChange
from overtone.payout.statement import Statement

CHANGED: Final = "What changed"
FIRST: Final = "This is your first statement, so there is none to compare it with."
NOT_KEPT: Final = "The statement before did not keep its sums by source, so the next one is the first that is compared."
SAME: Final = "as before"
TOTALS: Final = {
    "corrected": "Corrections of earlier statements",
    "earned": "Earned in all",
    "recouped": "Kept to pay back advances",
    "paid": "Paid to you",
}
REASONS: Final = {
    "new": "nothing came from it last time",
    "once": "it was owed once, and stood on the last statement",
    "ended": "nothing came from it this time",
    "months": "months in it: {new}, last time {old}",
    "more": words.MORE,
    "fewer": words.FEWER,
    "rate": "each was worth {new}, last time {old}",
    "whole": "the sum that is shared is {new}, last time {old}",
    "part": "your share of it is {new}, last time {old}",
    "tier": "the deal's price of tier {new} was reached, last time that of tier {old}",
    "version": "version {new} of the deal counts, last time version {old}",
    "works": "works that earned: {new}, last time {old}",
    "other": "what it is shared by changed",
    "corrected": "{month} of settlement {settlement} came out differently",
    "freed": "{amount} of what had waited was let go ({why})",
    "recouped": "all advances are earned back, so what comes next is yours in full",
    "status": "this time: {new}; last time: {old}",
}
WITH_AMOUNT: Final = "{reason} ({amount})"
SENTENCES: Final = (CHANGED, FIRST, NOT_KEPT, SAME, WITH_AMOUNT, *TOTALS.values(), *REASONS.values())
"""What is said from tables, for the catalogues."""


def sections(statement: Statement, tongue: Tongue) -> Iterator[Section]:
    """For each currency a table; of a first statement that it is the first."""
    compared = statement.comparison
    if compared is None:
        return
    if not compared.since:
        yield Section(tongue.say(CHANGED), tongue.say(FIRST if compared.first else NOT_KEPT), (), iter(()))
        return
    for currency in sorted({change.currency for change in compared.sources} | {change.currency for change in compared.totals}):
        heading = tongue.say("What changed since settlement {settlement}, in {currency}", settlement=compared.since, currency=currency)
        labels = tongue.say("Last time"), tongue.say("This time"), tongue.say("Difference")
        columns = (Column(tongue.say("Source"), 46), *(Column(label, 18, numeric=True) for label in labels))
        yield Section(heading, "", columns, _rows(compared, currency, tongue))


def _rows(compared: ComparedStatement, currency: str, tongue: Tongue) -> Iterator[Row]:
    for change in compared.sources:
        if change.currency == currency:
            heading = tongue.source(change.heading, change.mechanism, change.licensee_name, change.model)
            yield _row(heading, change, sentence(change.reasons, change.mechanism, currency, tongue), tongue)
    for total in compared.totals:
        if total.currency == currency:
            yield _row(tongue.say(TOTALS[total.what]), total, sentence(total.reasons, "", currency, tongue), tongue, strong=True)


def _row(label: str, change: SourceChange | TotalChange, why: str, tongue: Tongue, *, strong: bool = False) -> Row:
    signed = tongue.signed(tongue.amount(change.difference, change.currency), change.difference)
    cells = label, tongue.amount(change.before, change.currency), tongue.amount(change.now, change.currency), signed
    return Row(cells, strong, why or (tongue.say(SAME) if change.difference == "0" and not strong else ""))


def sentence(reasons: list[Reason], mechanism: str, currency: str, tongue: Tongue) -> str:
    """Why a sum differs; the part of the difference that a reason makes up stands behind it."""
    return "; ".join(_reason(reason, mechanism, currency, tongue) for reason in reasons)


def _reason(reason: Reason, mechanism: str, currency: str, tongue: Tongue) -> str:
    figures = {name: _figure(reason.kind, name, text, currency, tongue) for name, text in reason.figures.items()}
    if reason.kind in {"more", "fewer"}:
        unit = words.about(mechanism).counted or ("", "")
        figures["unit"] = tongue.counted(*unit, "", single=reason.figures["n"] == "1")
    sentence = tongue.say(REASONS[reason.kind], **figures)
    if not reason.amount or reason.amount == "0":
        return sentence
    amount = tongue.priced(tongue.signed(tongue.amount(reason.amount, currency), reason.amount), currency)
    return tongue.say(WITH_AMOUNT, reason=sentence, amount=amount)


def _figure(kind: str, name: str, text: str, currency: str, tongue: Tongue) -> str:
    """A figure of a reason as its reader writes it."""
    ways: dict[tuple[str, str], Callable[[], str]] = {
        ("rate", name): lambda: tongue.priced(tongue.figure(text), currency),
        ("whole", name): lambda: tongue.money(text, currency),
        ("part", name): lambda: tongue.percent(text),
        ("status", name): lambda: tongue.say(words.STATUS.get(text, text)),
        ("freed", "why"): lambda: tongue.say(words.suspended(text)[0]),
        ("freed", "amount"): lambda: tongue.money(text, currency),
        (kind, "n"): lambda: tongue.quantity(text),
        (kind, "month"): lambda: tongue.month(text),
    }
    return ways.get((kind, name), lambda: text)()
