"""Many works at once: what a file says, as drafts of what to register, and a report of what became of each.

CWR names people by IPI and by the submitter's own numbers, not by our ids. Whom nobody has registered gets a record
that is *reserved* for it, so that its share is not lost: nobody can be paid on it until an admin binds a client to
it and bank details come. A share that names nobody at all stays unclaimed and its money waits.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple, get_args

from overtone import money
from overtone.formats.cwr import Interested, Refusal, Registration
from overtone.identifiers import ID_LENGTH_MAX
from overtone.money import NANO
from overtone.rights.registry import Work
from overtone.rights.versions import Entity

Status = Literal["registered", "revised", "unchanged", "refused"]
STATUSES: Final[tuple[Status, ...]] = get_args(Status)
Right = Literal["both", "performing", "mechanical"]
RIGHTS: Final[tuple[Right, ...]] = get_args(Right)
_PLACES: Final[Mapping[Right, tuple[int, ...]]] = {"performing": (0,), "mechanical": (1,), "both": (0, 1)}
"""Which of CWR's ownership shares (performing, mechanical, synchronisation) count, in equal parts."""


class Draft(NamedTuple):
    """One work as a file says it: `line` is where, `body` what a PUT of the work would send.

    `reserved` are records of parties to make where there is none yet; `isrcs` are recordings of the work.
    """

    line: int
    kind: str
    work_id: str
    body: Mapping[str, Any]
    refusals: tuple[Refusal, ...] = ()
    reserved: Mapping[str, Mapping[str, Any]] = {}
    isrcs: tuple[str, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether nothing of it can be taken."""
        return any(refusal.level == "transaction" for refusal in self.refusals)


class Result(NamedTuple):
    """What became of one draft."""

    draft: Draft
    status: Status
    version: int
    refusals: tuple[Refusal, ...]
    warnings: tuple[str, ...] = ()
    recordings: Mapping[str, str] = {}

    def to_json(self) -> dict[str, object]:
        """The report's entry for this work."""
        answer: dict[str, object] = {
            "line": self.draft.line,
            "record": self.draft.kind,
            "work_id": self.draft.work_id,
            "status": self.status,
        }
        if self.version:
            answer["version"] = self.version
        more = {"title": self.draft.body.get("title"), "warnings": list(self.warnings), "recordings": dict(self.recordings)}
        errors = [refusal._asdict() for refusal in self.refusals]
        return answer | {name: value for name, value in more.items() if value} | ({"errors": errors} if errors else {})


def encoded(number: str) -> str:
    """A submitter's number as part of an id, other characters as `~` and their code.

    >>> encoded("A/12 b")
    'A~2F12~20b'
    """
    return "".join(c if c.isascii() and (c.isalnum() or c in "._-") else f"~{ord(c):02X}" for c in number)


def ipis(registrations: Iterable[Registration]) -> list[str]:
    """The identifiers by which the registered parties among these are found."""
    return sorted({f"ipi:{party.ipi}" for registration in registrations for party in registration.parties if party.ipi})


def from_cwr(registration: Registration, registrant: str, holders: Mapping[str, str], right: Right) -> Draft:
    """A CWR registration as a draft; `holders` are the registered parties that IPIs (`ipi:…`) name."""
    owners: dict[str, list[Interested]] = {}
    for party in registration.parties:
        owners.setdefault(_party_id(party, registrant, holders), []).append(party)
    parts = _parts({party_id: _summed(parties) for party_id, parties in owners.items()}, right)
    body: dict[str, Any] = {
        "title": registration.title,
        "kind": "composition",
        "identifiers": [f"iswc:{registration.iswc}"] if registration.iswc else [],
        "shares": [{"party": party_id, "share": money.format_share(part)} for party_id, part in sorted(parts.items()) if party_id and part],
    }
    taken = set(holders.values())
    reserved = {
        party_id: _record(parties[0])
        for party_id, parties in sorted(owners.items())
        if parts.get(party_id) and party_id and party_id not in taken
    }
    return Draft(
        line=registration.header.line,
        kind=registration.header.kind,
        work_id=f"{registrant}-{encoded(registration.number)}"[:ID_LENGTH_MAX],
        body=body | ({"disputed": True} if registration.disputed else {}),
        refusals=registration.refusals,
        reserved=reserved,
        isrcs=registration.isrcs,
    )


def _party_id(party: Interested, registrant: str, holders: Mapping[str, str]) -> str:
    """The party's id: the one that its IPI names, else one made of its IPI or the submitter's number, else ""."""
    if party.ipi:
        return holders.get(f"ipi:{party.ipi}", f"ipi-{party.ipi}")
    return f"{registrant}-ip-{encoded(party.number)}"[:ID_LENGTH_MAX] if party.known else ""


def _summed(parties: Sequence[Interested]) -> tuple[int, ...]:
    return tuple(sum(shares) for shares in zip(*(party.shares for party in parties), strict=True))


def _parts(shares: Mapping[str, tuple[int, ...]], right: Right) -> dict[str, int]:
    """Each owner's part in nano; a right that nobody owns does not count, the total's rounding is spread."""
    owned = [place for place in range(3) if any(part[place] for part in shares.values())]
    places = [place for place in _PLACES[right] if place in owned] or owned[:1]
    parts = dict.fromkeys(shares, 0)
    for index, place in enumerate(places):
        whole = money.split(NANO, {str(n): 1 for n in range(len(places))})[str(index)]
        for party_id, part in money.split(whole, {party_id: part[place] for party_id, part in shares.items()}).items():
            parts[party_id] += part
    return parts


def _record(party: Interested) -> dict[str, Any]:
    kind = "creator" if party.role == "writer" else "publisher"
    return {"name": party.name or f"IPI {party.ipi}", "kind": kind, "country": "*"} | ({"ipi": party.ipi} if party.ipi else {})


def merged(body: Mapping[str, Any], entity: Entity[Work] | None) -> dict[str, Any]:
    """A draft's body over what is registered: what the file does not speak of stays, identifiers only grow."""
    said = dict(body)
    if entity is None:
        return {"kind": "recording"} | said
    before: dict[str, Any] = entity.latest.content.model_dump(mode="json", exclude_none=True)
    identifiers = dict.fromkeys([*before["identifiers"], *said.get("identifiers", [])])
    return before | said | {"identifiers": list(identifiers)}


def waves(drafts: Sequence[Draft]) -> list[list[int]]:
    """The places of drafts in waves: recordings after the compositions they may link to, a work's drafts one after another."""
    seen: Counter[str] = Counter()
    ordered: dict[tuple[bool, int], list[int]] = {}
    for place, draft in enumerate(drafts):
        ordered.setdefault((draft.body.get("kind") != "composition", seen[draft.work_id]), []).append(place)
        seen[draft.work_id] += 1
    return [ordered[key] for key in sorted(ordered)]


def report(results: Sequence[Result]) -> dict[str, object]:
    """How many were taken and refused, and what became of each."""
    counts = Counter(result.status for result in results)
    return (
        {"received": len(results)} | {status: counts[status] for status in STATUSES} | {"works": [result.to_json() for result in results]}
    )
