"""Registers parties, works and deals, in versions, and shows them to whom they may be shown."""

from overtone import clock
from overtone.api.app import Api
from overtone.api.registry_routes import register
from overtone.api.registry_view import ABOUT_FILE, FILE, FIND, PAGE_WORKS, READERS, WRITERS, actor, day_in, owner_of_new, readable, shown
from overtone.api.request import Reply, Request
from overtone.facts.mapping import Mapping
from overtone.fields import validated
from overtone.formats.works_import import report
from overtone.identifiers import slug, work_key
from overtone.steps import deals, registration, works_import
from overtone.stores import integrations as integration_store
from overtone.stores import registry as registry_store
from overtone.stores.entities import DEALS, PARTIES, WORKS

REPORTERS = ("registry.write", "usage.write")

api = Api()
handler = api.handler

register(api, PARTIES, registration.put_party, "usage.write", writers=(*WRITERS, "finance"))
register(api, WORKS, registration.put_work, "disclosures.write")
register(api, DEALS, deals.put, "disclosures.write")


@api.get(
    "/v1/works", scopes=(*READERS, "disclosures.write"), summary="Find works", query=FIND, replies={200: "The works, and where to go on"}
)
def find_works(request: Request) -> Reply:
    if "identifier" in request.query:
        key = work_key(request.query["identifier"])
        found, after = registry_store.works_by_keys([key], clock.timestamp()), None
    else:
        party = request.caller.party_id if "party" not in request.query else slug(request.query["party"])
        last = slug(request.query["after"]) if "after" in request.query else ""
        ids = registry_store.works_of(readable(request.caller, party), last, PAGE_WORKS)
        found, after = registry_store.works(ids), ids[-1] if len(ids) == PAGE_WORKS else None
    works = [shown(found[name], found[name].latest, request.caller) for name in sorted(found)]
    return Reply({"works": works} | ({"after": after} if after else {}))


@api.put("/v1/parties/{party_id}/clients/{client_id}", scopes=["admin"], summary="Let an API client's tokens act for a party")
def put_client(request: Request) -> Reply:
    party_id, client_id = slug(request.path["party_id"]), slug(request.path["client_id"])
    integration_store.bind_client(client_id, party_id, request.caller.name, clock.timestamp())
    return Reply({"party_id": party_id, "client_id": client_id})


@api.put("/v1/parties/{party_id}/mapping", scopes=REPORTERS, summary="Say how a reporter's files name our columns", body=Mapping)
def put_mapping(request: Request) -> Reply:
    party = request.caller.acts_for(slug(request.path["party_id"]), "party_id")
    mapping = validated(Mapping, request.json_object(), "the mapping")
    integration_store.put_mapping(party, mapping, request.caller.name, clock.timestamp())
    return Reply(mapping.model_dump(mode="json"))


@api.get("/v1/parties/{party_id}/mapping", scopes=REPORTERS, summary="How a reporter's files name our columns", replies={200: Mapping})
def get_mapping(request: Request) -> Reply:
    party = request.caller.acts_for(slug(request.path["party_id"]), "party_id")
    return Reply(integration_store.mapping_of(party).model_dump(mode="json"))


@api.post(
    "/v1/works:import",
    scopes=WRITERS,
    summary="Register many works from a CSV or CWR 2.1 file",
    media_types=(works_import.CSV, works_import.CWR),
    body=FILE,
    query=ABOUT_FILE,
    replies={200: "What was taken and what was refused, by record and field"},
)
def import_works(request: Request) -> Reply:
    owner = owner_of_new(request)
    drafts, about = works_import.drafts_of(
        request.raw, request.media_type, owner or request.caller.name, request.query.get("right", "both")
    )
    results = works_import.register(actor(request.caller), drafts, owner, day_in(request.query, "effective_from"))
    return Reply(about | report(results))
