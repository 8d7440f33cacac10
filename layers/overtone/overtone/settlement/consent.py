"""What an owner's word means for a use, what its silence means, and which of several reasons its money waits under.

An owner's word counts first. What it has not said is silence, and the deal that would cover the share says what that means
(`Deal.silence`); under a statute's licence (`none`) a deny does not count either. A share that no deal would cover is denied
only by a word.
"""

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from overtone.lines import REASONS, ForeignReason, SuspenseReason
from overtone.mechanisms.shape import Use
from overtone.rights.registry import Permission, Work
from overtone.settlement.snapshot import ActiveDeal

Reach = Literal["", "direct", "society", "open"]
"""How a deal reaches a party: not at all, by its own signature, by its mandate, or as anybody."""


class ConsentStanding(NamedTuple):
    """Whether a use of a share was denied, and whether the law asked its owner at all (limits count only then)."""

    denied: bool
    asked: bool


FREE: Final = ConsentStanding(denied=False, asked=True)


def first_reason(reasons: Iterable[SuspenseReason | ForeignReason]) -> SuspenseReason:
    """The reason that a share waits under, or "" where there is none."""
    given = frozenset(reasons)
    return next((reason for reason in REASONS if reason in given), "")


def permission(work: Work, use: Use) -> Permission | None:
    """What the work's owners say about a use by this licensee; `None` for uses that ask no owner: plays, levies, repertoires."""
    if work.kind == "likeness" and use.kind in {"training", "model", "output"}:
        return work.permissions.likeness.for_licensee(use.licensee)
    if use.kind in {"training", "model"}:
        return work.permissions.training.for_licensee(use.licensee)
    if use.kind == "output":
        return work.permissions.generation.for_licensee(use.licensee)
    return None


def standing(work: Work | None, use: Use, active: ActiveDeal | None, reach: Reach) -> ConsentStanding:
    """Whether the use of a share of this work was denied, given the deal that would cover the share and how it reaches the holder."""
    word = permission(work, use) if work else None
    if word is None:
        return FREE
    silence = active.deal.silence if active else None
    if silence == "none":
        return ConsentStanding(denied=False, asked=False)
    if word.default is not None:
        return ConsentStanding(denied=word.default == "deny", asked=True)
    signed = reach in {"direct", "society"}
    return ConsentStanding(denied=silence == "opt_in" or (silence == "mandate" and not signed), asked=True)
