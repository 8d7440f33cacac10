"""Usage: accepting batches, telling what became of them, and completeness."""

from overtone.api.app import Api
from overtone.api.request import Reply, Request, receipt_reply
from overtone.aws.attributes import Item
from overtone.facts.completeness import Declaration
from overtone.fields import month, validated
from overtone.formats import documents, usage_body
from overtone.steps import usage as usage_steps
from overtone.stores import completeness as completeness_store
from overtone.stores.integrations import mapping_of

api = Api()
WRITE, READ = ["usage.write"], ["usage.write", "finance"]
PAGE_RECORDS = 1_000


def _own(request: Request) -> str:
    return request.caller.acts_for(request.query.get("reporter"), "reporter")


def _found(request: Request) -> Item:
    return usage_steps.find(request.caller.reads_for(request.query.get("reporter"), "reporter"), request.path["batch_id"])


@api.post("/v1/usage", scopes=WRITE, **documents.POST_USAGE)
def post_usage(request: Request) -> Reply:
    sent = usage_body.read(request.media_type, request.raw, request.query, lambda: mapping_of(_own(request)))
    return receipt_reply(usage_steps.accept(sent, request.caller.acts_for(sent.reporter, "reporter")))


@api.get("/v1/usage/{batch_id}", scopes=READ, **documents.GET_BATCH)
def get_batch(request: Request) -> Reply:
    item = _found(request)
    return Reply(item["receipt"] | usage_steps.standing(item))


@api.delete("/v1/usage/{batch_id}", scopes=WRITE, summary="Withdraw a batch; its receipt stays", replies={200: documents.RECEIPT})
def delete_batch(request: Request) -> Reply:
    receipt, _ = usage_steps.withdraw(_own(request), request.path["batch_id"])
    return Reply(receipt)


@api.get("/v1/usage/{batch_id}/records", scopes=READ, **documents.GET_RECORDS)
def get_records(request: Request) -> Reply:
    records, following = usage_steps.listing(_found(request), request.query.get("after", ""), PAGE_RECORDS)
    return Reply({"records": records} | ({"next": following} if following else {}))


@api.post("/v1/completeness", scopes=WRITE, summary="Declare what was sent for a month", body=Declaration, replies={201: "The declaration"})
def post_completeness(request: Request) -> Reply:
    declared = validated(Declaration, request.json_object(), "completeness")
    reporter = request.caller.acts_for(declared.reporter, "reporter")
    return Reply(completeness_store.declare(reporter, declared), 201)


@api.get("/v1/completeness/{month}", scopes=READ, summary="What is missing of a month", replies={200: documents.COMPLETENESS})
def get_completeness(request: Request) -> Reply:
    asked, may_read = month(request.path["month"]), request.caller.may_read
    reporters = [state for state in completeness_store.state(asked) if may_read(state["reporter"])]
    return Reply({"month": asked, "complete": all(state["complete"] for state in reporters), "reporters": reporters})


handler = api.handler
