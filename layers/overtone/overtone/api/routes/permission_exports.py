"""The daily exports of what owners said to everybody about training, generation and likenesses."""

from typing import Final

from overtone.api.answers.told import PermissionsExport, PermissionsManifest
from overtone.api.descriptions import ReplyForm, link, listed
from overtone.api.paging import PAGING, page_of, page_request
from overtone.api.registry_views import READERS
from overtone.api.request import Reply, Request
from overtone.api.routing import Routes
from overtone.views import permission_exports as view

routes = Routes()
_READERS: Final = (*READERS, "disclosures.write")


@routes.get(
    "/v1/permissions",
    scopes=_READERS,
    summary="List the daily exports of what owners allow, newest first",
    query=PAGING,
    replies=listed("A page of exports", PermissionsExport),
)
def list_permission_exports(request: Request) -> Reply:
    after, limit = page_request(request.query)
    return Reply(page_of([(export.day, view.head(export)) for export in view.heads(after, limit + 1)], limit))


@routes.get(
    "/v1/permissions/{day}",
    scopes=_READERS,
    summary="A day's manifest: every file with its digest, and the digest of the manifest before",
    description=(
        f"`{view.NEWEST}` stands for the last one. A file has a line per work whose owners said something to everybody about a use; "
        "silence has none, and neither has what was said to one licensee."
    ),
    replies={200: ReplyForm("The manifest", PermissionsManifest)},
)
def get_permission_export(request: Request) -> Reply:
    return Reply(view.manifest(request.path["day"]))


@routes.get(
    "/v1/permissions/{day}/files/{name}",
    scopes=_READERS,
    summary="A file of a day's export: gzipped NDJSON for one use, or `manifest.json` to the byte",
    replies={307: link("Where the file can be read")},
)
def get_permission_export_file(request: Request) -> Reply:
    return Reply(None, 307, {"Location": view.link(request.path["day"], request.path["name"])})
