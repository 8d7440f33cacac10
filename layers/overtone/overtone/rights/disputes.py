"""A dispute about a work's shares: whose part waits, who must agree on how it ends, and what it leaves.

What is contested waits from the day on which the dispute was opened. It ends when everybody concerned says the same of how it
ends, when who opened it withdraws, or when an admin decides with evidence.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Any, Final, Literal, NamedTuple

import orjson
from pydantic import Field

from overtone.errors import Conflict, Fault, Forbidden, Rejected
from overtone.fields import Day, Model, Share, Slug, named_by_content
from overtone.money import NANO, format_share, split
from overtone.rights.registration import Actor
from overtone.rights.registry import SHARES_MAX, Work
from overtone.rights.shares import OwnerShare, greatest, losers
from overtone.rights.versions import Entity, Version
from overtone.scales import Nano

REASON_LENGTH_MAX: Final = 2_000
OPEN: Final = "open"
CLOSED: Final = "closed"
WITHDRAWN: Final = "withdrawn"
DisputeStatus = Literal["open", "closed", "withdrawn"]


class DisputedShare(Model):
    """What is disputed: a `party`'s share of a work, or everybody's; of it `share` (all of it where left out)."""

    model_config = named_by_content("dispute_id")

    dispute_id: Slug
    work: Slug
    party: Slug | None = None
    share: Share | None = None
    reason: Annotated[str, Field(min_length=1, max_length=REASON_LENGTH_MAX)]


class Resolution(Model):
    """How it ends: the work's shares from a day on, or as they stand; `evidence` is what an admin decides on."""

    shares: Annotated[tuple[OwnerShare, ...], Field(max_length=SHARES_MAX, strict=False)] | None = None
    effective_from: Day | None = None
    evidence: Annotated[str, Field(max_length=REASON_LENGTH_MAX)] = ""

    def agreed_text(self) -> str:
        """What two sides must say alike: everything but the evidence, and the order in which somebody lists shares."""
        said = self.model_dump(mode="json", exclude={"evidence"})
        if self.shares is not None:
            said["shares"].sort(key=lambda share: orjson.dumps(share, option=orjson.OPT_SORT_KEYS))
        return _digest(said)

    def is_said(self, kept: str | None) -> bool:
        """Whether a word that was kept is this one; what an earlier version kept had the shares in the order in which they were listed."""
        return kept in {self.agreed_text(), _digest(self.model_dump(mode="json", exclude={"evidence"}))}


