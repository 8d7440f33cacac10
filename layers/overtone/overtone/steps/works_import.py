"""Registers many works: each is a put of its own, so a bad one never takes good ones with it, and sending again is safe."""

import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from overtone import clock
from overtone.errors import Fault, OvertoneError, Rejected, Unsupported
from overtone.formats.cwr import export, reply, transmission
from overtone.formats.cwr.text import begins_as_cwr
from overtone.formats.cwr.writer import TransmissionHeader
from overtone.formats.works import drafts as works
from overtone.formats.works import registrations, table
from overtone.formats.works.cwr_shares import COUNTED, Counted
from overtone.formats.works.drafts import Draft, DraftResult, DraftStatus
from overtone.identifiers import SLUG
from overtone.rights.registration import Actor
from overtone.rights.registry import Work
from overtone.rights.versions import Entity
from overtone.steps import parties, registration, works_answers
from overtone.steps.registration import PutOutcome
from overtone.stores import registry as store
from overtone.stores.registration import WORKERS

CSV: Final = "text/csv"
CWR: Final = "application/x-cwr"
EXPORTED_MAX: Final = 100_000
"""Works of a registrant among which those of long ids are looked for, by the digests under which they went out."""
_FOREVER: Final = "9999"
_ID: Final = re.compile(rf"{SLUG}\Z", re.ASCII)


def drafts_of(raw: bytes, media_type: str, registrant: str, right: str) -> tuple[list[Draft], dict[str, object]]:
    """The drafts of a file, and what there is to say of the file itself; raises `Rejected`.

    A body that begins with HDR is CWR whatever it calls itself; `right` says which of its ownership shares count.
    """
    if not begins_as_cwr(raw) and media_type != CWR:
        if media_type != CSV:
            raise Unsupported(f"{media_type} is not read here; send {CSV}, or a CWR file as {CWR}")
        return table.read(raw), {"format": "csv"}
    counted = right_of(right)
    sent = transmission.read(raw)
    holders = holders_of(registrations.ipis(sent.works))
    drafts = of_exported([registrations.from_cwr(work, registrant, holders, counted) for work in sent.works], registrant)
    about = {
        "format": "cwr",
        "version": sent.version,
        "sender": sent.sender,
        "sender_name": sent.sender_name,
        "other_transactions": sent.others,
        "remarks": list(sent.remarks),
    }
    return drafts, about


def of_exported(drafts: Sequence[Draft], registrant: str) -> list[Draft]:
    """Answers to what a registrant sent out are about the works that went out under these numbers; all else stays as it is."""
    told = {place: draft.registration.number for place, draft in enumerate(drafts) if draft.purpose != "register" and draft.registration}
    known = store.works({drafts[place].work_id for place in told})
    told = {place: number for place, number in told.items() if drafts[place].work_id not in known}
    asked = {number for number in told.values() if _ID.match(number)}
    if any(map(export.is_digest, asked)):
        asked |= set(store.works_of(registrant, limit=EXPORTED_MAX))
    numbers = {number: work_id for work_id in sorted(asked) for number in export.numbers_of(work_id, registrant)}
    named = {place: numbers[number] for place, number in told.items() if number in numbers}
    own = {work_id for work_id, work in store.works(named.values()).items() if work.owner == registrant}
    return [draft._replace(work_id=named[place]) if named.get(place) in own else draft for place, draft in enumerate(drafts)]


def right_of(text: str) -> Counted:
    """Which ownership shares count; raises `Rejected`."""
    if text not in COUNTED:
        raise Rejected(f"right is {text!r}; use {', '.join(COUNTED)}", [Fault(f"use {', '.join(COUNTED)}", "right")])
    return text


def holders_of(identifiers: Sequence[str]) -> dict[str, str]:
    """The registered parties that IPIs (`ipi:…`) name."""
    return {key: claim.holder for key, claim in store.claims(identifiers).items() if claim.holder}


def register(actor: Actor, drafts: Sequence[Draft], owner: str, effective_from: str | None = None) -> list[DraftResult]:
    """Register each draft, in the order of the file; `owner` administers what is new."""
    results: dict[int, DraftResult] = {}
    for places in works.waves(drafts):
        wave = [drafts[place] for place in places]
        before = store.works({draft.work_id for draft in wave if draft.work_id})
        _reserve([draft for draft in wave if _takes_shares(draft, before.get(draft.work_id))], actor.name)
        results |= zip(places, _wave(actor, wave, before, owner, effective_from), strict=True)
    return [results[place] for place in range(len(drafts))]


