"""Registered things as the API shows them, and to whom: bank details and deals are nobody else's business."""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, Final, TypeVar

from overtone import clock
from overtone.api import standing
from overtone.api.caller import Caller
from overtone.api.descriptions import OneOf
from overtone.api.request import Reply, Request
from overtone.errors import Forbidden, NotFound, Rejected
from overtone.fields import Model, day
from overtone.identifiers import slug
from overtone.rights import mandates
from overtone.rights.agreement import Agreement
from overtone.rights.changes import differences
from overtone.rights.registration import Actor
from overtone.rights.registry import Party, Work
from overtone.rights.versions import Entity, Version, in_force
from overtone.settlement.deals import Deal
from overtone.steps.registration import PutOutcome, patched
from overtone.stores import registry
from overtone.stores.entities import Shelf

M = TypeVar("M", bound=Model)
BESIDE: Final = (
    "Beside these fields the body may hold `effective_from` (a day; the first version is in force from the beginning, a deal's from its "
    "first day, later versions from today, unless it says otherwise), `version` (the number that was read: 409 where a later one is there) "
    "and, for works, `owner` (admin only). The same content again changes nothing; an answer may be changed and sent back."
)
BESIDE_PATCH: Final = " `effective_from` and `version` may stand beside; without `version` it is a change of the latest one."
WRITERS: Final = ("registry.write",)
READERS: Final = ("registry.write", "statements.read", "finance")
AS_OF: Final = {"as_of": "A day YYYY-MM-DD: the version in force then, instead of today's"}
DIFF: Final = {"diff": OneOf(("true", "false"), "whether each version also says what it changed, field by field")}
_BESIDE_CONTENT: Final = frozenset({"id", "version", "recorded_at", "author", "status", "waits_for", "agreement", "accords", "changes"})
PUBLIC: Final = ("name", "kind", "ipi", "isni", "country")
"""What everybody who is registered may know of a party."""


def actor(caller: Caller) -> Actor:
    """The caller as the registration rules see it."""
    return Actor(caller.party_id, admin=caller.is_admin, finance="finance" in caller.scopes)


def shown(entity: Entity[M], version: Version[M], caller: Caller) -> dict[str, Any]:
    """One version as JSON: its content, and what stands beside it."""
    content = version.content.model_dump(mode="json", by_alias=True, exclude_none=True)
    if isinstance(version.content, Party) and not caller.may_read(entity.id):
        given = [mandate for mandate in content["mandates"] if mandate["society"] == caller.party_id]
        content = {name: content[name] for name in PUBLIC if name in content} | ({"mandates": given} if given else {})
    accords = _accords(entity, version, caller) if isinstance(version.content, Party) else {}
    if isinstance(version.content, Work) and not _has_part_in(entity, caller):
        content["permissions"] = {use: _own_word(said, caller) for use, said in content["permissions"].items()}
    beside = {"effective_from": version.effective_from, "recorded_at": version.recorded_at, "author": version.author}
    return content | {"id": entity.id, "owner": entity.owner, "version": version.number} | beside | _agreed(version.agreement) | accords


def _agreed(agreement: Agreement | None) -> dict[str, Any]:
    """Where a deal's version stands, whom it waits for, and who said what."""
    if agreement is None:
        return {}
    answers = [{name: value for name, value in answer._asdict().items() if value != ""} for answer in agreement.answers]
    return {"status": agreement.status, "waits_for": list(agreement.waits_for), "agreement": {"answers": answers}}


def _accords(entity: Entity[Any], version: Version[Any], caller: Caller) -> dict[str, Any]:
    """Where a party's mandates stand, to itself and to each society its own."""
    reader = None if caller.may_read(entity.id) else [caller.party_id]
    stands = list(mandates.shown(entity, version.number, reader))
    return {"accords": stands} if stands else {}


def _has_part_in(entity: Entity[M], caller: Caller) -> bool:
    """Whether the caller administers the work or has, or had, a share in it: to whom what others may do with it is no secret."""
    return caller.is_finance or bool(caller.party_id and caller.party_id in parties_of(entity))


def parties_of(entity: Entity[M]) -> set[str]:
    """Who administers a work, and who has, or had, a share in it."""
    holders = {share.party for version in entity.versions if isinstance(version.content, Work) for share in version.content.shares}
    return holders | {entity.owner}


