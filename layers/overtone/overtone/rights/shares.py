"""Whose part of a work is how large, where and in which right: shares that may name territories and rights, and how they add up.

A share counts in the territories that it names, in the world where it names none, and not where `not_in` says so. A use whose territory
nobody knows (`*`) sees the shares that are for the world. Within one territory and right the shares that count add up to one whole.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Final, Literal, Self, get_args

from pydantic import Field, field_validator, model_validator

from overtone.fields import ALL_ALONE, Model, Share, Slug, Territory, or_all
from overtone.scales import ZERO_NANO, Nano
from overtone.territories import WORLD

Right = Literal["performance", "mechanical"]
RIGHTS: Final[tuple[Right, ...]] = get_args(Right)
TERRITORIES_MAX: Final = 300
Rights = Annotated[tuple[Right, ...], Field(min_length=1, max_length=len(RIGHTS), strict=False)]
Territories = Annotated[
    tuple[Territory, ...], Field(min_length=1, max_length=TERRITORIES_MAX, strict=False, json_schema_extra=or_all), ALL_ALONE
]
ShareSums = dict[tuple[str, Right], Nano]


def normal_rights(rights: tuple[Right, ...] | None) -> tuple[Right, ...] | None:
    """One right, or `None` for both."""
    return None if rights is None or len(set(rights)) == len(RIGHTS) else rights[:1]


class OwnerShare(Model):
    """A party's part of a work's side, in the world and both rights unless it says otherwise."""

    party: Slug
    share: Share
    territories: Territories | None = None
    not_in: Territories | None = None
    """Countries that are taken out of the world."""
    rights: Rights | None = None

    @field_validator("territories")
    @classmethod
    def _is_sorted(cls, territories: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if territories is None or WORLD in territories else tuple(sorted(set(territories)))

    @field_validator("not_in")
    @classmethod
    def _names_countries(cls, territories: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if territories and WORLD in territories:
            raise ValueError("a share that counts nowhere is none; name countries, or leave the share out")
        return tuple(sorted(set(territories))) if territories else None

    @field_validator("rights")
    @classmethod
    def _is_one_or_unsaid(cls, rights: tuple[Right, ...] | None) -> tuple[Right, ...] | None:
        return normal_rights(rights)

    @model_validator(mode="after")
    def _excepts_from_the_world(self) -> Self:
        if self.not_in and self.territories:
            raise ValueError("not_in is taken out of the world; leave it out where territories are named")
        return self

    @property
    def limited(self) -> bool:
        """Whether it counts in some territories or in one right alone."""
        return bool(self.territories or self.not_in or self.rights)

    def counts(self, territory: str, right: Right) -> bool:
        """Whether it counts for a use in this territory (`*`: nobody knows where) and right."""
        if self.rights and right not in self.rights:
            return False
        if self.territories:
            return territory in self.territories
        return territory not in (self.not_in or ())


def held(shares: Iterable[OwnerShare], territory: str, right: Right) -> dict[str, Nano]:
    """What each party holds in one territory and right, nano; parties that hold nothing are left out."""
    found: dict[str, Nano] = {}
    for share in shares:
        if share.share and share.counts(territory, right):
            found[share.party] = found.get(share.party, ZERO_NANO) + share.share
    return found


def places(*several: Iterable[OwnerShare]) -> list[str]:
    """The territories that have to be looked at to see every difference: those that shares name, and the world for all others."""
    named = (share.territories or share.not_in or () for shares in several for share in shares)
    return [WORLD, *sorted({name for territories in named for name in territories})]


def sums(shares: Sequence[OwnerShare]) -> ShareSums:
    """What the shares add up to, by territory and right."""
    if not any(share.limited for share in shares):
        whole = sum((share.share for share in shares), ZERO_NANO)
        return {(WORLD, right): whole for right in RIGHTS}
    return {(place, right): sum(held(shares, place, right).values(), ZERO_NANO) for place in places(shares) for right in RIGHTS}


def greatest(shares: Sequence[OwnerShare]) -> dict[str, Nano]:
    """The most that each party holds anywhere, as the mean of both rights: the one figure where one is asked for."""
    if not any(share.limited for share in shares):
        return {share.party: share.share for share in shares}
    found: dict[str, Nano] = {}
    for place in places(shares):
        by_right = [held(shares, place, right) for right in RIGHTS]
        for party in {share.party for share in shares}:
            mean = Nano(sum(of_right.get(party, ZERO_NANO) for of_right in by_right) // len(RIGHTS))
            found[party] = max(found.get(party, ZERO_NANO), mean)
    return found


def losers(before: Sequence[OwnerShare], after: Sequence[OwnerShare]) -> set[str]:
    """Who holds less than before, in some territory and right."""
    lost: set[str] = set()
    for place in places(before, after):
        for right in RIGHTS:
            now: Mapping[str, Nano] = held(after, place, right)
            lost |= {party for party, share in held(before, place, right).items() if now.get(party, ZERO_NANO) < share}
    return lost
