"""The quarantine: partitions that cannot be accrued, each with its reason, and another try at one."""

from typing import Final

from overtone.api.answers.told import QuarantinedPartition
from overtone.api.descriptions import OneOf, QueryText, ReplyForm, a_month, listed
from overtone.api.paging import PAGING, page_request, page_up_to, wanted
from overtone.api.request import Reply, Request
from overtone.api.routing import Routes
from overtone.steps import quarantine as quarantine_steps
from overtone.stores import quarantine as quarantine_store
from overtone.views import quarantine
from overtone.views.quarantine import FILTERS, KINDS

routes = Routes()
_QUERY: Final[dict[str, QueryText]] = {
    "reporter": "only this reporter's",
    "kind": OneOf(KINDS, "of what is reported, of what is registered, or of a licensee's month that lacks a rate"),
    "reason": OneOf(quarantine_store.REASONS),
    "month": a_month("only what can change this usage month, YYYY-MM"),
}


@routes.get(
    "/v1/quarantine",
    scopes=("usage.write", "disclosures.write", "finance"),
    summary="Partitions that cannot be accrued, and why",
    description="A settlement goes on with what they last said and names them; the next one takes the difference. A reporter sees its own.",
    query=_QUERY | PAGING,
    replies=listed("A page of partitions that are set aside", QuarantinedPartition),
)
def list_quarantine(request: Request) -> Reply:
    asked = wanted(request.query, {name: name for name in FILTERS})
    if not request.caller.is_finance:
        asked["reporter"] = request.caller.acts_for(asked.get("reporter"), "reporter")
    after, limit = page_request(request.query)
    items, last = quarantine.listing(asked, after, limit)
    return Reply(page_up_to(items, last))


@routes.post(
    "/v1/quarantine/{partition}:retry",
    scopes=("finance",),
    summary="Try a partition again",
    replies={202: ReplyForm("What is tried again; it leaves the list when it succeeds", QuarantinedPartition)},
)
def retry_quarantined(request: Request) -> Reply:
    partition = quarantine_store.named(request.path["partition"])
    return Reply(quarantine_steps.retry(partition).to_json(), 202)
