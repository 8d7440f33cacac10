"""What-ifs: asking what would be under other terms, and reading the answer."""

from typing import Final

from overtone import clock
from overtone.api.answers.what_ifs import OwnWhatIf, SharedWhatIf, WhatIfHead, WhatIfState
from overtone.api.descriptions import ReplyForm, link, listed
from overtone.api.paging import PAGING, page_of, page_request
from overtone.api.request import Reply, Request
from overtone.api.routes.statements import READERS, statement_party
from overtone.api.routing import Routes
from overtone.fields import validated
from overtone.scenarios.requests import WhatIfRequest
from overtone.steps import what_ifs as asking
from overtone.stores import what_ifs as what_if_store
from overtone.views import what_ifs

routes = Routes()
_RECORD: Final = "The what-if: where it stands, what it comes to by currency, and its files once they are there"


def _asker(request: Request) -> str:
    """Whose what-ifs: the caller's own; those of finance have no party."""
    return "" if request.caller.is_finance else request.caller.acts_for(None, "party")


@routes.post(
    "/v1/what-ifs",
    scopes=READERS,
    summary="Ask what months would have come to under other terms; nothing is posted",
    description=(
        "Finance asks anything; a party asks about its own deals, and is shown its own deals and money, other payees without names. "
        "The same id with the same content has the same answer; with other content it is a conflict. What failed is computed anew."
    ),
    body=WhatIfRequest,
    replies={202: ReplyForm(_RECORD, WhatIfState), 200: ReplyForm("It was computed before; this is its answer", WhatIfState)},
)
def post_what_if(request: Request) -> Reply:
    asked = validated(WhatIfRequest, request.identified("what_if_id"), "what-if")
    record = asking.ask(asked, asking.Asker(_asker(request), request.caller.name))
    return Reply(what_ifs.with_files(record), 200 if record["status"] == what_if_store.DONE else 202)


@routes.get(
    "/v1/what-ifs",
    scopes=READERS,
    summary="What the caller asked, the newest first",
    query=PAGING,
    replies=listed("A page of what-ifs, without their files", WhatIfHead),
)
def list_what_ifs(request: Request) -> Reply:
    page = page_request(request.query)
    return Reply(page_of(what_ifs.listing(_asker(request), page.after, page.limit + 1), page.limit))


@routes.get("/v1/what-ifs/{what_if_id}", scopes=READERS, summary="A what-if", replies={200: ReplyForm(_RECORD, WhatIfState)})
def get_what_if(request: Request) -> Reply:
    return Reply(what_ifs.with_files(what_if_store.get(_asker(request), request.path["what_if_id"])))


@routes.get(
    "/v1/what-ifs/{what_if_id}/files/{name}",
    scopes=READERS,
    summary="A file of a what-if: `result.json`, `page.html`, `payees.csv`, …",
    replies={307: link("Where the file can be read")},
)
def get_what_if_file(request: Request) -> Reply:
    return Reply(None, 307, {"Location": what_ifs.file_url(_asker(request), request.path["what_if_id"], request.path["name"])})


@routes.post(
    "/v1/what-ifs/{what_if_id}:share",
    scopes=("finance",),
    summary="Let each payee see what it would have earned",
    description="A payee sees title, explanation, months and its own amounts; nobody else's, nor who asked.",
    replies={200: ReplyForm(_RECORD, WhatIfState)},
)
def share_what_if(request: Request) -> Reply:
    return Reply(what_ifs.with_files(what_if_store.share(request.path["what_if_id"], clock.timestamp())))


@routes.post(
    "/v1/what-ifs/{what_if_id}:unshare",
    scopes=("finance",),
    summary="Show a what-if to payees no more",
    replies={200: ReplyForm(_RECORD, WhatIfState)},
)
def unshare_what_if(request: Request) -> Reply:
    return Reply(what_ifs.with_files(what_if_store.share(request.path["what_if_id"], "")))


@routes.get(
    "/v1/shared-what-ifs",
    scopes=READERS,
    summary="The what-ifs that payees may see, the last shared first",
    query=PAGING,
    replies=listed("A page of shared what-ifs", SharedWhatIf),
)
def list_shared_what_ifs(request: Request) -> Reply:
    page = page_request(request.query)
    return Reply(page_of(what_ifs.shared(page.after, page.limit + 1), page.limit))


@routes.get(
    "/v1/shared-what-ifs/{what_if_id}",
    scopes=READERS,
    summary="What the caller would have earned",
    query={"party_id": "whose amounts, for finance and admin"},
    replies={200: ReplyForm("The what-if and the payee's own amounts; none where it earned nothing either way", OwnWhatIf)},
)
def get_shared_what_if(request: Request) -> Reply:
    return Reply(what_ifs.own(request.path["what_if_id"], statement_party(request)))
