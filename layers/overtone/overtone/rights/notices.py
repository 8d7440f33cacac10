"""What parties are told of a change of the registry that somebody else made."""

from typing import Final

from overtone.facts.events import PartyEvent, events_for
from overtone.money import NANO, format_share
from overtone.rights.registration import GOVERNED, Actor
from overtone.rights.registry import Party, Work
from overtone.rights.shares import greatest
from overtone.rights.versions import Entity, Version
from overtone.scales import ZERO_NANO, Nano

OVERLAPS_TOLD: Final = 5
"""Intervals of a work that a warning names."""
DAYS_TOLD: Final = 5
"""Days that a warning about a party names."""


def of_shares(actor: Actor, work_id: str, before: Entity[Work] | None, version: Version[Work]) -> list[PartyEvent]:
    """What a version of a work's shares tells: whose share it changes, and whose money waits because the claims exceed the whole."""
    earlier = before.in_force(version.effective_from, version.recorded_at) if before else None
    changed = _shares_changed(actor, work_id, earlier.content if earlier else None, version)
    return [*changed, *_overlap(actor, work_id, before, version)]


def _shares_changed(actor: Actor, work_id: str, earlier: Work | None, version: Version[Work]) -> list[PartyEvent]:
    """Everybody whose share of a work is another than stood in its days is told of both, unless it said so itself."""
    old = greatest(earlier.shares) if earlier else {}
    new = greatest(version.content.shares)
    parties = sorted(
        party for party in old.keys() | new.keys() if old.get(party, ZERO_NANO) != new.get(party, ZERO_NANO) and party != actor.party
    )
    return [
        event
        for party in parties
        for event in _share_changed(actor, work_id, version, (party, old.get(party, ZERO_NANO), new.get(party, ZERO_NANO)))
    ]


def _overlap(actor: Actor, work_id: str, before: Entity[Work] | None, version: Version[Work]) -> list[PartyEvent]:
    """Everybody who claims a share in days in which the claims now exceed the whole: its money of them waits."""
    if version.content.claimed <= NANO:
        return []
    claimants = {share.party for share in version.content.shares if share.share} - {actor.party}
    until = _end(before, version.effective_from) if before else ""
    said = {"by": actor.name, "claimed": format_share(version.content.claimed), "applies_from": version.effective_from, "until": until}
    return events_for("overlap.found", version.recorded_at, claimants, work_id=work_id, version=version.number, **said)


def _end(work: Entity[Work], day: str) -> str:
    """The day on which another version takes over from what begins on a day; empty where none does."""
    return min((version.effective_from for version in work.versions if version.effective_from > day), default="")


def overlaps_elsewhere(work: Entity[Work]) -> list[str]:
    """A warning of other days, past or to come, in which the claims exceed the whole: what was put does not change them."""
    put = work.latest.effective_from
    over = [(day, content.claimed) for day, content in work.standing().items() if day != put and content.claimed > NANO]
    return [
        f"from {day} {f'until {end}' if (end := _end(work, day)) else 'on'} the shares add up to {format_share(claimed)}: "
        f"all money of these days waits as disputed; put the shares with effective_from {day} to mend it"
        for day, claimed in over[:OVERLAPS_TOLD]
    ]


def _share_changed(actor: Actor, work_id: str, version: Version[Work], change: tuple[str, Nano, Nano]) -> list[PartyEvent]:
    party, before, after = change
    said = {"before": format_share(before), "after": format_share(after), "applies_from": version.effective_from}
    return events_for("share.changed", version.recorded_at, [party], work_id=work_id, version=version.number, by=actor.name, **said)


def bank_details_changed(actor: Actor, party_id: str, before: Entity[Party] | None, version: Version[Party] | None) -> list[PartyEvent]:
    """A party is told where its money goes from a day on on which it went elsewhere, whoever said so: it may not have been itself."""
    if before is None or version is None or before.stands(version.effective_from).payout == version.content.payout:
        return []
    return events_for("bank_details.changed", version.recorded_at, [party_id], version=version.number, by=actor.name)


def governed_otherwise(before: Entity[Party] | None, after: Entity[Party]) -> list[str]:
    """A warning for each change of what governs a party that ends with a version of days to come, which does not say so."""
    if before is None or len(after.versions) == len(before.versions):
        return []
    put, stood = after.latest, before.stands(after.latest.effective_from)
    to_come = after.standing(put.effective_from)
    warnings = []
    for name in GOVERNED:
        word = getattr(put.content, name)
        days = [day for day, party in to_come.items() if getattr(party, name) != word]
        if days and word != getattr(stood, name):
            warnings.append(f"versions of days to come, from {', '.join(days[:DAYS_TOLD])}, say another {name}: put it for these days, too")
    return warnings
