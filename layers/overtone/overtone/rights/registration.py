"""What may be registered, by whom, and what is refused: the rules of putting a party or a work (`deal_rules` has the rest).

Pure: whoever calls has read what the rules need. A refusal lists every fault by the path of its
field; who may not at all gets `Forbidden`. Money is never lost to a rule here: an overclaimed work
is registered with a warning and its money waits, because refusing it would hide the dispute.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final, NamedTuple, TypeVar

from overtone import fields
from overtone.errors import Conflict, Fault, Forbidden, Rejected, TooLarge
from overtone.facts.events import OFFICE
from overtone.identifiers import slug
from overtone.money import NANO, format_share
from overtone.rights.agreement import Status
from overtone.rights.registry import Party, Work
from overtone.rights.shares import sums
from overtone.rights.versions import Entity, Version, in_force
from overtone.territories import WORLD

VERSIONS_MAX: Final = 500
"""Versions of one entity; the store also refuses what would not fit one item of 400 KB."""
SHARDS_NOTICE_DAYS: Final = 2
"""A reporter's shards change from two days ahead on: no usage of such a day can be on its way yet."""
PLACES_TOLD: Final = 6
"""Territories and rights whose shares are no whole, of which a registrant is told each."""
MANDATE_CHAIN_MAX: Final = 16
"""Societies that mandate societies that mandate societies …"""

_READ_ONLY: Final = frozenset({"recorded_at", "author", "warnings", "applies_from", "keeps", "changes", "contested", "approval", "accords"})
GOVERNED: Final = ("kind", "on_hold", "withholding_rate", "completeness")
"""Fields of its own record that a party may state first, and not change."""
_NOT_FOR_FINANCE: Final = ("kind", "payout", "mandates")
"""Fields that finance does not change for others: where money goes is the party's own word."""

M = TypeVar("M", bound=fields.Model)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who registers: the party that the token acts for (or empty), and what its scopes allow beyond that."""

    party: str
    admin: bool = False
    finance: bool = False

    @property
    def name(self) -> str:
        """How versions name their author."""
        return self.party or ("admin" if self.admin else "finance")


class PutBody(NamedTuple):
    """The body of a PUT: the model's own fields, and what stands beside them."""

    content: dict[str, Any]
    effective_from: str | None
    owner: str | None
    version: int | None


def submission(entity_id: str, body: object) -> PutBody:
    """Take a body apart; an answer of ours may be sent back, changed.

    Raises `Rejected` for a body that is not an object, that names another id than its path, or
    whose `effective_from`, `owner` or `version` cannot be read.
    """
    if not isinstance(body, dict):
        raise Rejected("send one JSON object")
    content = {name: value for name, value in body.items() if name not in _READ_ONLY}
    if content.pop("id", entity_id) != entity_id:
        raise Rejected("the body is for another id than the path", [Fault("leave it out, or send the id of the path", "id")])
    given = content.pop("effective_from", None)
    owner, version = content.pop("owner", None), content.pop("version", None)
    if version is not None and type(version) is not int:
        raise Rejected("version: expected an integer", [Fault("expected the number of the version that you read", "version")])
    return PutBody(content, _optional(fields.day, given, "effective_from"), _optional(slug, owner, "owner"), version)


def _optional(parse: Callable[[object], str], value: object, field: str) -> str | None:
    if value is None:
        return None
    try:
        return parse(value)
    except Rejected as error:
        raise Rejected.at(field, error.detail) from error


def next_version(
    entity: Entity[M] | None, content: M, sent: PutBody, *, first_day: str, author: str, recorded_at: str
) -> Version[M] | None:
    """The version that a PUT adds, or `None` where it says what the latest one says already.

    The first is in force from `first_day` unless it says otherwise, a later one from the day it is
    recorded; what the latest says of other days is not said of that one. Raises `Conflict` where the
    sender had read another version than the latest.
    """
    if entity is None:
        if sent.version not in (None, 0):
            raise Conflict(f"there is no version {sent.version}: nothing is registered under this id; leave version out")
        return Version(1, sent.effective_from or first_day, recorded_at, author, content)
    latest = entity.latest
    if sent.version is not None and sent.version != latest.number:
        raise Conflict(f"version {latest.number} was recorded since you read version {sent.version}; read it and send your change again")
    if latest.content == content and _says(entity, sent.effective_from, recorded_at[:10]):
        return None
    if latest.number >= VERSIONS_MAX:
        raise TooLarge(f"{entity.id} has {VERSIONS_MAX} versions, the most that are kept; register it under a new id")
    recorded_at = max(recorded_at, latest.recorded_at)
    return Version(latest.number + 1, sent.effective_from or recorded_at[:10], recorded_at, author, content)


