"""Who pays a statement's money, when, into which account and for which months; and what the year has brought so far."""

from collections.abc import Iterator
from typing import Final

from overtone.formats.statement_shapes import Column, Row, Section
from overtone.payout.statement import Balance, Statement
from overtone.payout.words import day, months, shown

METHODS: Final = {"sepa": "SEPA transfer", "swift": "bank transfer", "ach": "ACH transfer"}
_PAYMENT: Final = (Column("Amount", 22), Column("Paid by", 22), Column("When", 28), Column("Into", 28))


def payment(told: Statement) -> Section:
    """One row for each account: it stands at the top."""
    rows = (Row(_paid(balance, told.payer)) for balance in told.balances if _tells(balance))
    columns = _PAYMENT if any(map(_tells, told.balances)) else ()
    note = f"For {months(told.first_month, told.through)}, as it was known on {day(told.cutoff[:10])}."
    return Section("Payment", note, columns, rows)


def _tells(balance: Balance) -> bool:
    return balance.status != "converted" and (balance.paid != "0" or balance.closing != "0")


def _paid(balance: Balance, payer: str) -> tuple[str, str, str, str]:
    ending = f"account ending in {balance.account_ending}" if balance.account_ending else ""
    into = f"{METHODS.get(balance.method, balance.method)}, {ending}" if ending else ""
    if balance.paid == "0":
        return f"{balance.currency} 0", payer, f"not yet; {balance.status_words}", into
    when = day(balance.pay_day) or balance.status_words
    return f"{balance.currency} {shown(balance.paid, balance.currency)}", payer, when, into


def year(told: Statement) -> Iterator[Section]:
    """The calendar year so far, where anything has moved in it."""
    if told.year_to_date:
        first = told.year_to_date[0]
        note = f"Counted since settlement {first.since}. What your bank sent back is not in it."
        columns = (Column("Currency", 22), *(Column(label, 26, numeric=True) for label in ("Earned", "Paid to you", "Tax withheld")))
        rows = (Row((s.currency, *(shown(amount, s.currency) for amount in (s.earned, s.paid, s.withheld)))) for s in told.year_to_date)
        yield Section(f"{first.year} so far", note, columns, rows)
