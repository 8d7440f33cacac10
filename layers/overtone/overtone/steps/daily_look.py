"""Which days and months the daily look is about: those of the week, and whatever an earlier look owes.

A day is owed where no look came to it, for the schedule was off or the time was up; a party's day, or a month, where the look could not
read it, or saw only a part because the rest was not accrued. Each stays owed until a look could, for as long as there is usage behind it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import Final

from overtone.steps import reconciliation
from overtone.steps.elsewhere import UsageReads
from overtone.steps.reconciliation import CheckResult
from overtone.stores import unchecked
from overtone.stores.unchecked import Unchecked

MISSED_DAYS_MAX: Final = 31
"""Days that no look came to and one look makes good, the oldest first; the next look goes on."""
TRIED_AGAIN_MAX: Final = 200
"""What earlier looks could not check and one look tries again; those that were tried longest ago."""
_Place = tuple[str, str]
"""A day with a party, or a month without."""


def checks(active: Mapping[str, Sequence[str]]) -> Iterator[CheckResult]:
    """Make every check that is due; what each came to, as it is made. `active` are the parties of the week's days, the newest first."""
    days, until, reads = list(active), unchecked.checked_until(), UsageReads()
    owed = {(one.day_or_month, one.party): one for one in unchecked.everything()}

    def check(place: _Place) -> CheckResult:
        tried.add(place)
        return _noted(_check(place, reads), place, owed.get(place))

    tried, missed = set[_Place](), _missed(until, days[-1])
    yield from (check((day, party)) for day, parties in active.items() for party in parties)
    yield from (check((month, "")) for month in reconciliation.months_accrued_since(min(days[1], until or days[1])))
    for day in missed[:MISSED_DAYS_MAX]:
        yield from (check((day, party)) for party in reconciliation.parties_of(day))
        unchecked.note_until(day)  # whatever becomes of the rest, this is made good
    yield from (check(place) for place in islice((place for place in owed if place not in tried), TRIED_AGAIN_MAX))
    if len(missed) <= MISSED_DAYS_MAX:
        unchecked.note_until(max(until, days[0]))


def _missed(until: str, oldest: str) -> list[str]:
    """The days behind the last that a look came to, and before the oldest of the week."""
    if not until:
        return []
    first = date.fromisoformat(until) + timedelta(days=1)
    return [(first + timedelta(days=number)).isoformat() for number in range((date.fromisoformat(oldest) - first).days)]


def _check(place: _Place, reads: UsageReads) -> CheckResult:
    day_or_month, party = place
    return reconciliation.check_report(party, day_or_month, reads) if party else reconciliation.check_month(day_or_month)


def _noted(result: CheckResult, place: _Place, owed: Unchecked | None) -> CheckResult:
    if result.failed or result.waits:
        unchecked.note(*place)
    elif owed:
        unchecked.clear(owed)
    return result
