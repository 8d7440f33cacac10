"""Routes of settling: asking for a settlement, watching it, its files, rates, liquidations and the bank's answers."""

from typing import Final

from overtone.api.app import Api
from overtone.api.paging import limit_of
from overtone.api.request import Reply, Request
from overtone.fields import validated
from overtone.payout.fx import RateSheet
from overtone.settlement.requests import LiquidationRequest, SettlementRequest, settlement_id
from overtone.steps import acknowledgements, liquidations
from overtone.steps.settlement import requests as settlement_requests
from overtone.stores import rates, sealed_files
from overtone.stores import settlements as settlement_store
from overtone.views import settlements as settlement_view

FINANCE: Final = ("finance",)
_RECORD: Final = "The settlement: its status, and its files and totals once they are there"


def add(api: Api) -> None:
    """Declare the routes."""
    _requests(api)
    _files(api)
    _facts(api)


def _requests(api: Api) -> None:
    @api.post(
        "/v1/settlements",
        scopes=FINANCE,
        summary="Settle through a month",
        body=SettlementRequest,
        replies={202: _RECORD, 200: "It is sealed already; asking again changes nothing"},
    )
    def post_settlement(request: Request) -> Reply:
        asked = validated(SettlementRequest, request.json_object(), "settlement")
        record = settlement_requests.ask(asked, request.caller.name)
        sealed = record["status"] == settlement_store.SEALED
        return Reply(settlement_view.with_files(record), 200 if sealed else 202)

    @api.get(
        "/v1/settlements",
        scopes=FINANCE,
        summary="All settlements, the newest first",
        query={"after": "`next` of the listing before", "limit": f"at most {settlement_view.LISTED_MAX}"},
        replies={200: "The settlements, without their files"},
    )
    def list_settlements(request: Request) -> Reply:
        most = settlement_view.LISTED_MAX
        limit = limit_of(request.query, default=most, most=most)
        return Reply(settlement_view.listing(after=request.query.get("after", ""), limit=limit))

    @api.get(
        "/v1/settlements/{settlement_id}",
        scopes=FINANCE,
        summary="A settlement",
        query={"after": "`next` of the answer before, where there are very many files"},
        replies={200: _RECORD},
    )
    def get_settlement(request: Request) -> Reply:
        record = settlement_store.get(request.path["settlement_id"])
        return Reply(settlement_view.with_files(record, request.query.get("after", "")))


def _files(api: Api) -> None:
    def redirect_to_file(request: Request) -> Reply:
        record = settlement_view.written(request.path["settlement_id"], previews=True)
        name = "/".join(request.path[part] for part in ("folder", "name") if part in request.path)
        return Reply(None, 307, {"Location": settlement_view.url(sealed_files.file_key(record, name))})

    for path in ("{name}", "{folder}/{name}"):
        api.get(
            f"/v1/settlements/{{settlement_id}}/files/{path}",
            scopes=FINANCE,
            summary="A file that the manifest names, or the manifest",
            replies={307: "Where the file can be read, for five minutes"},
        )(redirect_to_file)


def _facts(api: Api) -> None:
    @api.put(
        "/v1/fx/{settlement_id}",
        scopes=FINANCE,
        summary="Post the exchange rates of a settlement",
        body=RateSheet,
        replies={200: "The rates as posted"},
    )
    def put_rates(request: Request) -> Reply:
        sheet = validated(RateSheet, request.json_object(), "rates")
        target = settlement_id(request.path["settlement_id"])
        return Reply(rates.put(target, sheet, request.caller.name))

    @api.get("/v1/fx/{settlement_id}", scopes=FINANCE, summary="The exchange rates of a settlement", replies={200: "The rates as posted"})
    def get_rates(request: Request) -> Reply:
        return Reply(rates.get(request.path["settlement_id"]))

    @api.post(
        "/v1/suspense/liquidations",
        scopes=FINANCE,
        summary="Spread what nobody claimed in time over what was claimed",
        body=LiquidationRequest,
        replies={201: "Posted; the next settlement spreads it", 200: "The same was posted before"},
    )
    def post_liquidation(request: Request) -> Reply:
        content = request.json_object()
        if "month" in content and "months" not in content:
            content["months"] = [content.pop("month")]
        asked = validated(LiquidationRequest, content, "liquidation")
        posted, known = liquidations.post(asked, request.caller.name)
        return Reply(posted, 200 if known else 201)

    @api.post(
        "/v1/settlements/{settlement_id}/acknowledgements",
        scopes=FINANCE,
        summary="What the bank executed or returned: pain.002, or a CSV payment_id,status,reason",
        body={"type": "string"},
        media_types=sorted(acknowledgements.XML | acknowledgements.CSV),
        replies={200: "The payments that came back, and what names no payment of this settlement"},
    )
    def post_acknowledgement(request: Request) -> Reply:
        record = settlement_view.written(request.path["settlement_id"])
        return Reply(acknowledgements.accept(record, request.media_type, request.raw))
