"""Transfers of works: offered by who administers the work, accepted by who is to."""

from typing import Final

from overtone.api.answers.registry import TransferOffer
from overtone.api.descriptions import ReplyForm
from overtone.api.registry_views import READERS, WRITERS, actor
from overtone.api.request import Reply, Request
from overtone.api.routing import Routes
from overtone.errors import NotFound, Rejected
from overtone.identifiers import slug
from overtone.rights.agreement import EVIDENCE_LENGTH_MAX, Status, free_text
from overtone.steps import transfers

routes = Routes()
_WORD: Final = {"type": "string", "maxLength": EVIDENCE_LENGTH_MAX}
_OFFER: Final = {"type": "object", "required": ["to"], "properties": {"to": {"type": "string"}, "evidence": _WORD}}
_ANSWER: Final = {"type": "object", "properties": {"reason": _WORD}}
_STANDS: Final = {200: ReplyForm("The offer as it now stands", TransferOffer)}


@routes.post(
    "/v1/works/{work_id}:transfer",
    scopes=WRITERS,
    summary="Offer the administration of a work to another party",
    description="Nothing changes before that party accepts. One offer of a work stands at a time; an admin transfers by PUT with `owner`.",
    body=_OFFER,
    replies=_STANDS,
)
def offer_transfer(request: Request) -> Reply:
    sent = request.fields({"to", "evidence"})
    if not isinstance(sent.get("to"), str):
        raise Rejected.at("to", "name the party that is to administer the work")
    evidence = free_text(sent.get("evidence"), "evidence")
    return Reply(transfers.offer(actor(request.caller), request.path["work_id"], sent["to"], evidence).to_json())


@routes.get("/v1/works/{work_id}/transfer", scopes=READERS, summary="The last offer to hand the work on, to both sides", replies=_STANDS)
def get_transfer(request: Request) -> Reply:
    work_id, caller = slug(request.path["work_id"]), request.caller
    transfer = transfers.find(work_id)
    if transfer is None or not (caller.may_read(transfer.giver) or caller.may_read(transfer.taker)):
        raise NotFound(f"there is no offer to hand {work_id!r} on")
    return Reply(transfer.to_json())


@routes.post(
    "/v1/works/{work_id}/transfer:accept",
    scopes=WRITERS,
    summary="Accept: from now on the caller administers the work",
    body=_ANSWER,
    replies=_STANDS,
)
def accept_transfer(request: Request) -> Reply:
    return _answer(request, Status.ACCEPTED)


@routes.post("/v1/works/{work_id}/transfer:refuse", scopes=WRITERS, summary="Refuse a work offered", body=_ANSWER, replies=_STANDS)
def refuse_transfer(request: Request) -> Reply:
    return _answer(request, Status.REFUSED)


@routes.post("/v1/works/{work_id}/transfer:withdraw", scopes=WRITERS, summary="Withdraw an offer", body=_ANSWER, replies=_STANDS)
def withdraw_transfer(request: Request) -> Reply:
    return _answer(request, Status.WITHDRAWN)


def _answer(request: Request, verdict: Status) -> Reply:
    reason = free_text(request.fields({"reason"}).get("reason"), "reason")
    return Reply(transfers.answer(actor(request.caller), request.path["work_id"], verdict, reason).to_json())
