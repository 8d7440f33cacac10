"""Holding money and letting it go: both are facts of the months that a hold names, so those months are settled again."""

from typing import Any

from overtone import clock
from overtone.aws.attributes import Item
from overtone.aws.tables import ConditionFailed
from overtone.errors import Conflict, Fault, InvariantBroken, NotFound, Rejected
from overtone.settlement.holds import HELD, HoldDecision, HoldRequest
from overtone.stores import holds as store
from overtone.stores import registry
from overtone.stores.entities import WORKS


def post(request: HoldRequest, by: str) -> tuple[dict[str, Any], bool]:
    """The hold, and whether it was there already. Raises `Conflict` for other content, `Rejected` for what is not registered."""
    asked = request.model_dump(mode="json", exclude_none=True) | {"months": sorted(request.months)}
    if known := store.find(request.hold_id):
        return _same(known, asked), True
    _refuse_unknown(request)
    try:
        return store.shown(store.put(asked, clock.timestamp(), by)), False
    except ConditionFailed as error:
        if (known := store.find(request.hold_id)) is None:
            raise InvariantBroken("committed_once", f"hold {request.hold_id} is half there") from error
        return _same(known, asked), True


def _same(known: Item, asked: dict[str, Any]) -> dict[str, Any]:
    if {name: known[name] for name in store.NAMED if name in known} != asked:
        raise Conflict(f"hold {asked['hold_id']!r} was posted before with other content; use a new id")
    return store.shown(known)


def _refuse_unknown(request: HoldRequest) -> None:
    """What is misspelt would hold nothing, and nobody would notice."""
    parties = {name: party for name, party in (("licensee", request.licensee), ("reporter", request.reporter)) if party}
    registered = registry.parties(sorted(set(parties.values())))
    faults = [Fault(f"there is no party {party!r}", name) for name, party in parties.items() if party not in registered]
    if request.work and registry.find(WORKS, request.work) is None:
        faults.append(Fault(f"there is no work {request.work!r}; a hold names a work by its id", "work"))
    if faults:
        raise Rejected(f"{faults[0].field}: {faults[0].message}", faults)


def get(hold_id: str) -> Item:
    """A hold as it stands; raises `NotFound`."""
    if (header := store.find(hold_id)) is None:
        raise NotFound(f"there is no hold {hold_id!r}")
    return header


def decide(hold_id: str, decision: HoldDecision, by: str) -> dict[str, Any]:
    """End a hold; the same decision again changes nothing. Raises `Conflict` where it ended otherwise, `NotFound`, `Rejected`."""
    header = get(hold_id)
    if header["status"] == HELD:
        decided = {"outcome": decision.outcome, "evidence": decision.evidence, "decided_at": clock.timestamp(), "decided_by": by}
        try:
            return store.shown(store.end(header, decided))
        except ConditionFailed:
            header = get(hold_id)
    if (header["outcome"], header["evidence"]) != (decision.outcome, decision.evidence):
        raise Conflict(f"hold {hold_id!r} was {header['status']} by {header['decided_by']} before, on other evidence; that stands")
    return store.shown(header)


def release(hold_id: str, by: str) -> dict[str, Any]:
    """End a hold without more words; one that has ended stays as it is."""
    header = get(hold_id)
    return decide(hold_id, HoldDecision(), by) if header["status"] == HELD else store.shown(header)
