"""What answers are made of."""

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from overtone.fields import CalendarMonth
from overtone.lines import LineSide

AmountText = Annotated[str, Field(pattern=r"^-?\d+(\.\d+)?$", examples=["12.34"])]
"""A decimal string."""
DayText = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", examples=["2026-10-03"])]
Instant = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}T[\d:.]+Z$", examples=["2026-10-05T08:00:00.000000Z"])]
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]


class Packing(TypedDict):
    """A zip on its way."""

    settlement_id: str
    status: Literal["packing"]


class Whoami(TypedDict):
    """For whom the token acts, and what it allows."""

    party_id: str
    scopes: list[str]
    user: str


class PricedLine(TypedDict):
    """What of a line everybody is told who may see it."""

    line_id: str
    usage_month: CalendarMonth
    deal_id: str
    mechanism: str
    licensee: str
    model: str
    work_key: str
    work_id: str
    title: str
    side: LineSide
    quantity: AmountText
    amount: AmountText
    shadow: AmountText
    currency: str
    adjusts: str
    use: NotRequired[str]
    service: NotRequired[str]
    territory: NotRequired[str]
