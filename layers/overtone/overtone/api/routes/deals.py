"""Deals: proposed by one side and answered by the other, visible to both and to finance, and to nobody else."""

from itertools import islice
from typing import Any, Final

from overtone.api import verdicts
from overtone.api.descriptions import OneOf, ReplyForm, listed
from overtone.api.paging import PAGING, page_of, page_request
from overtone.api.registry_views import (
    AS_OF,
    BESIDE,
    BESIDE_PATCH,
    DIFF,
    READERS,
    WRITERS,
    actor,
    all_versions,
    patch_reply,
    put_reply,
    shown,
    version_in_force,
    visible,
)
from overtone.api.request import Reply, Request
from overtone.api.routing import Routes
from overtone.api.shelves import DEAL, DEAL_BODY, put_replies, versions
from overtone.api.verdicts import Answerable
from overtone.errors import Fault, Forbidden, NotFound, Rejected
from overtone.formats.jsonbody import JSON, MERGE_PATCH
from overtone.identifiers import slug
from overtone.rights.agreement import Status
from overtone.rights.registration import VERSIONS_MAX
from overtone.settlement import deal_rules
from overtone.steps import deals
from overtone.stores import registry
from overtone.stores.entities import DEALS
from overtone.views import deals as deals_view

routes = Routes()
_READERS: Final = (*READERS, "disclosures.write")
_PROPOSING: Final = (
    " The licensor or the licensee proposes a version, and the other side accepts it before it prices anything. What an admin puts is "
    "accepted at once, on the `evidence` beside it, unless it says `propose: true`."
)
_ANSWER: Final = {
    "type": "object",
    "properties": {
        "evidence": {"type": "string", "maxLength": 2000},
        "reason": {"type": "string", "maxLength": 2000},
        "mfn_group": {"type": "string"},
    },
}


@routes.put(
    "/v1/deals/{deal_id}",
    scopes=WRITERS,
    summary="Propose a deal, or a new version of it",
    description=BESIDE + _PROPOSING,
    body=DEAL_BODY,
    replies=put_replies(DEAL),
)
def put_deal(request: Request) -> Reply:
    return put_reply(request, deals.put, "deal_id")


@routes.patch(
    "/v1/deals/{deal_id}",
    scopes=WRITERS,
    summary="Change the fields of the deal that the body names, as a new version",
    description="A JSON merge patch (RFC 7396): null removes a field, what is not named stays." + BESIDE_PATCH + " A version that waits "
    "for the caller's own word is passed over: who changes one field says yes to nothing that the other side proposed.",
    body={"type": "object"},
    media_types=(MERGE_PATCH, JSON),
    replies=put_replies(DEAL),
)
def patch_deal(request: Request) -> Reply:
    return patch_reply(request, DEALS, deals.put)


@routes.get(
    "/v1/deals/{deal_id}",
    scopes=_READERS,
    summary="The deal as it is in force",
    query=AS_OF,
    replies={200: ReplyForm("The version in force", DEAL)},
)
def get_deal(request: Request) -> Reply:
    return version_in_force(DEALS, request)


@routes.get(
    "/v1/deals/{deal_id}/versions",
    scopes=_READERS,
    summary="All versions of the deal, the oldest first",
    query=DIFF,
    replies=versions(DEAL),
)
def get_deal_versions(request: Request) -> Reply:
    return all_versions(DEALS, request)


@routes.get(
    "/v1/deals",
    scopes=_READERS,
    summary="List deals, each as its latest version stands",
    description="Of a `status`, or waiting for somebody: each deal that has such a version, as the latest of these stands. A proposal to "
    "end a deal next year is listed among the proposed, and the deal among the accepted still.",
    query=deals_view.FILTERS | {"status": OneOf(tuple(Status))} | PAGING,
    replies=listed("A page of deals", DEAL),
)
def list_deals(request: Request) -> Reply:
    query, caller = request.query, request.caller
    if not caller.is_finance and not caller.party_id:
        raise Forbidden("deals are listed for their parties; use a party's token, or one of finance")
    after, limit = page_request(query)
    reader = None if caller.is_finance else caller.party_id
    found = islice(deals_view.concerning(reader, query, after), limit + 1)
    return Reply(page_of([(entity.id, shown(entity, version, caller)) for entity, version in found], limit))


def _answer(request: Request, verdict: Status) -> Reply:
    deal_id, text = slug(request.path["deal_id"]), request.path["number"]
    visible("deal", deal_id, registry.find(DEALS, deal_id), request.caller)
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(VERSIONS_MAX))):
        raise NotFound(f"there is no version {text!r} of deal {deal_id!r}")
    sent: dict[str, Any] = request.json_object() if request.raw else {}
    if unknown := sorted(sent.keys() - {"evidence", "reason", "mfn_group"}):
        raise Rejected(f"{unknown[0]}: unknown field; send evidence, reason or mfn_group", [Fault("unknown field; remove it", unknown[0])])
    entity, version = deals.answer(actor(request.caller), deal_id, int(text), verdict, sent)
    return Reply(shown(entity, version, request.caller) | {"warnings": deal_rules.warnings(version)})


verdicts.declare(
    routes,
    __name__,
    Answerable("/v1/deals/{deal_id}/versions/{number}", "deal_version", "a version", "version", DEAL, _ANSWER),
    "From this instant the version binds both. An admin's answer counts for both sides and says its `evidence`. A licensee "
    "says yes to the first deal of a most-favoured-nation group with `mfn_group`, the group's name: to the deal alone is not enough.",
    _answer,
)
