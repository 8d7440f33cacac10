"""Holds: money that waits while the use behind it is looked into.

A hold names a licensee, its reporter, a work, or several of them together, in months. It changes neither a price nor who has a part of a
pool: what its claims come to is posted to suspense instead of their payees, so nobody else's line moves, and a release pays what waited.
A hold that ends as `void` takes the uses that it names out of the licensee's bill: as if they had not been reported.
"""

from collections.abc import Collection, Mapping
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import Field, model_validator

from overtone.errors import Fault, Rejected
from overtone.fields import Model, Month, Slug
from overtone.mechanisms.shape import Use
from overtone.settlement.requests import Reason

HOLD_MONTHS_MAX: Final = 60
"""Months of one hold: its facts are written in one transaction of at most 100 items."""
EVIDENCE_LENGTH_MAX: Final = 2_000
HELD: Final = "held"
RELEASED: Final = "released"
VOID: Final = "void"


class Hold(NamedTuple):
    """What a hold names; what is empty is not named."""

    licensee: str
    reporter: str
    work: str
    months: tuple[str, ...]
    void: bool = False

    @classmethod
    def of(cls, stored: Mapping[str, Any], *, void: bool = False) -> "Hold":
        """As it is stored; `void`: it ended so."""
        licensee, reporter, work = (str(stored.get(name, "")) for name in ("licensee", "reporter", "work"))
        return cls(licensee, reporter, work, tuple(stored["months"]), void)

    def names(self, use: Use, works: Collection[str]) -> bool:
        """Whether it names a use of these works; all that it names must fit."""
        return (
            use.month in self.months
            and self.licensee in {"", use.licensee}
            and self.reporter in {"", use.reporter}
            and (not self.work or self.work in works)
        )


class HoldRequest(Model):
    """The body of `POST /v1/holds`: all that is named must fit a use for its money to wait."""

    hold_id: Slug
    licensee: Slug | None = None
    reporter: Slug | None = None
    work: Slug | None = None
    months: Annotated[tuple[Month, ...], Field(min_length=1, max_length=HOLD_MONTHS_MAX, strict=False)]
    reason: Reason

    @model_validator(mode="after")
    def _names_something(self) -> "HoldRequest":
        if not (self.licensee or self.reporter or self.work):
            message = "a hold names a licensee, a reporter or a work; add one"
            raise ValueError(message)
        if len(set(self.months)) < len(self.months):
            message = "a month stands twice"
            raise ValueError(message)
        return self


class HoldDecision(Model):
    """The body of `POST /v1/holds/{hold_id}:decide`: how it ends, and on what that was decided."""

    outcome: Literal["released", "void"] = "released"
    evidence: Annotated[str, Field(max_length=EVIDENCE_LENGTH_MAX)] = ""

    @model_validator(mode="after")
    def _is_grounded(self) -> "HoldDecision":
        if self.outcome == VOID and not self.evidence:
            message = "what takes usage out of a bill is decided with evidence; POST /v1/holds/{hold_id}:decide with it"
            raise ValueError(message)
        return self


def check_subject(content: Mapping[str, Any]) -> None:
    """Raise `Rejected` for a hold of one output or recording as a subject: accruals do not tell a work's subjects apart."""
    if content.get("subject") is not None:
        message = "money is kept by work, not by output; name the work, with its licensee if only that one's uses are meant"
        raise Rejected(f"subject: {message}", [Fault(message, "subject")])
