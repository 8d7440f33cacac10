"""Which mandates count: one that its society accepted, and until then what was agreed before.

A mandate is a part of its party's record; what became of it is an accord beside the versions, so that a change of address asks
nobody. Who proposes one has said yes; the other side answers it. Leaving a society out of the record ends its mandates: nobody
stays a member against their will.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, Final

import orjson

from overtone.errors import Conflict, Forbidden, NotFound, Rejected
from overtone.facts.events import PartyEvent, events_for
from overtone.rights import mandate_endings
from overtone.rights.agreement import (
    Accord,
    Agreement,
    Answer,
    Beside,
    Status,
    accepted_at_once,
    answered,
    before_acceptance,
)
from overtone.rights.registration import Actor
from overtone.rights.registry import Mandate, Party
from overtone.rights.versions import Entity, Version

_NAME_LENGTH: Final = 16
_NAMED: Final = ("society", "rights", "uses", "territories", "admin_fee", "cultural_deduction")


def name_of(mandate: Mandate) -> str:
    """What a mandate is called: made of what it says, so that other words are another mandate."""
    said_of = mandate.model_dump(mode="json", include=set(_NAMED))
    content = orjson.dumps([said_of[field] for field in _NAMED])
    return hashlib.sha256(content).hexdigest()[:_NAME_LENGTH]


def _meaning(mandate: Mandate) -> tuple[object, ...]:
    """What a mandate lets its society do: the order in its lists says nothing."""
    lists = (frozenset(mandate.rights), frozenset(mandate.uses), frozenset(mandate.territories))
    return (mandate.society, *lists, mandate.admin_fee, mandate.cultural_deduction)


def worded(before: Party | None, after: Party) -> Party:
    """The party with each mandate in the words of one that means the same, of what stood or of its own list: it is no new one."""
    known = before.mandates if before else ()
    words: dict[tuple[object, ...], Mandate] = {}
    for mandate in (*known, *after.mandates):
        words.setdefault(_meaning(mandate), mandate)
    stated = tuple(mandate if mandate in known else words[_meaning(mandate)] for mandate in after.mandates)
    return after if stated == after.mandates else after.model_copy(update={"mandates": stated})


def new(before: Party | None, after: Party) -> list[Mandate]:
    """The mandates that a version states and the one before it did not."""
    known = before.mandates if before else ()
    return [mandate for mandate in dict.fromkeys(after.mandates) if mandate not in known]


def migrated(versions: Iterable[Version[Any]], stated: Iterable[Sequence[Mandate]]) -> tuple[Accord, ...]:
    """What versions stored before acceptance existed are read with: every mandate accepted as it was written."""
    found: list[Accord] = []
    earlier: Sequence[Mandate] = ()
    for version, listed in zip(versions, stated, strict=True):
        agreement = before_acceptance(version.author, version.recorded_at)
        found += [Accord(name_of(mandate), version.number, agreement) for mandate in dict.fromkeys(listed) if mandate not in earlier]
        earlier = listed
    return tuple(found)


def accord_on(accords: Sequence[Accord], name: str, number: int) -> Accord | None:
    """What became of a mandate as a version states it: a mandate that was left out and comes again is asked for again."""
    return max((accord for accord in accords if accord.of == name and accord.since <= number), key=lambda one: one.since, default=None)


def counting(entity: Entity[Party], cutoff: str) -> Entity[Party]:
    """The party with those mandates alone that count, as far as was known at `cutoff`, in each version known by then."""
    if not any(version.content.mandates for version in entity.versions):
        return entity
    made: list[Version[Party]] = []
    until: dict[tuple[int, Mandate], str] = {}
    standing: tuple[Mandate, ...] = ()
    ends: dict[Mandate, str] = {}
    known = (version for version in entity.versions if version.counts(cutoff))
    for version in sorted(known, key=lambda one: (one.effective_from, one.number)):
        standing = _standing(entity.accords, version, standing, cutoff)
        made.append(replace(version, content=version.content.model_copy(update={"mandates": standing})))
        ends |= {mandate: _end(entity.accords, version, mandate, cutoff) for mandate in version.content.mandates}
        until |= {(version.number, mandate): ends[mandate] for mandate in standing}
    cut = mandate_endings.applied(made, until)
    return replace(entity, versions=tuple(chain.from_iterable(cut.get(version.number, [version]) for version in entity.versions)))


def _end(accords: Sequence[Accord], version: Version[Party], mandate: Mandate, cutoff: str) -> str:
    """The day from which a mandate counts no more, as far as was known at `cutoff`; "" where it has no end."""
    accord = accord_on(accords, name_of(mandate), version.number)
    return accord.end.day if accord and accord.end and accord.end.at <= cutoff else ""


def _standing(accords: Sequence[Accord], version: Version[Party], before: Sequence[Mandate], cutoff: str) -> tuple[Mandate, ...]:
    """The version's mandates that count; to a society that has not accepted one of them, also those that counted before."""
    listed = version.content.mandates
    agreed = []
    for mandate in listed:
        accord = accord_on(accords, name_of(mandate), version.number)
        if accord and accord.agreement.counts(cutoff):
            agreed.append(mandate)
    waited_for = {mandate.society for mandate in listed if mandate not in agreed}
    kept = (mandate for mandate in before if mandate.society in waited_for and mandate not in listed)
    return (*agreed, *kept)


# --- who agrees


