"""Settlements: asking for one, watching it, and its files."""

from typing import Final, get_args

from overtone.api.answers.common import Packing
from overtone.api.answers.registry import DiscrepancyReceipt
from overtone.api.answers.settlements import SettledLine, SettlementHead, SettlementState
from overtone.api.descriptions import ReplyForm, file, link, listed, only
from overtone.api.paging import PAGING, page_of, page_request, page_up_to, wanted
from overtone.api.registry_views import actor
from overtone.api.request import Reply, Request
from overtone.api.routing import Routes
from overtone.errors import Forbidden
from overtone.fields import validated
from overtone.formats import cdd
from overtone.identifiers import slug
from overtone.lines import AccountKind
from overtone.settlement.requests import SettlementRequest
from overtone.steps import archive, discrepancies
from overtone.steps.settlement import requests
from overtone.stores import sealed_files
from overtone.stores import settlements as settlement_store
from overtone.views import claims, lines, settlements

routes = Routes()
FINANCE: Final = ("finance",)
PACKING_SECONDS: Final = 20
_RETRY: Final = {"Retry-After": "after how many seconds to ask again"}


@routes.post(
    "/v1/settlements",
    scopes=FINANCE,
    summary="Settle through a month",
    body=SettlementRequest,
    replies={
        202: ReplyForm("It is being computed", SettlementState),
        200: ReplyForm("It is sealed already; asking again changes nothing", SettlementState),
    },
)
def post_settlement(request: Request) -> Reply:
    record = requests.ask(validated(SettlementRequest, request.identified("settlement_id"), "settlement"), request.caller.name)
    sealed = record["status"] == settlement_store.SEALED
    return Reply(settlements.with_files(record), 200 if sealed else 202)


@routes.get(
    "/v1/settlements",
    scopes=FINANCE,
    summary="All settlements, the newest first",
    query=PAGING,
    replies=listed("A page of settlements, the newest first, without their files", SettlementHead),
)
def list_settlements(request: Request) -> Reply:
    page = page_request(request.query)
    return Reply(page_of(settlements.listing(page.after, page.limit + 1), page.limit))


@routes.get(
    "/v1/settlements/{settlement_id}",
    scopes=FINANCE,
    summary="A settlement",
    query={"after": f"`next` of the answer before: an answer names up to {settlements.FILES_LISTED_MAX} files"},
    replies={200: ReplyForm("Its status, and its files and totals once they are there", SettlementState)},
)
def get_settlement(request: Request) -> Reply:
    record = settlement_store.get(request.path["settlement_id"])
    return Reply(settlements.with_files(record, request.query.get("after", "")))


@routes.get(
    "/v1/settlements/{settlement_id}/files/{name}",
    scopes=FINANCE,
    summary="A file that the manifest names, or the manifest",
    replies={307: link("Where the file can be read")},
)
def get_settlement_file(request: Request) -> Reply:
    return _redirect(request, request.path["name"])


@routes.get(
    "/v1/settlements/{settlement_id}/files/{folder}/{name}",
    scopes=FINANCE,
    summary="A file in a folder, such as `statements/<party_id>.pdf`",
    replies={307: link("Where the file can be read")},
)
def get_settlement_folder_file(request: Request) -> Reply:
    return _redirect(request, f"{request.path['folder']}/{request.path['name']}")


@routes.get(
    "/v1/settlements/{settlement_id}/zip",
    scopes=FINANCE,
    summary="All files of a sealed settlement in one zip",
    description=f"With more than {archive.FILES_AT_ONCE_MAX} files or {archive.BYTES_AT_ONCE_MAX} bytes it is packed in the background; "
    "ask again after `Retry-After` seconds.",
    replies={307: link("Where the zip can be read"), 202: ReplyForm("It is being packed", Packing, headers=_RETRY)},
)
def get_settlement_zip(request: Request) -> Reply:
    record = settlements.written(request.path["settlement_id"])
    if key := archive.key_of(record):
        return Reply(None, 307, {"Location": settlements.url(key)})
    return Reply({"settlement_id": record["settlement_id"], "status": "packing"}, 202, {"Retry-After": str(PACKING_SECONDS)})


@routes.get(
    "/v1/settlements/{settlement_id}/lines",
    scopes=FINANCE,
    summary="Lines of a settlement, by column or by words of a title",
    query=only(lines.FILTERS, mechanism=lines.MECHANISMS_OF_LINES, account=get_args(AccountKind))
    | {"title": "words of the title"}
    | PAGING,
    replies=listed("A page of lines as `lines.csv` has them; a page may be empty and not the last", SettledLine),
)
def list_lines(request: Request) -> Reply:
    page, query = page_request(request.query), request.query
    record = settlements.written(request.path["settlement_id"], previews=True)
    found, after = lines.listing(record, wanted(query, lines.FILTERS), query.get("title", ""), page.after, page.limit)
    return Reply(page_up_to(found, after))


@routes.get(
    "/v1/settlements/{settlement_id}/claims/{licensee}",
    scopes=(*FINANCE, "statements.read"),
    summary="The claims behind what a licensee owes, as a DDEX Claim Detail Message",
    description=f"For finance and the licensee. Up to {claims.CLAIMS_MAX} claims; the header `Next-Cursor` leads to the next message.",
    query={"cursor": "`Next-Cursor` of the message before"},
    replies=file(
        "The message (CDMH.01, CS01.01, CD01.01, SRFO)",
        "text/tab-separated-values",
        Next_Cursor="The cursor of the next message, where there is one",
    ),
)
def get_claims(request: Request) -> Reply:
    licensee = slug(request.path["licensee"])
    if not request.caller.may_read(licensee):
        raise Forbidden("a licensee's claims are shown to itself and finance")
    record = settlements.written(request.path["settlement_id"])
    body, following = claims.of_licensee(record, licensee, request.query.get("cursor", ""))
    return Reply(body, headers={"Next-Cursor": following} if following else {}, media_type="text/tab-separated-values")


@routes.post(
    "/v1/settlements/{settlement_id}/claims/{licensee}/discrepancies",
    scopes=("statements.read", "usage.write", "disclosures.write"),
    summary="Object to claims, with a DDEX notification of discrepancies (CDD1, CDD2)",
    description="By the licensee or an admin. Each discrepancy becomes a dispute: payees and finance are told, and nothing waits "
    f"for it. Up to {cdd.DISCREPANCIES_MAX} discrepancies; sent again, nothing changes.",
    media_types=("text/tab-separated-values",),
    body={"type": "string"},
    replies={200: ReplyForm("What became of each discrepancy", DiscrepancyReceipt)},
)
def post_discrepancies(request: Request) -> Reply:
    licensee = request.caller.acts_for(slug(request.path["licensee"]), "licensee")
    record = settlements.written(request.path["settlement_id"])
    sent = cdd.read(request.raw)
    claimed = {claim for one in sent.discrepancies for claim in one.claims}
    owed = claims.lines_by_id(record, licensee, claimed)
    report = discrepancies.take(actor(request.caller), licensee, record["settlement_id"], sent, owed)
    return Reply(
        {
            "message_id": sent.message_id,
            "received": len(sent.discrepancies) + len(sent.faults),
            "opened": len(report.disputes) - report.known,
            "known": report.known,
            "rejected": [fault.to_json() for fault in report.faults],
            "disputes": [dispute.dispute_id for dispute in report.disputes],
        }
    )


def _redirect(request: Request, name: str) -> Reply:
    record = settlements.written(request.path["settlement_id"], previews=True)
    return Reply(None, 307, {"Location": settlements.url(sealed_files.file_key(record, name))})
