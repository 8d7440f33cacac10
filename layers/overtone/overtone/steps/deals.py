"""Putting a deal, and answering what was put: a version prices nothing before both of its sides have agreed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from overtone import clock
from overtone.errors import Conflict, NotFound
from overtone.facts.events import PartyEvent, events_for
from overtone.fields import validated
from overtone.identifiers import slug
from overtone.rights.agreement import Answer, Beside, Status, answered, beside
from overtone.rights.registration import Actor, PutBody, submission
from overtone.rights.versions import Entity, Version
from overtone.settlement import deal_rules
from overtone.settlement.deals import Deal
from overtone.steps.registration import PutOutcome, again, following, recorded
from overtone.stores import registration as registration_store
from overtone.stores import registry as store
from overtone.stores.entities import DEALS
from overtone.stores.registration import Recorded


def put(actor: Actor, deal_id: str, body: object) -> PutOutcome[Deal]:
    """Propose a deal or an amendment of one; what an admin puts is accepted at once, unless it says `propose`."""
    rest, stated = beside(body)
    sent = submission(slug(deal_id), rest)
    deal = validated(Deal, sent.content, "the deal")
    return again(lambda: _put(actor, deal_id, deal, sent, stated))


def _put(actor: Actor, deal_id: str, deal: Deal, sent: PutBody, stated: Beside) -> PutOutcome[Deal]:
    before = store.find(DEALS, deal_id)
    known = store.parties(deal_rules.parties_of_deal(deal))
    deal_rules.allow_deal(actor, deal, before, known.get(deal.licensor or ""))
    deal_rules.check_deal(deal, known, before)
    if deal.mfn_group is not None:
        deal_rules.check_mfn(deal_id, deal, store.deals())
    version = _version(before, deal, sent, actor)
    if version is None and before is not None:
        return _unchanged(actor, before, stated)
    if version is not None:
        version = replace(version, agreement=deal_rules.proposed(actor, deal, stated, version.recorded_at))
    news = _news(actor, deal_id, version) if version else []
    outcome = recorded(DEALS, before, deal_id, deal.licensor or "", version, Recorded(events=news))
    return outcome._replace(warnings=deal_rules.warnings(outcome.entity.latest))


def _version(before: Entity[Deal] | None, deal: Deal, sent: PutBody, actor: Actor) -> Version[Deal] | None:
    """The next version; what was refused or withdrawn may be put again as it was."""
    version = following(before, deal, sent, deal.from_, actor)
    if version is None and before is not None and _agreed(before.latest) in {Status.REFUSED, Status.WITHDRAWN}:
        again_from = sent.effective_from or before.latest.effective_from
        number, recorded_at = before.latest.number + 1, max(clock.timestamp(), before.latest.recorded_at)
        return Version(number, again_from, recorded_at, actor.name, deal)
    return version


def _unchanged(actor: Actor, before: Entity[Deal], stated: Beside) -> PutOutcome[Deal]:
    """The same content again changes nothing, unless an admin so accepts what was only proposed."""
    latest = before.latest
    if actor.admin and not stated.propose and _agreed(latest) == Status.PROPOSED:
        word = Answer(Status.ACCEPTED, actor.name, clock.timestamp(), stated.evidence, final=True)
        before = _answer(actor, before, latest, word)
    return PutOutcome(before, new_version=False, warnings=deal_rules.warnings(before.latest))


def _agreed(version: Version[Deal]) -> Status:
    return version.agreement.status if version.agreement else Status.ACCEPTED


def answer(actor: Actor, deal_id: str, number: int, verdict: Status, sent: Mapping[str, Any]) -> tuple[Entity[Deal], Version[Deal]]:
    """Accept, refuse or withdraw a version; saying so again changes nothing.

    Raises `NotFound`, `Forbidden` where the answer is not the actor's, `Conflict` where it was decided otherwise.
    """
    return again(lambda: _answered(actor, slug(deal_id), number, verdict, sent))


def _answered(actor: Actor, deal_id: str, number: int, verdict: Status, sent: Mapping[str, Any]) -> tuple[Entity[Deal], Version[Deal]]:
    entity = store.find(DEALS, deal_id)
    if entity is None or not 1 <= number <= len(entity.versions):
        raise NotFound(f"there is no version {number} of deal {deal_id!r}")
    version = entity.versions[number - 1]
    word = deal_rules.answer_of(actor, entity, version, verdict, sent, max(clock.timestamp(), version.recorded_at))
    grouped = verdict == Status.ACCEPTED and version.content.mfn_group is not None
    known = store.deals() if grouped else {}
    word = deal_rules.group_accepted(actor, deal_id, version.content, word, sent.get("mfn_group"), known)
    if grouped:
        deal_rules.check_mfn(deal_id, version.content, known)
    entity = _answer(actor, entity, version, word)
    return entity, entity.versions[number - 1]


def _answer(actor: Actor, entity: Entity[Deal], version: Version[Deal], word: Answer) -> Entity[Deal]:
    if version.agreement is None:
        raise Conflict(f"version {version.number} of {entity.id} needs no answer")
    agreement = answered(version.agreement, word)
    if agreement == version.agreement:
        return entity
    news = _news(actor, entity.id, replace(version, agreement=agreement)) if agreement.decided else []
    return registration_store.answer(DEALS, entity, version.number, agreement, news)


def _news(actor: Actor, deal_id: str, version: Version[Deal]) -> list[PartyEvent]:
    """What the other side is told of a version as it now stands."""
    status = _agreed(version)
    at = version.agreement.decided.at if version.agreement and version.agreement.decided else version.recorded_at
    parties = deal_rules.concerned(version.content, actor)
    return events_for(f"deal.{status}", at, parties, deal_id=deal_id, version=version.number, by=actor.name)
