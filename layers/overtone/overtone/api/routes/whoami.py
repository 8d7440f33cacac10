"""Who the caller is to the API: the first thing that a new client asks."""

from overtone.api.answers.common import Whoami
from overtone.api.descriptions import ReplyForm
from overtone.api.request import Reply, Request
from overtone.api.routing import Routes

routes = Routes()
_ANYBODY = ("usage.write", "disclosures.write", "registry.write", "statements.read", "finance", "admin")


@routes.get(
    "/v1/whoami",
    scopes=_ANYBODY,
    summary="For whom the token acts, and what it allows",
    replies={200: ReplyForm("Party, scopes, and the token's subject", Whoami)},
)
def get_whoami(request: Request) -> Reply:
    caller = request.caller
    return Reply({"party_id": caller.party_id, "scopes": sorted(caller.scopes), "user": caller.subject})
