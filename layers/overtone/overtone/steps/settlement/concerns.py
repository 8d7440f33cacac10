"""One party's part of a settlement, gathered from the streams that are merged in the order of parties."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from overtone.lines import Line
from overtone.payout import accounts
from overtone.payout.acknowledgements import Return
from overtone.payout.adjustments import Adjustment, AgreedOpening
from overtone.payout.runs import Run, runs_of
from overtone.payout.suspense_claims import WaitingSum
from overtone.settlement.breaches import Breach


@dataclass(slots=True)
class Concern:
    """One party's part of the settlement: its lines, what societies collected for it, its balance, its returns.

    `runs` are its own lines by what they have in common, `members` whose shares they are: made out while the lines are at hand.
    """

    party_id: str
    own: list[Line] = field(default_factory=list)
    collected: list[Line] = field(default_factory=list)
    before: bytes | None = None
    returns: list[Return] = field(default_factory=list)
    adjustments: list[Adjustment] = field(default_factory=list)
    openings: list[AgreedOpening] = field(default_factory=list)
    breaches: list[Breach] = field(default_factory=list)
    suspended: list[WaitingSum] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    members: frozenset[str] = frozenset()

    def take(self, content: object) -> None:
        """Accept one of the merged streams' contents: a balance, returns, breaches, or an iterator of lines."""
        if isinstance(content, bytes):
            self.before = content
        elif isinstance(content, list):
            self.returns = [entry for entry in content if isinstance(entry, Return)]
            self.adjustments = [entry for entry in content if isinstance(entry, Adjustment)]
            self.openings = [entry for entry in content if isinstance(entry, AgreedOpening)]
            self.breaches = [entry for entry in content if isinstance(entry, Breach)]
            self.suspended = [entry for entry in content if isinstance(entry, WaitingSum)]
        elif isinstance(content, Iterator):
            lines = list(content)
            self.own = [line for line in lines if line.key.party_id == self.party_id]
            if len(self.own) < len(lines):
                self.collected = [line for line in lines if line.key.party_id != self.party_id]
            self.runs = runs_of(self.own)
            self.members = frozenset([line.key.member_id for line in self.own])

    @property
    def touched(self) -> bool:
        """Whether there is anything to settle; without it the balance is copied."""
        new = self.own or self.collected or self.returns or self.adjustments or self.openings or self.tells
        return bool(new) or (self.before is not None and accounts.is_waiting(self.before))

    @property
    def tells(self) -> bool:
        """Whether its statement has something to tell beside money that moved: a breach, or money that began to wait."""
        return bool(self.breaches) or any(entry.change for entry in self.suspended)

    def names(self) -> set[str]:
        """Every party that settling and telling this one takes."""
        ids = {self.party_id, *self.members, *[run.licensee for run in self.runs]}
        for line in self.collected:
            ids.update((line.key.licensee, line.key.party_id, line.key.member_id))
        ids.update(breach.licensee for breach in self.breaches)
        ids.discard("")
        return ids
