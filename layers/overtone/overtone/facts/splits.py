"""How an output's disclosure divides it: all works in one whole (`together`), or each side into a whole of its own (`by_side`).

A share may bear a confidence of its own, which counts in place of its record's. So a disclosure is a few *parts*, each with the kind
and the band that its entries have; the parts of one side make one whole, what no share covers included.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple

from overtone.identifiers import UNATTRIBUTED
from overtone.lines import Side
from overtone.money import NANO
from overtone.scales import Nano

OUTPUT_KIND: Final = "output"
"""The kind of entries about an output whose works are parts of one whole. With `:` and a side, of its split of that side."""
BAND: Final = NANO // 10
"""A confidence (1e-9) in tenths: pricing sees it in bands of this size."""
SplitBasis = Literal["together", "by_side"]
Split = Side | Literal[""]
SPLITS: Final[tuple[Side, ...]] = ("recording", "composition", "likeness")
EntryKind = Literal["play", "output", "output:recording", "output:composition", "output:likeness"]
"""What an entry of usage is about: the recording itself, an output as a whole, or one side's split of it."""
_SPLITS_OF: Final[Mapping[EntryKind, tuple[Literal["play", "output"], Split]]] = {
    "play": ("play", ""),
    "output": ("output", ""),
    "output:recording": ("output", "recording"),
    "output:composition": ("output", "composition"),
    "output:likeness": ("output", "likeness"),
}
_KINDS_OF: Final = {split: kind for kind, (name, split) in _SPLITS_OF.items() if name == OUTPUT_KIND}
_SIDE_OF_SCHEME: Final[Mapping[str, Split]] = {"isrc": "recording", "iswc": "composition", "isni": "likeness"}


class Grounds(NamedTuple):
    """What a disclosure says beside its shares. `sides` and `confidences` are of single works; `evidence` is a URI and its SHA-256."""

    basis: SplitBasis = "together"
    sides: tuple[tuple[str, Split], ...] = ()
    confidences: tuple[tuple[str, Nano], ...] = ()
    evidence: tuple[str, str] | None = None


PLAIN: Final = Grounds()


class SplitPart(NamedTuple):
    """Shares (1e-9) that one kind and band of entries has."""

    kind: EntryKind
    band: int
    shares: Sequence[tuple[str, int]]


def kind_of(split: Split) -> EntryKind:
    """The kind of the entries of a split; of the whole, if it is not split."""
    return _KINDS_OF[split]


def split_of(kind: EntryKind) -> tuple[Literal["play", "output"], Split]:
    """The kind of a use, and the side of the split that an entry's kind names."""
    return _SPLITS_OF[kind]


def is_output(kind: EntryKind) -> bool:
    """Whether an entry of this kind is about an output."""
    return kind.partition(":")[0] == OUTPUT_KIND


def side_named(work: str) -> Split:
    """The side that a work's identifier names; none for an id that both sides know."""
    return _SIDE_OF_SCHEME.get(work.partition(":")[0], "")


def counted(kinds: Mapping[str, int]) -> int:
    """What was reported, of sums by kind: an output that is split is its recordings' whole, once."""
    return sum(size for kind, size in kinds.items() if kind not in _OTHER_WHOLES)


def are_alike(kinds: Mapping[str, int]) -> bool:
    """Whether the recordings and the compositions of outputs that are split come to the same."""
    return kinds.get(kind_of("recording"), 0) == kinds.get(kind_of("composition"), 0)


_OTHER_WHOLES: Final = frozenset({kind_of("composition"), kind_of("likeness")})


def parts_of(confidence: int, shares: Sequence[tuple[str, int]], grounds: Grounds = PLAIN) -> list[SplitPart]:
    """The parts of a disclosure, each side made whole by what is unattributed; a share of 0 is none.

    Recordings and compositions are always split, likenesses where one is named.
    """
    if grounds.basis == "together" and not grounds.confidences:
        return [SplitPart(OUTPUT_KIND, confidence // BAND, _whole(shares, NANO))]
    own, sides = dict(grounds.confidences), dict(grounds.sides)
    found: dict[tuple[Split, int], list[tuple[str, int]]] = {}
    left: dict[Split, int] = {"": NANO} if grounds.basis == "together" else {"recording": NANO, "composition": NANO}
    for work, share in shares:
        split: Split = "" if grounds.basis == "together" else side_named(work) or sides[work]
        left[split] = left.get(split, NANO) - share
        if share:
            found.setdefault((split, own.get(work, confidence) // BAND), []).append((work, share))
    for split, rest in left.items():
        if rest:
            found.setdefault((split, confidence // BAND), []).append((UNATTRIBUTED, rest))
    return [SplitPart(kind_of(split), band, of) for (split, band), of in sorted(found.items())]


def _whole(shares: Sequence[tuple[str, int]], whole: int) -> list[tuple[str, int]]:
    found = [(work, share) for work, share in shares if share]
    left = whole - sum(share for _, share in found)
    return [*found, (UNATTRIBUTED, left)] if left else found
