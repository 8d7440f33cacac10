"""Money in: invoices, what licensees paid, what is open and how long, what finance gives up."""

from typing import Any, Final, get_args

from overtone import clock
from overtone.api.answers.money import BilledLine, CollectionReceipt, InvoiceDelay, InvoiceState, OpenReceivables, ReversalReceipt
from overtone.api.descriptions import OneOf, ReplyForm, link, listed, only, taken
from overtone.api.paging import PAGING, page_request, page_up_to, wanted
from overtone.api.proposals import ProposalRoutes
from overtone.api.request import Reply, Request, receipt_reply
from overtone.api.routes.settlements import FINANCE
from overtone.api.routing import Routes
from overtone.api.shelves import COLLECTED, REFUND, WRITE_OFF
from overtone.errors import Malformed, NotFound
from overtone.fields import day, validated
from overtone.payout.invoice_balance import Invoice, InvoiceStatus
from overtone.payout.receipts import CollectionRequest, RefundRequest, ReversalRequest, WriteOffRequest
from overtone.steps import acknowledgements, collections, reversals
from overtone.stores import collections as collection_store
from overtone.stores import finance_facts, receivables, sealed_files
from overtone.stores import settlements as settlement_store
from overtone.stores.proposals import Person
from overtone.views import licensees, lines, settlements
from overtone.views import receivables as view

routes = Routes()
NUMBER_DIGITS_MAX = 12
"""Of a fact of finance's, as its key has it."""
READERS: Final = ("statements.read", "finance", "usage.write")
_FILTERS: Final = {"licensee": "licensee", "currency": "currency", "status": "status", "settlement_id": "settlement_id"}
_FORMATS: Final = {"pdf": "pdf", "csv": "csv", "ubl": "xml", "json": "json"}


def page(items: list[Any], last: str) -> Reply:
    """A page of a list."""
    return Reply(page_up_to(items, last))


@routes.get(
    "/v1/invoices",
    scopes=READERS,
    summary="Invoices and credit notes, the newest first",
    description="Finance sees all, a licensee its own. `status` is open, part_paid, paid, written_off or credit_note.",
    query=only(_FILTERS, status=get_args(InvoiceStatus)) | PAGING,
    replies=listed("A page of invoices, the newest first", InvoiceState),
)
def list_invoices(request: Request) -> Reply:
    asked = wanted(request.query, _FILTERS)
    if not request.caller.is_finance:
        asked["licensee"] = request.caller.acts_for(asked.get("licensee"), "licensee")
    after, limit = page_request(request.query)
    return page(*view.listing(asked, after, limit))


@routes.get(
    "/v1/invoices/{number}",
    scopes=READERS,
    summary="An invoice as it stands now, or its document",
    query={"format": OneOf(tuple(_FORMATS), "where the document can be read, for five minutes; ubl is UBL 2.1, EN 16931")},
    replies={200: ReplyForm("The invoice and what was paid of it", InvoiceState), 307: link("Where the document is")},
)
def get_invoice(request: Request) -> Reply:
    found = _invoice(request)
    form = _FORMATS.get(request.query.get("format", ""))
    if form is None:
        return Reply(view.shown(found))
    record = settlement_store.get(found.settlement_id)
    key = sealed_files.file_key(record, f"{found.file}.{form}")
    return Reply(None, 307, {"Location": settlements.url(key)})


@routes.get(
    "/v1/invoices/{number}/lines",
    scopes=READERS,
    summary="The lines behind an invoice",
    description="What was used, under which deal, at which price; `GET /v1/explain/{settlement_id}/{line_id}` explains each. To whom "
    "the money goes is told to finance alone. An invoice for interest has none: see `/interest`.",
    query=only(licensees.FILTERS, mechanism=lines.MECHANISMS_OF_LINES) | PAGING,
    replies=listed("A page of lines; a page may be empty and not the last", BilledLine),
)
def list_invoice_lines(request: Request) -> Reply:
    found, (after, limit) = _invoice(request), page_request(request.query)
    rows, last = licensees.lines_behind(found, wanted(request.query, licensees.FILTERS), after, limit)
    return page(rows if request.caller.is_finance else [licensees.without_payee(row) for row in rows], last)


@routes.get(
    "/v1/invoices/{number}/interest",
    scopes=READERS,
    summary="What the delay of an invoice has cost, day by day",
    query={"as_of": "A day YYYY-MM-DD, instead of today"},
    replies={200: ReplyForm("What was open behind the due day, and for how long", InvoiceDelay)},
)
def get_invoice_interest(request: Request) -> Reply:
    until = day(request.query["as_of"]) if "as_of" in request.query else clock.today()
    return Reply(licensees.delay(_invoice(request), until))


def _invoice(request: Request) -> Invoice:
    found = receivables.invoice(request.path["number"])
    if not request.caller.may_read(found.licensee):
        raise NotFound(f"there is no invoice {request.path['number']!r}")
    return found


