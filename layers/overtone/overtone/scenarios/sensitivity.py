"""How much of each payee's money rests on attribution: the same disclosures with noise of a stated size, and what the draws spread over.

What a draw comes to is a function of its seed, its number and the disclosure alone: neither the order of outputs nor what else was
drawn matters, so the same seed gives the same bytes, and a noise of 0 gives what was disclosed.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, NamedTuple

from pydantic import Field

from overtone.errors import Rejected
from overtone.facts.disclosure import OutputShares
from overtone.facts.splits import side_named
from overtone.fields import Model, Share
from overtone.money import NANO, format_share, split
from overtone.scales import Nano

DRAWS_MAX: Final = 100
SEED_MAX: Final = 2**32 - 1
_CHANCE_BYTES: Final = 16
"""Of a hash that is taken for a number: so many that no range of shares is favoured by what its size leaves over."""

PayeeAmounts = Mapping[tuple[str, str], int]
"""What each (payee, currency) gets, in pico."""


class Draw(Model):
    """One world in which attribution is taken to be uncertain.

    A share moves by at most `shares` of itself, a confidence by at most `confidence`, both evenly; which way, `seed` and `draw` decide.
    """

    shares: Share
    confidence: Share
    seed: Annotated[int, Field(ge=0, le=SEED_MAX)] = 0
    draw: Annotated[int, Field(ge=1, le=DRAWS_MAX)] = 1


class Noise(Model):
    """How uncertain attribution is taken to be, as `Draw` has it, and how many worlds are drawn."""

    shares: Share
    confidence: Share
    draws: Annotated[int, Field(ge=1, le=DRAWS_MAX)]
    seed: Annotated[int, Field(ge=0, le=SEED_MAX)]

    def changes(self) -> list[dict[str, Any]]:
        """The change of each draw, as `POST /v1/what-ifs` takes it."""
        size = {"shares": format_share(self.shares), "confidence": format_share(self.confidence), "seed": self.seed}
        return [{"attribution": [{"noise": size | {"draw": draw}}]} for draw in range(1, self.draws + 1)]


class PayeeSpread(NamedTuple):
    """What one payee gets as disclosed and over the draws; `median` of an even number of draws is the lower of the middle two."""

    payee: str
    currency: str
    disclosed: int
    low: int
    median: int
    high: int

    @property
    def width(self) -> int:
        """How much of it the noise decides."""
        return self.high - self.low


def drawn(record: OutputShares, draw: Draw) -> OutputShares:
    """A disclosure as it might have been said: each whole has at most what a whole has."""
    name = (draw.seed, draw.draw, record.output_id)
    moved = {work: _moved(share, share * draw.shares // NANO, *name, "share", work) for work, share in record.shares}
    most = draw.confidence
    own = tuple((work, _confident(confidence, most, *name, work)) for work, confidence in record.grounds.confidences)
    return record._replace(
        confidence=_confident(record.confidence, most, *name, ""),
        shares=tuple(sorted(_within_wholes(moved, _whole_of(record)).items())),
        grounds=record.grounds._replace(confidences=own),
    )


def _confident(confidence: int, most: int, *name: object) -> Nano:
    return Nano(min(NANO, max(0, _moved(confidence, most, *name, "confidence"))))


def _moved(value: int, most: int, *name: object) -> int:
    """The value, or one that is at most so far from it; which, the name decides, in one hash."""
    chance = int.from_bytes(hashlib.sha256(repr(name).encode()).digest()[:_CHANCE_BYTES])
    return value - most + chance % (2 * most + 1)


def _whole_of(record: OutputShares) -> dict[str, str]:
    """The whole that each work's share is a part of: the output's, or its side's."""
    if record.grounds.basis == "together":
        return {work: "" for work, _ in record.shares}
    sides = dict(record.grounds.sides)
    return {work: side_named(work) or sides[work] for work, _ in record.shares}


def _within_wholes(shares: Mapping[str, int], whole_of: Mapping[str, str]) -> dict[str, Nano]:
    """The shares, those of a whole that came to more than it cut to it in proportion."""
    found: dict[str, int] = {}
    for whole in sorted(set(whole_of.values())):
        parts = {work: share for work, share in shares.items() if whole_of[work] == whole}
        found |= split(NANO, parts) if sum(parts.values()) > NANO else parts
    return {work: Nano(share) for work, share in found.items()}


def spreads(disclosed: PayeeAmounts, draws: Sequence[PayeeAmounts]) -> list[PayeeSpread]:
    """What each payee's money spreads over, the widest first; who gets nothing in a draw gets 0 there. Raises `Rejected` without a draw."""
    if not draws:
        raise Rejected("there is no draw to look at; ask for at least one")
    found = []
    for name in {name for world in (disclosed, *draws) for name in world}:
        amounts = sorted(draw.get(name, 0) for draw in draws)
        found.append(PayeeSpread(*name, disclosed.get(name, 0), amounts[0], amounts[(len(amounts) - 1) // 2], amounts[-1]))
    return sorted(found, key=lambda one: (one.currency, -one.width, -one.disclosed, one.payee))
