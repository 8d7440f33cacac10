"""What parties are told of a change of the registry that somebody else made."""

from overtone.facts.events import Event, told
from overtone.money import format_share
from overtone.rights.registration import Actor
from overtone.rights.registry import Party, Work
from overtone.rights.shares import greatest
from overtone.rights.versions import Entity, Version
from overtone.scales import ZERO_NANO, Nano


def shares_changed(actor: Actor, work_id: str, before: Entity[Work] | None, version: Version[Work]) -> list[Event]:
    """Everybody whose share of a work is another than before is told of both, unless it said so itself."""
    old = greatest(before.latest.content.shares) if before else {}
    new = greatest(version.content.shares)
    parties = sorted(
        party for party in old.keys() | new.keys() if old.get(party, ZERO_NANO) != new.get(party, ZERO_NANO) and party != actor.party
    )
    return [
        event
        for party in parties
        for event in _share_changed(actor, work_id, version, (party, old.get(party, ZERO_NANO), new.get(party, ZERO_NANO)))
    ]


def _share_changed(actor: Actor, work_id: str, version: Version[Work], change: tuple[str, Nano, Nano]) -> list[Event]:
    party, before, after = change
    said = {"before": format_share(before), "after": format_share(after), "applies_from": version.effective_from}
    return told("share.changed", version.recorded_at, [party], work_id=work_id, version=version.number, by=actor.name, **said)


def bank_details_changed(actor: Actor, party_id: str, before: Entity[Party] | None, version: Version[Party] | None) -> list[Event]:
    """A party is told where its money goes from now on, whoever said so: it may not have been itself."""
    if before is None or version is None or before.latest.content.payout == version.content.payout:
        return []
    return told("bank_details.changed", version.recorded_at, [party_id], version=version.number, by=actor.name)
