"""What connects a party's machines: which client acts for it, and how its files name our columns."""

from typing import NamedTuple

from overtone.aws import index_keys, keys, tables
from overtone.aws.tables import ABSENT, ConditionFailed, equals
from overtone.aws.transactions import Delete, Put, Write, transact
from overtone.errors import NotFound, Retryable
from overtone.facts.mapping import Mapping
from overtone.fields import stored


class Binding(NamedTuple):
    """That a client's tokens act for a party, since when, and who said so."""

    client_id: str
    party_id: str
    author: str
    recorded_at: str


def bind_client(client_id: str, party: str, author: str, recorded_at: str) -> None:
    """Let a client's tokens act for a party from now on; raises `Retryable` where somebody else bound it meanwhile."""
    table, said = tables.registry(), {"author": author, "recorded_at": recorded_at}
    before = table.get(keys.client(client_id))
    unchanged = equals(party=before["party"]) if before else ABSENT
    writes: list[Write] = [
        Put(table, keys.client(client_id)._asdict() | {"party": party} | said, unchanged),
        Put(table, index_keys.client_of(party, client_id)._asdict() | said),
    ]
    if before and before["party"] != party:
        writes.append(Delete(table, index_keys.client_of(before["party"], client_id)))
    try:
        transact(writes)
    except ConditionFailed as error:
        raise Retryable(f"client {client_id!r} was bound by somebody else at the same time; look, and send it again") from error


def release_client(client_id: str, party: str) -> None:
    """Let a client's tokens act for nobody from now on; raises `NotFound` where they do not act for this party."""
    table = tables.registry()
    try:
        transact([Delete(table, keys.client(client_id), equals(party=party)), Delete(table, index_keys.client_of(party, client_id))])
    except ConditionFailed as error:
        raise _unbound(client_id, party) from error


def clients_of(party: str, after: str, most: int) -> list[Binding]:
    """Clients whose tokens act for a party, by id, behind one of them."""
    found = []
    for item in tables.registry().query(index_keys.client_of(party, "").pk):
        if item["sk"] > after:
            found.append(Binding(item["sk"], party, item["author"], item["recorded_at"]))
        if len(found) == most:
            break
    return found


def binding(client_id: str, party: str) -> Binding:
    """What was said of a client; raises `NotFound` where it does not act for this party."""
    item = tables.registry().get(keys.client(client_id))
    if item is None or item["party"] != party:
        raise _unbound(client_id, party)
    return Binding(client_id, item["party"], item["author"], item["recorded_at"])


def _unbound(client_id: str, party: str) -> NotFound:
    message = f"no client {client_id!r} acts for {party}; PUT /v1/parties/{party}/clients/{client_id} lets it"
    return NotFound(message)


def party_of_client(client_id: str) -> str | None:
    """The party that the client's tokens act for."""
    item = tables.registry().get(keys.client(client_id))
    return str(item["party"]) if item else None


def external_client(client_id: str) -> str:
    """By what name a client of the second issuer is bound: `external~<client_id>`, which no client of our own pool can have."""
    return f"external~{client_id}" if client_id else ""


def put_mapping(party: str, mapping: Mapping, author: str, recorded_at: str) -> None:
    """Read the party's files by this mapping from now on."""
    said = {"mapping": mapping.model_dump(mode="json"), "author": author, "recorded_at": recorded_at}
    tables.registry().put(keys.mapping(party)._asdict() | said)


def mapping_of(party: str) -> Mapping:
    """How the party's files name our columns: as we do, where it has said nothing."""
    item = tables.registry().get(keys.mapping(party))
    return stored(Mapping, item["mapping"]) if item else Mapping()
