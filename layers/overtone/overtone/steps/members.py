"""A society's members in bulk: each party's rows are one read-check-write of its own, and a bad row keeps no other from being taken."""

from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from overtone import clock
from overtone.errors import Conflict, Fault, Forbidden, Rejected, Retryable, TooLarge
from overtone.facts.drops import Drop
from overtone.facts.limits import FAULTS_LISTED_MAX
from overtone.fields import validated
from overtone.formats import members_csv, ndjson
from overtone.formats.blocks import blocks
from overtone.formats.text import checked
from overtone.rights import members
from overtone.rights.agreement import Beside, Status
from overtone.rights.members import MEMBERS_MAX, MEMBERS_POSTED_MAX, Member
from overtone.rights.registration import Actor, submission
from overtone.rights.registry import Party
from overtone.rights.versions import Entity
from overtone.steps import parties
from overtone.steps.registration import again
from overtone.stores import drops as drop_store
from overtone.stores import registry as store
from overtone.stores.entities import PARTIES
from overtone.stores.registration import WORKERS

CHUNK: Final = 200
"""Parties that are read together."""
OUTCOMES: Final = ("entered", "changed", "accepted", "proposed", "unchanged")
"""What becomes of a party's rows: registered, its record changed, its proposal accepted, asked for its yes, or nothing new."""


def society_of(actor: Actor, society_id: str) -> None:
    """Raise `Forbidden` unless the actor may enter members of a society that somebody has approved."""
    if not actor.admin and actor.party != society_id:
        raise Forbidden("members are entered by their society or an admin; use the society's token")
    society = store.find(PARTIES, society_id)
    if society is None or not society.latest.content.collects:
        raise Forbidden(f"{society_id} is not approved as a society; ask an admin to approve it first")


def enter(society_id: str, rows: Sequence[object], evidence: str) -> dict[str, Any]:
    """Take a society's rows; the receipt. Raises `TooLarge`."""
    if len(rows) > MEMBERS_POSTED_MAX:
        raise TooLarge(
            f"{len(rows)} members exceed the {MEMBERS_POSTED_MAX} of one request; drop the file as members/{society_id}/<name>.csv"
        )
    return _taken(society_id, rows, evidence)


def read(drop: Drop, etag: str) -> list[Any]:
    """The rows of a dropped file of members, whose society may enter them. Raises `Rejected`, `Forbidden`, `TooLarge`."""
    society_of(Actor(drop.party), drop.party)
    raw = b"".join(blocks(checked(drop_store.content(drop, etag)), quoted=drop.form == "csv"))
    rows = members_csv.read(raw) if drop.form == "csv" else ndjson.values(raw)
    if len(rows) > MEMBERS_MAX:
        raise TooLarge(f"{len(rows)} members exceed the {MEMBERS_MAX} of one file; drop several files")
    return rows


def take(drop: Drop, rows: Sequence[object]) -> dict[str, Any]:
    """Take a dropped file's members; its receipt. What was taken before a delivery died is found unchanged by the next."""
    about = {"name": drop.name, "key": drop.key, "reporter": drop.party}
    return about | _taken(drop.party, rows, f"file {drop.file}")


def _taken(society: str, sent: Sequence[object], evidence: str) -> dict[str, Any]:
    if not sent:
        raise Rejected("there are no members; send at least one")
    groups, faults = _grouped(sent)
    counts, whole = Counter(dict.fromkeys(OUTCOMES, 0)), sorted(groups.items())
    for start in range(0, len(whole), CHUNK):
        made, refused = _entered(society, whole[start : start + CHUNK], evidence)
        counts += made
        faults += refused
    faults.sort(key=lambda fault: (fault.index or 0, fault.field))
    status = "rejected" if not sum(counts.values()) else "committed"
    listed = [fault.to_json() for fault in faults[:FAULTS_LISTED_MAX]]
    figures = {name: counts[name] for name in OUTCOMES}
    about = {"society": society, "status": status, "received": len(sent), "parties": len(groups)}
    return about | figures | {"refused": len(faults), "rejected": listed, "accepted_at": clock.timestamp()}


def _grouped(sent: Iterable[object]) -> tuple[dict[str, list[tuple[int, Member]]], list[Fault]]:
    """The rows of each party with their places, and what is wrong with those that cannot be read."""
    groups: dict[str, list[tuple[int, Member]]] = {}
    faults: list[Fault] = []
    for index, row in enumerate(sent):
        try:
            member = validated(Member, row, "the member")
        except Rejected as error:
            name = str(row.get("party", "")) if isinstance(row, dict) else ""
            faults += [Fault(fault.message, fault.field, name or None, index) for fault in error.faults]
        else:
            groups.setdefault(member.party, []).append((index, member))
    return groups, faults


def _entered(society: str, chunk: Sequence[tuple[str, list[tuple[int, Member]]]], evidence: str) -> tuple[Counter[str], list[Fault]]:
    known = store.parties(party_id for party_id, _ in chunk)

    def one(group: tuple[str, list[tuple[int, Member]]]) -> str | list[Fault]:
        party_id, rows = group
        try:
            return _afresh(society, [row for _, row in rows], known.get(party_id), evidence)
        except (Rejected, Conflict) as error:
            faults = error.faults or (Fault(error.detail, "party"),)
            return [Fault(fault.message, fault.field, party_id, rows[0][0]) for fault in faults]

    with ThreadPoolExecutor(WORKERS) as pool:
        outcomes = list(pool.map(one, chunk))
    faults = [fault for outcome in outcomes if not isinstance(outcome, str) for fault in outcome]
    return Counter(outcome for outcome in outcomes if isinstance(outcome, str)), faults


def _afresh(society: str, rows: Sequence[Member], known: Entity[Party] | None, evidence: str) -> str:
    """Enter a party's rows as it was read with others; where somebody was faster, from the reading on."""
    try:
        return _enter(society, rows, known, evidence)
    except Retryable:
        return again(lambda: _enter(society, rows, store.find(PARTIES, rows[0].party), evidence))


def _enter(society: str, rows: Sequence[Member], entity: Entity[Party] | None, evidence: str) -> str:
    """What became of one party's rows, one of `OUTCOMES`."""
    actor, step = Actor(society), members.step(society, rows, entity, clock.today())
    for name in step.accepted:
        if entity is not None:
            entity = parties.answered(actor, entity, name, Status.ACCEPTED, {"evidence": evidence})
    if step.record is None:
        return "accepted" if step.accepted else "unchanged"
    party_id = rows[0].party
    sent = submission(party_id, step.record)
    party = validated(Party, sent.content, "the member")
    outcome = parties.record(parties.PartyEntry(actor, party_id, party, sent, Beside(evidence), step.represented), entity)
    if not outcome.new_version:
        return "unchanged"
    return ("entered" if outcome.created else "changed") if step.represented else "proposed"
