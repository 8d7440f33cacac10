"""What was received: a party's batches and reports with their receipts, the latest first."""

from collections.abc import Iterable
from typing import Any, Final

from overtone.api import everybody, standing
from overtone.api.answers.receipts import AttributionReceipt, LevyReceipt, RevenueReceipt, TrainingReceipt, UsageReceipt
from overtone.api.caller import Caller
from overtone.api.descriptions import listed
from overtone.api.paging import PAGING, page_of, page_request
from overtone.api.request import Reply, Request
from overtone.api.routing import Routes
from overtone.facts.intake import ATTRIBUTION, LEVIES, LEVY, REVENUE, TRAINING, USAGE
from overtone.stores import facts, senders

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
    description="A licensee's own, whoever sent them; a provider's those that it sent, by licensee.",
    query={"licensee": f"{_LICENSEE['licensee']}; of a provider, those that it sent for this one"} | PAGING,
    replies=listed("A page of receipts, the latest first", AttributionReceipt),
)
def list_attributions(request: Request) -> Reply:
    caller, named = request.caller, request.query.get("licensee")
    if standing.is_office(caller, named) or (named and caller.may_read(named)):
        return _page(request, ATTRIBUTION, "licensee")
    if named and senders.may_have_sent(caller.party_id, named):
        return Reply(everybody.page_of_all(page_request(request.query), _sent_by(caller), _after([named])))
    if not named and (licensees := senders.licensees_of(caller.party_id)):
        own = caller.acts_for(None, "licensee")
        return Reply(everybody.page_of_all(page_request(request.query), _sent_by(caller), _after([own, *licensees])))
    return _page(request, ATTRIBUTION, "licensee")


def _sent_by(caller: Caller) -> everybody.PartyList:
    """Of the caller's own list all, of another's what it sent."""

    def read(licensee: str, after: str, most: int) -> list[tuple[str, dict[str, Any]]]:
        own = licensee == caller.party_id
        found = facts.received(ATTRIBUTION, licensee, after, most) if own else senders.sent(caller.party_id, licensee, after, most)
        return [(place, {"licensee": licensee} | receipt) for place, receipt in found]

    return read


def _after(names: Iterable[str]) -> everybody.PartyNames:
    listed = sorted(set(names))
    return lambda after, most: [name for name in listed if name > after][:most]


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
