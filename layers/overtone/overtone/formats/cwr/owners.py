"""The owners of a work in CWR's shares: hundredths of a percent of performing and mechanical rights, for the world and apart from it.

Where a work's shares do not tell the rights apart, each is the mean of both: publishers may own half of performing at most, so what is
over goes to their mechanical ownership, and publishers of more than three quarters cannot be said.
"""

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from overtone import money
from overtone.formats.cwr.shares import WHOLE
from overtone.money import NANO
from overtone.rights.registry import Party, Work
from overtone.rights.shares import RIGHTS, held, places
from overtone.territories import WORLD

_HALF: Final = WHOLE // 2
_UNKNOWN: Final = ""
CollectedShares = tuple[int, int]
"""Performing and mechanical, in hundredths of a percent."""


class Owner(NamedTuple):
    """One line of a registration: `pr` and `mr` are what it owns, in hundredths of a percent; `elsewhere` what it collects otherwise."""

    party_id: str
    party: Party | None
    pr: int
    mr: int
    elsewhere: Mapping[str, CollectedShares] = {}

    @property
    def is_writer(self) -> bool:
        """Whether it stands as a writer; whom nobody knows stands as one too."""
        return self.party is None or self.party.kind == "creator"


def obstacle(work: Work, parties: Mapping[str, Party]) -> str:
    """Why CWR cannot say what a work says, or ""."""
    if work.kind != "composition":
        return f"CWR registers compositions, this is a {work.kind}"
    if not work.shares:
        return "it has no shares, and CWR registers no work without people"
    if work.claimed > NANO:
        return "its shares add up to more than the whole"
    publishers = {share.party for share in work.shares if share.party in parties and parties[share.party].kind != "creator"}
    if not _is_limited(work):
        return "publishers hold more than three quarters" if 4 * _of(_world(work, 0), publishers) > 3 * NANO else ""
    return "publishers hold more than half of performance" if 2 * _of(_world(work, 0), publishers) > NANO else _uneven_rest(work)


def _uneven_rest(work: Work) -> str:
    """CWR's unknown writer owns what nobody claims, everywhere alike."""
    rest = [NANO - sum(_world(work, place).values()) for place in range(len(RIGHTS))]
    for place in places(work.shares):
        if any(NANO - sum(held(work.shares, place, right).values()) != nobodys for right, nobodys in zip(RIGHTS, rest, strict=True)):
            return f"what nobody claims in {place} is another part than in the world"
    return ""


def owners(work: Work, parties: Mapping[str, Party]) -> list[Owner]:
    """The owners in CWR's shares; a rest that nobody claims is an unknown writer's."""
    if not _is_limited(work):
        return _by_mean(work, parties)
    world = _in_one_place(work, WORLD)
    there = {place: table for place in places(work.shares) if place != WORLD and (table := _in_one_place(work, place)) != world}
    names = sorted({name for table in (world, *there.values()) for name in table})
    return [
        Owner(name, parties.get(name), *world.get(name, (0, 0)), {place: table.get(name, (0, 0)) for place, table in there.items()})
        for name in names
    ]


def _is_limited(work: Work) -> bool:
    return any(share.limited for share in work.shares)


def _world(work: Work, place: int) -> dict[str, int]:
    return dict[str, int](held(work.shares, WORLD, RIGHTS[place]))


def _of(shares: Mapping[str, int], parties: Collection[str]) -> int:
    return sum(share for party, share in shares.items() if party in parties)


def _in_one_place(work: Work, place: str) -> dict[str, CollectedShares]:
    pr, mr = (_hundredths(held(work.shares, place, right)) for right in RIGHTS)
    return {name: (pr.get(name, 0), mr.get(name, 0)) for name in (*pr, *mr)}


def _hundredths(shares: Mapping[str, int]) -> dict[str, int]:
    nobodys = NANO - sum(shares.values())
    return money.split(WHOLE, {**shares, **({_UNKNOWN: nobodys} if nobodys else {})})


def _by_mean(work: Work, parties: Mapping[str, Party]) -> list[Owner]:
    nano = _world(work, 0)
    nano |= {_UNKNOWN: NANO - work.claimed} if work.claimed < NANO else {}
    whole = money.split(2 * WHOLE, nano)
    publishers = {p: part for p, part in whole.items() if p in parties and parties[p].kind != "creator"}
    pr = {party_id: part // 2 for party_id, part in whole.items()}
    if sum(publishers.values()) > WHOLE - len(whole):  # so near to half that rounding could go over it
        writers = {p: part for p, part in whole.items() if p not in publishers}
        pr = money.split(_HALF, publishers) | (money.split(_HALF, writers) if sum(writers.values()) else {})
    else:
        pr = _evened(pr, whole)
    return [Owner(p, parties.get(p), pr[p], part - pr[p]) for p, part in sorted(whole.items())]


def _evened(pr: dict[str, int], whole: Mapping[str, int]) -> dict[str, int]:
    """Odd parts are halved up and down in turn, so that both rights make the whole."""
    missing = WHOLE - sum(pr.values())
    odd = [party_id for party_id in sorted(whole) if whole[party_id] % 2][:missing]
    return pr | {party_id: pr[party_id] + 1 for party_id in odd}