def _digest(said: Mapping[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


class Dispute(NamedTuple):
    """One dispute as it stands: `parts` contested by party (nano), `said` by party the outcome that it last agreed to.

    `about` are the claims of a settlement that a licensee objects to; nothing of a work waits for such a one.
    """

    dispute_id: str
    work_id: str
    opened_by: str
    opened_at: str
    reason: str
    parts: dict[str, Nano]
    said: dict[str, str]
    status: DisputeStatus = OPEN
    closed_by: str = ""
    evidence: str = ""
    about: Mapping[str, Any] = {}

    @property
    def concerned(self) -> set[str]:
        """Who must agree: who opened it, and whose shares it is about."""
        return {self.opened_by, *self.parts}

    def to_json(self) -> dict[str, Any]:
        """As stored."""
        stored = self._asdict() | {"parts": {party: str(part) for party, part in self.parts.items()}}
        return {name: value for name, value in stored.items() if name != "about" or value}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Dispute":
        """The inverse of `to_json`."""
        return cls(**{**stored, "parts": {party: Nano(int(part)) for party, part in stored["parts"].items()}})


Rewrite = Callable[[str, Work], Work]
"""What a version says, from the day on which it begins and what it said before."""


def parts_contested(entity: Entity[Work], claim: DisputedShare, today: str) -> dict[str, Nano]:
    """Whose parts of a work wait under a claim; raises `Rejected` where nobody has what is claimed."""
    if not (found := parts_claimed(entity, claim, today)):
        raise Rejected.at("party", f"{claim.party or 'nobody'} has no share in {claim.work}")
    return found


def parts_claimed(entity: Entity[Work], claim: DisputedShare, today: str) -> dict[str, Nano]:
    """The parts that a claim is about: the most of each that any version from today on gives."""
    found: dict[str, Nano] = {}
    for work in entity.standing(today).values():
        for party, part in _parts_of(work, claim).items():
            found[party] = max(part, found.get(party, part))
    return found


def rewritten(entity: Entity[Work], days: Collection[str], change: Rewrite, author: str, at: str) -> Entity[Work]:
    """The work changed from the first of the days on: a version for each interval that another one stands in, those to come among them.

    A version names what the last one recorded does, for an identifier does not depend on the day: a dispute gives it to nobody. Where
    nothing changes, one version says so: whoever ends another dispute at the same time looks again.
    """
    versions, named = list(entity.versions), {"identifiers": entity.latest.content.identifiers}
    stands = [(day, before, change(day, before)) for day, before in entity.standing(*days).items()]
    for day, _, after in [one for one in stands if one[1] != one[2]] or stands[:1]:
        versions.append(Version(versions[-1].number + 1, day, at, author, after.model_copy(update=named)))
    return replace(entity, versions=tuple(versions))


def opened(parts: Mapping[str, Nano]) -> Rewrite:
    """The contested parts with these added."""
    return lambda _day, work: work.model_copy(update={"contested": with_parts(work.contested, parts)})


def ended(dispute: Dispute, shares: tuple[OwnerShare, ...] | None, since: str, others: Collection[Dispute]) -> Rewrite:
    """From when the dispute was opened the contested parts of the `others` that are open alone, and the agreed shares, if any, since their
    day. What is contested is at most the whole, so the dispute's own parts cannot just be taken off it.
    """

    def parts_on(day: str) -> Iterable[Mapping[str, Nano]]:
        return (other.parts for other in others if other.opened_at[:10] <= day)

    def change(day: str, work: Work) -> Work:
        free: dict[str, object] = {"contested": with_parts((), *parts_on(day))} if day >= dispute.opened_at[:10] else {}
        return work.model_copy(update=free | ({"shares": shares} if shares is not None and day >= since else {}))

    return change


def _parts_of(work: Work, claim: DisputedShare) -> dict[str, Nano]:
    held = {party: share for party, share in greatest(work.shares).items() if share}
    if claim.party is not None:
        held = {party: share for party, share in held.items() if party == claim.party}
    if not held:
        return {}
    whole = sum(held.values())
    part = min(claim.share, whole) if claim.share else whole
    return {party: contested_part for party, contested_part in split(part, held).items() if contested_part}


def with_parts(contested: Iterable[OwnerShare], *several: Mapping[str, Nano]) -> tuple[OwnerShare, ...]:
    """Contested parts with these added, of each party at most the whole."""
    known = {share.party: share.share for share in contested}
    for party, part in (one for parts in several for one in parts.items()):
        known[party] = Nano(min(NANO, known.get(party, 0) + part))
    return tuple(OwnerShare.model_validate({"party": party, "share": format_share(part)}) for party, part in sorted(known.items()) if part)


def repeats(actor: Actor, dispute: Dispute, outcome: Resolution | None) -> bool:
    """Whether this is said again of a dispute that it ended: by all who agreed, or by who took it back."""
    if outcome is None:
        return dispute.status == WITHDRAWN and dispute.closed_by == actor.name
    return dispute.status == CLOSED and not dispute.evidence and outcome.is_said(dispute.said.get(actor.party))


def agree(actor: Actor, dispute: Dispute, outcome: Resolution) -> Dispute:
    """The dispute with one word more: closed where all concerned now say the same, or an admin decides.

    Raises `Forbidden` for others, `Conflict` where it is closed.
    """
    if dispute.status != OPEN:
        raise Conflict(f"dispute {dispute.dispute_id} was {dispute.status} by {dispute.closed_by}; open a new one")
    if actor.admin:
        if not outcome.evidence:
            raise Rejected("evidence: an admin decides on evidence", [Fault("say on what this is decided", "evidence")])
        return dispute._replace(status=CLOSED, closed_by=actor.name, evidence=outcome.evidence)
    if actor.party not in dispute.concerned:
        raise Forbidden("a dispute is ended by those whom it concerns, or by an admin")
    word = outcome.agreed_text()
    said = {party: word if outcome.is_said(kept) else kept for party, kept in dispute.said.items()} | {actor.party: word}
    done = dispute.concerned <= said.keys() and len({said[party] for party in dispute.concerned}) == 1
    agreed = dispute._replace(said=said)
    return agreed._replace(status=CLOSED, closed_by=actor.name) if done else agreed


def check_outcome(actor: Actor, dispute: Dispute, entity: Entity[Work], outcome: Resolution, today: str) -> None:
    """Raise `Forbidden` where an agreement would take from somebody whom the dispute does not concern."""
    if outcome.shares is None or actor.admin:
        return
    held = entity.standing(outcome.effective_from or today).values()
    lose = {party for work in held for party in losers(work.shares, outcome.shares)} - dispute.concerned
    if lose:
        raise Forbidden.at("shares", f"would take from {', '.join(sorted(lose))}, whom this dispute does not concern: open one that does")


def check_objection(outcome: Resolution) -> None:
    """Raise `Rejected` where an objection to claims of a settlement would end in other shares."""
    if outcome.shares is not None:
        raise Rejected.at("shares", "an objection to claims of a settlement changes no shares: open a dispute about the work")


def check_backdated(actor: Actor, before: Entity[Work] | None, version: Version[Work], today: str) -> None:
    """Raise `Conflict` where somebody else would lose a share for days gone by, without having agreed."""
    if before is None or actor.admin or version.effective_from >= today:
        return
    stands = before.in_force(version.effective_from, before.latest.recorded_at)  # up to the day on which another version begins
    lose = losers(stands.content.shares, version.content.shares) - {actor.party} if stands else set()
    if lose:
        raise Conflict.at(
            "shares",
            f"from {version.effective_from} on {', '.join(sorted(lose))} would lose money of days gone by: send it from {today}, "
            "or open a dispute that all concerned close with these shares and this effective_from",
        )


def withdrawn(actor: Actor, dispute: Dispute) -> Dispute:
    """The dispute taken back by who opened it; raises `Forbidden`, `Conflict`."""
    if actor.party != dispute.opened_by and not actor.admin:
        raise Forbidden("a dispute is withdrawn by who opened it")
    if dispute.status != OPEN:
        raise Conflict(f"dispute {dispute.dispute_id} was {dispute.status} by {dispute.closed_by}")
    return dispute._replace(status=WITHDRAWN, closed_by=actor.name)


def check_shares(actor: Actor, before: Work | None, new: Work) -> None:
    """Raise `Conflict` where shares change that are in dispute: they change as the dispute ends, or by an admin."""
    if before is not None and before.contested and before.shares != new.shares and not actor.admin:
        raise Conflict("shares: they are in dispute; they change as all concerned agree (POST /v1/disputes/{id}:close), or by an admin")