def _says(entity: Entity[M], given: str | None, today: str) -> bool:
    """Whether the latest version is what a put of this day, or of today, asks for: another may stand today. A proposal is so repeated."""
    latest = entity.latest
    if given is not None:
        return given == latest.effective_from
    proposed = latest.agreement is not None and latest.agreement.status != Status.ACCEPTED
    return proposed or entity.live_on(today).content == latest.content


def transferred(entity: Entity[M], *, author: str, recorded_at: str) -> Version[M]:
    """The version that records a new owner, or that something was erased: what is in force stays as it is."""
    latest = entity.latest
    return replace(latest, number=latest.number + 1, author=author, recorded_at=max(recorded_at, latest.recorded_at))


# --- parties


def parties_of_party(party: Party) -> set[str]:
    """Whom a party's record refers to."""
    return {mandate.society for mandate in party.mandates} | set(party.attribution_providers)


def allow_party(actor: Actor, party_id: str, new: Party, stood: Party | None) -> None:
    """Raise `Forbidden` unless the actor may put this record in place of what stood: the party itself, an admin, in part finance."""
    if actor.admin:
        return
    if actor.party != party_id and not (actor.finance and stood):
        raise Forbidden(f"a party's record is put by itself or an admin, and this token acts for {actor.party or 'no party'}")
    if stood is None:
        return
    changed = _changed(stood, new)
    if actor.party != party_id:
        closed: Collection[str] = _NOT_FOR_FINANCE
    else:
        closed = ("kind",) if actor.finance else GOVERNED
    if wrong := [name for name in changed if name in closed]:
        faults = [Fault("ask an admin or finance for this change", name) for name in wrong]
        raise Forbidden(f"this token may not change {', '.join(wrong)} of {party_id}", faults)


def _changed(old: Party, new: Party) -> list[str]:
    return [name for name in Party.model_fields if getattr(old, name) != getattr(new, name)]


def check_party_id(party_id: str) -> None:
    """Raise `Rejected` for the name under which finance is told what concerns no party: a party of that name would hear it."""
    if party_id == OFFICE:
        message = f"{OFFICE!r} is the name of the office and of no party; choose another id"
        raise Rejected(message, [Fault(message, "party_id")])


def check_new_id(party_id: str) -> None:
    """Raise `Rejected` for the name by which records say that an admin wrote them: a party of that name would have written them all."""
    if party_id == Actor("", admin=True).name:
        message = f"{party_id!r} stands for admins wherever it says who wrote something; choose another id"
        raise Rejected(message, [Fault(message, "party_id")])


def check_party(party_id: str, new: Party, known: Mapping[str, Party], claims: Mapping[str, str]) -> None:
    """Raise `Rejected` for mandates and providers that name nobody fitting, `Conflict` for an IPI that names another party.

    `known` are the parties referred to, `claims` the other party that a taken identifier names.
    """
    check_party_id(party_id)
    faults = []
    for i, mandate in enumerate(new.mandates):
        if mandate.society == party_id:
            faults.append(Fault("a party cannot mandate itself", f"mandates.{i}.society"))
        elif mandate.society not in known:
            faults.append(Fault(f"{mandate.society} is not registered; register the society first", f"mandates.{i}.society"))
        elif known[mandate.society].kind != "society":
            faults.append(Fault(f"{mandate.society} is a {known[mandate.society].kind}, not a society", f"mandates.{i}.society"))
    faults += unknown((f"attribution_providers.{i}", name) for i, name in enumerate(new.attribution_providers) if name not in known)
    refuse(f"the record of {party_id} cannot be taken", faults)
    if claims:
        message = f"names party {next(iter(claims.values()))}; ask an admin to let your client act for that party"
        raise Conflict(f"ipi {new.ipi} {message}", [Fault(message, "ipi")])


def check_no_cycle(party_id: str, new: Party, mandated: Callable[[str], Collection[str]]) -> None:
    """Raise `Rejected` where mandates lead back to the party, naming the way; `mandated` are a society's own societies."""
    trail: list[tuple[str, ...]] = [(party_id, mandate.society) for mandate in new.mandates]
    seen: set[str] = set()
    while trail:
        path = trail.pop()
        if path[-1] == party_id or len(path) > MANDATE_CHAIN_MAX:
            way = " -> ".join(path)
            raise Rejected(f"mandates form a chain that does not end: {way}", [Fault(f"leads back: {way}", "mandates")])
        if path[-1] not in seen:
            seen.add(path[-1])
            trail += [(*path, society) for society in mandated(path[-1])]


