"""One party's part of a settlement, gathered from the streams that are merged in the order of parties."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from overtone.lines import Line
from overtone.payout import accounts
from overtone.payout.accounts import PartyState
from overtone.payout.acknowledgements import Return
from overtone.payout.adjustments import Adjustment, AgreedOpening
from overtone.payout.runs import Run, TablePart, runs_of
from overtone.payout.suspense_claims import WaitingSum
from overtone.settlement.breaches import Breach
from overtone.settlement.entries import PARTY_ID, Entry, line_of, whose


@dataclass(slots=True)
class Concern:
    """One party's part of the settlement: its lines, those that societies collected for it, its balance, its returns.

    `runs` are its own lines by what they have in common, `members` whose shares they are: made out while the lines are at hand.
    """

    party_id: str
    own: Sequence[Entry] = ()
    collected: Sequence[Entry] = ()
    before: bytes | None = None
    returns: Sequence[Return] = ()
    adjustments: Sequence[Adjustment] = ()
    openings: Sequence[AgreedOpening] = ()
    breaches: Sequence[Breach] = ()
    suspended: Sequence[WaitingSum] = ()
    runs: Sequence[Run] = ()
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
            self._take_lines(content)

    def _take_lines(self, parts: Iterator[TablePart]) -> None:
        """Its own, and those that societies collected for it."""
        part = TablePart.together(parts)
        if part.payees.count(self.party_id) == part.end - part.start:
            self.own, self.runs = part.entries, part.runs
        else:
            self.own = [entry for entry in part.entries if entry[PARTY_ID] == self.party_id]
            self.collected = [entry for entry in part.entries if entry[PARTY_ID] != self.party_id]
            self.runs = runs_of(self.own)
        self.members = frozenset(chain.from_iterable([run.members for run in self.runs]))

    @property
    def lines(self) -> list[Line]:
        """Its own lines one by one."""
        return list(map(line_of, self.own))

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
        for entry in self.collected:
            ids.update(whose(entry))
        ids.update(breach.licensee for breach in self.breaches)
        ids.update(opening.licensee for opening in self.openings)
        ids.update(_owing(self.before or b""))
        ids.discard("")
        return ids


def _owing(state: bytes) -> Iterator[str]:
    """The licensees who have not paid yet, or paid an advance, by an encoded state; it is decoded where it has any."""
    if b'"uncollected":' in state or b'"advances":' in state:
        known = PartyState.decode(state)
        yield from (entry.licensee for entry in known.uncollected)
        yield from (advance.licensee for advance in known.advances.values())
