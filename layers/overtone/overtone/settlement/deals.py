"""Deals are data: who may use what, from when to when, and by which mechanisms they pay for it.

A deal's licensor is a party (a direct deal), a society (for those who gave it a mandate) or nobody
(an open deal: a statutory or extended collective licence).
"""

from typing import Annotated, Final, Literal, Self

from pydantic import ConfigDict, Field, ValidationInfo, field_validator, model_validator

from overtone.fields import ALL_ALONE, Currency, Day, Model, Share, Slug, SlugOrAll, Territory, or_all
from overtone.lines import Side
from overtone.mechanisms import MECHANISMS, AnyTerms
from overtone.mechanisms.scope import Scope
from overtone.mechanisms.shape import Use
from overtone.money import NANO
from overtone.rights.shares import Right, Rights, normal_rights
from overtone.scales import ZERO_NANO, Nano
from overtone.settlement import clauses
from overtone.settlement.clauses import CUTS_MAX, DETAILS, Detail, Eligibility, Requirement, Tail, TopShare

TERMS_MAX: Final = 20
SERVICES_MAX: Final = 100


Consent = Literal["opt_in", "mandate", "opt_out", "none"]
"""What an owner's silence means under a deal; `none`: the law asks no owner, and a deny does not count either."""


class Sides(Model):
    """How much of a price belongs to the recording, the composition and a likeness; at most 1 together."""

    recording: Share
    composition: Share
    likeness: Share = ZERO_NANO

    @model_validator(mode="after")
    def _within_the_whole(self) -> Self:
        if self.recording + self.composition + self.likeness > NANO:
            raise ValueError("recording, composition and likeness together exceed 1")
        return self

    def of(self, side: Side) -> Nano:
        """What belongs to a side."""
        return {"recording": self.recording, "composition": self.composition, "likeness": self.likeness}[side]


def factor_of_split(split: Side, deal: "Deal") -> int:
    """How much of a price belongs to a side that is split by itself: what the deal's sides say, else all of it."""
    return NANO if deal.sides is None else deal.sides.of(split)


class Deal(Model):
    """What a licensee agreed with a licensor. `from_` and `to` are the first and the last day in force.

    `pays`: whether payees are paid as the licensee pays, or at once; the stack's `PaysOn` where it says nothing. `late_interest`: the
    yearly rate of simple interest on what the licensee pays behind the due day.
    """

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True, validate_by_alias=True)

    licensee: Slug
    licensor: Slug | None = None
    extended: bool = False
    currency: Currency
    from_: Annotated[Day, Field(alias="from")]
    to: Day | None = None
    territories: Annotated[
        tuple[Territory, ...], Field(min_length=1, max_length=300, strict=False, json_schema_extra=or_all), ALL_ALONE
    ] = ("*",)
    models: Annotated[tuple[SlugOrAll, ...], Field(max_length=200, strict=False, json_schema_extra=or_all), ALL_ALONE] = ()
    services: Annotated[tuple[SlugOrAll, ...], Field(max_length=SERVICES_MAX, strict=False, json_schema_extra=or_all), ALL_ALONE] = ()
    sides: Sides | None = None
    mfn_group: Slug | None = None
    pays: Literal["on_accrual", "on_receipt"] | None = None
    late_interest: Share | None = None
    consent: Consent | None = None
    off_the_top: Annotated[tuple[TopShare, ...], Field(max_length=CUTS_MAX, strict=False)] = ()
    eligibility: Eligibility | None = None
    tail: Tail | Literal[True] | None = None
    requires: Requirement | None = None
    rights: Rights | None = None
    """The right of the work that is licensed; both where it says nothing."""
    detail: Annotated[tuple[Detail, ...], Field(max_length=len(DETAILS), strict=False)] = ()
    terms: Annotated[tuple[AnyTerms, ...], Field(min_length=1, max_length=TERMS_MAX, strict=False)]

    @field_validator("rights")
    @classmethod
    def _is_one_or_unsaid(cls, rights: tuple[Right, ...] | None) -> tuple[Right, ...] | None:
        return normal_rights(rights)

    @field_validator("off_the_top")
    @classmethod
    def _within_the_whole(cls, cuts: tuple[TopShare, ...]) -> tuple[TopShare, ...]:
        if not clauses.within_the_whole(cuts):
            raise ValueError("the shares together exceed 1")
        return cuts

    @field_validator("detail")
    @classmethod
    def _is_known_of_uses(cls, detail: tuple[Detail, ...]) -> tuple[Detail, ...]:
        if len(set(detail)) < len(detail):
            raise ValueError("a detail stands twice; name each once")
        return detail

    @field_validator("tail")
    @classmethod
    def _begins_after_the_term(cls, tail: Tail | Literal[True] | None, info: ValidationInfo) -> Tail | Literal[True] | None:
        if tail is not None and info.data.get("to") is None:
            raise ValueError("a tail begins after the last day; say to, or leave the tail out")
        return tail

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.to is not None and self.to < self.from_:
            raise ValueError(f"to ({self.to}) is before from ({self.from_})")
        for index, terms in enumerate(self.terms):
            for day in terms.due_days(self.from_):
                if not self.from_ <= day <= (self.to or day):
                    raise ValueError(f"terms.{index}: {day} lies outside the deal; let it be due between its first and last day")
            for service in sorted(set(getattr(terms, "services_named", ())) - set(self.services) if self.limits_services else ()):
                raise ValueError(f"terms.{index}: no report within the deal is of {service}; add it to services, or leave it out")
            mechanism = MECHANISMS[terms.mechanism]
            if self.licensor is None and (mechanism.needs_licensor or "repertoire" in mechanism.asks(terms)):
                raise ValueError(f"terms.{index}: {terms.mechanism} needs a licensor to be owed to")
        return self

    @property
    def limits_services(self) -> bool:
        """Whether it covers some services alone."""
        return bool(self.services) and "*" not in self.services

    @property
    def is_open(self) -> bool:
        """Whether it covers those who signed nothing: open and extended deals do."""
        return self.licensor is None or self.extended

    @property
    def silence(self) -> Consent:
        """What silence means: as said, else what such a deal is for."""
        if self.consent is not None:
            return self.consent
        if self.licensor is None:
            return "opt_in"
        return "opt_out" if self.extended else "mandate"

    @property
    def scope(self) -> Scope:
        """What it is limited to."""
        return Scope(self.territories, self.models, self.services)

    @property
    def term(self) -> clauses.DealDuration:
        """When it is in force, its tail included."""
        return clauses.term(self.from_, self.to, self.tail)

    def fits(self, use: Use, trained: tuple[str, ...] = ()) -> bool:
        """Whether day, territory, model and service of a use are within the deal; `trained`: days of the model's runs.

        A play has no model, and only plays and uses of outputs have a service.
        """
        in_force = self.term.covers(use, trained) if self.tail else self.from_ <= use.day and (self.to is None or use.day <= self.to)
        there = {"*", use.territory} & {*self.territories} or use.territory == "*"
        model = not self.models or use.kind == "play" or "*" in self.models or use.model in self.models
        service = not self.services or use.kind not in {"output", "play"} or bool({"*", use.service} & {*self.services})
        return bool(in_force and there and model and service)