def check_shards(new: Party, entity: Entity[Party] | None, effective_from: str, today: str) -> None:
    """Raise `Rejected` where days whose usage may be here already would be sharded anew."""
    if entity is None:
        return
    before = in_force(entity.versions, effective_from, entity.latest.recorded_at)
    earliest = (date.fromisoformat(today) + timedelta(days=SHARDS_NOTICE_DAYS)).isoformat()
    if new.shards != (before.content.shards if before else 1) and effective_from < earliest:
        raise Rejected.at("shards", f"shards change from {SHARDS_NOTICE_DAYS} days ahead on; send effective_from {earliest} or later")


# --- works


def work_owner(actor: Actor, entity: Entity[Work] | None, asked: str | None, parties: Collection[str] = ()) -> str:
    """The party that administers the work after this PUT; raises `Forbidden`.

    Who registers first administers; admins act for any party, and they alone transfer a work. An admin whose own party is none of
    those that exist (`parties`) acts for none.
    """
    if entity is not None and not actor.admin and entity.owner != actor.party:
        raise Forbidden(f"{entity.id} is administered by another party; a transfer needs an admin")
    if actor.admin:
        return asked or (entity.owner if entity else actor.party if actor.party in parties else "")
    if not actor.party:
        raise Forbidden("this token acts for no party; works are registered by the party that administers them")
    if asked not in (None, actor.party):
        raise Forbidden(
            "owner: a work is registered for the token's own party; a transfer needs an admin", [Fault("leave it out", "owner")]
        )
    return actor.party


def check_work(work: Work, parties: Collection[str], owner: str, composition: Work | None, claims: Mapping[str, str]) -> None:
    """Raise `Rejected` for names that are not registered, `Conflict` for an identifier that names another work.

    `parties` are those of the work's parties and owner that exist, `composition` the linked work if
    it does, `claims` the other work that each taken identifier names.
    """
    faults = unknown((f"shares.{i}.party", share.party) for i, share in enumerate(work.shares) if share.party not in parties)
    if owner and owner not in parties:
        faults += unknown([("owner", owner)])
    if work.composition is not None and composition is None:
        faults.append(Fault(f"{work.composition} is not registered; register the composition first", "composition"))
    elif composition is not None and composition.kind != "composition":
        faults.append(Fault(f"{work.composition} is a {composition.kind}, not a composition", "composition"))
    refuse("the work cannot be taken", faults)
    taken = [(i, key, claims[key]) for i, key in enumerate(work.identifiers) if key in claims]
    if taken:
        faults = [
            Fault(f"{key} names work {other}; it must be taken out of that work first", f"identifiers.{i}") for i, key, other in taken
        ]
        raise Conflict(f"{taken[0][1]} names work {taken[0][2]} already", faults)


def warnings(work: Work) -> list[str]:
    """What the registrant should know: money that will wait in suspense as the work stands."""
    said = ["the work is marked disputed: all its money waits until it is not"] if work.disputed else []
    whole = sums(work.shares)
    plain = len(set(whole.values())) == 1
    wrong = [(place, right, claimed) for (place, right), claimed in whole.items() if claimed != NANO]
    for place, right, claimed in wrong[:1] if plain else wrong[:PLACES_TOLD]:
        where = "" if plain else f"in {'the rest of the world' if place == WORLD else place}, {right}: "
        whose = "this side" if plain else "this territory and right"
        over = f"all money of {whose} waits as disputed until they are at most 1"
        said.append(
            f"{where}the shares add up to {format_share(claimed)}: "
            + (over if claimed > NANO else f"the rest of {whose}'s money waits as unclaimed_share")
        )
    if not plain and len(wrong) > PLACES_TOLD:
        said.append(f"and so in {len(wrong) - PLACES_TOLD} more of the territories and rights that the shares name")
    return said


def unknown(names: Iterable[tuple[str, str]]) -> list[Fault]:
    """A fault for each (field, party) that names nobody who is registered."""
    return [Fault(f"{party} is not registered; put /v1/parties/{party} first", field) for field, party in names]


def refuse(detail: str, faults: Sequence[Fault]) -> None:
    """Raise `Rejected` with these faults, if there are any."""
    if faults:
        raise Rejected(f"{detail}: {faults[0].field}: {faults[0].message}", faults)
