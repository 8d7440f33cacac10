"""What finance asks for: settlements, and the liquidation of what nobody claimed in time."""

import re
from collections.abc import Iterator
from itertools import count
from typing import Annotated, Final

from pydantic import AfterValidator, Field, model_validator

from overtone.errors import Rejected
from overtone.fields import CalendarMonth, Model, Slug
from overtone.months import month_after

ID_LENGTH_MAX: Final = 60
"""An execution of the state machine is named after its settlement, and has at most 80 characters."""
RESERVED: Final = frozenset({"archives", "books", "clearances", "permissions", "previews", "what-ifs", "work"})
"""Folders of the settlement bucket that are nobody's settlement."""
WAIVERS_MAX: Final = 1_000
LIQUIDATION_MONTHS_MAX: Final = 60
"""Months of one liquidation: its facts are written in one transaction of at most 100 items."""

_MONTH = re.compile(r"\d{4}-\d{2}\Z", re.ASCII)
_ID = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{ID_LENGTH_MAX - 1}}}\Z", re.ASCII)


def settlement_id(text: str) -> str:
    """An id for a settlement: a folder of the bucket and part of an execution's name; raises `Rejected`."""
    if not _ID.match(text) or text in RESERVED:
        names = ", ".join(sorted(RESERVED))
        raise Rejected(
            f"a settlement's id is 1 to {ID_LENGTH_MAX} of A-Z a-z 0-9 . _ -, starts with a letter or digit and is none of {names}"
        )
    return text


def _checked(text: str) -> str:
    try:
        return settlement_id(text)
    except Rejected as error:
        raise ValueError(error.detail) from error


SettlementId = Annotated[str, AfterValidator(_checked)]
ReasonText = Annotated[str, Field(min_length=1, max_length=500)]


def names_of_whole(month: str) -> Iterator[str]:
    """What the schedule calls its settlement of a month that is over: as the month, or where something else is called so, `2026-10-2`."""
    yield month
    yield from (f"{month}-{number}" for number in count(2))


def is_of_whole(name: str, month: str) -> bool:
    """Whether the schedule would call a settlement through a month so because the month's own name was taken."""
    return re.fullmatch(rf"{month}-[0-9]+", name) is not None


class Waiver(Model):
    """Finance goes on although a reporter's month is not complete, and says why."""

    reporter: Slug
    month: CalendarMonth
    reason: ReasonText


class SettlementRequest(Model):
    """The body of `POST /v1/settlements`.

    `preview` writes all files under `previews/` and posts nothing. `restart` plans a failed one anew, from the facts as they are
    now, instead of going on where it stopped. `strict` refuses to settle while a partition is set aside, `early` settles through a
    month that still runs.
    """

    settlement_id: SettlementId
    through: CalendarMonth
    waive: Annotated[tuple[Waiver, ...], Field(max_length=WAIVERS_MAX, strict=False)] = ()
    preview: bool = False
    restart: bool = False
    strict: bool = False
    early: bool = False

    @model_validator(mode="after")
    def _leaves_the_schedule_its_names(self) -> "SettlementRequest":
        if self.preview and _MONTH.match(self.settlement_id):
            raise ValueError(
                f"{self.settlement_id} is what the schedule calls its settlement; give the preview an id of its own, such as look-1"
            )
        return self


class LiquidationRequest(Model):
    """The body of `POST /v1/suspense/liquidations`: spread a deal's unclaimed money of these months over what was claimed."""

    liquidation_id: Slug
    deal_id: Slug
    months: Annotated[tuple[CalendarMonth, ...], Field(min_length=1, max_length=LIQUIDATION_MONTHS_MAX, strict=False)]
    reason: ReasonText

    @model_validator(mode="after")
    def _once(self) -> "LiquidationRequest":
        if len(set(self.months)) < len(self.months):
            raise ValueError("a month stands twice; name each once")
        return self


def first_day_to_liquidate(month: str, window_months: int) -> str:
    """The first day on which a usage month's unclaimed money may be spread: the window begins when the month has ended."""
    opens = month_after(month)
    for _ in range(window_months):
        opens = month_after(opens)
    return f"{opens}-01"
