"""A society enters its members: what stands already, what it accepts so, and what a member has to say yes to first.

A society speaks for nobody who speaks for themselves. Where a party has put its own record, the society's row accepts what the
party proposed or is a proposal to it; a record that nobody but the society ever wrote is the society's to keep.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import Field

from overtone.errors import Conflict, Fault, Rejected
from overtone.fields import ALL_ALONE, Ipi, Isni, Model, Slug, Territory, or_all
from overtone.lines import Side
from overtone.rights import changes, mandates
from overtone.rights.billing import Name
from overtone.rights.registry import AnyMandateUses, Mandate, Party
from overtone.rights.versions import Entity

MEMBERS_MAX: Final = 5_000
"""Rows of one dropped file."""
MEMBERS_POSTED_MAX: Final = 1_000
"""Rows of one request, which has 29 seconds."""


class Member(Model):
    """One row: who, and what the society may license for it. Without `rights` and `uses` it accepts what the party proposed."""

    party: Slug
    name: Name | None = None
    kind: Literal["creator", "publisher", "label"] | None = None
    country: Territory | None = None
    ipi: Ipi | None = None
    isni: Isni | None = None
    rights: Annotated[tuple[Side, ...], Field(strict=False)] = ()
    uses: AnyMandateUses = ()
    territories: Annotated[tuple[Territory, ...], Field(min_length=1, strict=False, json_schema_extra=or_all), ALL_ALONE] = ("*",)

    def mandate(self, society: str) -> Mandate | None:
        """The mandate that the row states, if any; raises `Rejected` for half of one."""
        if not self.rights and not self.uses:
            return None
        for field, said in (("rights", self.rights), ("uses", self.uses)):
            if not said:
                raise Rejected.at(field, "say both rights and uses, or neither")
        return Mandate(society=society, rights=self.rights, uses=self.uses, territories=self.territories)


class Step(NamedTuple):
    """What a row comes to: mandates to accept by name, and the record to put, if any."""

    accepted: tuple[str, ...] = ()
    record: dict[str, Any] | None = None
    represented: bool = False


def represented(entity: Entity[Party], society: str) -> bool:
    """Whether nobody but the society ever wrote this record."""
    return all(version.author == society for version in entity.versions)


def step(society: str, rows: Sequence[Member], entity: Entity[Party] | None, today: str) -> Step:
    """What a society's rows on one party come to, from today on. Raises `Rejected`, `Conflict` where the party answers first."""
    wanted = [mandate for row in rows if (mandate := row.mandate(society))]
    if entity is None:
        return Step(record=_new(rows[0], wanted), represented=True)
    listed = [mandate for mandate in entity.stands(today).mandates if mandate.society == society]
    ever = (mandate for content in entity.standing(today).values() for mandate in content.mandates)
    named = {mandates.name_of(mandate): mandate for mandate in ever if mandate.society == society}
    _refuse_ended(entity, named, wanted)
    waiting = {name: mandate for name, mandate in named.items() if society in _waits_for(entity, name)}
    if not wanted:
        if not named:
            message = "has given this society no mandate; say rights and uses to propose one"
            raise Rejected(f"{entity.id} {message}", [Fault(message, "rights")])
        return Step(accepted=tuple(waiting))
    if represented(entity, society):
        return Step(record=_kept(rows[0], changes.grounds(entity, today), wanted, society), represented=True)
    accepted = tuple(name for name, mandate in waiting.items() if any(_alike(mandate, one) for one in wanted))
    missing = [one for one in wanted if not any(_alike(one, mandate) for mandate in listed)]
    if not missing:
        return Step(accepted=accepted)
    if any(entity.id in _waits_for(entity, name) for name in named):
        raise Conflict(f"{entity.id} has not answered what this society proposed before; wait for its answer, or withdraw that first")
    content = changes.grounds(entity, today)
    proposed = [mandate.model_dump(mode="json") for mandate in missing]
    return Step(accepted, content | {"mandates": [*content["mandates"], *proposed]})


def _refuse_ended(entity: Entity[Party], named: Mapping[str, Mandate], wanted: Sequence[Mandate]) -> None:
    """Raise `Conflict` where a row asks for what one side has ended: the member has to state it anew."""
    for name, mandate in named.items():
        accord = mandates.accord_on(entity.accords, name, len(entity.versions))
        if accord and accord.end and any(_alike(mandate, one) for one in wanted):
            raise Conflict(
                f"{entity.id}'s mandate {name} ends on {accord.end.day}; {entity.id} leaves it out of its record, then states it anew"
            )


def _waits_for(entity: Entity[Party], name: str) -> Iterable[str]:
    accord = mandates.accord_on(entity.accords, name, len(entity.versions))
    return accord.agreement.waits_for if accord else ()


def _alike(one: Mandate, other: Mandate) -> bool:
    """Whether two mandates let the society do the same; what is written of fees is the tariff's to say."""
    return all(set(getattr(one, field)) == set(getattr(other, field)) for field in ("rights", "uses", "territories"))


def _new(row: Member, wanted: Sequence[Mandate]) -> dict[str, Any]:
    missing = [field for field in ("name", "country") if getattr(row, field) is None]
    if not wanted:
        missing.append("rights")
    if missing:
        faults = [Fault("is not registered yet: this is needed to register it", field) for field in missing]
        raise Rejected(f"{row.party} is not registered yet; say {', '.join(missing)}", faults)
    stated = row.model_dump(mode="json", exclude_none=True, include={"name", "kind", "country", "ipi", "isni"})
    return {"kind": "creator"} | stated | {"mandates": [mandate.model_dump(mode="json") for mandate in wanted]}


def _kept(row: Member, content: Mapping[str, Any], wanted: Sequence[Mandate], society: str) -> dict[str, Any]:
    others = [mandate for mandate in content["mandates"] if mandate["society"] != society]
    stated = row.model_dump(mode="json", exclude_none=True, include={"name", "country", "ipi", "isni"})
    return {**content, **stated} | {"mandates": [*others, *(mandate.model_dump(mode="json") for mandate in wanted)]}
