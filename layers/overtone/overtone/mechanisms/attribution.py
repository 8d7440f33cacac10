"""What happens where attribution is weak or absent: the terms and the arithmetic that output prices and pools have in common.

Money that weak attribution would earn goes to a fallback: suspense, or works by presence or weight in the model's latest
training run (STIM's rule, by analogy with use in training). `blend` scales by confidence instead: c by influence, 1 - c to the fallback.
"""

from typing import Final, Literal

from overtone.fields import Model, Share
from overtone.mechanisms.shape import Claim, DealTerms, Use
from overtone.money import NANO
from overtone.scales import ZERO_NANO

BANDS: Final = 10
"""Confidence is seen in tenths."""


class Confidence(Model):
    """Below `min` the fallback applies; `basis` says how a training pool is shared."""

    min: Share = ZERO_NANO
    fallback: Literal["training", "suspense"] = "training"
    basis: Literal["presence", "weight"] = "presence"


class Attributed(DealTerms):
    """The terms of a mechanism that pays by attribution; `unattributed` makes a deal owe for what no work is named for, too."""

    confidence: Confidence | None = None
    blend: bool = False
    unattributed: bool = False


def require_fallback(terms: Attributed) -> None:
    """Raise `ValueError` where terms need a fallback and name none."""
    if (terms.blend or terms.unattributed) and terms.confidence is None:
        raise ValueError("blend and unattributed need confidence: {fallback: training | suspense}")


def direct_tenths(terms: Attributed, use: Use) -> int:
    """How many tenths of a use's money go by influence; the rest goes to the fallback. A play is no matter of attribution."""
    if terms.confidence is None or use.kind == "play":
        return BANDS
    if not use.attributed or use.band * NANO < terms.confidence.min * BANDS:
        return 0
    return use.band if terms.blend else BANDS


def follows_training(terms: Attributed) -> bool:
    """Whether the fallback is shared by training."""
    return terms.confidence is not None and terms.confidence.fallback == "training"


def presence(terms: Attributed, use: Use, claim: Claim) -> int:
    """What a work's presence in a model's latest run counts in the fallback."""
    return claim.part * (use.weight if terms.confidence and terms.confidence.basis == "weight" else 1)
