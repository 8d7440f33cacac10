"""Statements, and what stands behind their figures: a work's accruals, the explanation of a line."""

from dataclasses import asdict
from typing import Final

from overtone.api import standing
from overtone.api.answers.settlements import Accruals, AnnualStatement, StatementHead, Verified
from overtone.api.answers.societies import MemberSum
from overtone.api.descriptions import Merged, OneOf, ReplyForm, a_currency, a_month, file, link, listed
from overtone.api.paging import PAGING, cursor_after, cursor_of, page_of, page_request
from overtone.api.request import Reply, Request
from overtone.api.routes.societies import readable
from overtone.api.routing import Routes
from overtone.errors import Forbidden
from overtone.fields import month
from overtone.formats import explain_text
from overtone.formats.certificate_csv import written
from overtone.identifiers import slug
from overtone.payout.statement import Statement
from overtone.settlement.explanation import Explanation
from overtone.views import accruals, annual, certificates, explanations, members, settlements, statements

routes = Routes()
READERS: Final = ("statements.read", "finance")


def statement_party(request: Request) -> str:
    """Whose statement: the caller's own, or for finance the one named."""
    named = request.query.get("party_id")
    if named and not request.caller.may_read(named):
        raise Forbidden(f"the token acts for {request.caller.party_id!r}; a party reads its own statement only")
    return named or request.caller.acts_for(None, "party_id")


@routes.get(
    "/v1/statements",
    scopes=READERS,
    summary="The caller's royalty statements, the latest first",
    query={"party_id": "whose statements, for finance and admin; everybody's, by settlement, where they name none"} | PAGING,
    replies=listed("A page of settlements in which the party has a statement", StatementHead),
)
def list_statements(request: Request) -> Reply:
    page = page_request(request.query)
    if standing.is_office(request.caller, request.query.get("party_id")):
        return Reply(page_of(statements.listing_of_all(page.after, page.limit + 1), page.limit))
    return Reply(page_of(statements.listing(statement_party(request), page.after, page.limit + 1), page.limit))


@routes.get(
    "/v1/statements/{settlement_id}",
    scopes=READERS,
    summary="The caller's royalty statement",
    query={
        "format": ", ".join(statements.FORMATS),
        "licensee": "whose use a DSR (`format=dsr`) reports",
        "currency": a_currency("of which currency the invoice in the party's name (`format=ubl`) is, where there are several"),
        "party_id": "whose statement, for finance and admin",
    },
    replies={
        200: ReplyForm("The statement as JSON, or as a page or PDF drawn now", Statement, ("application/pdf", "text/html")),
        307: link("Where the statement can be read"),
    },
)
def get_statement(request: Request) -> Reply:
    party_id = statement_party(request)
    record = settlements.written(request.path["settlement_id"], previews=request.caller.is_finance)
    said = (request.query.get(name, "") for name in ("licensee", "currency"))
    answer = statements.view(record, party_id, request.query.get("format", "json"), *said)
    if answer.url:
        return Reply(None, 307, {"Location": answer.url})
    return Reply(answer.content, media_type=answer.media_type)


@routes.get(
    "/v1/societies/{society_id}/distributions/{settlement_id}",
    scopes=READERS,
    summary="What a settlement brought a society's members: sums by member and currency",
    query=PAGING,
    replies=listed("A page of sums", MemberSum),
)
def get_distribution(request: Request) -> Reply:
    society = readable(request.caller, slug(request.path["society_id"]))
    record = settlements.written(request.path["settlement_id"], previews=request.caller.is_finance)
    page = page_request(request.query)
    return Reply(page_of(members.page(iter(members.sums(record, society)), page.after, page.limit), page.limit))


@routes.get(
    "/v1/statements/annual/{year}",
    scopes=READERS,
    summary="What a year's settlements credited, withheld and paid",
    description="A settlement belongs to the year in which it was computed and paid. The CSV is the certificate of tax for the tax office.",
    query={"party_id": "whose year, for finance and admin", "format": OneOf(("json", "csv"))},
    replies={200: ReplyForm("Sums by currency, without what the bank sent back", AnnualStatement, ("text/csv",))},
)
def get_annual_statement(request: Request) -> Reply:
    party_id, year = statement_party(request), request.path["year"]
    if request.query.get("format") == "csv":
        return Reply(annual.certificate(year, party_id), media_type="text/csv; charset=utf-8")
    return Reply(annual.statement(year, party_id))


@routes.get(
    "/v1/statements/annual/{year}/certificates",
    scopes=("finance",),
    summary="The certificates of tax of a year's payees, by authority",
    description=f"Up to {certificates.PAYEES_MAX} payees are looked at; the header `Next-Cursor` leads to the next. As zip there is one "
    "file per authority, and one per payee in the authority's folder.",
    query={"authority": "only this country's", "format": OneOf(("csv", "zip")), "cursor": "`Next-Cursor` of the answer before"},
    replies=file("A row per payee, country and currency", "text/csv", "application/zip", Next_Cursor="The cursor of the next payees"),
)
def get_certificates(request: Request) -> Reply:
    year, query = request.path["year"], request.query
    rows, following = certificates.of_year(year, query.get("authority", ""), cursor_of(query))
    headers = {"Next-Cursor": cursor_after(following)} if following else {}
    if query.get("format") == "zip":
        return Reply(certificates.as_zip(year, rows), headers=headers, media_type="application/zip")
    return Reply(written(rows), headers=headers, media_type="text/csv; charset=utf-8")


@routes.get(
    "/v1/works/{work_id}/accruals",
    scopes=(*READERS, "registry.write"),
    summary="What a work earned in a month so far, priced with today's deals",
    description=accruals.__doc__ or "",
    query={"month": a_month("the usage month YYYY-MM")},
    replies={200: ReplyForm("Lines by mechanism, licensee and payee", Accruals)},
)
def get_accruals(request: Request) -> Reply:
    usage_month = month(request.query.get("month"))
    return Reply(accruals.view(request.path["work_id"], usage_month, request.caller.party_id, everything=request.caller.is_finance))


@routes.get(
    "/v1/explain/{settlement_id}/{line_id}",
    scopes=READERS,
    summary="Why a line is what it is: down to the outputs, shares, terms and versions",
    query={"format": OneOf(("json", "text"))},
    replies={200: ReplyForm("The explanation", Merged("LineExplanation", (Explanation, Verified)), ("text/plain",))},
)
def explain_line(request: Request) -> Reply:
    record = settlements.written(request.path["settlement_id"], previews=request.caller.is_finance)
    explanation, about = explanations.explain(record, request.path["line_id"], request.caller.may_read)
    if request.query.get("format") == "text":
        return Reply(explain_text.render(explanation, about["notes"]), media_type="text/plain; charset=utf-8")
    return Reply(asdict(explanation) | about)
