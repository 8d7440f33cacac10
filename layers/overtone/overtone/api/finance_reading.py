"""Routes of reading: statements, suspense, breaches, priced accruals, explanations; each party sees its own."""

from dataclasses import asdict
from typing import Final

from overtone.api.app import Api
from overtone.api.caller import Caller
from overtone.api.paging import limit_of, wanted
from overtone.api.request import Reply, Request
from overtone.errors import Forbidden
from overtone.fields import month
from overtone.formats import explain_text
from overtone.views import accruals as accruals_view
from overtone.views import explanations
from overtone.views import settlements as settlement_view
from overtone.views import statements as statement_view
from overtone.views import suspense as suspense_view
from overtone.views.suspense import BREACH_FILTERS, PAGE_DEFAULT, PAGE_MAX, SUSPENSE_FILTERS, Page, Row

READERS: Final = ("statements.read", "finance")
_PAGING: Final = {
    "cursor": "`next` of the page before",
    "limit": f"{PAGE_DEFAULT} unless told, at most {PAGE_MAX}",
    "settlement_id": "as of this sealed settlement; the last one unless told",
}


def add(api: Api) -> None:
    """Declare the routes."""
    _statements(api)
    _waiting(api)
    _prices(api)


def _party(request: Request) -> str:
    """Whose statement: the caller's own, or for finance the one named."""
    named = request.query.get("party_id")
    if named and not request.caller.may_read(named):
        message = f"the token acts for {request.caller.party_id!r}; a party reads its own statement only"
        raise Forbidden(message)
    return named or request.caller.acts_for(None, "party_id")


def _statements(api: Api) -> None:
    @api.get(
        "/v1/statements/{settlement_id}",
        scopes=READERS,
        summary="The caller's royalty statement",
        query={"format": ", ".join(statement_view.FORMATS), "party_id": "whose statement, for finance and admin"},
        replies={200: "The statement as JSON, or the PDF", 307: "Where the statement can be read, for five minutes"},
    )
    def get_statement(request: Request) -> Reply:
        party_id = _party(request)
        record = settlement_view.written(request.path["settlement_id"], previews=request.caller.is_finance)
        answer = statement_view.view(record, party_id, request.query.get("format", "json"))
        if answer.url:
            return Reply(None, 307, {"Location": answer.url})
        return Reply(answer.content, media_type="application/pdf") if isinstance(answer.content, bytes) else Reply(answer.content)


def _waiting(api: Api) -> None:
    @api.get(
        "/v1/suspense",
        scopes=("finance",),
        summary="What waits in suspense as of the last sealed settlement, and why",
        query={name: f"only this {column}" for name, column in SUSPENSE_FILTERS.items()} | _PAGING,
        replies={200: "A page of standing suspense"},
    )
    def get_suspense(request: Request) -> Reply:
        return Reply(suspense_view.suspense(_page(request, SUSPENSE_FILTERS)))

    @api.get(
        "/v1/breaches",
        scopes=READERS,
        summary="Denied, excessive and unlicensed use that the last sealed settlement found",
        description="Finance sees all, a licensee what it is said to have done, an owner what was done to its shares.",
        query={name: f"only this {column}" for name, column in BREACH_FILTERS.items()} | _PAGING,
        replies={200: "A page of breaches"},
    )
    def get_breaches(request: Request) -> Reply:
        caller = request.caller
        return Reply(suspense_view.breaches(_page(request, BREACH_FILTERS), lambda row: _concerns(caller, row)))


def _page(request: Request, filters: dict[str, str]) -> Page:
    limit = limit_of(request.query, default=PAGE_DEFAULT, most=PAGE_MAX)
    settlement_id = request.query.get("settlement_id", "")
    if settlement_id:
        settlement_view.written(settlement_id)
    return Page(wanted(request.query, filters), request.query.get("cursor", ""), limit, settlement_id)


def _concerns(caller: Caller, row: Row) -> bool:
    return caller.is_finance or bool(caller.party_id and caller.party_id in {row["licensee"], row["party_id"]})


def _prices(api: Api) -> None:
    @api.get(
        "/v1/works/{work_id}/accruals",
        scopes=(*READERS, "registry.write"),
        summary="What a work earned in a month so far, priced with today's deals",
        description=accruals_view.__doc__ or "",
        query={"month": "the usage month YYYY-MM"},
        replies={200: "Lines by mechanism, licensee and payee"},
    )
    def get_accruals(request: Request) -> Reply:
        asked = month(request.query.get("month"))
        return Reply(accruals_view.view(request.path["work_id"], asked, request.caller.party_id, everything=request.caller.is_finance))

    @api.get(
        "/v1/explain/{settlement_id}/{line_id}",
        scopes=READERS,
        summary="Why a line is what it is: down to the outputs, shares, terms and versions",
        query={"format": "json, or text"},
        replies={200: "The explanation"},
    )
    def explain_line(request: Request) -> Reply:
        record = settlement_view.written(request.path["settlement_id"], previews=request.caller.is_finance)
        told, about = explanations.explain(record, request.path["line_id"], request.caller.may_read)
        if request.query.get("format") == "text":
            return Reply(explain_text.render(told), media_type="text/plain; charset=utf-8")
        return Reply(asdict(told) | about)
