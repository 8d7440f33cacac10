"""Holds: finance lets the money of suspect uses wait, and releases it by a decision that is kept."""

from itertools import islice
from typing import Final

from overtone.api.answers.money import HoldState
from overtone.api.descriptions import ReplyForm, listed, taken
from overtone.api.paging import PAGING, page_of, page_request
from overtone.api.request import Reply, Request, receipt_reply
from overtone.api.routes.settlements import FINANCE
from overtone.api.routing import Routes
from overtone.fields import validated
from overtone.identifiers import slug
from overtone.settlement.holds import RELEASED, HoldDecision, HoldRequest
from overtone.steps import holds
from overtone.stores import holds as store

routes = Routes()
_STANDS: Final = {200: ReplyForm("The hold as it now stands", HoldState)}


@routes.post(
    "/v1/holds",
    scopes=FINANCE,
    summary="Let the money of a licensee, a reporter, a work, or one output or recording wait",
    description=(
        "What the next settlement finds of it in these months waits in suspense as `fraud_hold`, what was paid before is taken back, and "
        "nobody else's lines change. All that is named must fit a use. A hold of a recording holds its composition's part of the same "
        "uses, too. A `subject` is one output or recording as usage names it: its uses alone wait, once they are accrued by themselves."
    ),
    body=HoldRequest,
    replies=taken("The hold", HoldState),
)
def post_hold(request: Request) -> Reply:
    asked = validated(HoldRequest, request.identified("hold_id"), "hold")
    return receipt_reply(holds.post(asked, request.caller.name))


@routes.get("/v1/holds", scopes=FINANCE, summary="Holds, in order of id", query=PAGING, replies=listed("A page of holds", HoldState))
def list_holds(request: Request) -> Reply:
    page = page_request(request.query)
    found = islice(store.all_of(page.after), page.limit + 1)
    return Reply(page_of([(header["hold_id"], store.shown(header)) for header in found], page.limit))


@routes.get("/v1/holds/{hold_id}", scopes=FINANCE, summary="A hold", replies={200: ReplyForm("The hold", HoldState)})
def get_hold(request: Request) -> Reply:
    return Reply(store.shown(holds.get(slug(request.path["hold_id"]))))


@routes.delete(
    "/v1/holds/{hold_id}",
    scopes=FINANCE,
    summary="Release a hold: the next settlement pays what waited",
    query={"outcome": "`released`, also where it is left out; `void` is decided with evidence, by `POST /v1/holds/{hold_id}:decide`"},
    replies=_STANDS,
)
def delete_hold(request: Request) -> Reply:
    hold_id = slug(request.path["hold_id"])
    validated(HoldDecision, {"outcome": request.query.get("outcome", RELEASED)}, "decision")
    return Reply(holds.release(hold_id, request.caller.name))


@routes.post(
    "/v1/holds/{hold_id}:decide",
    scopes=FINANCE,
    summary="End a hold, with the evidence for the decision: release what waited, or take its uses out of the licensee's bill (void)",
    body=HoldDecision,
    replies=_STANDS,
)
def decide_hold(request: Request) -> Reply:
    decision = validated(HoldDecision, request.json_object(), "decision")
    return Reply(holds.decide(slug(request.path["hold_id"]), decision, request.caller.name))
