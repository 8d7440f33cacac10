"""Erasing a party's personal data: out of every version of its record, out of what found it by its identifiers,
and where its events were sent.

The ledger names parties by id alone and stays as it is. What was sealed is evidence, and its files are not touched.
"""

from dataclasses import replace

from overtone import clock
from overtone.errors import NotFound
from overtone.stores import recording, webhooks
from overtone.stores import registry as registry_store
from overtone.stores.entities import PARTIES


def erase(party_id: str) -> dict[str, object]:
    """Rewrite the party's versions without personal data; the same again changes nothing. Raises `NotFound`, `Retryable`."""
    party = registry_store.find(PARTIES, party_id)
    if party is None:
        message = f"there is no party {party_id!r}"
        raise NotFound(message)
    contents = [version.content for version in party.versions]
    versions = tuple(replace(version, content=version.content.erased()) for version in party.versions)
    named = [f"ipi:{content.ipi}" for content in contents if content.ipi] + [f"isni:{content.isni}" for content in contents if content.isni]
    recording.rewrite(PARTIES, replace(party, versions=versions), party, sorted(set(named)))
    for kept in webhooks.of(party_id):
        webhooks.forget(party_id, kept.endpoint_id)
    return {"party_id": party_id, "versions": len(versions), "erased_at": clock.timestamp()}
