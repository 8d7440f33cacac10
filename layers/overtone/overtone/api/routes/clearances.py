"""Clearances: a licensee asks what it may use before it does, and what it was told is kept."""

from itertools import islice
from typing import Any, Final

from overtone.api import everybody, standing
from overtone.api.answers.told import Clearance, ClearanceHead
from overtone.api.descriptions import ReplyForm, link, listed, taken
from overtone.api.paging import PAGING, page_of, page_request
from overtone.api.request import Reply, Request
from overtone.api.routing import Routes
from overtone.aws.attributes import Item
from overtone.errors import NotFound, Rejected
from overtone.fields import validated
from overtone.identifiers import slug
from overtone.settlement import clearance
from overtone.steps import clearances as clearance_steps
from overtone.stores import clearances

routes = Routes()
SCOPES: Final = ("disclosures.write", "registry.write")
LINK_SECONDS: Final = 300
_DIGITS_MAX: Final = 9
"""Of the number of a file."""
_WHOSE: Final = {"licensee": "whose clearances, for finance and admin"}
_LIST: Final = {"licensee": "whose clearances, for finance and admin; everybody's, by licensee, where they name none"} | PAGING


@routes.post(
    "/v1/clearances",
    scopes=SCOPES,
    summary="Ask what may be used, before it is",
    description=(
        f"Up to {clearance.WORKS_MAX} works. For each: allowed, limited (up to `max_share`), denied, unregistered, unlicensed or disputed, "
        "the deal that covers it and the versions that the answer rests on. The answer is a fact with a digest: a training run may cite it "
        f"(`clearance_id`). Above {clearance.LISTED_MAX} works the answers are fetched as a file."
    ),
    body=clearance.ClearanceRequest,
    replies=taken("The answers", Clearance, "The same question again: the first answers"),
)
def post_clearance(request: Request) -> Reply:
    sent = validated(clearance.ClearanceRequest, request.identified("clearance_id"), "clearance")
    item, made = clearance_steps.clear(sent, request.caller.acts_for(sent.licensee, "licensee"))
    headers = {} if made is not None else {"Idempotency-Replayed": "true"}
    return Reply(clearance_steps.shown(item, made), 201 if made is not None else 200, headers)


@routes.get(
    "/v1/clearances",
    scopes=(*SCOPES, "finance"),
    summary="List a licensee's clearances",
    query=_LIST,
    replies=listed("A page of clearances, without their answers", ClearanceHead),
)
def list_clearances(request: Request) -> Reply:
    page, caller, named = page_request(request.query), request.caller, request.query.get("licensee")
    if standing.is_office(caller, named):
        return Reply(everybody.page_of_all(page, _heads))
    licensee = slug(caller.reads_for(named, "licensee"))
    return Reply(page_of(_heads(licensee, page.after, page.limit + 1), page.limit))


def _heads(licensee: str, after: str, most: int) -> list[tuple[str, Any]]:
    return [(item["sk"], clearance_steps.head(item)) for item in islice(clearances.of(licensee, after), most)]


@routes.get(
    "/v1/clearances/{clearance_id}",
    scopes=(*SCOPES, "finance"),
    summary="A clearance as it was given",
    query=_WHOSE,
    replies={200: ReplyForm("The clearance, with its answers where they are few enough", Clearance)},
)
def get_clearance(request: Request) -> Reply:
    return Reply(clearance_steps.shown(_found(request)))


@routes.get(
    "/v1/clearances/{clearance_id}/works",
    scopes=(*SCOPES, "finance"),
    summary="The answers of a clearance as a gzipped NDJSON file",
    query=_WHOSE | {"file": "which of its `files`, from 1 on"},
    replies={307: link("Where the file can be read")},
)
def get_clearance_works(request: Request) -> Reply:
    item, text = _found(request), request.query.get("file", "1")
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX and 1 <= int(text) <= len(item["files"])):
        raise Rejected.at("file", f"send a number from 1 to {len(item['files'])}")
    return Reply(None, 307, {"Location": clearances.link(item, int(text), LINK_SECONDS)})


def _found(request: Request) -> Item:
    clearance_id = slug(request.path["clearance_id"])
    item = clearances.find(request.caller.reads_for(request.query.get("licensee"), "licensee"), clearance_id)
    if item is None:
        raise NotFound(f"there is no clearance {clearance_id!r}")
    return item
