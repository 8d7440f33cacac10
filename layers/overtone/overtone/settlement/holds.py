"""Holds: money that waits while the use behind it is looked into.

A hold names a licensee, its reporter, a work, a subject (one output or recording), or several of them together, in months. It changes
neither a price nor who has a part of a pool: what its claims come to is posted to suspense instead of their payees, so nobody else's line
moves, and a release pays what waited. What a weak output adds to a fallback that is shared by training is no longer the output's.
A hold that ends as `void` takes the uses that it names out of the licensee's bill: as if they had not been reported.
"""

from collections.abc import Collection, Mapping
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import BeforeValidator, Field, model_validator

from overtone.errors import Rejected
from overtone.facts import usage
from overtone.fields import CalendarMonth, Model, Slug
from overtone.mechanisms.shape import Use
from overtone.settlement.requests import ReasonText

HOLD_MONTHS_MAX: Final = 60
"""Months of one hold: its facts are written in one transaction of at most 100 items."""
EVIDENCE_LENGTH_MAX: Final = 2_000
HELD_SUBJECTS_MAX: Final = 200
"""Outputs and recordings of one month that holds name, or named: each is accrued once more by itself."""
HELD: Final = "held"
RELEASED: Final = "released"
VOID: Final = "void"


def _subject(value: object) -> object:
    try:
        return usage.subject(value)
    except Rejected as error:
        raise ValueError(error.detail) from error


Subject = Annotated[str, BeforeValidator(_subject)]
"""One output (`output:<id>`) or recording (`isrc:<ISRC>`), as usage names it."""


class Hold(NamedTuple):
    """What a hold names; what is empty is not named."""

    licensee: str
    reporter: str
    work: str
    months: tuple[str, ...]
    void: bool = False
    subject: str = ""

    @classmethod
    def of(cls, stored: Mapping[str, Any], *, void: bool = False) -> "Hold":
        """As it is stored; `void`: it ended so."""
        licensee, reporter, work, subject = (str(stored.get(name, "")) for name in ("licensee", "reporter", "work", "subject"))
        return cls(licensee, reporter, work, tuple(stored["months"]), void, subject)

    def names(self, use: Use, works: Collection[str]) -> bool:
        """Whether it names a use of these works; all that it names must fit."""
        return (
            use.month in self.months
            and self.licensee in {"", use.licensee}
            and self.reporter in {"", use.reporter}
            and self.subject in {"", use.subject}
            and (not self.work or self.work in works)
        )


class StandingHold(NamedTuple):
    """A hold that stands: who looks at a line asks it whether that waits because of it.

    `since` is the day on which it was posted; `work_keys` name its work, `subject_keys` are those that its subject earns for.
    """

    hold_id: str
    since: str
    hold: Hold
    work_keys: frozenset[str] = frozenset()
    subject_keys: frozenset[str] = frozenset()

    def holds(self, month: str, licensee: str, work_key: str, work_id: str) -> bool:
        """Whether a line about these that waits as `fraud_hold` does so because of this hold, perhaps among others."""
        hold = self.hold
        return (
            month in hold.months
            and {hold.licensee, hold.reporter} <= {"", licensee}
            and (not hold.work or work_id == hold.work or work_key in self.work_keys)
            and (not hold.subject or work_key in self.subject_keys)
        )


class HoldRequest(Model):
    """The body of `POST /v1/holds`: all that is named must fit a use for its money to wait."""

    hold_id: Slug
    licensee: Slug | None = None
    reporter: Slug | None = None
    work: Slug | None = None
    subject: Subject | None = None
    months: Annotated[tuple[CalendarMonth, ...], Field(min_length=1, max_length=HOLD_MONTHS_MAX, strict=False)]
    reason: ReasonText

    @model_validator(mode="after")
    def _names_something(self) -> "HoldRequest":
        if not (self.licensee or self.reporter or self.work or self.subject):
            raise ValueError("a hold names a licensee, a reporter, a work or a subject; add one")
        if len(set(self.months)) < len(self.months):
            raise ValueError("a month stands twice; name each once")
        return self


class HoldDecision(Model):
    """The body of `POST /v1/holds/{hold_id}:decide`: how it ends, and on what that was decided."""

    outcome: Literal["released", "void"] = "released"
    evidence: Annotated[str, Field(max_length=EVIDENCE_LENGTH_MAX)] = ""

    @model_validator(mode="after")
    def _is_grounded(self) -> "HoldDecision":
        if self.outcome == VOID and not self.evidence:
            raise ValueError("what takes usage out of a bill is decided with evidence; POST /v1/holds/{hold_id}:decide with it")
        return self


def require_room(month: str, known: Collection[str], subject: str) -> None:
    """Raise `Rejected` where a hold would let more subjects of a month be kept apart than every partition can."""
    if subject not in known and len(known) >= HELD_SUBJECTS_MAX:
        raise Rejected.at(
            "subject",
            f"{len(known)} subjects of {month} are held now, and {HELD_SUBJECTS_MAX} can be; name the work, the reporter or the licensee",
        )
