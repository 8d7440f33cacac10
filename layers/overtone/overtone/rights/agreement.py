"""Who has agreed: a version that binds two sides counts from the instant at which the last of them said yes.

Answers are facts: appended, never changed. Where a version stands is read off them, so the same answers always say the same.
"""

from enum import StrEnum
from typing import Final, NamedTuple

from overtone.errors import Conflict, Rejected

BEFORE_ACCEPTANCE: Final = "before acceptance existed"
"""The evidence of versions that were stored when one side's word was enough."""
EVIDENCE_LENGTH_MAX: Final = 2_000
"""Characters of an evidence or of a reason."""


_READ_ONLY: Final = frozenset({"status", "agreement", "waits_for"})


class Status(StrEnum):
    """Where a version stands."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


LIVE: Final = frozenset({Status.PROPOSED, Status.ACCEPTED})
"""Where a version may still come to count, or does."""


class Answer(NamedTuple):
    """One word on a proposal: `by` a party or the role that decided. `final` where it needs nobody else's: an admin's.

    `mfn_group` where the word is also a yes to a deal's most-favoured-nation group.
    """

    verdict: Status
    by: str
    at: str
    evidence: str = ""
    reason: str = ""
    final: bool = False
    mfn_group: str = ""


class Agreement(NamedTuple):
    """A proposal and what became of it. `needed` are the parties that must say yes; nobody: an admin decides alone."""

    needed: tuple[str, ...]
    answers: tuple[Answer, ...] = ()

    @property
    def decided(self) -> Answer | None:
        """The answer that decided, or `None` while it is open."""
        willing: set[str] = set()
        for answer in self.answers:
            willing.add(answer.by)
            if answer.verdict != Status.ACCEPTED or answer.final or (self.needed and willing.issuperset(self.needed)):
                return answer
        return None

    @property
    def status(self) -> Status:
        """Where it stands now."""
        decided = self.decided
        return decided.verdict if decided else Status.PROPOSED

    @property
    def waits_for(self) -> tuple[str, ...]:
        """The parties that have not answered yet, while it is open."""
        if self.decided:
            return ()
        willing = {answer.by for answer in self.answers}
        return tuple(party for party in self.needed if party not in willing)

    def counts(self, cutoff: str) -> bool:
        """Whether it had been accepted by this instant."""
        decided = self.decided
        return decided is not None and decided.verdict == Status.ACCEPTED and decided.at <= cutoff


class MandateEnd(NamedTuple):
    """From `day` on what was agreed counts no more, as one side said at an instant."""

    day: str
    by: str
    at: str
    reason: str = ""


class Accord(NamedTuple):
    """What became of a part of a record that needs another's yes: `of` names the part, `since` the version that first states it."""

    of: str
    since: int
    agreement: Agreement
    end: MandateEnd | None = None


def before_acceptance(author: str, recorded_at: str) -> Agreement:
    """What a version stored without an agreement is read as: accepted by its author."""
    return Agreement((), (Answer(Status.ACCEPTED, author, recorded_at, BEFORE_ACCEPTANCE, final=True),))


def accepted_at_once(by: str, at: str, evidence: str) -> Agreement:
    """An admin's word for both sides."""
    return Agreement((), (Answer(Status.ACCEPTED, by, at, evidence, final=True),))


def answered(agreement: Agreement, answer: Answer) -> Agreement:
    """The agreement with one answer more; the same where the party had said so before. Raises `Conflict` where it is decided otherwise."""
    decided = agreement.decided
    if decided is not None:
        if decided.verdict == answer.verdict:
            return agreement
        raise Conflict(f"this version was {decided.verdict} by {decided.by} at {decided.at}; propose a new version")
    if any((known.verdict, known.by, known.final) == (answer.verdict, answer.by, answer.final) for known in agreement.answers):
        return agreement
    return agreement._replace(answers=(*agreement.answers, answer))


class Beside(NamedTuple):
    """What a PUT says beside its content: on what paper it rests, and whether an admin only proposes it."""

    evidence: str = ""
    propose: bool = False


def beside(body: object) -> tuple[object, Beside]:
    """Take `evidence` and `propose` out of a body; what an answer of ours says of agreement is left out. Raises `Rejected`."""
    if not isinstance(body, dict):
        return body, Beside()
    rest = {name: value for name, value in body.items() if name not in _READ_ONLY}
    given, propose = rest.pop("evidence", None), rest.pop("propose", False)
    if not isinstance(propose, bool):
        raise Rejected.at("propose", "expected true or false")
    return rest, Beside(free_text(given, "evidence"), propose)


def free_text(given: object, field: str) -> str:
    """A free text such as a reason or an evidence; raises `Rejected`."""
    if given is None:
        return ""
    if not isinstance(given, str) or len(given) > EVIDENCE_LENGTH_MAX:
        raise Rejected.at(field, f"expected a text of at most {EVIDENCE_LENGTH_MAX} characters")
    return given.strip()