def proposed(
    actor: Actor, party_id: str, before: Party | None, version: Version[Party], stated: Beside, *, represented: bool = False
) -> list[Accord]:
    """What stands of the mandates that a version is the first to state: a side's own yes, or an admin's word for both.

    `represented`: nobody but the society speaks for the party, so that its word is enough for a mandate to itself.
    """
    found = []
    for mandate in new(before, version.content):
        if actor.admin and not stated.propose:
            agreement = accepted_at_once(actor.name, version.recorded_at, stated.evidence)
        else:
            sides = (mandate.society,) if represented and actor.party == mandate.society else (party_id, mandate.society)
            own = (Answer(Status.ACCEPTED, actor.party, version.recorded_at, stated.evidence),) if actor.party in sides else ()
            agreement = Agreement(sides, own)
        found.append(Accord(name_of(mandate), version.number, agreement))
    return found


def find(entity: Entity[Party], name: str) -> tuple[Accord, Mandate]:
    """The newest accord of this name and the mandate that it is about; raises `NotFound`."""
    accord = accord_on(entity.accords, name, len(entity.versions))
    if accord is None:
        raise NotFound(f"{entity.id} has given no mandate {name!r}; read the record for their names")
    listed = entity.versions[accord.since - 1].content.mandates
    return accord, next(mandate for mandate in listed if name_of(mandate) == name)


def answer_of(actor: Actor, entity: Entity[Party], name: str, word: Answer, society: Party | None) -> Accord:
    """The accord with this answer; `society` is the record of the one that the mandate names.

    Raises `NotFound`, `Forbidden` where the answer is not the actor's to give, `Conflict` where it was decided otherwise.
    """
    accord, mandate = find(entity, name)
    if not actor.admin and actor.party not in {entity.id, mandate.society}:
        raise NotFound(f"there is no mandate {name!r} of {entity.id!r}")
    if word.verdict == Status.ACCEPTED and (society is None or not society.collects):
        raise Conflict(f"{mandate.society} is not approved as a society; ask an admin to approve it first")
    if word.verdict == Status.ACCEPTED and not mandate_endings.stated_from(entity, mandate, word.at[:10]):
        raise Conflict(f"{entity.id} does not state this mandate any more; it has to be proposed again")
    if actor.admin:
        return accord._replace(agreement=answered(accord.agreement, word._replace(final=True)))
    proposer = any(answer.by == actor.party for answer in accord.agreement.answers)
    if accord.agreement.decided is None and proposer and word.verdict != Status.WITHDRAWN:
        raise Forbidden("this mandate was proposed by this party: the other side answers it, or it is withdrawn")
    if not proposer and word.verdict == Status.WITHDRAWN:
        raise Forbidden("only who proposed a mandate withdraws it; refuse it instead")
    return accord._replace(agreement=answered(accord.agreement, word))


def news(actor: Actor, party_id: str, before: Party | None, version: Version[Party], accords: Iterable[Accord]) -> list[PartyEvent]:
    """What societies are told of a new version of a party's record: mandates proposed and accepted, and those that ended."""
    made = {accord.of: accord for accord in accords if accord.since == version.number}
    found: list[PartyEvent] = []
    for mandate in new(before, version.content):
        found += event(actor, party_id, mandate, made[name_of(mandate)].agreement, version.recorded_at)
    left = {mandate.society for mandate in (before.mandates if before else ())} - {mandate.society for mandate in version.content.mandates}
    for society in sorted(left - {actor.party}):
        about = {"party_id": party_id, "society": society, "applies_from": version.effective_from, "by": actor.name}
        found += events_for("mandate.ended", version.recorded_at, [society], **about)
    return found


def event(actor: Actor, party_id: str, mandate: Mandate, agreement: Agreement, at: str) -> list[PartyEvent]:
    """What the other side is told of a mandate as it now stands; of an admin's word both are told."""
    parties = {party_id, mandate.society} - {"" if actor.admin else actor.party}
    about = {"party_id": party_id, "society": mandate.society, "mandate": name_of(mandate), "by": actor.name}
    return events_for(f"mandate.{agreement.status}", at, parties, **about)


def shown(entity: Entity[Party], number: int, reader: Collection[str] | None) -> Iterator[dict[str, Any]]:
    """Where the mandates of a version stand, by name; of those alone to these societies (`None`: of all)."""
    for mandate in dict.fromkeys(entity.versions[number - 1].content.mandates):
        accord = accord_on(entity.accords, name_of(mandate), number)
        if accord is None or (reader is not None and mandate.society not in reader):
            continue
        agreement = accord.agreement
        answers = [{name: value for name, value in answer._asdict().items() if value != ""} for answer in agreement.answers]
        about = {"mandate": accord.of, "society": mandate.society, "status": agreement.status}
        yield about | {"waits_for": list(agreement.waits_for), "answers": answers} | mandate_endings.shown(accord.end)


def warnings(entity: Entity[Party]) -> list[str]:
    """What who puts a party should know of its mandates: which do not count yet, and whose yes is missing."""
    waiting = (stand for stand in shown(entity, len(entity.versions), None) if stand["status"] == Status.PROPOSED)
    return [f"the mandate {one['mandate']} to {one['society']} waits for {' and '.join(one['waits_for'])}" for one in waiting]


def check_name(text: str) -> str:
    """The name of a mandate as a path gives it; raises `Rejected`."""
    if len(text) != _NAME_LENGTH or not text.isascii() or not text.isalnum():
        raise Rejected.at("mandate", f"expected the {_NAME_LENGTH} characters that the party's record calls the mandate by")
    return text
