"""Webhooks: where a party's events are delivered, with which secrets, and how that went."""

from typing import Annotated, Any, Final

from pydantic import Field

from overtone.api import standing
from overtone.api.answers.told import Webhook, WebhookDelivery, WebhookReplay
from overtone.api.descriptions import OneOf, ReplyForm, listed
from overtone.api.paging import PAGING, page_of, page_request, page_up_to
from overtone.api.request import Reply, Request
from overtone.api.routes.events import SCOPES
from overtone.api.routing import Routes
from overtone.facts.events import OFFICE, SINCE
from overtone.facts.webhooks import REPLAYS_PER_HOUR_MAX, RETRY_SECONDS, ROTATION_HOURS, STATES, WebhookEndpoint
from overtone.fields import Model, validated
from overtone.identifiers import slug
from overtone.steps import webhooks
from overtone.stores import webhooks as store

routes = Routes()
SCANNED_MAX: Final = 10_000
"""Entries of a log read for one page at most; a rare state takes several pages, some of them empty."""
_WHOSE: Final = {"party": "whose webhooks, for admin; finance and admins without a party have the office's"}
_SHOWN_ONCE: Final = "The secret (`whsec_…`) is shown in this answer alone."


class ReplayRequest(Model):
    """From when on events are delivered again: a day, or an instant in UTC."""

    since: Annotated[str, Field(pattern=SINCE)]


def _party(request: Request) -> str:
    caller, named = request.caller, request.query.get("party")
    return OFFICE if standing.is_office(caller, named) else caller.acts_for(named)


def _named(request: Request) -> tuple[str, str]:
    return _party(request), slug(request.path["endpoint_id"])


@routes.put(
    "/v1/webhooks/{endpoint_id}",
    scopes=SCOPES,
    summary="Have events delivered to a URL, or change how",
    description=f"{_SHOWN_ONCE} Deliveries are signed as Standard Webhooks 1.0 says (`webhook-id`, `webhook-timestamp`, `webhook-signature`"
    f": v1). Any 2xx answer within ten seconds takes an event; else it is tried {len(RETRY_SECONDS)} times more within 18 hours. "
    "Redirects are not followed. Only https, and only addresses on the public internet, are called. "
    "Events may come twice and in any order: ids tell.",
    body=WebhookEndpoint,
    query=_WHOSE,
    replies={200: ReplyForm("The webhook as it now is", Webhook), 201: ReplyForm("The webhook, with its secret", Webhook)},
)
def put_webhook(request: Request) -> Reply:
    party, endpoint_id = _named(request)
    sent = validated(WebhookEndpoint, request.json_object(), "the webhook")
    kept, secret = webhooks.put(party, endpoint_id, sent, request.caller.name)
    return Reply(kept.shown() | {"secret": secret}, 201) if secret else Reply(kept.shown())


@routes.get("/v1/webhooks", scopes=SCOPES, summary="List webhooks", query=_WHOSE | PAGING, replies=listed("A page of webhooks", Webhook))
def list_webhooks(request: Request) -> Reply:
    page = page_request(request.query)
    found = store.of(_party(request), page.after, page.limit + 1)
    return Reply(page_of([(kept.endpoint_id, kept.shown()) for kept in found], page.limit))


@routes.get(
    "/v1/webhooks/{endpoint_id}",
    scopes=SCOPES,
    summary="A webhook",
    query=_WHOSE,
    replies={200: ReplyForm("The webhook, without its secret", Webhook)},
)
def get_webhook(request: Request) -> Reply:
    return Reply(store.get(*_named(request)).shown())


@routes.delete(
    "/v1/webhooks/{endpoint_id}",
    scopes=SCOPES,
    summary="Deliver nothing more to a URL, and forget its secrets",
    query=_WHOSE,
    replies={204: ReplyForm("It is gone")},
)
def delete_webhook(request: Request) -> Reply:
    named = _named(request)
    store.get(*named)
    store.forget(*named)
    return Reply(status=204)


@routes.post(
    "/v1/webhooks/{endpoint_id}:rotate",
    scopes=SCOPES,
    summary="Give a webhook a new secret",
    description=f"{_SHOWN_ONCE} For {ROTATION_HOURS} hours deliveries are signed by both, the new one first.",
    query=_WHOSE,
    replies={200: ReplyForm("The webhook, with its new secret, and until when the old one is valid", Webhook)},
)
def rotate_webhook(request: Request) -> Reply:
    kept, secret = webhooks.rotate(*_named(request))
    return Reply(kept.shown() | {"secret": secret})


@routes.post(
    "/v1/webhooks/{endpoint_id}:replay",
    scopes=SCOPES,
    summary="Deliver again all events since an instant",
    description=f"Up to {REPLAYS_PER_HOUR_MAX} replays in an hour of UTC, of all of a party's webhooks together; one more is a 429, and "
    "`Retry-After` says in how many seconds the hour is over.",
    body=ReplayRequest,
    query=_WHOSE,
    replies={202: ReplyForm("What is delivered again; the ids of events stay the same", WebhookReplay)},
)
def replay_webhook(request: Request) -> Reply:
    sent = validated(ReplayRequest, request.json_object(), "the replay")
    return Reply(webhooks.replay(*_named(request), sent.since), 202)


@routes.get(
    "/v1/webhooks/{endpoint_id}/deliveries",
    scopes=SCOPES,
    summary="How the deliveries of the last 30 days went, the newest event first",
    query=_WHOSE | {"state": OneOf(STATES)} | PAGING,
    replies=listed("A page of deliveries: the event, how often it was tried, what was answered", WebhookDelivery),
)
def list_deliveries(request: Request) -> Reply:
    party, endpoint_id = _named(request)
    store.get(party, endpoint_id)
    state, page, items, last = request.query.get("state"), page_request(request.query), list[dict[str, Any]](), ""
    for scanned, (place, said) in enumerate(store.deliveries(party, endpoint_id, page.after)):
        if len(items) == page.limit or scanned == SCANNED_MAX:
            return Reply(page_up_to(items, last))
        if state in {None, said.state}:
            items.append(said._asdict())
        last = place
    return Reply(page_up_to(items, ""))
