"""Registers many works: each is a put of its own, so a bad one never takes good ones with it, and sending again is safe."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from overtone.errors import Fault, OvertoneError, Rejected, Unsupported
from overtone.formats import cwr, works_csv, works_cwr, works_import
from overtone.formats.cwr_text import begins_as_cwr
from overtone.formats.works_cwr import RIGHTS, Right
from overtone.formats.works_import import Draft, Result, Status
from overtone.rights.registration import Actor
from overtone.rights.registry import Work
from overtone.rights.versions import Entity
from overtone.steps import registration, works_answers
from overtone.stores import registry as store

CSV: Final = "text/csv"
CWR: Final = "application/x-cwr"
WORKERS: Final = 16
_FOREVER: Final = "9999"


def drafts_of(raw: bytes, media_type: str, registrant: str, right: str) -> tuple[list[Draft], dict[str, object]]:
    """The drafts of a file, and what there is to say of the file itself; raises `Rejected`.

    A body that begins with HDR is CWR whatever it calls itself; `right` says which of its ownership shares count.
    """
    if not begins_as_cwr(raw) and media_type != CWR:
        if media_type != CSV:
            raise Unsupported(f"{media_type} is not read here; send {CSV}, or a CWR file as {CWR}")
        return works_csv.read(raw), {"format": "csv"}
    counted = right_of(right)
    sent = cwr.read(raw)
    holders = holders_of(works_cwr.ipis(sent.works))
    drafts = [works_cwr.from_cwr(work, registrant, holders, counted) for work in sent.works]
    about = {
        "format": "cwr",
        "version": sent.version,
        "sender": sent.sender,
        "sender_name": sent.sender_name,
        "other_transactions": sent.others,
        "remarks": list(sent.remarks),
    }
    return drafts, about


def right_of(text: str) -> Right:
    """Which ownership shares count; raises `Rejected`."""
    if text not in RIGHTS:
        raise Rejected(f"right is {text!r}; use {', '.join(RIGHTS)}", [Fault(f"use {', '.join(RIGHTS)}", "right")])
    return text


def holders_of(identifiers: Sequence[str]) -> dict[str, str]:
    """The registered parties that IPIs (`ipi:…`) name."""
    return {key: claim.holder for key, claim in store.claims(identifiers).items() if claim.holder}


def register(actor: Actor, drafts: Sequence[Draft], owner: str, effective_from: str | None = None) -> list[Result]:
    """Register each draft, in the order of the file; `owner` administers what is new."""
    results: dict[int, Result] = {}
    with ThreadPoolExecutor(WORKERS) as pool:
        for places in works_import.waves(drafts):
            wave = [drafts[place] for place in places]
            before = store.works({draft.work_id for draft in wave if draft.work_id})
            _reserve([draft for draft in wave if _takes_shares(draft, before.get(draft.work_id))], actor.name)
            put = partial(_one, actor, before, owner, effective_from)
            results |= zip(places, pool.map(put, wave), strict=True)
    return [results[place] for place in range(len(drafts))]


def _takes_shares(draft: Draft, entity: Entity[Work] | None) -> bool:
    return draft.purpose == "register" or entity is None or not entity.latest.content.shares


def _reserve(drafts: Sequence[Draft], author: str) -> None:
    """Make the records of parties that nobody registered. Only the import may: the author is named, the kind is the role's."""
    wanted = {party_id: body for draft in drafts if not draft.refused for party_id, body in draft.reserved.items()}
    missing = sorted(wanted.keys() - store.parties(wanted).keys())
    reserving = Actor(author, admin=True)
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(lambda party_id: _quiet(lambda: registration.put_party(reserving, party_id, dict(wanted[party_id]))), missing))


def _quiet(put: Callable[[], object]) -> None:
    """A record that cannot be made is reported with the work whose share names it."""
    try:
        put()
    except OvertoneError:
        return


def _one(actor: Actor, before: Mapping[str, Entity[Work]], owner: str, effective_from: str | None, draft: Draft) -> Result:
    entity = before.get(draft.work_id)
    if draft.purpose != "register" and draft.work_id:
        return works_answers.take(actor, draft, entity, owner)
    if draft.refused:
        return Result(draft, "refused", 0, draft.refusals)
    body = works_import.merged(draft.body, entity)
    if effective_from is not None:
        body.setdefault("effective_from", effective_from)
    if entity is None and owner:
        body["owner"] = owner
    try:
        outcome = registration.put_work(actor, draft.work_id, body)
    except OvertoneError as error:
        return works_answers.refused(draft, error)
    status: Status = "registered" if outcome.created else "revised" if outcome.new_version else "unchanged"
    return Result(draft, status, outcome.entity.latest.number, draft.refusals, tuple(outcome.warnings), _link(actor, draft))


def _link(actor: Actor, draft: Draft) -> dict[str, str]:
    """Link recordings to the composition they are said to be of, where the caller administers them; say what else there is."""
    keys = {f"isrc:{isrc}": isrc for isrc in draft.isrcs}
    found = store.works_by_keys(keys, _FOREVER)
    return {isrc: _linked(actor, found.get(key), draft.work_id) for key, isrc in keys.items()}


def _linked(actor: Actor, recording: Entity[Work] | None, composition: str) -> str:
    if recording is None:
        return "not registered; register it with this composition"
    linked = recording.latest.content.composition
    if linked is not None:
        return "linked" if linked == composition else f"linked to {linked}"
    body = works_import.merged({"composition": composition, "effective_from": recording.latest.effective_from}, recording)
    try:
        registration.put_work(actor, recording.id, body)
    except OvertoneError as error:
        return f"not linked: {error.detail}"
    return "linked"
