"""What a deal may say beside its terms: who is paid off the top, which works are eligible, how long its models' outputs stay covered."""

from typing import Annotated, Final, Literal, NamedTuple

from pydantic import Field

from overtone.fields import DAY_MAX, Model, Share, Slug
from overtone.mechanisms.shape import Use
from overtone.money import NANO
from overtone.months import last_day, months_apart, shifted

CUTS_MAX: Final = 20
TAIL_MONTHS_MAX: Final = 1_200
MIN_USES_MAX: Final = 10**12


class TopShare(Model):
    """A share of every amount that the deal's terms owe, paid to a party before anybody else: `floor(amount x share)`, line by line."""

    party: Slug
    share: Share
    label: Annotated[str, Field(max_length=200)] = ""


class Eligibility(Model):
    """Which works earn under the deal, work by work and month by month: those used at least so often, or those that people made."""

    min_uses: Annotated[int, Field(ge=0, le=MIN_USES_MAX)] = 0
    human_only: bool = False


class Tail(Model):
    """For how many months after its last day a deal still covers outputs of the models that were trained within its term."""

    months: Annotated[int, Field(ge=1, le=TAIL_MONTHS_MAX)]


Requirement = Literal["both_sides"]
Detail = Literal["territory", "use", "service"]
"""What a deal may keep its lines apart by."""
DETAILS: Final[tuple[Detail, ...]] = ("territory", "use", "service")


class DealDuration(NamedTuple):
    """When a deal is in force: its first and last day, and the last day of its tail (the last day itself without one)."""

    first: str
    last: str
    until: str

    def covers(self, use: Use, trained: tuple[str, ...]) -> bool:
        """Whether a use falls within it; in the tail only outputs of a model that was `trained` on a day within the term."""
        if self.first <= use.day <= self.last:
            return True
        in_tail = use.kind == "output" and self.last < use.day <= self.until
        return in_tail and any(self.first <= day <= self.last for day in trained)


def term(first: str, last: str | None, tail: Tail | Literal[True] | None) -> DealDuration:
    """The term of a deal from its first day, its last one if it ends, and its tail."""
    end = last or DAY_MAX
    if last is None or tail is None:
        return DealDuration(first, end, end)
    return DealDuration(first, end, DAY_MAX if tail is True else _months_later(end, tail.months))


def _months_later(day: str, months: int) -> str:
    """The same day of a later month, or that month's last day; from a month's last day on to the last day of the later month."""
    if months > months_apart(day, DAY_MAX):
        return DAY_MAX
    later = shifted(day, months)
    last = last_day(later)
    return last if day == last_day(day[:7]) else min(f"{later}{day[7:]}", last)


def within_the_whole(cuts: tuple[TopShare, ...]) -> bool:
    """Whether what comes off the top is at most everything."""
    return sum(cut.share for cut in cuts) <= NANO
