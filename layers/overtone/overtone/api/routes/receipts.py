"""What was received: a party's batches and reports with their receipts, the latest first."""

from typing import Any, Final

from overtone.api import everybody, standing
from overtone.api.answers.receipts import AttributionReceipt, LevyReceipt, RevenueReceipt, TrainingReceipt, UsageReceipt
from overtone.api.descriptions import listed
from overtone.api.paging import PAGING, page_of, page_request
from overtone.api.request import Reply, Request
from overtone.api.routing import Routes
from overtone.facts.intake import ATTRIBUTION, LEVIES, LEVY, REVENUE, TRAINING, USAGE
from overtone.stores import facts

usage_lists = Routes()
disclosure_lists = Routes()
_USAGE_READERS: Final = ("usage.write", "finance")
_READERS: Final = ("disclosures.write", "finance")
_REPORTER: Final = {"reporter": "whose batches, for finance and admin; everybody's, by reporter, where they name none"} | PAGING
_LICENSEE: Final = {"licensee": "whose, for finance and admin; everybody's, by licensee, where they name none"} | PAGING


@usage_lists.get(
    "/v1/batches",
    scopes=_USAGE_READERS,
    summary="List batches of usage",
    query=_REPORTER,
    replies=listed("A page of receipts, the latest first", UsageReceipt),
)
def list_batches(request: Request) -> Reply:
    return _page(request, USAGE, "reporter")


@disclosure_lists.get(
    "/v1/attributions",
    scopes=_READERS,
    summary="List attribution reports",
    query=_LICENSEE,
    replies=listed("A page of receipts, the latest first", AttributionReceipt),
)
def list_attributions(request: Request) -> Reply:
    return _page(request, ATTRIBUTION, "licensee")


@disclosure_lists.get(
    "/v1/training-runs",
    scopes=_READERS,
    summary="List training runs",
    query=_LICENSEE,
    replies=listed("A page of receipts, the latest first", TrainingReceipt),
)
def list_training_runs(request: Request) -> Reply:
    return _page(request, TRAINING, "licensee")


@disclosure_lists.get(
    "/v1/revenue",
    scopes=_READERS,
    summary="List revenue reports",
    query=_LICENSEE,
    replies=listed("A page of reports, the latest first", RevenueReceipt),
)
def list_revenue(request: Request) -> Reply:
    return _page(request, REVENUE, "licensee")


@disclosure_lists.get(
    "/v1/levies",
    scopes=("finance",),
    summary="List levies",
    query=PAGING,
    replies=listed("A page of levies, the latest first", LevyReceipt),
)
def list_levies(request: Request) -> Reply:
    page = page_request(request.query)
    return Reply(page_of(facts.received(LEVY, LEVIES, page.after, page.limit + 1), page.limit))


def _page(request: Request, kind: str, whose: str) -> Reply:
    page, caller, named = page_request(request.query), request.caller, request.query.get(whose)

    def read(owner: str, after: str, most: int) -> list[tuple[str, Any]]:
        return [(place, {whose: owner} | receipt) for place, receipt in facts.received(kind, owner, after, most)]

    if standing.is_office(caller, named):
        return Reply(everybody.page_of_all(page, read))
    return Reply(page_of(read(caller.reads_for(named, whose), page.after, page.limit + 1), page.limit))
