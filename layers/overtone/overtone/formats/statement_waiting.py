"""What of a payee's money waits in suspense: why, since when, of which works and what lets it go."""

from collections.abc import Iterator
from typing import Final

from overtone.formats.statement_shapes import Column, Row, Section
from overtone.formats.tongue import Tongue
from overtone.payout import words
from overtone.payout.statement import Statement, SuspendedMoney

SUSPENDED: Final = "Waits until something is settled"


def suspended(told: Statement, tongue: Tongue) -> Iterator[Section]:
    """What of the payee's money waits in suspense, where any does."""
    if told.suspended:
        note = "Money of your works that nobody is paid yet. What lets it go stands beside it."
        texts = (Column("Why", 20), Column("Works", 18), Column("Since", 16), Column("What lets it go", 32))
        rows = (_suspended_row(one, tongue) for one in told.suspended)
        yield Section(SUSPENDED, note, (*texts, Column("Waits", 14, numeric=True)), rows)


def _suspended_row(one: SuspendedMoney, tongue: Tongue) -> Row:
    works = ", ".join((*one.works, *(["and others"] if one.more_works else [])))
    since = f"{tongue.short_month(one.first_month)}, settlement {one.since}"
    why = "; ".join((one.why, *(tongue.say(words.HELD_BY, hold=hold.hold_id, day=tongue.day(hold.since)) for hold in one.holds)))
    return Row((why, works, since, one.remedy, tongue.money(one.amount, one.currency)))
