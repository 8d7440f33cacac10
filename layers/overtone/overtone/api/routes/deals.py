"""Deals: their versions, visible to their parties and to finance."""

from typing import Final

from overtone.api.registered import AS_OF, BESIDE, PUT_REPLIES, READERS, WRITERS, all_versions, put_reply, version_in_force
from overtone.api.request import Reply, Request
from overtone.api.routing import Routes
from overtone.settlement.deals import Deal
from overtone.steps import registration
from overtone.stores.registry import DEALS

routes = Routes()
_READERS: Final = (*READERS, "disclosures.write")


@routes.put(
    "/v1/deals/{deal_id}",
    scopes=WRITERS,
    summary="Register a deal, or a new version of it",
    description=BESIDE,
    body=Deal,
    replies=PUT_REPLIES,
)
def put_deal(request: Request) -> Reply:
    return put_reply(request, registration.put_deal, "deal_id")


@routes.get("/v1/deals/{deal_id}", scopes=_READERS, summary="The deal as it is in force", query=AS_OF, replies={200: Deal})
def get_deal(request: Request) -> Reply:
    return version_in_force(DEALS, request)


@routes.get(
    "/v1/deals/{deal_id}/versions", scopes=_READERS, summary="All versions of the deal, the oldest first", replies={200: "The versions"}
)
def get_deal_versions(request: Request) -> Reply:
    return all_versions(DEALS, request)
