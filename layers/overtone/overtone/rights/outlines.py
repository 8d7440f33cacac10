"""What a settlement asks of every work of a month, taken out of its record once, when that is read.

A work's record is a dozen objects. Walking through them in a month of a hundred thousand works takes as long as pricing them, while right
after they were made it takes next to nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final, NamedTuple

from overtone.lines import Side
from overtone.money import NANO
from overtone.scales import Nano

STRUCTURES_MAX: Final = 10_000
"""So many are remembered, so that works of the same structure share one."""
_WORK: Final = itemgetter("kind", "title", "composition", "shares", "permissions", "disputed", "contested")
_WORD: Final = itemgetter("default", "max_share", "licensees")
_PARTY: Final = itemgetter("party")
_SHARE: Final = itemgetter("share", "territories", "not_in", "rights")


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """How a side of a work is shared and what its owners say of outputs, whoever they are. Works nearly always share the very same one."""

    kind: Side
    word: str | None
    disputed: bool
    shares: tuple[Nano, ...]


class Outline(NamedTuple):
    """A work as nearly every claim on it sees it: `parties` are those of its shares, in their order.

    `structure` is `None` where there is more to it: overclaims, parts in dispute, shares that do not count everywhere, words about
    single licensees, limits.
    """

    structure: Structure | None
    title: str
    composition: str | None
    parties: tuple[str, ...]


def outline(work: Mapping[str, Any]) -> Outline:
    """That of a work with these fields."""
    kind, title, composition, shares, permissions, disputed, contested = _WORK(work)
    default, max_share, licensees = _WORD(vars(permissions.likeness if kind == "likeness" else permissions.generation))
    fields = list(map(vars, shares))
    more = licensees or max_share is not None or contested
    structure = None if more else _structure(kind, default, disputed, tuple(map(_SHARE, fields)))
    return Outline(structure, title, composition, tuple(map(_PARTY, fields)))


@lru_cache(maxsize=STRUCTURES_MAX)
def _structure(kind: Side, word: str | None, disputed: bool, shares: tuple[tuple[Any, ...], ...]) -> Structure | None:  # noqa: FBT001 - a field
    if any(any(limits) for _, *limits in shares) or sum(share for share, *_ in shares) > NANO:
        return None
    return Structure(kind, word, disputed, tuple(share for share, *_ in shares))
