"""What owners allow, in the open forms, and statements in those forms read as proposals to the owner."""

from typing import Final

from overtone import clock
from overtone.api.answers.registry import PermissionPatch
from overtone.api.descriptions import ReplyForm, file
from overtone.api.registry_views import READERS, WRITERS, version_of
from overtone.api.request import Reply, Request
from overtone.api.routing import Routes
from overtone.api.shelves import ANYTHING
from overtone.errors import Fault, NotFound, Rejected, TooLarge
from overtone.facts.events import events_for
from overtone.formats import open_permissions
from overtone.formats.open_permissions import RSL_MEDIA_TYPE, Said
from overtone.identifiers import slug
from overtone.rights.registry import Permission, Work
from overtone.rights.versions import Entity
from overtone.stores import events, registry
from overtone.stores.entities import WORKS

routes = Routes()
_READERS: Final = (*READERS, "disclosures.write")
FORMATS: Final = ("cawg", "rsl", "aipref")
PARTY_WORKS_MAX: Final = 2_000
"""Works in one party's document; more are asked for one by one."""


@routes.get(
    "/v1/works/{work_id}/permissions",
    scopes=_READERS,
    summary="What a work's owners say of training, in an open form",
    description="As it holds for the caller: what the owners said to another licensee is never shown. Silence is no statement.",
    query={"format": ", ".join(FORMATS)},
    replies={
        200: ReplyForm("A CAWG assertion (JSON), an RSL document (XML), or a Content-Usage value", ANYTHING, (RSL_MEDIA_TYPE, "text/plain"))
    },
)
def get_work_permissions(request: Request) -> Reply:
    entity = _work(request)
    training = _training(entity, request)
    form = request.query.get("format", "cawg")
    if form == "cawg":
        return Reply(open_permissions.cawg(training))
    if form == "rsl":
        return Reply(open_permissions.rsl([Said(_url(entity), training)]), media_type=RSL_MEDIA_TYPE)
    if form == "aipref":
        value = open_permissions.aipref(training)
        return Reply(value, headers={"Content-Usage": value} if value else {}, media_type="text/plain; charset=utf-8")
    raise _no_format(FORMATS)


@routes.get(
    "/v1/parties/{party_id}/permissions",
    scopes=_READERS,
    summary="What a party says of training on the works that it administers, as RSL",
    query={"format": "rsl"},
    replies=file("An RSL document", RSL_MEDIA_TYPE),
)
def get_party_permissions(request: Request) -> Reply:
    if request.query.get("format", "rsl") != "rsl":
        raise _no_format(("rsl",))
    party = slug(request.path["party_id"])
    ids = registry.works_concerning(party, "", PARTY_WORKS_MAX + 1)
    if len(ids) > PARTY_WORKS_MAX:
        raise TooLarge(f"{party} has more than {PARTY_WORKS_MAX} works; ask for the works one by one")
    works = registry.works(ids)
    said = [Said(_url(works[name]), _training(works[name], request)) for name in sorted(works) if works[name].owner == party]
    return Reply(open_permissions.rsl(said), media_type=RSL_MEDIA_TYPE)


@routes.post(
    "/v1/works/{work_id}/permissions:read",
    scopes=(*WRITERS, "disclosures.write"),
    summary="Read a CAWG or RSL statement about a work: a proposal that its owner confirms",
    description="Nothing changes. The answer is the patch that says the same; the owner is told, and confirms by sending it as PATCH.",
    media_types=("application/json", RSL_MEDIA_TYPE, "application/xml"),
    body={"anyOf": [{"type": "object"}, {"type": "string", "format": "binary"}]},
    replies={200: ReplyForm("The patch that the owner may confirm", PermissionPatch)},
)
def read_work_permissions(request: Request) -> Reply:
    entity = _work(request)
    if "xml" in request.media_type:
        word, form = open_permissions.read_rsl(request.raw), "rsl"
    else:
        word, form = open_permissions.read_cawg(request.json()), "cawg"
    right = "likeness" if entity.latest.content.kind == "likeness" else "training"
    patch = {"permissions": {right: {"default": word, "max_share": None}}}
    about = {"work_id": entity.id, "by": request.caller.name, "form": form, "patch": patch}
    owner = [entity.owner] if entity.owner != request.caller.party_id else []
    events.put(events_for("permission.proposed", clock.timestamp(), owner, **about))
    return Reply({"proposal": patch, "confirm": f"PATCH /v1/works/{entity.id}", "owner": entity.owner})


def _work(request: Request) -> Entity[Work]:
    work_id = slug(request.path["work_id"])
    if (entity := registry.find(WORKS, work_id)) is None:
        raise NotFound(f"there is no work {work_id!r}")
    return entity


def _training(entity: Entity[Work], request: Request) -> Permission:
    work = version_of(entity, None).content
    word = work.permissions.likeness if work.kind == "likeness" else work.permissions.training
    return word.for_licensee(request.caller.party_id)


def _url(entity: Entity[Work]) -> str:
    return f"/v1/works/{entity.id}"


def _no_format(formats: tuple[str, ...]) -> Rejected:
    message = f"use {' or '.join(formats)}"
    return Rejected(f"format: {message}", [Fault(message, "format")])
