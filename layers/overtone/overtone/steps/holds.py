"""Holding money and letting it go: both are facts of the months that a hold names, so those months are settled again.

What a hold of a subject names is kept apart when usage is accrued, so partitions that may have it are accrued again: when it is posted,
and once more by a settlement for those that an accident passed over.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from overtone import clock
from overtone.aws.attributes import Item
from overtone.aws.tables import ConditionFailed
from overtone.errors import Conflict, Fault, InvariantBroken, NotFound, Rejected
from overtone.facts.accrual import output_of
from overtone.facts.events import OFFICE, PartyEvent, events_for
from overtone.facts.intake import USAGE
from overtone.partitions import Partition
from overtone.settlement.holds import HELD, VOID, HoldDecision, HoldRequest, require_room
from overtone.stores import accruals as accrual_store
from overtone.stores import holds as store
from overtone.stores import outbox, registry, retention
from overtone.stores import outputs as output_store
from overtone.stores import subjects as subject_store
from overtone.stores.entities import WORKS

TOLD_MAX: Final = 500
"""Parties that are told of one hold, by id; the others see it on their statements."""
CAUSE: Final = "hold"
"""Why a partition waits to be accrued, where no batch and no report is it."""


def post(request: HoldRequest, by: str) -> tuple[dict[str, Any], bool]:
    """The hold, and whether it was there already. Raises `Conflict` for other content, `Rejected` for what is not registered."""
    asked = request.model_dump(mode="json", exclude_none=True) | {"months": sorted(request.months)}
    if known := store.find(request.hold_id):
        return _same(known, asked), True
    _refuse_unknown(request)
    _refuse_subject(request)
    try:
        at = clock.timestamp()
        kept = store.put(asked, at, by, _news("hold.placed", asked, at, HELD))
        if request.subject:
            take_apart(request.months, kept["accepted_at"])
        return store.shown(kept), False
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


def _refuse_subject(request: HoldRequest) -> None:
    """A subject that nobody used or disclosed would hold nothing, and what has expired cannot be taken apart any more."""
    if not (subject := request.subject):
        return
    for month in request.months:
        if retention.is_over(Partition(USAGE, "", f"{month}-01", 0)):
            _refuse(f"usage of {month} is kept no more, so what one subject came to cannot be told; name the work, with its licensee")
        require_room(month, store.subjects(month), subject)
    output = output_of(subject)
    known = bool(output_store.find_all([output])) if output is not None else bool(registry.works_by_keys([subject], clock.timestamp()))
    if not known and not subject_store.holding([subject], request.months):
        _refuse(f"nobody disclosed {subject}, and no use of it is accrued in these months; correct it, or name the work")


def _news(kind: str, hold: Mapping[str, Any], at: str, status: str) -> list[PartyEvent]:
    """What is told to finance, to who had a share of it in its months and, where it leaves a bill, to whose bill that is; not why."""
    keys = [f"work:{hold['work']}"] if "work" in hold else []
    works = registry.works_by_keys([*keys, *(store.works_of(hold["subject"]) if "subject" in hold else ())], at).values()
    days = [f"{month}-01" for month in hold["months"]]
    stood = [content for work in works for day, content in work.standing(*days).items() if day[:7] in hold["months"]]
    owners = {share.party for content in stood for share in content.shares}
    billed = {hold.get("licensee", ""), hold.get("reporter", "")} if status == VOID else set[str]()
    named = {name: hold[name] for name in ("licensee", "reporter", "work", "subject", "months") if name in hold}
    return events_for(kind, at, [OFFICE, *sorted(owners | billed)[:TOLD_MAX]], hold_id=hold["hold_id"], status=status, **named)


def _refuse(message: str) -> None:
    raise Rejected.at("subject", message)


def take_apart(months: Collection[str], at: str) -> None:
    """Let partitions that may have a subject of a hold, and do not keep it apart yet, be accrued again; repeating it changes nothing.

    A day whose records have expired stays as it was last accrued.
    """
    for month, named in sorted(store.subjects_of(months).items()):
        done = {item["sk"] for item in accrual_store.summaries(month) if named <= set(item.get(accrual_store.APART, ()))}
        waiting = (name for name in subject_store.holding(named, [month]) - done if not retention.is_over(Partition.parse(name)))
        outbox.mark(sorted(waiting), CAUSE, at)


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
            news = _news("hold.ended", header, decided["decided_at"], decision.outcome)
            return store.shown(store.end(header, decided, news))
        except ConditionFailed:
            header = get(hold_id)
    if (header["outcome"], header["evidence"]) != (decision.outcome, decision.evidence):
        raise Conflict(f"hold {hold_id!r} was {header['status']} by {header['decided_by']} before, on other evidence; that stands")
    return store.shown(header)


def release(hold_id: str, by: str) -> dict[str, Any]:
    """End a hold without more words; one that has ended stays as it is."""
    header = get(hold_id)
    return decide(hold_id, HoldDecision(), by) if header["status"] == HELD else store.shown(header)
