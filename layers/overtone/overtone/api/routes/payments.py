"""Money out: payments by state, adjustments, opening balances, tax rates, the confirmation of changed bank details."""

from typing import Final

from overtone.api.answers.money import BankConfirmation, PaymentState
from overtone.api.described import ReplyForm, listed, taken
from overtone.api.paging import PAGING, page_request, wanted
from overtone.api.request import Reply, Request, receipt_reply
from overtone.api.routes.receivables import page, person
from overtone.api.routes.settlements import FINANCE
from overtone.api.routing import Routes
from overtone.api.shelves import ADJUSTMENT, OPENING, TAX_RATES
from overtone.fields import validated
from overtone.formats import opening_csv
from overtone.identifiers import slug
from overtone.payout.adjustments import AdjustmentRequest, OpeningRequest
from overtone.payout.tax import TaxTable
from overtone.steps import finance
from overtone.stores import finance_facts, proposals, tax_rates
from overtone.views import payments, settlements

routes = Routes()
_FILTERS: Final = {"state": "state", "party_id": "party_id", "currency": "currency", "method": "method"}


@routes.get(
    "/v1/payments",
    scopes=("statements.read", "finance"),
    summary="The payments of a settlement and what became of them",
    description="`state` is sent, executed, refused or returned, as the bank said last. A payee sees its own.",
    query={"settlement_id": "the settlement; required"} | {name: f"only this {column}" for name, column in _FILTERS.items()} | PAGING,
    replies=listed("A page of payments", PaymentState),
)
def list_payments(request: Request) -> Reply:
    asked = wanted(request.query, _FILTERS)
    if not request.caller.is_finance:
        asked["party_id"] = request.caller.acts_for(asked.get("party_id"), "party_id")
    after, limit = page_request(request.query)
    record = settlements.written(request.query.get("settlement_id", ""))
    return page(*payments.listing(record["settlement_id"], asked, after, limit))


@routes.post(
    "/v1/adjustments",
    scopes=FINANCE,
    summary="Propose to change what a party is owed",
    body=AdjustmentRequest,
    replies=taken("Proposed; it counts when a second person accepts", ADJUSTMENT, "The same was proposed before"),
)
def post_adjustment(request: Request) -> Reply:
    asked = validated(AdjustmentRequest, request.identified("adjustment_id"), "adjustment")
    proposed, known = finance.propose_adjustment(asked, person(request.caller))
    return receipt_reply((proposed, known))


@routes.post(
    "/v1/adjustments/{adjustment_id}:accept",
    scopes=FINANCE,
    summary="Accept another person's adjustment",
    replies={200: ReplyForm("Accepted; the next settlement takes it in", ADJUSTMENT)},
)
def accept_adjustment(request: Request) -> Reply:
    return Reply(finance.accept_adjustment(request.path["adjustment_id"], person(request.caller)))


@routes.get(
    "/v1/adjustments",
    scopes=FINANCE,
    summary="Adjustments, proposed and accepted",
    replies=listed("Adjustments, proposed and accepted", ADJUSTMENT),
)
def list_adjustments(_request: Request) -> Reply:
    return page(list(proposals.listing(finance_facts.ADJUSTMENT)), "")


@routes.post(
    "/v1/opening-balances",
    scopes=FINANCE,
    summary="Propose the balances of another system, before the first settlement: JSON, or CSV with ?opening_id= and ?evidence=",
    body=OpeningRequest,
    media_types=["application/json", "text/csv"],
    query={"opening_id": "the id, for CSV", "evidence": "where they come from, for CSV"},
    replies=taken("Proposed; it counts when a second person accepts", OPENING, "The same was proposed before"),
)
def post_opening(request: Request) -> Reply:
    is_csv = request.media_type == "text/csv"
    about = {"opening_id": request.query.get("opening_id", request.idempotency_key), "evidence": request.query.get("evidence", "")}
    content = about | {"balances": opening_csv.read(request.raw)} if is_csv else request.identified("opening_id")
    proposed, known = finance.propose_opening(validated(OpeningRequest, content, "opening balances"), person(request.caller))
    return receipt_reply((proposed, known))


@routes.get(
    "/v1/opening-balances",
    scopes=FINANCE,
    summary="Opening balances, proposed and accepted",
    replies=listed("Opening balances, proposed and accepted", OPENING),
)
def list_openings(_request: Request) -> Reply:
    return page(list(proposals.listing(finance_facts.OPENING)), "")


@routes.post(
    "/v1/opening-balances/{opening_id}:accept",
    scopes=FINANCE,
    summary="Accept another person's opening balances",
    replies={200: ReplyForm("Accepted; the first settlement takes it in", OPENING)},
)
def accept_opening(request: Request) -> Reply:
    accepted, _ = proposals.accept(finance_facts.OPENING, request.path["opening_id"], person(request.caller))
    return Reply(accepted)


@routes.put(
    "/v1/tax-rates",
    scopes=FINANCE,
    summary="Keep the table of tax that is withheld, by country and treaty, each row from a day on",
    body=TaxTable,
    replies={200: ReplyForm("The table as it is kept", TAX_RATES)},
)
def put_tax_rates(request: Request) -> Reply:
    return Reply(tax_rates.put(validated(TaxTable, request.json_object(), "tax rates"), request.caller.name))


@routes.get(
    "/v1/tax-rates",
    scopes=FINANCE,
    summary="The table of tax that is withheld",
    replies={200: ReplyForm("The table; empty before one was put", TAX_RATES)},
)
def get_tax_rates(_request: Request) -> Reply:
    return Reply(tax_rates.shown())


@routes.post(
    "/v1/parties/{party_id}/bank-details:confirm",
    scopes=FINANCE,
    summary="Confirm changed bank details: payments need not wait any longer",
    replies={200: ReplyForm("Confirmed, with the fingerprint of the account", BankConfirmation)},
)
def confirm_bank_details(request: Request) -> Reply:
    return Reply(finance.confirm_bank_details(slug(request.path["party_id"]), person(request.caller)))
