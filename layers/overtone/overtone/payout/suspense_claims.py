"""Whose the money that waits would be: by holder, why, since when and of which works.

The line that waits names a work and no party, for it is nobody's yet. Its holders are those of the work as it was registered for the
month: of what is disputed those whose parts are, of what was denied or is held everybody whose part is not.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from overtone.lines import DENIED_USE, DISPUTED, FRAUD_HOLD, ForeignReason, SuspenseReason
from overtone.money import split
from overtone.months import last_day
from overtone.payout.suspense import SuspenseStanding
from overtone.rights.registry import Work
from overtone.rights.shares import greatest
from overtone.rights.versions import Entity
from overtone.scales import ZERO_PICO, Pico
from overtone.settlement.coverage import Holder, SideOfWork
from overtone.settlement.holdings import holders, parts_of_whole
from overtone.settlement.holds import StandingHold
from overtone.settlement.snapshot import FoundWork

HELD_REASONS: Final = frozenset({DISPUTED, DENIED_USE, FRAUD_HOLD})
"""Money that waits under another reason is nobody's yet: no party is known that it would be of."""
WORKS_NAMED_MAX: Final = 5
"""Works that are named beside a sum; `GET /v1/suspense` lists every one."""
SUMS_MAX: Final = 250_000
"""Sums (a holder, a reason, a currency) that one settlement's statements tell of; who comes after them is named as left out."""
LEFT_OUT_NAMED_MAX: Final = 1_000
LOT: Final = 500
"""Works that are looked up together."""
REMEMBERED_MAX: Final = 10_000
"""Works whose holders are remembered while the suspense is read."""

HOLDS_NAMED_MAX: Final = 5
"""Holds that are named beside a sum."""

HoldLookup = Callable[[], Sequence[StandingHold]]
"""The holds that stood at the cut-off; asked where something waits under one."""
WorkLookup = Callable[[Collection[str]], Mapping[str, Entity[Work]]]


def holders_of(work: Work, reason: SuspenseReason | ForeignReason, territory: str) -> dict[str, int]:
    """Who would get what waits of a work under a reason, as weights; empty is a part that nobody has claimed."""
    if reason not in HELD_REASONS:
        return {}
    known = list(_holders(work, territory))
    of_reason = [holder for holder in known if _waits_for(reason, holder.reason)] or known
    found: dict[str, int] = {}
    for holder in of_reason:
        found[holder.party] = found.get(holder.party, 0) + holder.share
    return found


def _holders(work: Work, territory: str) -> Iterator[Holder]:
    if territory:
        yield from holders(SideOfWork(work.kind, FoundWork("", 0, work), disclosed=True, alone=True), territory)
        return
    for (party, reason), share in parts_of_whole(work, greatest(work.shares)).items():
        yield Holder(party, share, reason)


def _waits_for(reason: SuspenseReason | ForeignReason, own: SuspenseReason) -> bool:
    """Whether a part that waits for its `own` reason (or none) is among what waits under `reason`, the first of all that it has."""
    if reason == DISPUTED:
        return own == DISPUTED
    return own != DISPUTED if reason == DENIED_USE else not own


@dataclass(frozen=True, slots=True)
class HeldBy:
    """A hold of finance's that money waits under, and since which day it stands."""

    hold_id: str
    since: str


class WaitingSum(NamedTuple):
    """What waits for a party under one reason in one currency, since which settlement and for uses from which month on.

    `change` is what the settlement added to it; `works` are the first that it is of, `more` says that there are others;
    `holds` are the first under which it waits.
    """

    party_id: str
    reason: SuspenseReason | ForeignReason
    currency: str
    since: str
    first_month: str
    amount: Pico
    change: Pico
    works: tuple[str, ...]
    more: bool
    holds: tuple[StandingHold, ...] = ()

    def plus(self, entry: SuspenseStanding, amount: Pico, change: Pico, holds: Sequence[StandingHold] = ()) -> "WaitingSum":
        """With one unit more; units come by month, the oldest first. `holds` are those that it waits under."""
        title = entry.title or entry.key.work_id
        named = title in self.works
        room = not named and len(self.works) < WORKS_NAMED_MAX
        return self._replace(
            amount=Pico(self.amount + amount),
            change=Pico(self.change + change),
            works=(*self.works, title) if room else self.works,
            more=self.more or not (named or room),
            holds=(*self.holds, *(hold for hold in holds if hold not in self.holds))[:HOLDS_NAMED_MAX],
        )


class WaitingSums:
    """The sums by holder, gathered while the standing suspense is written: their size is that of the holders, not of what waits."""

    def __init__(self, works: WorkLookup, cutoff: str, holds: HoldLookup = tuple) -> None:
        self._lookup, self._cutoff, self._find_holds = works, cutoff, holds
        self._holds: Sequence[StandingHold] | None = None
        self._lot: list[SuspenseStanding] = []
        self._asked: set[str] = set()
        self._known: dict[str, Entity[Work] | None] = {}
        self._sums: dict[tuple[str, str, str], WaitingSum] = {}
        self.left_out: set[str] = set()
        """Parties beyond `SUMS_MAX`, the first of them."""

    def add(self, entry: SuspenseStanding) -> None:
        """Take one unit of the standing suspense, in order."""
        if entry.key.work_id and entry.key.reason in HELD_REASONS and (entry.posting.amount or entry.change):
            self._lot.append(entry)
            if entry.key.work_id not in self._known:
                self._asked.add(entry.key.work_id)
            if len(self._asked) >= LOT or len(self._lot) >= REMEMBERED_MAX:
                self._fold()

    def sums(self) -> list[WaitingSum]:
        """All of them, by party."""
        self._fold()
        return [self._sums[name] for name in sorted(self._sums)]

    def _fold(self) -> None:
        if self._asked:
            found = self._lookup(sorted(self._asked))
            self._known |= {work_id: found.get(work_id) for work_id in self._asked}
        for entry in self._lot:
            self._divide(entry)
        self._lot.clear()
        self._asked.clear()
        if len(self._known) > REMEMBERED_MAX:
            self._known.clear()

    def _divide(self, entry: SuspenseStanding) -> None:
        entity = self._known.get(entry.key.work_id)
        version = entity.in_force(last_day(entry.key.usage_month), self._cutoff) if entity else None
        weights = holders_of(version.content, entry.key.reason, entry.key.territory) if version else {}
        if not weights:
            return
        amounts, changes = split(entry.posting.amount, weights), split(entry.change, weights)
        holds = self._holding(entry)
        for party in weights:
            if party and (amounts[party] or changes[party]):
                self._plus(party, entry, amounts[party], changes[party], holds)

    def _holding(self, entry: SuspenseStanding) -> Sequence[StandingHold]:
        if entry.key.reason != FRAUD_HOLD or not entry.posting.amount:
            return ()
        if self._holds is None:
            self._holds = self._find_holds()
        key = entry.key
        return [hold for hold in self._holds if hold.holds(key.usage_month, key.licensee, key.work_key, key.work_id)]

    def _plus(self, party: str, entry: SuspenseStanding, amount: Pico, change: Pico, holds: Sequence[StandingHold]) -> None:
        name = party, entry.key.reason, entry.key.currency
        if name not in self._sums and len(self._sums) >= SUMS_MAX:
            if len(self.left_out) < LEFT_OUT_NAMED_MAX:
                self.left_out.add(party)
            return
        first = WaitingSum(*name, entry.since, entry.key.usage_month, ZERO_PICO, ZERO_PICO, (), more=False)
        self._sums[name] = self._sums.get(name, first).plus(entry, amount, change, holds)
