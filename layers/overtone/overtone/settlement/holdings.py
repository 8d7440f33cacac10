"""The holders of a side where a use was, by right: what adds up to the whole, and what of it waits whatever its owners allow.

A work's shares may be limited to territories and rights (`rights.shares`). Each right of a territory is a whole of its own: an overclaim
in one leaves the other alone. A holder's share is the mean of its rights, by largest remainder, so that the holders' means are a whole
too; a deal that licenses one right asks for that one.
"""

from collections.abc import Mapping, Sequence

from overtone.lines import DISPUTED, UNCLAIMED_SHARE, UNREGISTERED, SuspenseReason
from overtone.money import NANO, split
from overtone.rights.registry import Work
from overtone.rights.shares import RIGHTS, Right, held
from overtone.settlement.coverage import Holder, SideOfWork

_Part = tuple[str, SuspenseReason]
"""A party (empty: nobody) and the reason for which its part waits (empty: none)."""


def holders(side: SideOfWork, territory: str) -> list[Holder]:
    """The parts of a side for a use in a territory; in each right they add up to the whole."""
    if side.found is None:
        return [Holder("", NANO, UNREGISTERED)]
    work = side.found.work
    if not any(share.limited for share in work.shares):
        claimed = {share.party: share.share for share in work.shares if share.share}
        return [Holder(party, share, reason) for (party, reason), share in parts_of_whole(work, claimed).items()]
    return _means(*(parts_of_whole(work, held(work.shares, territory, right)) for right in RIGHTS))


def _means(performance: Mapping[_Part, int], mechanical: Mapping[_Part, int]) -> list[Holder]:
    by_right = {name: (performance.get(name, 0), mechanical.get(name, 0)) for name in (*performance, *mechanical)}
    means = split(NANO, {name: sum(rights) for name, rights in by_right.items()})
    return [Holder(*_named(name, means[name]), rights) for name, rights in by_right.items()]


def _named(name: _Part, share: int) -> tuple[str, int, SuspenseReason]:
    party, reason = name
    return party, share, reason


def parts_of_whole(work: Work, claimed: Mapping[str, int]) -> dict[_Part, int]:
    """Who holds what of one whole, and why it waits, from what each party claims of it; the parts add up to the whole."""
    whole = sum(claimed.values())
    if whole > NANO:
        return {(party, DISPUTED): part for party, part in split(NANO, claimed).items() if part}
    reason: SuspenseReason = DISPUTED if work.disputed else ""
    contested = {part.party: part.share for part in work.contested}
    found: dict[_Part, int] = {}
    for party, share in claimed.items():
        part = min(share, contested.get(party, 0))
        if part:
            found[party, DISPUTED] = part
        if share > part:
            found[party, reason] = found.get((party, reason), 0) + share - part
    if (rest := NANO - whole) > 0:
        found["", reason or UNCLAIMED_SHARE] = rest
    return found


def part_of(holder: Holder, licensed: tuple[Right, ...] | None, covered: Sequence[Right]) -> int:
    """What of a holder's share a deal prices: its part of the one right that is licensed, else the mean, of which each right is half."""
    by_right = holder.rights or (holder.share, holder.share)
    if licensed:
        return by_right[RIGHTS.index(licensed[0])]
    if len(covered) == len(RIGHTS):
        return holder.share
    halves = split(holder.share, dict(zip(RIGHTS, by_right, strict=True))) if sum(by_right) else dict.fromkeys(RIGHTS, 0)
    return sum(halves[right] for right in covered)
