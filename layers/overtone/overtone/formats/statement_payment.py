"""Who pays a statement's money, when, into which account and for which months; and what the year has brought so far."""

from collections.abc import Iterator
from typing import Final

from overtone.formats.statement_shapes import Column, Row, Section
from overtone.formats.tongue import Tongue
from overtone.payout.statement import Balance, Statement

METHODS: Final = {"sepa": "SEPA transfer", "swift": "bank transfer", "ach": "ACH transfer"}


def payment(statement: Statement, tongue: Tongue) -> Section:
    """One row for each account: it stands at the top."""
    rows = (Row(_paid(balance, statement.payer, tongue)) for balance in statement.balances if _tells(balance))
    labels = (tongue.say("Amount"), tongue.say("Paid by"), tongue.say("When"), tongue.say("Into"))
    columns = tuple(map(Column, labels, (22, 22, 28, 28))) if any(map(_tells, statement.balances)) else ()
    period, known = tongue.months(statement.first_month, statement.through), tongue.day(statement.cutoff[:10])
    note = tongue.say("For {period}, as it was known on {day}.", period=period, day=known)
    return Section(tongue.say("Payment"), note, columns, rows)


def _tells(balance: Balance) -> bool:
    return balance.status != "converted" and (balance.paid != "0" or balance.closing != "0")


def _paid(balance: Balance, payer: str, tongue: Tongue) -> tuple[str, str, str, str]:
    method = tongue.say(METHODS.get(balance.method, balance.method))
    ending = tongue.say("{method}, account ending in {ending}", method=method, ending=balance.account_ending)
    into = ending if balance.account_ending else ""
    status = tongue.say(balance.status_words)
    if balance.paid == "0":
        return tongue.priced("0", balance.currency), payer, tongue.say("not yet; {status}", status=status), into
    return tongue.money(balance.paid, balance.currency), payer, tongue.day(balance.pay_day) or status, into


def year(statement: Statement, tongue: Tongue) -> Iterator[Section]:
    """The calendar year so far, where anything has moved in it."""
    if statement.year_to_date:
        first = statement.year_to_date[0]
        note = tongue.say("Counted since settlement {settlement}. What your bank sent back is not in it.", settlement=first.since)
        labels = (tongue.say("Earned"), tongue.say("Paid to you"), tongue.say("Tax withheld"))
        columns = (Column(tongue.say("Currency"), 22), *(Column(label, 26, numeric=True) for label in labels))
        rows = (
            Row((s.currency, *(tongue.amount(amount, s.currency) for amount in (s.earned, s.paid, s.withheld))))
            for s in statement.year_to_date
        )
        yield Section(tongue.say("{year} so far", year=first.year), note, columns, rows)
