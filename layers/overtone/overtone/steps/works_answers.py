"""What societies answer to registrations, applied: an answer is kept once, and changes no share that is registered."""

from typing import Any

from overtone import clock
from overtone.errors import Conflict, Fault, NotFound, OvertoneError, TooLarge
from overtone.formats.cwr.fields import Refusal
from overtone.formats.works.drafts import Draft, DraftResult, DraftStatus, merged
from overtone.rights import answers
from overtone.rights.answers import ANSWERS_MAX, SocietyAnswer
from overtone.rights.registration import Actor, work_owner
from overtone.rights.registry import Work
from overtone.rights.versions import Entity
from overtone.steps import registration
from overtone.steps.registration import PutOutcome
from overtone.stores import answers as answer_store
from overtone.stores import registration as registration_store


def take(actor: Actor, draft: Draft, entity: Entity[Work] | None, owner: str) -> DraftResult:
    """Apply one draft that does not register a work but tells something of one."""
    try:
        return _iswc(actor, draft, entity) if draft.answer is None else _answer(actor, draft, draft.answer, entity, owner)
    except OvertoneError as error:
        return refused(draft, error)


def refused(draft: Draft, error: OvertoneError) -> DraftResult:
    """The result of a draft that an error kept from being taken."""
    faults = error.faults or (Fault(error.detail),)
    refusals = [Refusal("transaction", draft.line, draft.kind, fault.field, fault.message) for fault in faults]
    return DraftResult(draft, "refused", 0, (*draft.refusals, *refusals), conflicts=isinstance(error, Conflict))


def _iswc(actor: Actor, draft: Draft, entity: Entity[Work] | None) -> DraftResult:
    """A work's ISWC, told by a society (ISW): the only thing of it that is taken."""
    if entity is None:
        raise NotFound(f"{draft.work_id} is not registered; send its registration first, then this ISWC again")
    if not draft.body["identifiers"]:
        return DraftResult(draft, "acknowledged", 0, draft.refusals, ("it tells no valid ISWC",))
    since = entity.latest.effective_from
    body = merged({"identifiers": draft.body["identifiers"]}, entity, since) | {"effective_from": since}
    outcome = registration.put_work(actor, draft.work_id, body)
    return _result(draft, outcome, [f"the society says that its ISWC is {draft.body['identifiers'][0].removeprefix('iswc:')}"])


def _answer(actor: Actor, draft: Draft, answer: SocietyAnswer, entity: Entity[Work] | None, owner: str) -> DraftResult:
    before = answer_store.answers_of(draft.work_id)
    if any(answer.is_same(earlier) for earlier in before):
        return DraftResult(draft, "unchanged", entity.latest.number if entity else 0, draft.refusals, ("this answer was kept before",))
    if len(before) >= ANSWERS_MAX:
        raise TooLarge(f"{draft.work_id} has {ANSWERS_MAX} answers, the most that are kept")
    new = answer._replace(number=before[-1].number + 1 if before else 1)
    if entity is None:
        return _first(actor, draft, before, new, owner)
    work_owner(actor, entity, None)
    effect = answers.effect(before, new, disputed=entity.stands(clock.today()).disputed, is_registered=True)
    if effect.disputed is False:
        _lift(actor, entity)
    since = entity.latest.effective_from
    if effect.disputed is True:  # a conflict counts from today on, as every change of a registered work does
        since = clock.today()
        _mark(actor, entity, since)
    body, remarks = _over(draft, entity, since)
    body["effective_from"] = since
    if effect.disputed is not None:
        body["disputed"] = effect.disputed
    item = answer_store.item_of(draft.work_id, effect.answer)
    return _result(draft, registration.put_work(actor, draft.work_id, body, [item]), [*remarks, *_words(effect.answer)])


def _first(actor: Actor, draft: Draft, before: list[SocietyAnswer], new: SocietyAnswer, owner: str) -> DraftResult:
    """An answer of a work that is not registered: its echo registers it where it names people, else the answer alone is kept."""
    effect = answers.effect(before, new, disputed=False, is_registered=False)
    item = answer_store.item_of(draft.work_id, effect.answer)
    if "shares" not in draft.body or draft.is_refused:
        registration_store.record_beside(draft.work_id, registration_store.Recorded(beside=[item]))
        remark = f"{draft.work_id} is not registered and the answer does not say who is in it; the answer is kept"
        return DraftResult(draft, "acknowledged", 0, draft.refusals, (remark, *_words(new)))
    body = merged(draft.body, None, "") | ({"disputed": True} if effect.disputed else {}) | ({"owner": owner} if owner else {})
    return _result(draft, registration.put_work(actor, draft.work_id, body, [item]), _words(new))


def _over(draft: Draft, entity: Entity[Work], day: str) -> tuple[dict[str, Any], list[str]]:
    """What of an echo goes over what is registered: identifiers, and shares only where there are none; and a remark where they differ."""
    registered = entity.latest.content
    echoed = {} if draft.is_refused else dict(draft.body)
    body: dict[str, Any] = {"identifiers": echoed.get("identifiers", [])} if registered.kind == "composition" else {}
    remarks = []
    if echoed.get("shares"):
        mine = {share["party"]: share["share"] for share in merged({}, entity, day)["shares"]}
        theirs = {share["party"]: share["share"] for share in echoed["shares"]}
        if not mine:
            body["shares"] = echoed["shares"]
        elif mine != theirs:
            remarks = ["the answer says other shares than are registered; those stay, and a revision (REV) changes them"]
    return merged(body, entity, day), remarks


def _mark(actor: Actor, entity: Entity[Work], today: str) -> None:
    """Mark as disputed what comes in days behind today; what stands today follows."""
    for day, work in entity.standing(today).items():
        if day > today and not work.disputed:
            registration.put_work(actor, entity.id, merged({"disputed": True, "effective_from": day}, entity, day))


def _lift(actor: Actor, entity: Entity[Work]) -> None:
    """Take the mark of a dispute from every time in which it is in force, but for the latest version, which follows."""
    segments = {version.effective_from: version for version in entity.versions}
    for effective_from, version in sorted(segments.items()):
        if version.content.disputed and effective_from != entity.latest.effective_from:
            body = version.content.model_dump(mode="json", exclude_none=True)
            registration.put_work(actor, entity.id, body | {"disputed": False, "effective_from": effective_from})


def _words(answer: SocietyAnswer) -> list[str]:
    if answer.status in answers.ACCEPTED or answer.status == "RA":
        return []
    return [f"the society says: {answers.STATUSES.get(answer.status, answer.status)}"]


def _result(draft: Draft, outcome: PutOutcome[Work], remarks: list[str]) -> DraftResult:
    status: DraftStatus = "registered" if outcome.created else "revised" if outcome.new_version else "acknowledged"
    warnings = (*remarks, *outcome.warnings)
    return DraftResult(draft, status, outcome.entity.latest.number, draft.refusals, warnings)
