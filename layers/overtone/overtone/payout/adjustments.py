"""What finance changes on a payee's account by hand, and what it brings from another system.

Two persons agree, the evidence is named, and it stands on the statement.
"""

from typing import Annotated, Final, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from overtone.fields import Amount, CalendarMonth, Currency, Model, SignedAmount, Slug, named_by_content
from overtone.lines import SUSPENSE, ForeignReason, LineKey
from overtone.scales import ZERO_PICO, Pico

Text = Annotated[str, Field(min_length=1, max_length=500)]


ReasonElsewhere = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,39}$")]
"""Why money waits, as other systems have it too: `disputed`, `unclaimed_share`, `unregistered`."""
OPENED: Final = "opening"
"""The mechanism of what another system left in suspense."""


class OpenedMoney(Model):
    """Which money of another system's suspense: the posting that opened it, why it waits, since when, and of which work if it is known."""

    opening_id: Slug
    reason: ReasonElsewhere
    month: CalendarMonth
    work: Slug | None = None

    def key(self, currency: str) -> LineKey:
        """What it stands under in suspense."""
        return opened_key(self.opening_id, self.month, self.work or "", ForeignReason(self.reason), currency)


def opened_key(opening_id: str, month: str, work: str, reason: ForeignReason, currency: str) -> LineKey:
    """What an opened amount stands under: no deal's, so no settlement's computation ever touches it."""
    return LineKey(month, opening_id, OPENED, "", "", "", work, "", SUSPENSE, "", "", reason, currency)


class AdjustmentRequest(Model):
    """The body of `POST /v1/adjustments`: `amount` is added to what the party is owed, or taken off where it is negative.

    With `suspense` it comes out of what another system had left there.
    """

    model_config = named_by_content("adjustment_id")

    adjustment_id: Slug
    party: Slug
    amount: SignedAmount
    currency: Currency
    reason: Text
    evidence: Text
    suspense: OpenedMoney | None = None

    @model_validator(mode="after")
    def _comes_out(self) -> Self:
        if self.suspense is not None and self.amount <= 0:
            raise ValueError("what comes out of suspense is added to what the party is owed; send an amount above zero")
        return self


class Adjustment(NamedTuple):
    """An adjustment that two persons agreed on; pico. `suspense` is what it is taken out of, if it is."""

    adjustment_id: str
    party_id: str
    currency: str
    amount: Pico
    reason: str
    kind: Literal["adjustment", "opening"] = "adjustment"
    suspense: LineKey | None = None


class OpenedSuspense(NamedTuple):
    """Money that another system left in suspense; pico."""

    key: LineKey
    title: str
    amount: Pico


OPENINGS_MAX: Final = 20_000
"""Rows of one posting of opening balances."""


class OpeningBalance(Model):
    """What another system owed a party; `unrecouped` of an advance under a deal is what later earnings still pay back.

    `reserve` is the part of `balance` that is held, and let go over `periods` months. Without a party the balance waits in `suspense`,
    with the reason, since the `month`, of the `work` and under the `title` that are known.
    """

    party: Slug | None = None
    currency: Currency
    balance: SignedAmount = ZERO_PICO
    reserve: Amount = ZERO_PICO
    periods: Annotated[int, Field(ge=1, le=24)] = 1
    deal_id: Slug | None = None
    licensee: Slug | None = None
    unrecouped: Amount = ZERO_PICO
    suspense: ReasonElsewhere | None = None
    month: CalendarMonth | None = None
    work: Slug | None = None
    title: Annotated[str, Field(max_length=200)] = ""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.unrecouped and not (self.deal_id and self.licensee):
            raise ValueError("an unrecouped advance needs its deal_id and licensee")
        if self.reserve > max(0, self.balance):
            raise ValueError("a reserve is part of the balance; send at most the balance, or 0 where that is not above zero")
        return self

    @model_validator(mode="after")
    def _is_somebody_s_or_waits(self) -> Self:
        waits = self.suspense is not None
        if waits == (self.party is not None) or waits != (self.month is not None):
            raise ValueError("name a party, or for suspense the reason and the month since which it waits")
        if waits and (self.balance <= 0 or self.reserve or self.unrecouped):
            raise ValueError("what waits in suspense is a balance above zero, without reserve or advance")
        return self


class OpeningRequest(Model):
    """The body of `POST /v1/opening-balances`."""

    opening_id: Slug
    evidence: Text
    balances: Annotated[tuple[OpeningBalance, ...], Field(min_length=1, max_length=OPENINGS_MAX, strict=False)]

    @model_validator(mode="after")
    def _waits_once(self) -> Self:
        names = [(row.month, row.work, row.suspense, row.currency) for row in self.balances if row.suspense]
        if len(set(names)) < len(names):
            raise ValueError("the same reason, month, work and currency stand in suspense twice; add them up")
        return self


class AgreedOpening(NamedTuple):
    """A row of opening balances that two persons agreed on; pico."""

    opening_id: str
    party_id: str
    currency: str
    balance: Pico
    reserve: Pico
    periods: int
    deal_id: str
    licensee: str
    unrecouped: Pico