@routes.post(
    "/v1/collections",
    scopes=FINANCE,
    summary="Record money that came from a licensee: JSON, or the bank's statement as camt.053",
    description="Allocated to the invoices named, else to the oldest; what is left over is credit. The same licensee, amount and day "
    "a second time is refused (409) unless it is said to be `separate`. A bank statement also says which payments were executed or "
    "came back.",
    body=CollectionRequest,
    media_types=["application/json", *sorted(acknowledgements.XML)],
    replies={
        201: ReplyForm("Recorded", CollectionReceipt),
        200: ReplyForm("The same was recorded before, or what a bank statement brought", COLLECTED),
    },
)
def post_collection(request: Request) -> Reply:
    if request.media_type in acknowledgements.XML:
        return Reply(collections.post_statement(request.raw, request.caller.name))
    asked = validated(CollectionRequest, request.identified("collection_id"), "collection")
    posted, known = collections.post(asked, request.caller.name)
    return receipt_reply((posted, known))


@routes.get(
    "/v1/collections",
    scopes=FINANCE,
    summary="Collections, the newest first",
    query=PAGING,
    replies=listed("A page of collections, the newest first", CollectionReceipt),
)
def list_collections(request: Request) -> Reply:
    after, limit = page_request(request.query)
    facts = (f for f in finance_facts.newest_first(_number(after)) if f.kind == finance_facts.COLLECTION)
    found = [fact for fact, _ in zip(facts, range(limit + 1), strict=False)]
    undone = collection_store.reversals([fact.fact_id for fact in found[:limit]])
    rows = [fact.shown() | ({"reversal": undone[fact.fact_id]} if fact.fact_id in undone else {}) for fact in found[:limit]]
    return page(rows, str(found[limit - 1].number) if len(found) > limit else "")


def _number(after: str) -> int | None:
    """The number behind which collections go on."""
    if after and not (after.isascii() and after.isdigit() and len(after) <= NUMBER_DIGITS_MAX):
        raise Malformed.at("cursor", "send the next_cursor of the page before as it was")
    return int(after) if after else None


@routes.get(
    "/v1/collections/{collection_id}",
    scopes=FINANCE,
    summary="A collection, and what undid it",
    replies={200: ReplyForm("The collection", CollectionReceipt)},
)
def get_collection(request: Request) -> Reply:
    fact = reversals.collection(request.path["collection_id"])
    undone = collection_store.reversals([fact.fact_id])
    return Reply(fact.shown() | ({"reversal": undone[fact.fact_id]} if undone else {}))


@routes.post(
    "/v1/collections/{collection_id}:reverse",
    scopes=FINANCE,
    summary="Undo a collection: the bank recalled the money, or it was posted wrongly",
    description="Whole and once. Its invoices are open again; what payees were paid of it stays theirs, what waits of it waits again. "
    "`recalled` counts from `reversed_on`, `posted_wrongly` as if it had never come.",
    body=ReversalRequest,
    replies=taken("Undone; the next settlement books it", ReversalReceipt, "The same was undone before"),
)
def post_reversal(request: Request) -> Reply:
    asked = validated(ReversalRequest, request.json_object(), "reversal")
    return receipt_reply(reversals.reverse(request.path["collection_id"], asked, request.caller.name))


refunds = ProposalRoutes(routes, __name__, "/v1/refunds", "refund", finance_facts.REFUND, REFUND)


@refunds.proposal(RefundRequest, "Propose to pay a licensee's credit back")
def post_refund(asked: RefundRequest, by: Person) -> tuple[dict[str, Any], bool]:
    return reversals.propose_refund(asked, by)


refunds.acceptance("accept_refund", "Accepted; finance pays it, the next settlement books it")
refunds.listing("list_refunds")


@routes.get(
    "/v1/receivables",
    scopes=FINANCE,
    summary="What is open by licensee and currency, by days since it was billed",
    query={"as_of": "A day YYYY-MM-DD, instead of today: of what had been billed by then, what is open now"},
    replies={200: ReplyForm("0-30, 31-60, 61-90 days and over; overdue; credit that no invoice has used", OpenReceivables)},
)
def get_receivables(request: Request) -> Reply:
    return Reply(view.ageing(day(request.query["as_of"]) if "as_of" in request.query else None))


write_offs = ProposalRoutes(routes, __name__, "/v1/write-offs", "write-off", finance_facts.WRITE_OFF, WRITE_OFF)


@write_offs.proposal(WriteOffRequest, "Propose to give up what is open of an invoice")
def post_write_off(asked: WriteOffRequest, by: Person) -> tuple[dict[str, Any], bool]:
    return collections.propose_write_off(asked, by)


write_offs.acceptance("accept_write_off", "Accepted")
write_offs.listing("list_write_offs")
