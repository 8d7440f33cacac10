"""What a party is told: one list of events, in order of time."""

import re
from typing import Any, Final

from overtone.api import standing
from overtone.api.answers.told import EventNotice
from overtone.api.descriptions import OneOf, QueryText, listed
from overtone.api.paging import cursor_of, limit_of, page_behind
from overtone.api.request import Reply, Request
from overtone.api.routing import Routes
from overtone.errors import Rejected
from overtone.facts.events import EVENTS, OFFICE, SINCE
from overtone.stores import events

routes = Routes()
SCOPES: Final = ("usage.write", "registry.write", "disclosures.write", "statements.read", "finance")
PAGE_DEFAULT, PAGE_MAX = 100, 1_000
SCANNED_MAX: Final = 10_000
"""Events read for one page at most; a rare type takes several pages, some of them empty."""
_QUERY: Final[dict[str, QueryText]] = {
    "type": OneOf(EVENTS),
    "since": "an instant or a day: what came from then on",
    "party": "whose events, for finance and admin; without it the office's own",
    "limit": f"how many of a page, 1 to {PAGE_MAX}; {PAGE_DEFAULT} where it is left out",
    "cursor": "`next_cursor` of the page before",
}


@routes.get(
    "/v1/events",
    scopes=SCOPES,
    summary="Events that concern the caller, the oldest first",
    query=_QUERY,
    replies=listed("A page of events, in order of time", EventNotice),
)
def list_events(request: Request) -> Reply:
    query, caller = request.query, request.caller
    kind, since = query.get("type"), query.get("since", "")
    if since and not re.match(SINCE, since, re.ASCII):
        raise Rejected.at("since", "write a day, or an instant in UTC such as 2026-10-01T08:30:00Z")
    named = query.get("party")
    party = OFFICE if standing.is_office(caller, named) else caller.reads_for(named)
    limit, found = limit_of(query, default=PAGE_DEFAULT, most=PAGE_MAX), list[tuple[str, dict[str, Any]]]()
    stream = events.of(party, since=since, after=cursor_of(query))
    last = ""
    for scanned, (key, event) in enumerate(stream, start=1):
        if kind in {None, event["type"]}:
            found.append((key, event))
        if len(found) == limit or scanned == SCANNED_MAX:
            last = key
            break
    return Reply(page_behind(found, last))
