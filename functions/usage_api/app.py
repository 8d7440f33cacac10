"""Usage: accepting batches, telling what became of them, and completeness."""

from overtone.api.app import Api
from overtone.api.request import Reply, Request
from overtone.completeness import Declaration
from overtone.errors import Forbidden
from overtone.fields import month, validated
from overtone.formats import documents, usage_body
from overtone.storage import completeness_store, usage_store
from overtone.storage.integration_store import mapping_of

api = Api()
WRITE, READ = ["usage.write"], ["usage.write", "finance"]
PAGE_RECORDS = 1_000


def _own(request: Request) -> str:
    return request.caller.acts_for(request.query.get("reporter"), "reporter")


@api.post(
    "/v1/usage",
    scopes=WRITE,
    summary="Send a batch of usage",
    body=documents.USAGE_BATCH,
    media_types=usage_body.MEDIA_TYPES,
    query={"batch_id": "the batch's id, for bodies other than JSON", "atomic": "true or false", "reporter": "for admin"},
    replies={201: documents.RECEIPT, 200: "The same batch again: its first receipt, with Idempotency-Replayed: true"},
)
def post_usage(request: Request) -> Reply:
    sent = usage_body.read(request.media_type, request.raw, request.query, lambda: mapping_of(_own(request)))
    reporter = request.caller.acts_for(sent.reporter, "reporter")
    receipt, replayed = usage_store.accept(sent, reporter)
    return Reply(receipt, 200 if replayed else 201, {"Idempotency-Replayed": "true"} if replayed else {})


def _reporter(request: Request) -> str:
    named = request.query.get("reporter")
    if named and not request.caller.may_read(named):
        message = f"the token acts for {request.caller.party_id!r}, not for {named!r}"
        raise Forbidden(message)
    return named or request.caller.acts_for(None, "reporter")


@api.get(
    "/v1/usage/{batch_id}",
    scopes=READ,
    summary="A batch's receipt, and what became of its records",
    query={"reporter": "whose batch, for finance and admin"},
    replies={200: documents.RECEIPT},
)
def get_batch(request: Request) -> Reply:
    item = usage_store.find(_reporter(request), request.path["batch_id"])
    return Reply(item["receipt"] | usage_store.standing(item))


@api.delete("/v1/usage/{batch_id}", scopes=WRITE, summary="Withdraw a batch; its receipt stays", replies={200: documents.RECEIPT})
def delete_batch(request: Request) -> Reply:
    receipt, replayed = usage_store.withdraw(_own(request), request.path["batch_id"])
    return Reply(receipt, 200, {"Idempotency-Replayed": "true"} if replayed else {})


@api.get(
    "/v1/usage/{batch_id}/records",
    scopes=READ,
    summary="A batch's records as they are stored",
    query={"reporter": "whose batch, for finance and admin", "after": "`next` of the listing before"},
    replies={200: documents.RECORDS},
)
def get_records(request: Request) -> Reply:
    item = usage_store.find(_reporter(request), request.path["batch_id"])
    records, following = usage_store.listing(item, request.query.get("after", ""), PAGE_RECORDS)
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
