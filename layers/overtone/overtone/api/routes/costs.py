"""What a month costs the operator, by licensee."""

from overtone.api.answers.settlements import MonthCosts
from overtone.api.descriptions import ReplyForm, a_month
from overtone.api.paging import PAGING, page_request, page_up_to
from overtone.api.request import Reply, Request
from overtone.api.routes.settlements import FINANCE
from overtone.api.routing import Routes
from overtone.errors import Rejected
from overtone.fields import month
from overtone.views import costs

routes = Routes()


@routes.get(
    "/v1/costs",
    scopes=FINANCE,
    summary="What each licensee's usage of a month costs to accept, accrue and keep",
    description="Calculated from records, batches and bytes at AWS's list prices (us-east-1), in USD; what all share, settlements and the "
    "schedule, is not in it. Licensees by id.",
    query={"month": a_month("The usage month YYYY-MM")} | PAGING,
    replies={200: ReplyForm("A page of licensees: records, batches, bytes, USD by part and per million records", MonthCosts)},
)
def list_costs(request: Request) -> Reply:
    if "month" not in request.query:
        raise Rejected("say of which month, such as ?month=2026-10")
    after, limit = page_request(request.query)
    items, last = costs.listing(month(request.query["month"]), after, limit)
    return Reply({"month": month(request.query["month"])} | page_up_to(items, last))
