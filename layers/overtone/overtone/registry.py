"""Who owns what and what they allow: parties, works, mandates, permissions.

Everything here is effective-dated (`versions` keeps the days, not these models); a share is a party's part of one side, the
recording (master) or the composition, of one work.
"""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator
from stdnum import bic as _bic
from stdnum import iban as _iban

from overtone.fields import (
    Amount,
    Currency,
    Ipi,
    Isni,
    Model,
    Share,
    Slug,
    Territory,
    WorkKey,
)
from overtone.money import NANO

SHARES_MAX: Final = 200
IDENTIFIERS_MAX: Final = 50
MANDATES_MAX: Final = 50

Side = Literal["recording", "composition"]
MandateUse = Literal["training", "generation", "output", "play", "levy"]
PartyKind = Literal[
    "creator", "publisher", "label", "society", "licensee", "attribution_provider", "administrator"
]


class Payout(Model):
    """Where and when a party is paid; below the threshold its balance is carried forward."""

    currency: Currency
    method: Literal["sepa", "ach", "none"] = "none"
    iban: str | None = None
    bic: str | None = None
    threshold: Amount = 0

    @model_validator(mode="after")
    def _bank_details(self) -> Self:
        if self.iban is not None and not _iban.is_valid(self.iban):
            message = f"iban {self.iban!r} is not valid (ISO 13616); correct it or leave it out"
            raise ValueError(message)
        if self.bic is not None and not _bic.is_valid(self.bic):
            message = f"bic {self.bic!r} is not valid (ISO 9362); correct it or leave it out"
            raise ValueError(message)
        return self


class Mandate(Model):
    """What a party lets a society license and collect for it, and what the society keeps."""

    society: Slug
    rights: Annotated[tuple[Side, ...], Field(min_length=1, strict=False)]
    uses: Annotated[tuple[MandateUse, ...], Field(min_length=1, strict=False)]
    territories: Annotated[tuple[Territory, ...], Field(min_length=1, strict=False)] = ("*",)
    admin_fee: Share = 0
    cultural_deduction: Share = 0

    @model_validator(mode="after")
    def _deductions(self) -> Self:
        if self.admin_fee + self.cultural_deduction > NANO:
            message = "admin_fee and cultural_deduction together exceed the whole"
            raise ValueError(message)
        return self

    def fits(self, side: Side, use: MandateUse, territory: str) -> bool:
        """Whether the mandate covers this side and use in this territory (`*`: anywhere)."""
        there = territory == "*" or "*" in self.territories or territory in self.territories
        return there and side in self.rights and use in self.uses


class Reserve(Model):
    """A part of what is credited held back for a while: `rate`, released evenly over `periods`."""

    rate: Share
    periods: Annotated[int, Field(ge=1, le=24)]


class Party(Model):
    """Somebody who is paid, pays, reports or represents."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    kind: PartyKind
    ipi: Ipi | None = None
    isni: Isni | None = None
    country: Territory
    payout: Payout | None = None
    withholding_rate: Share = 0
    mandates: Annotated[tuple[Mandate, ...], Field(max_length=MANDATES_MAX, strict=False)] = ()
    reserve: Reserve | None = None
    on_hold: bool = False
    completeness: Literal["optional", "required"] = "optional"
    shards: Annotated[int, Field(ge=1, le=64)] = 1
    attribution_providers: Annotated[tuple[Slug, ...], Field(max_length=50, strict=False)] = ()


class OwnerShare(Model):
    """A party's part of a work's side."""

    party: Slug
    share: Share


class Permission(Model):
    """Whether a use is allowed, by default and for single licensees."""

    default: Literal["allow", "limit", "deny"] = "deny"
    max_share: Share | None = None
    licensees: dict[Slug, "Permission | Literal['allow', 'deny']"] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _limit_has_share(self) -> Self:
        if (self.default == "limit") != (self.max_share is not None):
            message = "max_share goes with limit, and limit needs it"
            raise ValueError(message)
        return self

    def for_licensee(self, licensee: str) -> "Permission":
        """The permission that applies to this licensee."""
        own = self.licensees.get(licensee, self)
        return Permission(default=own) if isinstance(own, str) else own


class Permissions(Model):
    """Opt-in by use: `training` governs training runs, `generation` every use of outputs."""

    training: Permission = Permission()
    generation: Permission = Permission()


class Work(Model):
    """A recording or a composition, the shares in it and what its owners allow."""

    title: Annotated[str, Field(min_length=1, max_length=500)]
    kind: Literal["recording", "composition"]
    identifiers: Annotated[
        tuple[WorkKey, ...], Field(max_length=IDENTIFIERS_MAX, strict=False)
    ] = ()
    composition: Slug | None = None
    shares: Annotated[tuple[OwnerShare, ...], Field(max_length=SHARES_MAX, strict=False)] = ()
    permissions: Permissions = Permissions()
    disputed: bool = False

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        parties = [share.party for share in self.shares]
        if len(set(parties)) < len(parties):
            message = "a party stands twice in shares; add its shares up"
            raise ValueError(message)
        scheme = "isrc:" if self.kind == "recording" else "iswc:"
        if wrong := [i for i in self.identifiers if not i.startswith(scheme)]:
            message = f"a {self.kind} is identified by {scheme}…, not by {wrong[0]}"
            raise ValueError(message)
        if self.kind == "composition" and self.composition is not None:
            message = "a composition has no composition of its own; leave the field out"
            raise ValueError(message)
        return self

    @property
    def claimed(self) -> int:
        """The sum of the shares, nano; above 1e9 is an overclaim."""
        return sum(share.share for share in self.shares)
