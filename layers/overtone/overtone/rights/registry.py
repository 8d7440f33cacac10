"""Who owns what and what they allow: parties, works, mandates, permissions.

Everything here is effective-dated (`versions` keeps the days, not these models); a share is a party's part of one side, the
recording (master) or the composition, of one work.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from overtone.fields import (
    ALL_ALONE,
    Ipi,
    Isni,
    Model,
    Share,
    Slug,
    Territory,
    WorkKey,
    or_all,
)
from overtone.lines import Side
from overtone.money import NANO
from overtone.rights.billing import Address, Name, Payout, Tax, readable
from overtone.rights.outlines import Outline, outline
from overtone.rights.shares import OwnerShare, sums
from overtone.scales import ZERO_NANO, Nano

SHARES_MAX: Final = 200
IDENTIFIERS_MAX: Final = 48
"""A new version claims and gives up at most so many, each an item of its transaction of 100."""
ERASED: Final = "erased"
"""The name of a party whose personal data was erased."""
MANDATES_MAX: Final = 50
LICENSEES_MAX: Final = 2_000

MandateUse = Literal["training", "generation", "output", "play", "levy"]
EVERY_MANDATE_USE: Final[tuple[MandateUse, ...]] = ("training", "generation", "output", "play", "levy")


def _also_all(schema: dict[str, Any]) -> None:
    schema["items"] = {"type": "string", "enum": [*EVERY_MANDATE_USE, "*"]}
    or_all(schema)


_ALL_AS_EACH: Final = BeforeValidator(lambda said: EVERY_MANDATE_USE if said in (["*"], "*") else said)
AnyMandateUses = Annotated[tuple[MandateUse, ...], Field(strict=False, json_schema_extra=_also_all), _ALL_AS_EACH]
MandateUses = Annotated[tuple[MandateUse, ...], Field(strict=False, min_length=1, json_schema_extra=_also_all), _ALL_AS_EACH]
"""Uses that a society licenses; `*` is each of them."""
PartyKind = Literal["creator", "publisher", "label", "society", "licensee", "attribution_provider", "administrator"]


Title = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(readable)]


class Fees(Model):
    """What a society keeps of what it collected: rates of the gross."""

    admin_fee: Share = ZERO_NANO
    cultural_deduction: Share = ZERO_NANO

    @field_validator("cultural_deduction")
    @classmethod
    def _within_the_whole(cls, deduction: int, info: ValidationInfo) -> int:
        if info.data.get("admin_fee", 0) + deduction > NANO:
            raise ValueError("admin_fee and cultural_deduction together exceed the whole")
        return deduction


class Mandate(Fees):
    """What a party lets a society license and collect for it, and what the society keeps while it has set no tariff."""

    society: Slug
    rights: Annotated[tuple[Side, ...], Field(min_length=1, strict=False)]
    uses: MandateUses
    territories: Annotated[tuple[Territory, ...], Field(min_length=1, strict=False, json_schema_extra=or_all), ALL_ALONE] = ("*",)

    def fits(self, side: Side, use: MandateUse, territory: str) -> bool:
        """Whether the mandate covers this side and use in this territory (`*`: anywhere)."""
        there = territory == "*" or "*" in self.territories or territory in self.territories
        return there and side in self.rights and use in self.uses


class Reserve(Model):
    """A part of what is credited held back for a while: `rate`, released evenly over `periods`."""

    rate: Share
    periods: Annotated[int, Field(ge=1, le=24)]


class Approval(Model):
    """Whether an admin has recorded that a party that registered itself as a society is one."""

    status: Literal["waiting", "approved"]
    by: str = ""
    at: str = ""
    evidence: str = ""


Language = Literal["en", "sv", "de", "es"]


class Party(Model):
    """Somebody who is paid, pays, reports or represents."""

    name: Name
    kind: PartyKind
    ipi: Ipi | None = None
    isni: Isni | None = None
    country: Territory
    language: Language | None = None
    """In which statements are drawn for it; English where it says none."""
    address: Address | None = None
    tax: Tax | None = None
    due_days: Annotated[int, Field(ge=0, le=365)] = 30
    payout: Payout | None = None
    withholding_rate: Share | None = None
    mandates: Annotated[tuple[Mandate, ...], Field(max_length=MANDATES_MAX, strict=False)] = ()
    approval: Approval | None = None
    """Of a society; kept by approvals, not by who puts the party. None was needed before approvals existed."""
    reserve: Reserve | None = None
    on_hold: bool = False
    completeness: Literal["optional", "required", "own"] = "optional"
    record_ids: Literal["unique", "repeated"] | None = None
    """Whether a reporter gives a record id once for ever, or again on other days and subjects."""
    shards: Annotated[int, Field(ge=1, le=64)] = 1
    attribution_providers: Annotated[tuple[Slug, ...], Field(max_length=50, strict=False)] = ()

    @property
    def collects(self) -> bool:
        """Whether it may accept mandates: a society that nobody has to approve any more."""
        return self.kind == "society" and (self.approval is None or self.approval.status == "approved")

    def erased(self) -> "Party":
        """The party without what tells who it is or where its money goes; what settlements need of it stays."""
        return self.model_copy(update={"name": ERASED, "ipi": None, "isni": None, "address": None, "tax": None, "payout": None})


AiPart = Literal["none", "assisted", "generated"]


class Ai(Model):
    """What of a work a machine made; unset is not said."""

    vocals: AiPart | None = None
    instrumentation: AiPart | None = None
    composition: AiPart | None = None
    lyrics: AiPart | None = None
    post_production: AiPart | None = None


class Permission(Model):
    """Whether a use is allowed, by default and for single licensees. What is not said is silence, and kept as such."""

    default: Literal["allow", "limit", "deny"] | None = None
    max_share: Share | None = None
    licensees: Annotated[dict[Slug, "Permission | Literal['allow', 'deny']"], Field(max_length=LICENSEES_MAX)] = Field(default_factory=dict)

    @field_validator("licensees")
    @classmethod
    def _is_flat(cls, licensees: dict[str, "Permission | Literal['allow', 'deny']"]) -> dict[str, "Permission | Literal['allow', 'deny']"]:
        if any(not isinstance(own, str) and own.licensees for own in licensees.values()):
            raise ValueError("a licensee's permission has no licensees of its own")
        return licensees

    def __hash__(self) -> int:
        """Of what can be hashed: pydantic copies a default that cannot be, three for each work."""
        return hash((self.default, self.max_share, len(self.licensees)))

    @model_validator(mode="after")
    def _limit_has_share(self) -> Self:
        if (self.default == "limit") != (self.max_share is not None):
            raise ValueError("max_share goes with default limit, and limit needs it")
        return self

    def limits(self) -> bool:
        """Whether the use is limited, for anybody."""
        own = [self, *(p for p in self.licensees.values() if not isinstance(p, str))]
        return any(permission.max_share is not None for permission in own)

    def for_licensee(self, licensee: str) -> "Permission":
        """The permission that applies to this licensee."""
        own = self.licensees.get(licensee, self)
        return Permission(default=own) if isinstance(own, str) else own


class Permissions(Model):
    """By use: `training` governs training runs, `generation` every use of outputs; of a likeness `likeness` governs both."""

    training: Permission = Permission()
    generation: Permission = Permission()
    likeness: Permission = Permission()


class Work(Model):
    """A recording, a composition or a likeness, the shares in it and what its owners allow.

    A likeness is a voice, a name or a face, with owners of its own; what uses it in outputs asks them as such.
    """

    title: Title
    kind: Side
    identifiers: Annotated[tuple[WorkKey, ...], Field(max_length=IDENTIFIERS_MAX, strict=False)] = ()
    composition: Slug | None = None
    shares: Annotated[tuple[OwnerShare, ...], Field(max_length=SHARES_MAX, strict=False)] = ()
    permissions: Permissions = Permissions()
    disputed: bool = False
    contested: Annotated[tuple[OwnerShare, ...], Field(max_length=SHARES_MAX, strict=False)] = ()
    """Parts of shares that are in dispute: kept by disputes, not by who puts the work."""
    ai: Ai | None = None
    __slots__ = ("outline",)  # one look from the work, where a private attribute takes three and a model's field would be stored

    if TYPE_CHECKING:

        @property
        def outline(self) -> Outline:
            """What nearly every claim on it depends on."""

    def model_post_init(self, _context: object, /) -> None:
        """Outline the work while all that it is made of is at hand."""
        object.__setattr__(self, "outline", outline(vars(self)))

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with other fields has an outline of its own."""
        copied = super().model_copy(update=update, deep=deep)
        copied.model_post_init(None)
        return copied

    def named_as(self, other: Self) -> Self:
        """The work by the identifiers of another version: no day moves them, and those recorded last are its own."""
        return self if self.identifiers == other.identifiers else self.model_copy(update={"identifiers": other.identifiers})

    @field_validator("identifiers")
    @classmethod
    def _name_its_kind(cls, identifiers: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        kind = info.data.get("kind", "work")
        scheme = {"recording": "isrc:", "composition": "iswc:", "likeness": "isni:"}.get(kind, "")
        if wrong := [key for key in identifiers if not key.startswith(scheme)]:
            raise ValueError(f"a {kind} is identified by {scheme}…, not by {wrong[0]}")
        if len(set(identifiers)) < len(identifiers):
            raise ValueError("an identifier stands twice; send each once")
        return identifiers

    @field_validator("composition")
    @classmethod
    def _is_of_a_recording(cls, composition: str | None, info: ValidationInfo) -> str | None:
        if composition is not None and (kind := info.data.get("kind")) in {"composition", "likeness"}:
            raise ValueError(f"a {kind} has no composition of its own; leave the field out")
        return composition

    @field_validator("shares")
    @classmethod
    def _each_party_once(cls, shares: tuple[OwnerShare, ...]) -> tuple[OwnerShare, ...]:
        if len({(share.party, share.territories, share.not_in, share.rights) for share in shares}) < len(shares):
            raise ValueError("a party stands twice for the same territories and rights; add its shares up")
        return shares

    @property
    def claimed(self) -> Nano:
        """The sum of the shares, nano, in the territory and right where it is greatest; above 1e9 is an overclaim."""
        return max(sums(self.shares).values())
