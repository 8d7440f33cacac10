"""How a work stands with the societies that were asked to register it: their answers in order of time, and what one changes.

A conflict makes a work's money wait until the same society accepts it. A rejection is told; it makes money wait only where the
work is known from that answer alone. An answer that is older than the society's newest changes nothing, and neither does
one that says the same again. What somebody marked as disputed by hand is never lifted here.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, Self

STATUSES: Final[Mapping[str, str]] = {
    "RA": "transaction accepted",
    "AS": "registration accepted",
    "AC": "registration accepted with changes",
    "SR": "registration accepted, ready for payment",
    "CR": "registration accepted with changes, ready for payment",
    "DU": "duplicate of a registration",
    "CO": "in conflict with another registration",
    "RJ": "rejected",
    "RC": "claim rejected",
    "NP": "no participation in the work",
    "NA": "rejected: no society agreement number",
    "WA": "rejected: wrong society agreement number",
}
"""The statuses of CISAC's Common Works Registration."""
ACCEPTED: Final = frozenset({"AS", "AC", "SR", "CR"})
CONFLICTS: Final = frozenset({"CO"})
REJECTED: Final = frozenset({"RJ", "RC", "NP", "NA", "WA"})
ANSWERS_MAX: Final = 500
"""Answers to one work's registration."""


class SocietyAnswer(NamedTuple):
    """One answer of a society. `processed_on` is an ISO day or "", `created_at` orders the answers of a day; `number` counts arrivals.

    `holds`: the work's money waits because of this society. `about` is what else was told, for people.
    """

    society: str
    status: str
    processed_on: str
    created_at: str
    number: int = 0
    holds: bool = False
    about: Mapping[str, Any] = {}

    @property
    def moment(self) -> tuple[str, str, int]:
        """What orders a society's answers."""
        return (self.processed_on, self.created_at, self.number)

    def is_same(self, other: "SocietyAnswer") -> bool:
        """Whether both are one answer, delivered twice."""
        return self._replace(number=0, holds=False) == other._replace(number=0, holds=False)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """The inverse of `_asdict`."""
        return cls(**kept)


class Effect(NamedTuple):
    """The answer as it is to be kept, and what the work's `disputed` becomes (`None`: stays)."""

    answer: SocietyAnswer
    disputed: bool | None


def newest(answers: Sequence[SocietyAnswer]) -> dict[str, SocietyAnswer]:
    """Each society's newest answer."""
    found: dict[str, SocietyAnswer] = {}
    for answer in sorted(answers, key=lambda each: each.moment):
        found[answer.society] = answer
    return found


def effect(before: Sequence[SocietyAnswer], new: SocietyAnswer, *, disputed: bool, is_registered: bool) -> Effect:
    """What a new answer changes; `before` are those that are kept, `disputed` how the registered work is marked."""
    standing = newest(before)
    previous = standing.get(new.society)
    if previous is not None and new.moment < previous.moment:
        return Effect(new, None)
    held = previous is not None and previous.holds
    if new.status in CONFLICTS or (new.status in REJECTED and not is_registered):
        return Effect(new._replace(holds=held or not disputed), None if disputed else True)
    if new.status in ACCEPTED and held:
        others = any(answer.holds for society, answer in standing.items() if society != new.society)
        return Effect(new, False if disputed and not others else None)
    return Effect(new._replace(holds=held), None)
