"""Usage: accepting batches, telling what became of them, taking them back."""

from typing import Final

from overtone.api import corrections
from overtone.api.answers.receipts import StoredRecords, UsageReceipt
from overtone.api.descriptions import ReplyForm, taken
from overtone.api.request import Reply, Request, receipt_reply
from overtone.api.routing import Routes
from overtone.api.schemas import USAGE_BATCH
from overtone.aws.attributes import Item
from overtone.formats import usage_body
from overtone.steps import usage
from overtone.stores.integrations import mapping_of

routes = Routes()
WRITE: Final = ("usage.write",)
READ: Final = ("usage.write", "finance")
PAGE_RECORDS: Final = 1_000
_WHOSE: Final = {"reporter": "whose batch, for finance and admin"}


def _own(request: Request) -> str:
    return request.caller.acts_for(request.query.get("reporter"), "reporter")


def _batch(request: Request) -> Item:
    return usage.find(request.caller.reads_for(request.query.get("reporter"), "reporter"), request.path["batch_id"])


@routes.post(
    "/v1/usage",
    scopes=WRITE,
    summary="Send a batch of usage",
    body=USAGE_BATCH,
    examples=corrections.EXAMPLES,
    media_types=usage_body.MEDIA_TYPES,
    query={
        "batch_id": "the batch's id, for bodies other than JSON",
        "atomic": "true or false",
        "reporter": "for admin",
        "rows_of": "of a table that is a piece of a file: the file's name, which a mapping with `row_numbers` puts into its rows' ids "
        "in place of the batch's id, so that a row counts once however the file is cut; with `first_row`",
        "first_row": "with `rows_of`: the number of the body's first row in the file, from 1; empty rows (`,,,`) count, blank lines do not",
    },
    replies=taken("The receipt: all that it counts is committed", UsageReceipt),
)
def post_usage(request: Request) -> Reply:
    query = {"batch_id": request.idempotency_key, **request.query}
    batch = usage_body.read(request.media_type, request.raw, query, lambda: mapping_of(_own(request)))
    return receipt_reply(usage.accept(batch, request.caller.acts_for(batch.reporter, "reporter")))


@routes.get(
    "/v1/usage/{batch_id}",
    scopes=READ,
    summary="A batch's receipt, and what became of its records",
    query=_WHOSE,
    replies={200: ReplyForm("The receipt, with what became of its records", UsageReceipt)},
)
def get_usage_batch(request: Request) -> Reply:
    item = _batch(request)
    return Reply(item["receipt"] | usage.standing(item))


@routes.delete(
    "/v1/usage/{batch_id}",
    scopes=WRITE,
    summary="Withdraw a batch; its receipt stays",
    description="Its records count no more, as if they had never been sent. To have them counted again send them in a batch of another id. "
    "With the last batch of a dropped sales report goes what was voided because that report came before an older creation of it.",
    replies={200: ReplyForm("The receipt, withdrawn", UsageReceipt)},
)
def delete_usage_batch(request: Request) -> Reply:
    receipt, _ = usage.withdraw(_own(request), request.path["batch_id"])
    return Reply(receipt)


@routes.get(
    "/v1/usage/{batch_id}/records",
    scopes=READ,
    summary="A batch's records as they are stored",
    query={**_WHOSE, "after": "`next` of the listing before"},
    replies={200: ReplyForm("Records as they are stored", StoredRecords)},
)
def get_usage_records(request: Request) -> Reply:
    records, following = usage.listing(_batch(request), request.query.get("after", ""), PAGE_RECORDS)
    return Reply({"records": records} | ({"next": following} if following else {}))
