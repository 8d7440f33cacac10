"""Completeness: what a reporter says it sent for a month, and what of it is here."""

from overtone.api.answers.receipts import DeclarationReceipt, MonthCompleteness
from overtone.api.descriptions import ReplyForm
from overtone.api.request import Reply, Request
from overtone.api.routes.usage import READ, WRITE
from overtone.api.routing import Routes
from overtone.facts.completeness import Declaration
from overtone.fields import month, validated
from overtone.stores import completeness

routes = Routes()


@routes.post(
    "/v1/completeness",
    scopes=WRITE,
    summary="Declare what was sent for a month",
    body=Declaration,
    replies={201: ReplyForm("The declaration as it is kept", DeclarationReceipt)},
)
def post_completeness(request: Request) -> Reply:
    declaration = validated(Declaration, request.json_object(), "completeness")
    reporter = request.caller.acts_for(declaration.reporter, "reporter")
    return Reply(completeness.declare(reporter, declaration), 201)


@routes.get(
    "/v1/completeness/{month}",
    scopes=READ,
    summary="What is missing of a month",
    description="`pending` counts what was accepted and is not counted yet: its batches are among those received, or will be, and its "
    "revenue is not.",
    replies={200: ReplyForm("Each reporter's month", MonthCompleteness)},
)
def get_completeness(request: Request) -> Reply:
    usage_month, may_read = month(request.path["month"]), request.caller.may_read
    reporters = [state for state in completeness.with_pending(usage_month) if may_read(state["reporter"])]
    return Reply({"month": usage_month, "complete": all(state["complete"] for state in reporters), "reporters": reporters})
