"""What of a payee's money waits in suspense: why, since when, of which works and what lets it go."""

from collections.abc import Iterator
from typing import Final

from overtone.formats.statement_shapes import Column, Row, Section
from overtone.formats.tongue import Tongue
from overtone.payout import words
from overtone.payout.statement import Statement, SuspendedMoney

SUSPENDED: Final = "Waits until something is settled"


def suspended(statement: Statement, tongue: Tongue) -> Iterator[Section]:
    """What of the payee's money waits in suspense, where any does."""
    if statement.suspended:
        note = tongue.say("Money of your works that nobody is paid yet. What lets it go stands beside it.")
        labels = tongue.say("Why"), tongue.say("Works"), tongue.say("Since"), tongue.say("What lets it go")
        texts = map(Column, labels, (20, 18, 16, 32))
        rows = (_suspended_row(one, tongue) for one in statement.suspended)
        yield Section(tongue.say(SUSPENDED), note, (*texts, Column(tongue.say("Waits"), 14, numeric=True)), rows)


def _suspended_row(one: SuspendedMoney, tongue: Tongue) -> Row:
    works = ", ".join((*one.works, *([tongue.say("and others")] if one.more_works else [])))
    since = tongue.say("{month}, settlement {settlement}", month=tongue.short_month(one.first_month), settlement=one.since)
    held = (tongue.say(words.HELD_BY, hold=hold.hold_id, day=tongue.day(hold.since)) for hold in one.holds)
    why = "; ".join((tongue.say(one.why), *held))
    return Row((why, works, since, tongue.say(one.remedy), tongue.money(one.amount, one.currency)))
