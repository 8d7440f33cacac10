"""What a society keeps of what it collects: its own tariff, the same for all members of a kind, known before the month begins."""

from collections.abc import Collection
from typing import Annotated, Final, Literal

from pydantic import Field

from overtone.errors import Fault, Forbidden, Rejected
from overtone.fields import Model
from overtone.lines import LineSide, Side
from overtone.rights.registration import Actor
from overtone.rights.registry import EVERY_MANDATE_USE, Fees, MandateUses, Party, PartyKind

RATES_MAX: Final = 100
MEMBERS_TOLD_MAX: Final = 10_000
"""Members that are told of a new tariff one by one; those of a larger society read it."""


class TariffRate(Fees):
    """What is kept of one kind of money: of these sides and uses, for these kinds of members (all that are left out: every)."""

    rights: Annotated[tuple[Side, ...], Field(min_length=1, strict=False)] = ("recording", "composition")
    uses: MandateUses = EVERY_MANDATE_USE
    members: Annotated[tuple[PartyKind, ...], Field(strict=False)] = ()

    def fits(self, side: LineSide, uses: Collection[str], kind: PartyKind | Literal[""]) -> bool:
        """Whether it is the rate of this side (`""`: any), of one of the uses, for a member of this kind."""
        return (not side or side in self.rights) and not set(uses).isdisjoint(self.uses) and (not self.members or kind in self.members)


class Tariff(Model):
    """A society's rates; the first that fits counts, and of what none fits nothing is kept."""

    rates: Annotated[tuple[TariffRate, ...], Field(min_length=1, max_length=RATES_MAX, strict=False)]

    def rate(self, side: LineSide, uses: Collection[str], kind: PartyKind | Literal[""]) -> TariffRate | None:
        """The rate for a member's money, if any."""
        return next((rate for rate in self.rates if rate.fits(side, uses, kind)), None)


def allow(actor: Actor, society_id: str, society: Party | None, effective_from: str, today: str) -> None:
    """Raise `Forbidden` unless the actor may set this tariff, `Rejected` where a society backdates what its members never agreed to."""
    if not actor.admin and actor.party != society_id:
        raise Forbidden("a tariff is set by its society or by an admin; use the society's token")
    if society is None or society.kind != "society":
        raise Rejected(f"{society_id} is not registered as a society", [Fault("register it as a society first", "society_id")])
    if not society.collects:
        raise Forbidden(f"{society_id} waits for an admin's approval as a society")
    if not actor.admin and effective_from < today:
        raise Rejected.at("effective_from", f"a tariff counts from today ({today}) or later; an admin can set an earlier day")
