"""Societies: approved by an admin, accepting mandates, setting their tariff, entering and listing their members."""

from itertools import islice
from typing import Final

from overtone.api import verdicts
from overtone.api.answers.societies import MembersReceipt, SocietyMember
from overtone.api.caller import Caller
from overtone.api.descriptions import OneOf, ReplyForm, listed
from overtone.api.paging import PAGING, page_of, page_request
from overtone.api.registry_views import (
    AS_OF,
    BESIDE,
    DIFF,
    READERS,
    WRITERS,
    actor,
    all_versions,
    put_reply,
    shown,
    version_in_force,
)
from overtone.api.request import Reply, Request
from overtone.api.routing import Routes
from overtone.api.shelves import PARTY, TARIFF, TARIFF_BODY, put_replies, versions
from overtone.api.verdicts import Answerable
from overtone.errors import Forbidden, Rejected
from overtone.formats import members_csv
from overtone.identifiers import slug
from overtone.rights.agreement import EVIDENCE_LENGTH_MAX, Status, free_text
from overtone.rights.members import MEMBERS_MAX, MEMBERS_POSTED_MAX, Member
from overtone.steps import members, parties, tariffs
from overtone.stores.entities import TARIFFS
from overtone.views import members as members_view

routes = Routes()
CSV: Final = "text/csv"
_WORD: Final = {"type": "string", "maxLength": EVIDENCE_LENGTH_MAX}
_EVIDENCE: Final = {"type": "object", "properties": {"evidence": _WORD}}
_ANSWER: Final = {"type": "object", "properties": {"evidence": _WORD, "reason": _WORD}}
_MEMBERS: Final = {
    "type": "object",
    "required": ["members"],
    "properties": {
        "members": {"type": "array", "maxItems": MEMBERS_POSTED_MAX, "items": Member.model_json_schema()},
        "evidence": _WORD,
    },
}


@routes.post(
    "/v1/societies/{society_id}:approve",
    scopes=["admin"],
    summary="Approve a party that registered itself as a society",
    description="Until then it accepts no mandate, enters no member and sets no tariff. Doing so again changes nothing.",
    body=_EVIDENCE,
    replies={200: ReplyForm("The party as it now stands", PARTY)},
)
def approve_society(request: Request) -> Reply:
    evidence = free_text(request.fields({"evidence"}).get("evidence"), "evidence")
    outcome = parties.approve(actor(request.caller), request.path["society_id"], evidence)
    return Reply(shown(outcome.entity, outcome.entity.latest, request.caller))


@routes.put(
    "/v1/societies/{society_id}/tariff",
    scopes=WRITERS,
    summary="Set what the society keeps of what it collects, or a new version of it",
    description=BESIDE + " The first rate that fits side, use and kind of member counts, and what none fits is passed on whole. A month is "
    "settled by the tariff in force on its first day; a society sets one from today or later, and its members are told.",
    body=TARIFF_BODY,
    replies=put_replies(TARIFF),
)
def put_tariff(request: Request) -> Reply:
    return put_reply(request, tariffs.put, "society_id")


@routes.get(
    "/v1/societies/{society_id}/tariff",
    scopes=READERS,
    summary="The tariff as it is in force",
    query=AS_OF,
    replies={200: ReplyForm("The version in force", TARIFF)},
)
def get_tariff(request: Request) -> Reply:
    return version_in_force(TARIFFS, request)


@routes.get(
    "/v1/societies/{society_id}/tariff/versions",
    scopes=READERS,
    summary="All versions of the tariff, the oldest first",
    query=DIFF,
    replies=versions(TARIFF),
)
def get_tariff_versions(request: Request) -> Reply:
    return all_versions(TARIFFS, request)


@routes.post(
    "/v1/societies/{society_id}/members",
    scopes=WRITERS,
    summary="Enter members, each with a mandate",
    description=(
        f"Up to {MEMBERS_POSTED_MAX} rows; up to {MEMBERS_MAX} as a file `members/<society>/<name>.csv` or `.ndjson` in the drop bucket. A "
        "party that is not registered is registered; what a party proposed is accepted; of a party that speaks for itself a mandate that "
        "it has not stated is a proposal, which it answers. CSV: one mandate per row, columns "
        f"{', '.join(members_csv.COLUMNS)}, several values in a cell separated by `|`."
    ),
    media_types=("application/json", CSV),
    body=_MEMBERS,
    query={"evidence": "CSV: what the entries rest on"},
    replies={200: ReplyForm("What became of the rows, and which were refused, by place and field", MembersReceipt)},
)
def post_members(request: Request) -> Reply:
    society = slug(request.path["society_id"])
    members.society_of(actor(request.caller), society)
    if request.media_type == CSV:
        return Reply(members.enter(society, members_csv.read(request.raw), free_text(request.query.get("evidence"), "evidence")))
    sent = request.fields({"members", "evidence"})
    if not isinstance(rows := sent.get("members"), list):
        raise Rejected.at("members", "send a list of members")
    return Reply(members.enter(society, rows, free_text(sent.get("evidence"), "evidence")))


@routes.get(
    "/v1/societies/{society_id}/members",
    scopes=READERS,
    summary="A society's members and their mandates, in order of id",
    query={"status": OneOf(members_view.STATUSES, "members with a mandate of this status")} | PAGING,
    replies=listed("A page of members", SocietyMember),
)
def list_members(request: Request) -> Reply:
    society, query = readable(request.caller, slug(request.path["society_id"])), request.query
    page = page_request(query)
    return Reply(page_of(list(islice(members_view.of(society, query.get("status"), page.after), page.limit + 1)), page.limit))


def readable(caller: Caller, society: str) -> str:
    """The society, if its members may be shown to the caller; raises `Forbidden`."""
    if not caller.may_read(society):
        raise Forbidden("a society's members are listed for itself, finance and admin; use the society's token")
    return society


def _answer(request: Request, verdict: Status) -> Reply:
    sent = request.fields({"evidence", "reason"})
    entity = parties.answer(actor(request.caller), request.path["party_id"], request.path["mandate"], verdict, sent)
    return Reply(shown(entity, entity.latest, request.caller))


verdicts.declare(
    routes,
    __name__,
    Answerable("/v1/parties/{party_id}/mandates/{mandate}", "mandate", "a mandate", "party", PARTY, _ANSWER),
    "From now on it counts, for uses from the day of the version that states it. An admin's answer counts for both sides.",
    _answer,
)


@routes.post(
    "/v1/parties/{party_id}/mandates/{mandate}:end",
    scopes=WRITERS,
    summary="End an accepted mandate from a day on",
    description="By its society or its member; the other side is told. From tomorrow at the earliest, and from tomorrow unless `from` says "
    "otherwise: what is used before stays collected as it was.",
    body={"type": "object", "properties": {"from": {"type": "string", "format": "date"}, "reason": _WORD}},
    replies={200: ReplyForm("The party as it now stands", PARTY)},
)
def end_mandate(request: Request) -> Reply:
    sent = request.fields({"from", "reason"})
    entity = parties.end_mandate(actor(request.caller), request.path["party_id"], request.path["mandate"], sent)
    return Reply(shown(entity, entity.latest, request.caller))
