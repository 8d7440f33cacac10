"""Erasing a party's personal data: out of every version of its record, out of what found it by its identifiers,
and where its events were sent.

The ledger names parties by id alone and stays as it is. Sealed files that name it are accounts, which the law wants kept for a while
(see `payout.personal`): the answer says until when the last of them is there.
"""

from dataclasses import replace

from overtone import clock
from overtone.config import settings
from overtone.errors import Conflict, NotFound
from overtone.payout.personal import kept_until
from overtone.rights.registration import transferred
from overtone.rights.registry import Party
from overtone.rights.versions import Entity
from overtone.stores import chain as chain_store
from overtone.stores import registration as registration_store
from overtone.stores import registry as registry_store
from overtone.stores import settlements as settlement_store
from overtone.stores import webhooks
from overtone.stores.entities import PARTIES
from overtone.stores.registry import IdentifierClaim


def erase(party_id: str) -> dict[str, object]:
    """Rewrite the party's versions without personal data; the same again changes nothing.

    Raises `NotFound`, `Retryable`, and `Conflict` while a settlement runs: of one payee it would have paid into an account what its
    statement then says that nobody may pay.
    """
    party = registry_store.find(PARTIES, party_id)
    if party is None:
        raise NotFound(f"there is no party {party_id!r}")
    if running := chain_store.head()["running"]:
        raise Conflict(f"settlement {running} is running and reads the record; erase again when it is sealed, refused or failed")
    versions = tuple(replace(version, content=version.content.erased()) for version in party.versions)
    registration_store.rewrite(PARTIES, _noticed(party, replace(party, versions=versions)), party, _found_by(party))
    for kept in webhooks.of(party_id):
        webhooks.forget(party_id, kept.endpoint_id)
    return {"party_id": party_id, "versions": len(versions), "erased_at": clock.timestamp()} | _files()


def _noticed(before: Entity[Party], erased: Entity[Party]) -> Entity[Party]:
    """Where anything was erased, with one version more that says the same: a write that is under way has read another record."""
    if erased.versions == before.versions:
        return erased
    again = transferred(erased, author=erased.latest.author, recorded_at=clock.timestamp())
    return replace(erased, versions=(*erased.versions, again))


def _found_by(party: Entity[Party]) -> dict[str, IdentifierClaim]:
    """What found the party by its identifiers. An IPI that it gave up may be another's, and an ISNI finds works alone: a voice."""
    named = {f"ipi:{version.content.ipi}" for version in party.versions if version.content.ipi}
    return {key: claim for key, claim in registry_store.claims(sorted(named)).items() if claim.holder in {"", party.id}}


def _files() -> dict[str, str]:
    sealed = [record["sealed_at"] for record in settlement_store.all_records() if record["status"] == settlement_store.SEALED]
    return {"files_kept_until": kept_until(max(sealed), settings().keep_personal_files_days)} if sealed else {}