def _wave(
    actor: Actor, wave: Sequence[Draft], before: Mapping[str, Entity[Work]], owner: str, effective_from: str | None
) -> list[DraftResult]:
    """Works that are all different: those to put in one go, the others one by one."""
    taken = [draft for draft in wave if draft.purpose == "register" and not draft.is_refused]
    bodies = [(draft.work_id, _body(draft, before.get(draft.work_id), owner, effective_from)) for draft in taken]
    outcomes = {draft.work_id: outcome for draft, outcome in zip(taken, registration.put_works(actor, bodies, before), strict=True)}

    def result(draft: Draft) -> DraftResult:
        if draft.purpose != "register" and draft.work_id:
            return works_answers.take(actor, draft, before.get(draft.work_id), owner)
        if draft.is_refused:
            return DraftResult(draft, "refused", 0, draft.refusals)
        return _result(actor, draft, outcomes[draft.work_id])

    apart = [draft for draft in wave if draft.isrcs or draft.purpose != "register"]
    with ThreadPoolExecutor(WORKERS) as pool:
        asked = dict(zip(map(id, apart), pool.map(result, apart), strict=True))
    return [asked.get(id(draft)) or result(draft) for draft in wave]


def _body(draft: Draft, entity: Entity[Work] | None, owner: str, effective_from: str | None) -> dict[str, object]:
    since = draft.body.get("effective_from") or effective_from
    body = works.merged(draft.body, entity, since or clock.today())
    if since is not None:
        body["effective_from"] = since
    if entity is None and owner:
        body["owner"] = owner
    return body


def _result(actor: Actor, draft: Draft, outcome: PutOutcome[Work] | OvertoneError) -> DraftResult:
    if isinstance(outcome, OvertoneError):
        return works_answers.refused(draft, outcome)
    status: DraftStatus = "registered" if outcome.created else "revised" if outcome.new_version else "unchanged"
    return DraftResult(draft, status, outcome.entity.latest.number, draft.refusals, tuple(outcome.warnings), _link(actor, draft))


def _takes_shares(draft: Draft, entity: Entity[Work] | None) -> bool:
    return draft.purpose == "register" or entity is None or not entity.latest.content.shares


def _reserve(drafts: Sequence[Draft], author: str) -> None:
    """Make the records of parties that nobody registered. Only the import may: the author is named, the kind is the role's."""
    wanted = {party_id: body for draft in drafts if not draft.is_refused for party_id, body in draft.reserved.items()}
    missing = sorted(wanted.keys() - store.parties(wanted).keys())
    reserving = Actor(author, admin=True)
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(lambda party_id: _quiet(lambda: parties.put(reserving, party_id, dict(wanted[party_id]))), missing))


def _quiet(put: Callable[[], object]) -> None:
    """A record that cannot be made is reported with the work whose share names it."""
    try:
        put()
    except OvertoneError:
        return


def reply_to(results: Sequence[DraftResult], version: str) -> bytes:
    """CWR's acknowledgement of an import."""
    return reply.reply(results, TransmissionHeader(clock.now().strftime("%Y%m%d%H%M%S"), version=version))


def check_answerable(drafts: Sequence[Draft]) -> None:
    """Raise `Unsupported` where an import has nothing that CWR acknowledges."""
    if not any(map(reply.is_answered, drafts)):
        raise Unsupported("the file registers nothing by CWR, so there is no acknowledgement of it; ask for application/json")


def _link(actor: Actor, draft: Draft) -> dict[str, str]:
    """Link recordings to the composition they are said to be of, where the caller administers them; say what else there is."""
    keys = {f"isrc:{isrc}": isrc for isrc in draft.isrcs}
    found = store.works_by_keys(keys, _FOREVER)
    return {isrc: _linked(actor, found.get(key), draft.work_id) for key, isrc in keys.items()}


def _linked(actor: Actor, recording: Entity[Work] | None, composition: str) -> str:
    if recording is None:
        return "not registered; register it with this composition"
    stands = recording.standing()
    if others := {work.composition for work in stands.values() if work.composition} - {composition}:
        return f"linked to {min(others)}"
    try:
        for day, work in stands.items():
            if work.composition is None:
                body = works.merged({"composition": composition, "effective_from": day}, recording, day)
                registration.put_work(actor, recording.id, body)
    except OvertoneError as error:
        return f"not linked: {error.detail}"
    return "linked"
