"""What a scenario changes, as data: other deals, levies, permissions, consent, attribution, registrations, eligibility.

A change is checked like what it stands in for (a deal as a deal, a distribution as a distribution), so that no nonsense is priced,
and says nothing of facts: what was used stays used.
"""

from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from overtone.errors import Rejected
from overtone.facts.reports import ReportName as MethodName
from overtone.fields import Amount, CalendarMonth, Currency, Day, Model, Share, Slug, SlugOrAll, WorkKey
from overtone.mechanisms import levy
from overtone.mechanisms.levy import Formula
from overtone.rights.registry import SHARES_MAX, Permission, Permissions, Title
from overtone.rights.shares import OwnerShare
from overtone.scenarios.sensitivity import Draw
from overtone.settlement.clauses import Eligibility
from overtone.settlement.deals import Consent, Deal

DEALS_MAX: Final = 200
LEVIES_MAX: Final = 50
NAMED_MAX: Final = 1_000
"""Works, keys or deals that one entry names."""
ENTRIES_MAX: Final = 100
STEPS_MAX: Final = 20
ALL: Final = "*"

Deals = Annotated[tuple[SlugOrAll, ...], Field(min_length=1, max_length=NAMED_MAX, strict=False)]


def _exactly_one(**named: object) -> None:
    if sum(value is not None for value in named.values()) != 1:
        raise ValueError(f"say exactly one of {', '.join(named)}")


class DealChange(Model):
    """A deal by another one (`deal`) or with other fields (`patch`, RFC 7396), one more, or the end of one: after a day, or from the start.

    `replace` and `patch` change a deal for its whole life: what it had said in other versions counts no more.
    """

    replace: Slug | None = None
    add: Slug | None = None
    end: Slug | None = None
    deal: Deal | None = None
    patch: Annotated[dict[str, Any], Field(min_length=1, max_length=NAMED_MAX)] | None = None
    on: Day | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        _exactly_one(replace=self.replace, add=self.add, end=self.end)
        if self.replace:
            _exactly_one(deal=self.deal, patch=self.patch)
        elif self.patch is not None or (self.deal is None) == bool(self.add):
            raise ValueError("add goes with a deal, replace with a deal or a patch, end with neither")
        if self.on is not None and not self.end:
            raise ValueError("on is the last day of a deal that ends; leave it out")
        return self


class LevyChange(Model):
    """A levy with another amount, distribution, or formula in the place of each formula that it has; or one more levy."""

    replace: Slug | None = None
    add: Slug | None = None
    month: CalendarMonth | None = None
    currency: Currency | None = None
    administrator: Slug | None = None
    amount: Amount | None = None
    distribution: dict[str, Any] | None = None
    formula: Formula | None = None
    cap: str | None = None

    @field_validator("distribution")
    @classmethod
    def _is_a_distribution(cls, tree: dict[str, Any] | None) -> dict[str, Any] | None:
        return tree if tree is None else _distribution(tree)

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        _exactly_one(replace=self.replace, add=self.add)
        about = (self.month, self.currency, self.administrator)
        if self.add and (None in about or self.amount is None or self.distribution is None or self.formula):
            raise ValueError("a levy that is added needs month, currency, administrator, amount and distribution, and no formula beside it")
        if self.replace and any(one is not None for one in about):
            raise ValueError("month, currency and administrator of a levy stay as they are; add another levy")
        if self.replace and (self.distribution is not None) + (self.formula is not None) + (self.amount is not None) == 0:
            raise ValueError("say what is other: amount, distribution or formula")
        if self.distribution is not None and self.formula is not None:
            raise ValueError("say a distribution or a formula, not both")
        if self.formula is not None:
            _distribution({"formula": self.formula} | ({"cap": self.cap} if self.cap is not None else {}))
        elif self.cap is not None:
            raise ValueError("cap goes with the formula capped_influence")
        return self


