"""Disputes about shares: opened by who claims one, ended by all concerned or by an admin."""

from itertools import islice
from typing import Any

from overtone.api.answers.registry import DisputeState
from overtone.api.descriptions import ReplyForm, listed, taken
from overtone.api.paging import PAGING, page_of, page_request
from overtone.api.registry_views import READERS, WRITERS, actor
from overtone.api.request import Reply, Request, receipt_reply
from overtone.api.routing import Routes
from overtone.errors import NotFound
from overtone.fields import validated
from overtone.identifiers import slug
from overtone.money import format_share
from overtone.rights.disputes import Dispute, DisputedShare, Resolution
from overtone.steps import disputes
from overtone.stores import disputes as store

routes = Routes()


@routes.post(
    "/v1/disputes",
    scopes=WRITERS,
    summary="Contest shares of a work",
    description="What is contested waits from today on, until all concerned agree, it is withdrawn, or an admin decides with evidence.",
    body=DisputedShare,
    replies=taken("The dispute", DisputeState),
)
def post_dispute(request: Request) -> Reply:
    claim = validated(DisputedShare, request.named("dispute_id"), "the dispute")
    dispute, known = disputes.open_dispute(actor(request.caller), claim)
    return receipt_reply((_shown(dispute), known))


@routes.get(
    "/v1/disputes",
    scopes=READERS,
    summary="Disputes that concern the caller, in order of id",
    query=PAGING,
    replies=listed("A page of disputes", DisputeState),
)
def list_disputes(request: Request) -> Reply:
    page = page_request(request.query)
    party = None if request.caller.is_finance else request.caller.acts_for(None, "party")
    found = islice(disputes.listed(party, page.after), page.limit + 1)
    return Reply(page_of([(dispute.dispute_id, _shown(dispute)) for dispute in found], page.limit))


@routes.get("/v1/disputes/{dispute_id}", scopes=READERS, summary="A dispute", replies={200: ReplyForm("The dispute", DisputeState)})
def get_dispute(request: Request) -> Reply:
    dispute = store.find(slug(request.path["dispute_id"]))
    if dispute is None or not (request.caller.is_finance or request.caller.party_id in dispute.concerned):
        raise NotFound(f"there is no dispute {request.path['dispute_id']!r}")
    return Reply(_shown(dispute))


@routes.post(
    "/v1/disputes/{dispute_id}:close",
    scopes=WRITERS,
    summary="Say how a dispute ends: it does once all concerned say the same, or an admin decides",
    body=Resolution,
    replies={200: ReplyForm("The dispute as it now stands", DisputeState)},
)
def close_dispute(request: Request) -> Reply:
    outcome = validated(Resolution, request.json_object(), "the outcome")
    return Reply(_shown(disputes.close(actor(request.caller), slug(request.path["dispute_id"]), outcome)))


@routes.post(
    "/v1/disputes/{dispute_id}:withdraw",
    scopes=WRITERS,
    summary="Withdraw a dispute",
    replies={200: ReplyForm("The dispute as it now stands", DisputeState)},
)
def withdraw_dispute(request: Request) -> Reply:
    return Reply(_shown(disputes.withdraw(actor(request.caller), slug(request.path["dispute_id"]))))


def _shown(dispute: Dispute) -> dict[str, Any]:
    parts = {party: format_share(part) for party, part in dispute.parts.items()}
    waits = sorted(dispute.concerned - dispute.said.keys()) if dispute.status == "open" else []
    stored = {name: value for name, value in dispute.to_json().items() if name != "said"}
    return stored | {"parts": parts, "agreed_by": sorted(dispute.said), "waits_for": waits}
