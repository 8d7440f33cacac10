"""How the stack stands: what waits, what rings, how far the month is."""

from overtone.api.answers.operations import OperationsState
from overtone.api.descriptions import ReplyForm, a_month
from overtone.api.request import Reply, Request
from overtone.api.routes.settlements import FINANCE
from overtone.api.routing import Routes
from overtone.fields import month
from overtone.views import operations

routes = Routes()


@routes.get(
    "/v1/operations",
    scopes=FINANCE,
    summary="Queues, dead letters, alarms and the month's progress",
    description="As SQS and CloudWatch have it now. SQS counts approximately; the age of the oldest message is CloudWatch's of the last "
    "minutes, null where a queue is empty or was until just now. An alarm's `runbook` is the console's page of what to do.",
    query={"month": a_month("The month whose progress is shown, YYYY-MM; where it is left out, the one behind the last settled month")},
    replies={200: ReplyForm("How the stack stands", OperationsState)},
)
def get_operations(request: Request) -> Reply:
    asked = request.query.get("month", "")
    return Reply(operations.state(month(asked) if asked else ""))
