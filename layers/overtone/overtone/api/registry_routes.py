"""The routes that parties, works and deals share: put a version, read the one in force, read all."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from overtone.api.app import Api
from overtone.api.registry_view import AS_OF, BESIDE, READERS, WRITERS, actor, day_in, shown, version_of, visible
from overtone.api.request import Reply, Request
from overtone.fields import Model
from overtone.identifiers import slug
from overtone.rights.versions import Entity
from overtone.steps.registration import Outcome
from overtone.stores import registry as registry_store
from overtone.stores.entities import Shelf

M = TypeVar("M", bound=Model)


def register(api: Api, shelf: Shelf[M], put: Callable[..., Outcome[M]], *more_readers: str, writers: Sequence[str] = WRITERS) -> None:
    """Declare the three routes of a kind; `more_readers` are scopes that may read it beside `READERS`."""
    kind = shelf.kind
    path = f"/v1/{'parties' if kind == 'party' else f'{kind}s'}/{{{kind}_id}}"
    replies = {200: "The latest version", 201: "Registered"}

    @api.put(
        path, scopes=writers, summary=f"Register a {kind}, or a new version of it", description=BESIDE, body=shelf.model, replies=replies
    )
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


def _found(shelf: Shelf[M], request: Request) -> Entity[M]:
    entity_id = slug(request.path[f"{shelf.kind}_id"])
    return visible(shelf.kind, entity_id, registry_store.find(shelf, entity_id), request.caller)
