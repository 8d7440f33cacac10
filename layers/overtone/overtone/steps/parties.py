"""Putting a party: what it says of itself counts at once, a mandate once its society has accepted it."""

from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple

from overtone import clock, fields
from overtone.aws import index_keys, keys
from overtone.errors import NotFound
from overtone.facts.events import events_for
from overtone.fields import DAY_MIN, validated
from overtone.identifiers import slug
from overtone.rights import changes, mandate_endings, mandates, notices, registration
from overtone.rights.agreement import Answer, Beside, MandateEnd, Status, beside, free_text
from overtone.rights.registration import Actor, PutBody, submission
from overtone.rights.registry import Approval, Party
from overtone.rights.versions import Entity, Version
from overtone.steps.registration import Claiming, PutOutcome, again, following, recorded
from overtone.stores import registration as registration_store
from overtone.stores import registry as store
from overtone.stores.entities import PARTIES
from overtone.stores.registration import Recorded

_NOTHING_BESIDE: Final = Beside()


class PartyEntry(NamedTuple):
    """A party's record as somebody puts it."""

    actor: Actor
    party_id: str
    party: Party
    sent: PutBody
    stated: Beside = _NOTHING_BESIDE
    represented: bool = False


def put(actor: Actor, party_id: str, body: object) -> PutOutcome[Party]:
    """Register a party, or a new version of its record."""
    rest, stated = beside(body)
    sent = submission(slug(party_id), rest)
    party = validated(Party, sent.content, "the party")
    return again(lambda: _put(PartyEntry(actor, party_id, party, sent, stated), store.find(PARTIES, party_id)))


def _put(entry: PartyEntry, before: Entity[Party] | None) -> PutOutcome[Party]:
    registration.allow_party(entry.actor, entry.party_id, entry.party, _stood(entry, before))
    return record(entry, before)


def record(entry: PartyEntry, before: Entity[Party] | None) -> PutOutcome[Party]:
    """Write the version that an entry adds, whoever may do so; raises what the rules of parties refuse, `Retryable`."""
    actor, party_id = entry.actor, entry.party_id
    latest = before.latest.content if before else None
    if before is None:
        registration.check_new_id(party_id)
    stood = _stood(entry, before)
    party = mandates.worded(stood, entry.party.model_copy(update={"approval": _approval(actor, entry.party, latest)}))
    claiming = Claiming.read(party_id, _identity(party), _identity(latest) if latest else set())
    registration.check_party(party_id, party, current(registration.parties_of_party(party)), claiming.taken)
    registration.check_no_cycle(party_id, party, _societies_of)
    version = following(before, party, entry.sent, DAY_MIN, actor)
    accords = []
    if version is not None:
        registration.check_shards(party, before, version.effective_from, clock.today())
        accords = mandates.proposed(actor, party_id, stood, version, entry.stated, represented=entry.represented)
    hints = [index_keys.listed("party", party_id), *(keys.member(mandate.society, party_id) for mandate in party.mandates)]
    news = notices.bank_details_changed(actor, party_id, before, version)
    news += mandates.news(actor, party_id, stood, version, accords) if version else []
    with_it = Recorded(hints, claiming.claimed, claiming.released, events=news, accords=accords)
    outcome = recorded(PARTIES, before, party_id, party_id, version, with_it, warnings=changes.dropped(before, version))
    told = [*notices.governed_otherwise(before, outcome.entity), *mandates.warnings(outcome.entity)]
    return outcome._replace(warnings=[*outcome.warnings, *told])


def _stood(entry: PartyEntry, before: Entity[Party] | None) -> Party | None:
    """What the entry takes the place of: what stands on the day from which it is in force."""
    return before.stands(entry.sent.effective_from or clock.today()) if before else None


def _approval(actor: Actor, party: Party, latest: Party | None) -> Approval | None:
    """A society that registers itself waits for an admin; what stood stays."""
    if party.kind != "society":
        return None
    if latest is not None and latest.kind == "society":
        return latest.approval
    return Approval(status="approved", by=actor.name, at=clock.timestamp()) if actor.admin else Approval(status="waiting")


