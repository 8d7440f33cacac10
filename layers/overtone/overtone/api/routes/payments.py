"""Money out: payments by state, adjustments, opening balances, tax rates, the confirmation of changed bank details."""

from collections.abc import Mapping
from typing import Any, Final, get_args

from overtone.api.answers.money import BankConfirmation, PaymentState
from overtone.api.descriptions import ReplyForm, listed, only
from overtone.api.paging import PAGING, page_request, wanted
from overtone.api.proposals import ProposalRoutes, person
from overtone.api.request import Reply, Request
from overtone.api.routes.receivables import page
from overtone.api.routes.settlements import FINANCE
from overtone.api.routing import Routes
from overtone.api.shelves import ADJUSTMENT, OPENING, TAX_RATES
from overtone.fields import validated
from overtone.formats import opening_csv
from overtone.identifiers import slug
from overtone.payout.acknowledgements import SentStatus
from overtone.payout.adjustments import AdjustmentRequest, OpeningRequest
from overtone.payout.tax import TaxTable
from overtone.rights.billing import PayoutMethod
from overtone.steps import finance
from overtone.stores import finance_facts, tax_rates
from overtone.stores.proposals import Person
from overtone.views import payments, settlements

routes = Routes()
_FILTERS: Final = {"state": "state", "party_id": "party_id", "currency": "currency", "method": "method"}


@routes.get(
    "/v1/payments",
    scopes=("statements.read", "finance"),
    summary="The payments of a settlement and what became of them",
    description="`state` is sent, executed, refused or returned, as the bank said last. By party. A payee sees its own.",
    query={"settlement_id": "the settlement; required"}
    | only(_FILTERS, state=get_args(SentStatus), method=get_args(PayoutMethod))
    | PAGING,
    replies=listed("A page of payments", PaymentState),
)
def list_payments(request: Request) -> Reply:
    asked = wanted(request.query, _FILTERS)
    if not request.caller.is_finance:
        asked["party_id"] = request.caller.acts_for(asked.get("party_id"), "party_id")
    after, limit = page_request(request.query)
    record = settlements.written(request.query.get("settlement_id", ""))
    return page(*payments.listing(record, asked, after, limit))


adjustments = ProposalRoutes(routes, __name__, "/v1/adjustments", "adjustment", finance_facts.ADJUSTMENT, ADJUSTMENT)


@adjustments.proposal(AdjustmentRequest, "Propose to change what a party is owed")
def post_adjustment(asked: AdjustmentRequest, by: Person) -> tuple[dict[str, Any], bool]:
    return finance.propose_adjustment(asked, by)


adjustments.acceptance("accept_adjustment", "Accepted; the next settlement takes it in", finance.accept_adjustment)
adjustments.listing("list_adjustments")
openings = ProposalRoutes(routes, __name__, "/v1/opening-balances", "opening balances", finance_facts.OPENING, OPENING)


def _opening(request: Request) -> Mapping[str, Any]:
    if request.media_type != "text/csv":
        return request.identified("opening_id")
    opening_id = request.query.get("opening_id", request.idempotency_key)
    return {"opening_id": opening_id, "evidence": request.query.get("evidence", ""), "balances": opening_csv.read(request.raw)}


@openings.proposal(
    OpeningRequest,
    "Propose the balances of another system, before the first settlement: JSON, or CSV with ?opening_id= and ?evidence=",
    _opening,
    media_types=["application/json", "text/csv"],
    query={"opening_id": "the id, for CSV", "evidence": "where they come from, for CSV"},
)
def post_opening(asked: OpeningRequest, by: Person) -> tuple[dict[str, Any], bool]:
    return finance.propose_opening(asked, by)


openings.acceptance("accept_opening", "Accepted; the first settlement takes it in", finance.accept_opening)
openings.listing("list_openings")


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
