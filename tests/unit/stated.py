"""Mandates as parties state them and societies answer them."""

from dataclasses import replace
from typing import Any

from overtone.rights import mandates
from overtone.rights.agreement import Answer, Beside, Status
from overtone.rights.members import Member
from overtone.rights.registration import Actor
from overtone.rights.registry import Mandate, Party
from overtone.rights.versions import Entity, Version

ANN, STIM, EVE, ADMIN = Actor("ann"), Actor("stim"), Actor("eve"), Actor("", admin=True)

AT, LATER, LAST = (f"2026-10-0{day}T00:00:00.000000Z" for day in (1, 2, 3))

SOCIETY = Party.model_validate({"name": "Stim", "kind": "society", "country": "SE"})

YES, NO, BACK = Status.ACCEPTED, Status.REFUSED, Status.WITHDRAWN


def mandate(*uses: str, society: str = "stim", **says: Any) -> Mandate:
    return Mandate.model_validate({"society": society, "rights": ["recording"], "uses": list(uses)} | says)


PLAY, OUTPUT, TRAINING = mandate("play"), mandate("output"), mandate("training")

GEMA = mandate("play", society="gema")


def party(*given: Mandate, kind: str = "creator") -> Party:
    return Party.model_validate({"name": "Ann", "kind": kind, "country": "SE"}).model_copy(update={"mandates": given})


def stated(
    entity: Entity[Party] | None, actor: Actor, *given: Mandate, at: str = AT, since: str = "2026-01-01", **how: Any
) -> Entity[Party]:
    """The record with one version more, as a put leaves it."""
    number = len(entity.versions) + 1 if entity else 1
    version = Version(number, since, at, actor.name, party(*given))
    before = entity.latest.content if entity else None
    new = mandates.proposed(actor, "ann", before, version, how.get("stated", Beside()), represented=how.get("represented", False))
    known = entity or Entity("ann", "ann", ())
    return replace(known, versions=(*known.versions, version), accords=(*known.accords, *new))


def said(
    entity: Entity[Party], actor: Actor, of: Mandate, verdict: Status = YES, at: str = LATER, society: Party = SOCIETY
) -> Entity[Party]:
    accord = mandates.answer_of(actor, entity, mandates.name_of(of), Answer(verdict, actor.name, at), society)
    others = tuple(known for known in entity.accords if (known.of, known.since) != (accord.of, accord.since))
    return replace(entity, accords=(*others, accord))


def counts(entity: Entity[Party], cutoff: str = LAST, day: str = "2026-10-15") -> tuple[Mandate, ...]:
    version = mandates.counting(entity, cutoff).in_force(day, cutoff)
    assert version
    return version.content.mandates


# --- members in bulk


def row(**says: Any) -> Member:
    return Member.model_validate({"party": "ann"} | says)