def approve(actor: Actor, party_id: str, evidence: str) -> PutOutcome[Party]:
    """Let a society that registered itself collect; doing so again changes nothing. Raises `NotFound`."""
    return again(lambda: _approved(actor, party_id, evidence))


def _approved(actor: Actor, party_id: str, evidence: str) -> PutOutcome[Party]:
    before = store.find(PARTIES, slug(party_id))
    if before is None or before.latest.content.kind != "society":
        raise NotFound(f"there is no society {party_id!r}; it registers itself by PUT /v1/parties/{party_id} with kind society")
    latest = before.latest
    if latest.content.collects:
        return PutOutcome(before, new_version=False, warnings=[])
    at = max(clock.timestamp(), latest.recorded_at)
    content = latest.content.model_copy(update={"approval": Approval(status="approved", by=actor.name, at=at, evidence=evidence)})
    version = Version(latest.number + 1, latest.effective_from, at, actor.name, content)
    news = events_for("society.approved", at, [party_id], by=actor.name)
    return recorded(PARTIES, before, party_id, party_id, version, Recorded(events=news))


def answer(actor: Actor, party_id: str, name: str, verdict: Status, sent: Mapping[str, Any]) -> Entity[Party]:
    """Accept, refuse or withdraw a mandate; saying so again changes nothing. Raises `NotFound`, `Forbidden`, `Conflict`."""
    return again(lambda: answered(actor, _found(slug(party_id)), mandates.check_name(name), verdict, sent))


def _found(party_id: str) -> Entity[Party]:
    party = store.find(PARTIES, party_id)
    if party is None:
        raise NotFound(f"there is no party {party_id!r}")
    return party


def answered(actor: Actor, entity: Entity[Party], name: str, verdict: Status, sent: Mapping[str, Any]) -> Entity[Party]:
    """One answer to a mandate, written where it says something new; raises `Retryable` where somebody was faster."""
    accord, mandate = mandates.find(entity, name)
    at = max(clock.timestamp(), entity.latest.recorded_at)
    society = store.find(PARTIES, mandate.society)
    word = Answer(verdict, actor.name, at, free_text(sent.get("evidence"), "evidence"), free_text(sent.get("reason"), "reason"))
    new = mandates.answer_of(actor, entity, name, word, society.latest.content if society else None)
    if new == accord:
        return entity
    told_of = mandates.event(actor, entity.id, mandate, new.agreement, at) if new.agreement.decided else []
    return registration_store.settle(PARTIES, entity, new, told_of)


def end_mandate(actor: Actor, party_id: str, name: str, sent: Mapping[str, Any]) -> Entity[Party]:
    """End an accepted mandate from a day on; saying so again changes nothing. Raises `NotFound`, `Rejected`, `Conflict`."""
    given = fields.day(sent["from"]) if sent.get("from") is not None else None
    reason = free_text(sent.get("reason"), "reason")
    return again(lambda: _ended(actor, _found(slug(party_id)), mandates.check_name(name), given, reason))


def _ended(actor: Actor, entity: Entity[Party], name: str, given: str | None, reason: str) -> Entity[Party]:
    accord, mandate = mandates.find(entity, name)
    day = mandate_endings.said_before(actor, accord, given) or mandate_endings.first_day(clock.today(), given)
    end = MandateEnd(day, actor.name, max(clock.timestamp(), entity.latest.recorded_at), reason)
    new = mandate_endings.ended(actor, entity, accord, mandate, end)
    if new == accord:
        return entity
    return registration_store.settle(PARTIES, entity, new, mandate_endings.event(actor, entity, mandate, end))


def _identity(party: Party) -> set[str]:
    return {f"ipi:{party.ipi}"} if party.ipi else set()


def current(ids: Collection[str]) -> dict[str, Party]:
    """The latest record of each of these parties that are registered."""
    return {party_id: entity.latest.content for party_id, entity in store.parties(ids).items()}


def _societies_of(party_id: str) -> Collection[str]:
    entity = store.find(PARTIES, party_id)
    return [mandate.society for mandate in entity.latest.content.mandates] if entity else []
