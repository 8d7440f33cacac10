"""What connects a party's machines: which client acts for it, and how its files name our columns."""

from overtone.aws import keys, tables
from overtone.facts.mapping import Mapping
from overtone.fields import stored


def bind_client(client_id: str, party: str, author: str, recorded_at: str) -> None:
    """Let a client's tokens act for a party from now on."""
    item = keys.client(client_id)._asdict() | {"party": party, "author": author, "recorded_at": recorded_at}
    tables.registry().put(item)


def party_of_client(client_id: str) -> str | None:
    """The party that the client's tokens act for."""
    item = tables.registry().get(keys.client(client_id))
    return str(item["party"]) if item else None


def put_mapping(party: str, mapping: Mapping, author: str, recorded_at: str) -> None:
    """Read the party's files by this mapping from now on."""
    said = {"mapping": mapping.model_dump(mode="json"), "author": author, "recorded_at": recorded_at}
    tables.registry().put(keys.mapping(party)._asdict() | said)


def mapping_of(party: str) -> Mapping:
    """How the party's files name our columns: as we do, where it has said nothing."""
    item = tables.registry().get(keys.mapping(party))
    return stored(Mapping, item["mapping"]) if item else Mapping()
