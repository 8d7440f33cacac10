"""What waits in suspense, and what was used without permission: as of the last sealed settlement, in pages."""

from typing import Any, Final, get_args

from overtone.api.answers.settlements import Breaches, Suspense
from overtone.api.caller import Caller
from overtone.api.descriptions import ReplyForm, file, only
from overtone.api.paging import PAGING, cursor_after, page_request, wanted
from overtone.api.request import Reply, Request
from overtone.api.routes.statements import READERS
from overtone.api.routing import Routes
from overtone.settlement.breaches import BreachKind
from overtone.views import lines, settlements, suspense, unclaimed
from overtone.views.suspense import BREACH_FILTERS, SUSPENSE_FILTERS, FileRow, SuspenseQuery

routes = Routes()
_PAGING: Final = PAGING | {"settlement_id": "as of this sealed settlement; of the last one where it is left out"}


@routes.get(
    "/v1/suspense",
    scopes=READERS,
    summary="What waits in suspense as of the last sealed settlement, and why",
    query=only(SUSPENSE_FILTERS, mechanism=lines.MECHANISMS_OF_LINES) | _PAGING,
    replies={200: ReplyForm("A page of standing suspense", Suspense)},
)
def get_suspense(request: Request) -> Reply:
    caller = request.caller
    party = "" if caller.is_finance else caller.acts_for(None, "party")
    return _reply(suspense.suspense(_page(request, SUSPENSE_FILTERS), party))


@routes.get(
    "/v1/suspense/unclaimedmusicalworkrightshares.tsv",
    scopes=(*READERS, "registry.write"),
    summary="Shares that nobody claims as of the last sealed settlement, as DDEX BWARM's file of them",
    description=(
        "For everybody who might own one: works and recordings by ISWC, ISRC or id, with the share that nobody claims and how many of the "
        "works that wait have fewer uses, in percent; no amounts. The header `Next-Cursor` leads on where there is more."
    ),
    query={"cursor": "`Next-Cursor` of the file before"},
    replies=file("The file", "text/tab-separated-values", Next_Cursor="The cursor of the rest, where there is more"),
)
def get_unclaimed(request: Request) -> Reply:
    body, following = unclaimed.table(request.query.get("cursor", ""))
    return Reply(body, headers={"Next-Cursor": following} if following else {}, media_type="text/tab-separated-values")


@routes.get(
    "/v1/breaches",
    scopes=READERS,
    summary="Denied, excessive and unlicensed use that the last sealed settlement found",
    description="Finance sees all, a licensee what it is said to have done, an owner what was done to its shares.",
    query=only(BREACH_FILTERS, kind=get_args(BreachKind)) | _PAGING,
    replies={200: ReplyForm("A page of breaches", Breaches)},
)
def get_breaches(request: Request) -> Reply:
    caller = request.caller
    return _reply(suspense.breaches(_page(request, BREACH_FILTERS), lambda row: _concerns(caller, row)))


def _page(request: Request, filters: dict[str, str]) -> SuspenseQuery:
    page = page_request(request.query)
    settlement_id = request.query.get("settlement_id", "")
    if settlement_id:
        settlements.written(settlement_id)
    return SuspenseQuery(wanted(request.query, filters), page.after, page.limit, settlement_id)


def _reply(page: dict[str, Any]) -> Reply:
    """The page with its cursor as it travels."""
    following = page["next_cursor"]
    return Reply(page | {"next_cursor": cursor_after(following) if following else None})


def _concerns(caller: Caller, row: FileRow) -> bool:
    return caller.is_finance or bool(caller.party_id and caller.party_id in {row["licensee"], row["party_id"]})
