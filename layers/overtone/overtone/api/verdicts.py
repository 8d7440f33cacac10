"""Routes for the answers to what the other side proposed: accept, refuse, withdraw."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from overtone.api.descriptions import Merged, ReplyForm
from overtone.api.registry_views import WRITERS
from overtone.api.request import Reply, Request
from overtone.api.routing import Routes, named
from overtone.rights.agreement import Status

VerdictHandler = Callable[[Request, Status], Reply]


@dataclass(frozen=True, slots=True)
class Answerable:
    """What the other side answers: a `thing` at `path`, `name` in its handlers' names, and the `whole` that is shown afterwards."""

    path: str
    name: str
    thing: str
    whole: str
    schema: Merged
    body: Mapping[str, Any]


def declare(routes: Routes, module: str, what: Answerable, accepted: str, answer: VerdictHandler) -> None:
    """The three routes, among those of a module; `accepted` describes what acceptance does."""
    texts = {
        ("accept", Status.ACCEPTED): (f"Accept {what.thing} that the other side proposed", accepted),
        ("refuse", Status.REFUSED): (f"Refuse {what.thing} that the other side proposed, with a reason", ""),
        ("withdraw", Status.WITHDRAWN): (f"Withdraw {what.thing} that this party proposed and nobody has accepted", ""),
    }
    replies = {200: ReplyForm(f"The {what.whole} as it now stands", what.schema)}
    for (verb, verdict), (summary, description) in texts.items():

        def post(request: Request, verdict: Status = verdict) -> Reply:
            return answer(request, verdict)

        path, handler = f"{what.path}:{verb}", named(post, f"{verb}_{what.name}", module)
        routes.post(path, scopes=WRITERS, summary=summary, description=description, body=what.body, replies=replies)(handler)
