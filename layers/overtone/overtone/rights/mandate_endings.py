"""A mandate ends on a day that either side names, ahead: nothing that was collected before changes.

The end stands beside the record like the yes: a member's change of address neither takes it back nor brings it forward.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final, Literal

from overtone.errors import Conflict, NotFound, Rejected
from overtone.facts.events import PartyEvent, events_for
from overtone.rights.agreement import Accord, MandateEnd, Status
from overtone.rights.registration import Actor
from overtone.rights.registry import Mandate, Party
from overtone.rights.versions import Entity, Version

ENDED: Final = "ended"
MandateStatus = Literal["proposed", "accepted", "refused", "withdrawn", "ended"]
"""Where a mandate stands: where its agreement does, until it ends."""
NOTICE_DAYS: Final = 1
"""A mandate ends tomorrow at the earliest: uses of today may be collected already."""


def first_day(today: str, given: str | None) -> str:
    """The day from which the mandate counts no more; raises `Rejected` for one that has begun."""
    earliest = (date.fromisoformat(today) + timedelta(days=NOTICE_DAYS)).isoformat()
    if given is not None and given < earliest:
        raise Rejected.at("from", f"a mandate ends {NOTICE_DAYS} day ahead; send {earliest} or later")
    return given or earliest


def stated_from(entity: Entity[Party], mandate: Mandate, day: str) -> bool:
    """Whether the party's record states a mandate on a day, or on any day to come; or the version recorded last, of days gone by."""
    return any(mandate in content.mandates for content in (entity.latest.content, *entity.standing(day).values()))


def said_before(actor: Actor, accord: Accord, given: str | None) -> str:
    """The day on which the mandate ends, where this is what was said when it was ended; "" else."""
    if accord.end is None:
        return ""
    first = first_day(accord.end.at[:10], None) if accord.end.by == actor.name else ""
    return accord.end.day if accord.end.day == (given or first) else ""


def ended(actor: Actor, entity: Entity[Party], accord: Accord, mandate: Mandate, end: MandateEnd) -> Accord:
    """The accord with its end; the same again changes nothing.

    Raises `NotFound` where the mandate is none of the actor's business, `Conflict` where it does not count or ends on another day.
    """
    if not actor.admin and actor.party not in {entity.id, mandate.society}:
        raise NotFound(f"there is no mandate {accord.of!r} of {entity.id!r}")
    if accord.end is not None:
        if accord.end.day == end.day:
            return accord
        raise Conflict(f"this mandate ends on {accord.end.day} already, as {accord.end.by} said at {accord.end.at}")
    decided = accord.agreement.decided
    if decided is None or decided.verdict != Status.ACCEPTED:
        raise Conflict(f"this mandate is {accord.agreement.status}: only an accepted one ends; refuse or withdraw it instead")
    if not stated_from(entity, mandate, end.at[:10]):
        raise Conflict(f"{entity.id} does not state this mandate any more")
    return accord._replace(end=end)


def event(actor: Actor, entity: Entity[Party], mandate: Mandate, end: MandateEnd) -> list[PartyEvent]:
    """The other side is told, with the day; of an admin's word both are."""
    parties = {entity.id, mandate.society} - {"" if actor.admin else actor.party}
    about = {"party_id": entity.id, "society": mandate.society, "applies_from": end.day, "by": actor.name, "reason": end.reason}
    return events_for("mandate.ended", end.at, parties, **about)


def applied(versions: Sequence[Version[Party]], until: Mapping[tuple[int, Mandate], str]) -> dict[int, list[Version[Party]]]:
    """Versions by number without what has ended, cut where something ends while they are in force.

    `versions` in order of the days from which they are in force, none where the party came later; `until` has the end of a version's
    mandates that have one.
    """
    if not versions:
        return {}
    following = [later.effective_from for _, later in pairwise(versions)] + ["9999-12-31"]
    return {version.number: list(_cut(version, last, until)) for version, last in zip(versions, following, strict=True)}


def _cut(version: Version[Party], last: str, until: Mapping[tuple[int, Mandate], str]) -> Iterator[Version[Party]]:
    """The version from each day on which it says something else, up to the day on which the next is in force."""
    given = version.content.mandates
    ends = {mandate: until.get((version.number, mandate), "") for mandate in given}
    first = version.effective_from
    for day in (first, *sorted({end for end in ends.values() if first < end < last})):
        left = tuple(mandate for mandate in given if not ends[mandate] or ends[mandate] > day)
        yield replace(version, effective_from=day, content=version.content.model_copy(update={"mandates": left}))


def shown(end: MandateEnd | None) -> dict[str, Any]:
    """How a mandate that was ended stands: since when it counts no more, who said so and why."""
    if end is None:
        return {}
    about = {"from": end.day, "by": end.by, "at": end.at}
    return {"status": ENDED, "end": about | ({"reason": end.reason} if end.reason else {})}
