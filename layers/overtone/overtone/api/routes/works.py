"""Works: their versions, finding them, and registering many at once."""

from typing import Any, Final

from overtone import clock
from overtone.api import standing
from overtone.api.answers.registry import WorksReceipt
from overtone.api.descriptions import ReplyForm, file, listed
from overtone.api.paging import PAGING, page_behind, page_request, page_up_to
from overtone.api.registry_views import (
    AS_OF,
    BESIDE,
    BESIDE_PATCH,
    DIFF,
    READERS,
    WRITERS,
    actor,
    all_versions,
    day_in,
    owner_of_new,
    parties_of,
    patch_reply,
    put_reply,
    readable,
    shown,
    version_in_force,
)
from overtone.api.request import Reply, Request
from overtone.api.routing import Routes
from overtone.api.shelves import WORK, WORK_BODY, put_replies, versions
from overtone.formats.cwr.export import WORKS_MAX
from overtone.formats.jsonbody import JSON, MERGE_PATCH
from overtone.formats.works.drafts import report
from overtone.identifiers import slug, work_key
from overtone.rights import titles
from overtone.rights.registry import Work
from overtone.rights.versions import Entity
from overtone.steps import registration, works_import
from overtone.stores import lists, registry
from overtone.stores.entities import WORKS
from overtone.views import works_export

routes = Routes()
_READERS: Final = (*READERS, "disclosures.write")


@routes.put(
    "/v1/works/{work_id}",
    scopes=WRITERS,
    summary="Register a work, or a new version of it",
    description=BESIDE,
    body=WORK_BODY,
    replies=put_replies(WORK),
)
def put_work(request: Request) -> Reply:
    return put_reply(request, registration.put_work, "work_id")


@routes.patch(
    "/v1/works/{work_id}",
    scopes=WRITERS,
    summary="Change the fields of the work that the body names, as a new version",
    description="A JSON merge patch (RFC 7396): null removes a field, what is not named stays." + BESIDE_PATCH,
    body={"type": "object"},
    media_types=(MERGE_PATCH, JSON),
    replies=put_replies(WORK),
)
def patch_work(request: Request) -> Reply:
    return patch_reply(request, WORKS, registration.put_work)


@routes.get(
    "/v1/works/{work_id}",
    scopes=_READERS,
    summary="The work as it is in force",
    query=AS_OF,
    replies={200: ReplyForm("The version in force", WORK)},
)
def get_work(request: Request) -> Reply:
    return version_in_force(WORKS, request)


@routes.get(
    "/v1/works",
    scopes=_READERS,
    summary="Find works, or list them",
    description="By identifier or by words of the title for everybody; a party's own works for itself, all works for finance and admin. "
    "Of several of these, the works that all of them find.",
    query={
        "identifier": "isrc:…, iswc:… or work:…: the work that it names",
        "title": "Words of a title, in any order, without regard to case, accents and styles of letters (bold, full width); a page may "
        "hold fewer than its limit",
        "party": "The works that a party administers, or has or had a share in; its own token's party if all three are left out",
    }
    | PAGING,
    replies=listed("A page of works", WORK),
)
def find_works(request: Request) -> Reply:
    page, query, caller = page_request(request.query), request.query, request.caller
    named = readable(caller, slug(query["party"])) if "party" in query else ""
    wanted = set(titles.words(query.get("title", "")))

    def fits(work: Entity[Work]) -> bool:
        return (not named or named in parties_of(work)) and wanted <= set(titles.words(work.latest.content.title))

    if "identifier" in query:
        found = registry.works_by_keys([work_key(query["identifier"])], clock.timestamp())
        return Reply(page_up_to([_latest(work, request) for work in found.values() if fits(work)], ""))
    if "title" in query:
        titled = lists.titled(query["title"], page.after, page.limit)
        return Reply(page_behind([(work.id, _latest(work, request)) for work in titled.works if fits(work)], titled.after))
    party = named or standing.party_of(caller)
    if not party and caller.is_finance:
        ids = lists.ids("work", page.after, page.limit + 1)
    else:
        ids = registry.works_concerning(readable(caller, party), page.after, page.limit + 1)
    works = registry.works(ids[: page.limit])
    ours = [name for name in ids[: page.limit] if name in works and (not party or party in parties_of(works[name]))]
    listed = [(name, _latest(works[name], request)) for name in ours]
    return Reply(page_behind(listed, ids[page.limit - 1] if len(ids) > page.limit else ""))


def _latest(work: Entity[Work], request: Request) -> dict[str, Any]:
    return shown(work, work.latest, request.caller)


@routes.get(
    "/v1/parties/{party_id}/works:export",
    scopes=READERS,
    summary="A party's works as a CWR file of registrations (NWR) and revisions (REV)",
    description=(
        f"Up to {WORKS_MAX} works, in order of id. The header `Next-After` names the work after which to continue, `Left-Out` counts works "
        "that CWR cannot express: recordings, works without shares, and those of which publishers hold more than three quarters."
    ),
    query={"version": "2.1 (the default) or 2.2", "after": "Go on behind this work, as `Next-After` of the answer before said"},
    replies=file(
        "The file",
        works_import.CWR,
        Left_Out="Works that CWR cannot express",
        Next_After="The work after which to continue, where there are more",
    ),
)
def export_works(request: Request) -> Reply:
    party = readable(request.caller, slug(request.path["party_id"]))
    last = slug(request.query["after"]) if "after" in request.query else ""
    found, after = works_export.cwr(party, request.query.get("version", "2.1"), last)
    headers = {"Left-Out": str(len(found.left_out))} | ({"Next-After": after} if after else {})
    return Reply(found.body, headers=headers, media_type=works_import.CWR)


@routes.get(
    "/v1/works/{work_id}/versions",
    scopes=_READERS,
    summary="All versions of the work, the oldest first",
    query=DIFF,
    replies=versions(WORK),
)
def get_work_versions(request: Request) -> Reply:
    return all_versions(WORKS, request)


@routes.post(
    "/v1/works:import",
    scopes=WRITERS,
    summary="Register many works from a CSV or CWR file (2.1 to 3.1), or take in a society's answers to them",
    media_types=(works_import.CSV, works_import.CWR),
    body={"type": "string", "format": "binary"},
    query={
        "owner": "The party that administers new works; admin only",
        "effective_from": "The day YYYY-MM-DD from which on all this is in force",
        "right": "CWR: which ownership shares count: both (half performing, half mechanical; the default), performing or mechanical",
    },
    description="With `Accept: application/x-cwr` the answer is CWR's own acknowledgement file (ACK) of the registrations.",
    replies={200: ReplyForm("What was taken and what was refused, by record and field", WorksReceipt, (works_import.CWR,))},
)
def import_works(request: Request) -> Reply:
    owner = owner_of_new(request)
    drafts, about = works_import.drafts_of(
        request.raw, request.media_type, owner or request.caller.name, request.query.get("right", "both")
    )
    asks_cwr = works_import.CWR in request.headers.get("accept", "")
    if asks_cwr:
        works_import.check_answerable(drafts)
    results = works_import.register(actor(request.caller), drafts, owner, day_in(request.query, "effective_from"))
    if asks_cwr:
        return Reply(works_import.reply_to(results, str(about["version"])), media_type=works_import.CWR)
    return Reply(about | report(results))
