"""Answers about what-ifs: what would have been under other terms."""

from typing import Any, NotRequired

from pydantic import ConfigDict
from typing_extensions import TypedDict

from overtone.api.answers.common import AmountText, Instant
from overtone.api.answers.settlements import SettledFile
from overtone.stores.what_ifs import WhatIfStatus


class WhatIfTotal(TypedDict):
    """What a what-if comes to in one currency."""

    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]  # pydantic's way to say that there is more

    currency: str


class WhatIfHead(TypedDict):
    """A what-if without its files."""

    what_if_id: str
    status: WhatIfStatus
    requested_at: Instant
    requested_by: str
    finished_at: NotRequired[Instant]
    shared_at: NotRequired[Instant]
    detail: NotRequired[str]
    totals: NotRequired[list[WhatIfTotal]]
    title: NotRequired[str | None]
    months: NotRequired[list[str]]
    change: NotRequired[Any]
    about: NotRequired[str | None]
    source: NotRequired[str | None]
    compare: str


class WhatIfState(WhatIfHead):
    """A what-if, with its files once they are there."""

    files: list[SettledFile]


class SharedWhatIf(TypedDict):
    """A what-if that finance lets payees see."""

    what_if_id: str
    shared_at: Instant
    title: NotRequired[str | None]
    about: NotRequired[str | None]
    source: NotRequired[str | None]
    months: list[str]


class WouldHaveEarned(TypedDict):
    """What a payee's money comes to in one currency: as it is, under the what-if, and the difference."""

    currency: str
    before: AmountText
    after: AmountText
    difference: AmountText


class OwnWhatIf(SharedWhatIf):
    """A shared what-if with one payee's own line."""

    party_id: str
    amounts: list[WouldHaveEarned]