def _distribution(tree: dict[str, Any]) -> dict[str, Any]:
    try:
        levy.distribution(tree)
    except Rejected as error:
        raise ValueError(error.detail) from error
    return tree


class PermissionChange(Model):
    """What the owners of these works (`*`: of all) are taken to say of a use."""

    works: Annotated[tuple[SlugOrAll, ...], Field(min_length=1, max_length=NAMED_MAX, strict=False)]
    training: Permission | None = None
    generation: Permission | None = None
    likeness: Permission | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.training is None and self.generation is None and self.likeness is None:
            raise ValueError("say what is allowed: training, generation, likeness or several of them")
        return self


class ConsentChange(Model):
    """What silence means under these deals."""

    deals: Deals
    consent: Consent


class EligibilityChange(Model):
    """Which works earn under these deals; `null`: all."""

    deals: Deals
    eligibility: Eligibility | None


class AttributionChange(Model):
    """From which confidence on attribution pays under these deals, and where the rest of the money goes; or who measured it.

    `method` takes, of each output, the latest disclosure by that method instead of the one in force; an output without one keeps its
    own. `noise` says each disclosure as it might have been. Both are of outputs, whatever deal they are used under.
    """

    deals: Deals = (ALL,)
    min_confidence: Share | None = None
    fallback: Literal["training", "suspense"] | None = None
    basis: Literal["presence", "weight"] | None = None
    method: MethodName | None = None
    noise: Draw | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.measures_anew and self.min_confidence is None and self.fallback is None and self.basis is None:
            raise ValueError("say what is other: min_confidence, fallback, basis, method or noise")
        if self.measures_anew and self.deals != (ALL,):
            raise ValueError(f"method and noise are of outputs, whatever deal they are used under: leave deals out, or name {ALL!r} alone")
        return self

    @property
    def measures_anew(self) -> bool:
        """Whether other shares of outputs count, so that usage must be accrued anew."""
        return self.method is not None or self.noise is not None


class RegistryChange(Model):
    """Keys that no work is registered under (`*`: all of the months), as if they were: whose they are, and what the owners allow.

    They join no repertoire: a buyout or a guarantee of their owner's is shared as without them.
    """

    keys: Annotated[tuple[WorkKey | Literal["*"], ...], Field(min_length=1, max_length=NAMED_MAX, strict=False)]
    shares: Annotated[tuple[OwnerShare, ...], Field(min_length=1, max_length=SHARES_MAX, strict=False)]
    title: Title = "Registered in a what-if"
    permissions: Permissions = Permissions()


def _entries(most: int) -> Any:  # noqa: ANN401 - pydantic's own
    return Field(max_length=most, strict=False)


class ScenarioChange(Model):
    """Everything that one step of a scenario changes; what it does not name stays as it is."""

    deals: Annotated[tuple[DealChange, ...], _entries(DEALS_MAX)] = ()
    levies: Annotated[tuple[LevyChange, ...], _entries(LEVIES_MAX)] = ()
    consent: Annotated[tuple[ConsentChange, ...], _entries(ENTRIES_MAX)] = ()
    eligibility: Annotated[tuple[EligibilityChange, ...], _entries(ENTRIES_MAX)] = ()
    attribution: Annotated[tuple[AttributionChange, ...], _entries(ENTRIES_MAX)] = ()
    registry: Annotated[tuple[RegistryChange, ...], _entries(ENTRIES_MAX)] = ()
    permissions: Annotated[tuple[PermissionChange, ...], _entries(ENTRIES_MAX)] = ()

    @property
    def names_all_of_it(self) -> bool:
        """Whether it says something of all deals, works or keys at once, or of what is nobody's deal."""
        named = ([one.deals for one in self.consent], [one.deals for one in self.eligibility], [one.deals for one in self.attribution])
        wide = any(ALL in deals for lists in named for deals in lists)
        return wide or bool(self.levies or self.registry or self.permissions)


Steps = tuple[ScenarioChange, ...]
"""Changes one after the other: each sees what those before it left."""
