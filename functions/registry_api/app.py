"""Registers parties, works and deals, in versions, and shows them to whom they may be shown."""

from collections.abc import Callable
from typing import Any, TypeVar

from overtone import clock
from overtone.api.app import Api
from overtone.api.registry_view import ABOUT_FILE, AS_OF, FILE, READERS, WRITERS, actor, day_in, owner_of_new, shown, version_of, visible
from overtone.api.request import Reply, Request
from overtone.fields import Model
from overtone.identifiers import slug
from overtone.storage import importing, registering, registry_store
from overtone.storage.registering import Outcome
from overtone.storage.registry_store import DEALS, PARTIES, WORKS, Shelf
from overtone.works_import import report

M = TypeVar("M", bound=Model)

api = Api()
handler = api.handler


def _register(shelf: Shelf[M], put: Callable[..., Outcome[M]], *more_readers: str) -> None:
    kind = shelf.kind
    path = f"/v1/{'parties' if kind == 'party' else f'{kind}s'}/{{{kind}_id}}"
    replies = {200: "The latest version", 201: "Registered"}

    @api.put(path, scopes=WRITERS, summary=f"Register a {kind}, or a new version of it", body=shelf.model, replies=replies)
    def put_it(request: Request) -> Reply:
        outcome = put(actor(request.caller), request.path[f"{kind}_id"], request.json_object())
        answer = shown(outcome.entity, outcome.entity.latest, request.caller)
        return Reply(answer | {"warnings": outcome.warnings}, 201 if outcome.created else 200)

    @api.get(path, scopes=(*READERS, *more_readers), summary=f"The {kind} as it is in force", query=AS_OF, replies={200: shelf.model})
    def get_it(request: Request) -> Reply:
        entity = _found(shelf, request)
        return Reply(shown(entity, version_of(entity, day_in(request.query, "as_of")), request.caller))

    @api.get(
        f"{path}/versions",
        scopes=(*READERS, *more_readers),
        summary=f"All versions of the {kind}, the oldest first",
        replies={200: "The versions"},
    )
    def get_versions(request: Request) -> Reply:
        entity = _found(shelf, request)
        return Reply({"versions": [shown(entity, version, request.caller) for version in entity.versions]})


def _found(shelf: Shelf[M], request: Request) -> Any:  # noqa: ANN401 - an Entity[M]
    entity_id = slug(request.path[f"{shelf.kind}_id"])
    return visible(shelf.kind, entity_id, registry_store.find(shelf, entity_id), request.caller)


_register(PARTIES, registering.put_party, "usage.write")
_register(WORKS, registering.put_work, "disclosures.write")
_register(DEALS, registering.put_deal, "disclosures.write")


@api.put("/v1/parties/{party_id}/clients/{client_id}", scopes=["admin"], summary="Let an API client's tokens act for a party")
def put_client(request: Request) -> Reply:
    party_id, client_id = slug(request.path["party_id"]), slug(request.path["client_id"])
    registry_store.bind_client(client_id, party_id, request.caller.name, clock.timestamp())
    return Reply({"party_id": party_id, "client_id": client_id})


@api.post(
    "/v1/works:import",
    scopes=WRITERS,
    summary="Register many works from a CSV or CWR 2.1 file",
    media_types=(importing.CSV, importing.CWR),
    body=FILE,
    query=ABOUT_FILE,
    replies={200: "What was taken and what was refused, by record and field"},
)
def import_works(request: Request) -> Reply:
    owner = owner_of_new(request)
    drafts, about = importing.drafts_of(request.raw, request.media_type, owner or request.caller.name, request.query.get("right", "both"))
    results = importing.register(actor(request.caller), drafts, owner, day_in(request.query, "effective_from"))
    return Reply(about | report(results))