def _own_word(said: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
    """A permission without what it says to other licensees than the caller."""
    own = {name: word for name, word in said.get("licensees", {}).items() if name == caller.party_id}
    return {**said, "licensees": own}


def readable(caller: Caller, party: str) -> str:
    """The party, if what belongs to it may be shown to the caller; raises `Forbidden`."""
    if not party or not caller.may_read(party):
        raise Forbidden("a party's works are listed for itself, finance and admin; use the party's token, or ask by identifier")
    return party


def day_in(query: Mapping[str, str], name: str) -> str | None:
    """A day of the query, if it names one; raises `Rejected`."""
    if name not in query:
        return None
    try:
        return day(query[name])
    except Rejected as error:
        raise Rejected.at(name, error.detail) from error


def owner_of_new(request: Request) -> str:
    """Who administers what a file registers: the caller's party, or whom an admin names (else, without a record, admins alone)."""
    caller, named = request.caller, request.query.get("owner")
    return "" if caller.is_admin and named is None and not standing.party_of(caller) else caller.acts_for(named, "owner")


def version_of(entity: Entity[M], as_of: str | None) -> Version[M]:
    """The version in force on a day, or without one today's; where none is in force yet the first to come of what was agreed on, if any."""
    asked, now = as_of or clock.today(), clock.timestamp()
    found = in_force(entity.versions, asked, now)
    if found is None and as_of is None:
        agreed = [version for version in entity.versions if version.counts(now)]
        to_come = agreed or [version for version in entity.versions if version.is_live] or entity.versions
        found = min(to_come, key=lambda v: (v.effective_from, -v.number))
    if found is None:
        raise NotFound(f"{entity.id} has no version in force on {asked}")
    return found


def visible(what: str, entity_id: str, entity: Entity[M] | None, caller: Caller) -> Entity[M]:
    """The entity, or `NotFound`: also for a deal between others, as if it did not exist."""
    if entity is not None and (not isinstance(entity.latest.content, Deal) or _is_party_to(entity.latest.content, caller)):
        return entity
    raise NotFound(f"there is no {what} {entity_id!r}")


def _is_party_to(deal: Deal, caller: Caller) -> bool:
    return caller.is_finance or bool(caller.party_id and caller.party_id in {deal.licensee, deal.licensor})


def put_reply(request: Request, put: Callable[[Actor, str, dict[str, Any]], PutOutcome[M]], id_name: str) -> Reply:
    """The answer to a PUT: the version that now is the latest, and what its author should know."""
    outcome = put(actor(request.caller), request.path[id_name], request.json_object())
    return _outcome_reply(request, outcome)


def patch_reply(request: Request, shelf: Shelf[M], put: Callable[[Actor, str, dict[str, Any]], PutOutcome[M]]) -> Reply:
    """The answer to a PATCH (RFC 7396): what it names is changed, all else stays."""
    entity_id = request.path[f"{shelf.kind}_id"]
    visible(shelf.kind, slug(entity_id), registry.find(shelf, slug(entity_id)), request.caller)
    body = patched(shelf, entity_id, request.json(), request.caller.party_id)
    return _outcome_reply(request, put(actor(request.caller), entity_id, body))


def _outcome_reply(request: Request, outcome: PutOutcome[M]) -> Reply:
    latest = outcome.entity.latest
    answer = shown(outcome.entity, latest, request.caller) | {"applies_from": latest.effective_from, "warnings": outcome.warnings}
    if latest.number > 1:
        answer["keeps"] = f"what was used before {latest.effective_from} stays under the version that was in force then"
    return Reply(answer, 201 if outcome.created else 200)


def version_in_force(shelf: Shelf[M], request: Request) -> Reply:
    """The version in force today, or on `?as_of=`."""
    entity = _visible_entity(shelf, request)
    return Reply(shown(entity, version_of(entity, day_in(request.query, "as_of")), request.caller))


def all_versions(shelf: Shelf[M], request: Request) -> Reply:
    """All versions, the oldest first."""
    entity = _visible_entity(shelf, request)
    versions = [shown(entity, version, request.caller) for version in entity.versions]
    if request.query.get("diff") == "true":
        for before, after in pairwise(versions):
            after["changes"] = list(differences(_content_of(before), _content_of(after)))
    return Reply({"versions": versions})


def _content_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name not in _BESIDE_CONTENT}


def _visible_entity(shelf: Shelf[M], request: Request) -> Entity[M]:
    entity_id = slug(request.path["society_id" if shelf.kind == "tariff" else f"{shelf.kind}_id"])
    return visible(shelf.kind, entity_id, registry.find(shelf, entity_id), request.caller)
