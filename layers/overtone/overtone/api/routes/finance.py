"""What finance posts: exchange rates, liquidations, the bank's answers."""

from overtone import clock
from overtone.api.answers.money import BankAnswer, BookPeriod, Liquidation, TrialBalance
from overtone.api.descriptions import ReplyForm, listed, taken
from overtone.api.request import Reply, Request, receipt_reply
from overtone.api.routes.settlements import FINANCE
from overtone.api.routing import Routes
from overtone.api.shelves import RATES
from overtone.fields import month, validated
from overtone.payout.fx import RateSheet
from overtone.settlement.requests import LiquidationRequest, settlement_id
from overtone.steps import acknowledgements, liquidations
from overtone.stores import periods, rates
from overtone.views import ledger, settlements

routes = Routes()


@routes.put(
    "/v1/fx/{settlement_id}",
    scopes=FINANCE,
    summary="Post the exchange rates of a settlement",
    body=RateSheet,
    replies={200: ReplyForm("The rates as posted", RATES)},
)
def put_rates(request: Request) -> Reply:
    sheet = validated(RateSheet, request.json_object(), "rates")
    return Reply(rates.put(settlement_id(request.path["settlement_id"]), sheet, request.caller.name))


@routes.get(
    "/v1/fx/{settlement_id}",
    scopes=FINANCE,
    summary="The exchange rates of a settlement",
    replies={200: ReplyForm("The rates as posted", RATES)},
)
def get_rates(request: Request) -> Reply:
    return Reply(rates.get(request.path["settlement_id"]))


@routes.get(
    "/v1/periods",
    scopes=FINANCE,
    summary="The months of the books, the newest first, and which are locked",
    replies=listed("Every month in which something was entered", BookPeriod),
)
def list_periods(_request: Request) -> Reply:
    return Reply({"items": ledger.listing(), "next_cursor": None})


@routes.post(
    "/v1/periods/{month}:lock",
    scopes=FINANCE,
    summary="Lock a month of the books, and all before it, for good",
    description="Nothing is entered there any more: what belongs there is entered on the day of the settlement that hears of it.",
    replies=taken("Locked", BookPeriod, "It was locked before"),
)
def lock_period(request: Request) -> Reply:
    return receipt_reply(periods.lock(month(request.path["month"]), request.caller.name))


@routes.get(
    "/v1/trial-balance",
    scopes=FINANCE,
    summary="The trial balance of a span of months, since the beginning",
    query={
        "first": "the first month, YYYY-MM; where it is left out, the first of the books",
        "last": "the last month, YYYY-MM; where it is left out, the month that it is now (UTC)",
    },
    replies={200: ReplyForm("Every account, debit-positive", TrialBalance)},
)
def get_trial_balance(request: Request) -> Reply:
    first, last = (month(request.query[name]) if name in request.query else "" for name in ("first", "last"))
    return Reply(ledger.trial_balance(first, last or clock.today()[:7]))


@routes.post(
    "/v1/suspense/liquidations",
    scopes=FINANCE,
    summary="Spread what nobody claimed in time over what was claimed",
    body=LiquidationRequest,
    replies=taken("Posted; the next settlement spreads it", Liquidation, "The same was posted before"),
)
def post_liquidation(request: Request) -> Reply:
    content = request.identified("liquidation_id")
    if "month" in content and "months" not in content:
        content["months"] = [content.pop("month")]
    liquidation = validated(LiquidationRequest, content, "liquidation")
    posted, known = liquidations.post(liquidation, request.caller.name)
    return receipt_reply((posted, known))


@routes.post(
    "/v1/settlements/{settlement_id}/acknowledgements",
    scopes=FINANCE,
    summary="What the bank executed or returned: pain.002, or a CSV payment_id,status,reason",
    body={"type": "string"},
    media_types=sorted(acknowledgements.XML | acknowledgements.CSV),
    replies={200: ReplyForm("The payments that came back, and what names no payment of this settlement", BankAnswer)},
)
def post_acknowledgement(request: Request) -> Reply:
    record = settlements.written(request.path["settlement_id"])
    return Reply(acknowledgements.accept(record, request.media_type, request.raw, request.caller.name))
