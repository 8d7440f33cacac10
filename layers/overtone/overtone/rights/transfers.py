"""Handing the administration of a work on: offered by who has it, taken by who is to have it; nobody is made to administer anything."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from overtone.errors import Conflict, Fault, Forbidden, NotFound, Rejected
from overtone.rights.agreement import Status
from overtone.rights.registration import Actor


class WorkTransfer(NamedTuple):
    """One offer and what became of it; times are ISO timestamps, "" where nothing happened yet."""

    work_id: str
    giver: str
    taker: str
    offered_by: str
    offered_at: str
    evidence: str = ""
    status: Status = Status.PROPOSED
    answered_by: str = ""
    answered_at: str = ""
    reason: str = ""

    def to_json(self) -> dict[str, str]:
        """As stored, and as shown."""
        return self._asdict()

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "WorkTransfer":
        """The inverse of `to_json`."""
        texts: dict[str, Any] = {name: str(stored[name]) for name in cls._fields}
        return cls(**texts | {"status": Status(stored["status"])})


def offer(actor: Actor, work_id: str, owner: str, taker: str, known: WorkTransfer | None, *, evidence: str, at: str) -> WorkTransfer:  # noqa: PLR0913 - what an offer is
    """The offer; the one that stands where it says the same. Raises `Forbidden`, `Rejected`, `Conflict` where another one stands."""
    if not actor.admin and (not actor.party or actor.party != owner):
        raise Forbidden(f"{work_id} is administered by another party or by admins, who alone can offer to hand it on")
    if taker == owner:
        raise Rejected(f"to: {taker} administers the work already", [Fault("administers the work already", "to")])
    if known is not None and known.status == Status.PROPOSED and known.giver == owner:
        if known.taker == taker:
            return known
        raise Conflict(f"{work_id} is offered to {known.taker} since {known.offered_at}; withdraw that first")
    return WorkTransfer(work_id, owner, taker, actor.name, at, evidence)


def answered(actor: Actor, transfer: WorkTransfer, verdict: Status, *, reason: str, at: str) -> WorkTransfer:
    """The offer with its answer; saying so again changes nothing.

    Raises `NotFound` for those whom it does not concern, `Forbidden` for an answer that is the other side's, `Conflict` once decided.
    """
    if not actor.admin and actor.party not in {transfer.giver, transfer.taker} - {""}:
        raise NotFound(f"there is no offer to hand {transfer.work_id!r} on")
    if transfer.status != Status.PROPOSED:
        if transfer.status == verdict:
            return transfer
        raise Conflict(f"this offer was {transfer.status} by {transfer.answered_by} at {transfer.answered_at}; make a new one")
    whose = transfer.giver if verdict == Status.WITHDRAWN else transfer.taker
    if not actor.admin and actor.party != whose:
        raise Forbidden(f"{whose} alone says whether this offer is {verdict}; an admin can transfer a work by PUT with owner")
    return transfer._replace(status=verdict, answered_by=actor.name, answered_at=at, reason=reason)
