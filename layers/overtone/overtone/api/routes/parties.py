"""Parties: their versions, their API clients, and how their files name our columns."""

from typing import Final

from overtone import clock
from overtone.api.answers.registry import ClientBinding, Erasure
from overtone.api.descriptions import ReplyForm, listed
from overtone.api.paging import PAGING, page_behind, page_of, page_request
from overtone.api.registry_views import (
    AS_OF,
    BESIDE,
    BESIDE_PATCH,
    DIFF,
    READERS,
    WRITERS,
    all_versions,
    patch_reply,
    put_reply,
    shown,
    version_in_force,
)
from overtone.api.request import Reply, Request
from overtone.api.routing import Routes
from overtone.api.shelves import PARTY, PARTY_BODY, put_replies, versions
from overtone.errors import Forbidden
from overtone.facts.mapping import Mapping
from overtone.fields import validated
from overtone.formats.jsonbody import JSON, MERGE_PATCH
from overtone.identifiers import slug
from overtone.rights.registration import check_party_id
from overtone.steps import erasure, parties
from overtone.stores import integrations, lists, registry
from overtone.stores.entities import PARTIES

routes = Routes()
_READERS: Final = (*READERS, "usage.write")
_REPORTERS: Final = ("registry.write", "usage.write")


@routes.put(
    "/v1/parties/{party_id}",
    scopes=(*WRITERS, "finance"),
    summary="Register a party, or a new version of it",
    description=BESIDE,
    body=PARTY_BODY,
    replies=put_replies(PARTY),
)
def put_party(request: Request) -> Reply:
    return put_reply(request, parties.put, "party_id")


@routes.patch(
    "/v1/parties/{party_id}",
    scopes=(*WRITERS, "finance"),
    summary="Change the fields of the party that the body names, as a new version",
    description="A JSON merge patch (RFC 7396): null removes a field, what is not named stays." + BESIDE_PATCH,
    body={"type": "object"},
    media_types=(MERGE_PATCH, JSON),
    replies=put_replies(PARTY),
)
def patch_party(request: Request) -> Reply:
    return patch_reply(request, PARTIES, parties.put)


@routes.get(
    "/v1/parties",
    scopes=_READERS,
    summary="List parties, each as its latest version stands",
    description="Finance and admin see all, in order of id; anybody else its own.",
    query=PAGING,
    replies=listed("A page of parties", PARTY),
)
def list_parties(request: Request) -> Reply:
    page, caller = page_request(request.query), request.caller
    ids = lists.ids("party", page.after, page.limit + 1) if caller.is_finance else [caller.party_id] if caller.party_id else []
    found = registry.parties(ids[: page.limit])
    listed = [(name, shown(found[name], found[name].latest, caller)) for name in ids[: page.limit] if name in found]
    return Reply(page_behind(listed, ids[page.limit - 1] if len(ids) > page.limit else ""))


@routes.get(
    "/v1/parties/{party_id}",
    scopes=_READERS,
    summary="The party as it is in force",
    query=AS_OF,
    replies={200: ReplyForm("The version in force; of a stranger only what everybody may know", PARTY)},
)
def get_party(request: Request) -> Reply:
    return version_in_force(PARTIES, request)


@routes.get(
    "/v1/parties/{party_id}/versions",
    scopes=_READERS,
    summary="All versions of the party, the oldest first",
    query=DIFF,
    replies=versions(PARTY),
)
def get_party_versions(request: Request) -> Reply:
    return all_versions(PARTIES, request)


@routes.put(
    "/v1/parties/{party_id}/mapping",
    scopes=_REPORTERS,
    summary="Say how a reporter's files name our columns",
    body=Mapping,
    replies={200: ReplyForm("The mapping as it is kept", Mapping)},
)
def put_mapping(request: Request) -> Reply:
    party = request.caller.acts_for(slug(request.path["party_id"]), "party_id")
    mapping = validated(Mapping, request.json_object(), "the mapping")
    integrations.put_mapping(party, mapping, request.caller.name, clock.timestamp())
    return Reply(mapping.model_dump(mode="json"))


@routes.get(
    "/v1/parties/{party_id}/mapping",
    scopes=_REPORTERS,
    summary="How a reporter's files name our columns",
    replies={200: ReplyForm("The mapping; an empty one before any was put", Mapping)},
)
def get_mapping(request: Request) -> Reply:
    party = request.caller.acts_for(slug(request.path["party_id"]), "party_id")
    return Reply(integrations.mapping_of(party).model_dump(mode="json"))


@routes.put(
    "/v1/parties/{party_id}/clients/{client_id}",
    scopes=["admin"],
    summary="Let an API client's tokens act for a party",
    description="Several clients may act for one party, so that a key is changed without a gap. A client of the second issuer is called "
    "`external~<client_id>`. A change counts within five minutes.",
    replies={200: ReplyForm("Whom the client acts for", ClientBinding)},
)
def put_client(request: Request) -> Reply:
    party_id, client_id = _client(request)
    check_party_id(party_id)
    integrations.bind_client(client_id, party_id, request.caller.name, clock.timestamp())
    return Reply({"party_id": party_id, "client_id": client_id})


@routes.post(
    "/v1/parties/{party_id}:erase",
    scopes=("admin",),
    summary="Erase a party's personal data from every version of its record",
    description="Name, identifiers, address, tax and bank details go; the ledger, and what was sealed, stays. It cannot be undone.",
    replies={200: ReplyForm("How many versions were rewritten, and when", Erasure)},
)
def erase_party(request: Request) -> Reply:
    return Reply(erasure.erase(slug(request.path["party_id"])))


@routes.get(
    "/v1/parties/{party_id}/clients",
    scopes=(*_READERS, "disclosures.write"),
    summary="The API clients whose tokens act for a party",
    description="A party sees its own, finance everybody's. By client id.",
    query=PAGING,
    replies=listed("A page of clients: since when, and by whose word", ClientBinding),
)
def list_clients(request: Request) -> Reply:
    party_id, page = slug(request.path["party_id"]), page_request(request.query)
    if not request.caller.may_read(party_id):
        raise Forbidden(f"the clients of {party_id} are shown to itself and to finance")
    found = integrations.clients_of(party_id, page.after, page.limit + 1)
    return Reply(page_of([(one.client_id, one._asdict()) for one in found], page.limit))


@routes.get(
    "/v1/parties/{party_id}/clients/{client_id}",
    scopes=["admin"],
    summary="Whether a client acts for the party, since when, and who said so",
    replies={200: ReplyForm("The binding", ClientBinding)},
)
def get_client(request: Request) -> Reply:
    party_id, client_id = _client(request)
    return Reply(integrations.binding(client_id, party_id)._asdict())


@routes.delete(
    "/v1/parties/{party_id}/clients/{client_id}",
    scopes=["admin"],
    summary="Let a client act for nobody; counts within five minutes",
    replies={204: ReplyForm("The client acts for nobody")},
)
def delete_client(request: Request) -> Reply:
    party_id, client_id = _client(request)
    integrations.release_client(client_id, party_id)
    return Reply(status=204)


def _client(request: Request) -> tuple[str, str]:
    return slug(request.path["party_id"]), slug(request.path["client_id"])
