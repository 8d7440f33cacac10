"""From CWR to drafts: whose numbers are whose ids, which ownership counts, and what the register cannot hold yet."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, get_args

from overtone import money
from overtone.formats.cwr.shares import TOLERANCE, WHOLE, WORLD, Interested, TerritoryCollection
from overtone.formats.cwr.transmission import Registration
from overtone.formats.works.drafts import Draft
from overtone.identifiers import ID_LENGTH_MAX
from overtone.money import NANO
from overtone.scales import Nano

Right = Literal["both", "performing", "mechanical"]
RIGHTS: Final[tuple[Right, ...]] = get_args(Right)
_PLACES: Final[Mapping[Right, tuple[int, ...]]] = {"performing": (0,), "mechanical": (1,), "both": (0, 1)}
"""Which of CWR's ownership shares (performing, mechanical, synchronisation) count, in equal parts."""
_NOBODY: Final = ""
_COLLECTORS_TOLD: Final = 5


def encoded(number: str) -> str:
    """A submitter's number as part of an id, other characters as `~` and their code.

    >>> encoded("A/12 b")
    'A~2F12~20b'
    """
    return "".join(c if c.isascii() and (c.isalnum() or c in "._-") else f"~{ord(c):02X}" for c in number)


def numbered(registrant: str, number: str) -> str:
    """The id of what a registrant numbers; an id that would be too long ends in a digest, so that no two meet."""
    whole = f"{registrant}-{encoded(number)}"
    if len(whole) <= ID_LENGTH_MAX:
        return whole
    digest = hashlib.blake2b(whole.encode(), digest_size=8).hexdigest()
    return f"{whole[: ID_LENGTH_MAX - len(digest) - 1]}~{digest}"


def ipis(registrations: Iterable[Registration]) -> list[str]:
    """The identifiers by which the registered parties among these are found."""
    return sorted({f"ipi:{party.ipi}" for registration in registrations for party in registration.parties if party.ipi})


def from_cwr(registration: Registration, registrant: str, holders: Mapping[str, str], right: Right) -> Draft:
    """A CWR registration as a draft; `holders` are the registered parties that IPIs (`ipi:…`) name."""
    owners: dict[str, list[Interested]] = {}
    for party in registration.parties:
        owners.setdefault(_party_id(party, registrant, holders), []).append(party)
    parts = _parts({party_id: _summed(parties) for party_id, parties in owners.items()}, right)
    shares = [{"party": party_id, "share": money.format_share(Nano(part))} for party_id, part in sorted(parts.items()) if party_id and part]
    body: dict[str, Any] = {
        "title": registration.title,
        "kind": "composition",
        "identifiers": [f"iswc:{registration.iswc}"] if registration.iswc else [],
    }
    taken = set(holders.values())
    reserved = {
        party_id: _record(parties[0])
        for party_id, parties in sorted(owners.items())
        if parts.get(party_id) and party_id and party_id not in taken
    }
    answer = registration.acknowledgement
    return Draft(
        line=registration.header.line,
        kind=registration.records[0].kind if answer else registration.header.kind,
        work_id=numbered(registrant, registration.number),
        body=body | ({"shares": shares} if registration.parties else {}),
        refusals=registration.refusals,
        reserved=reserved,
        isrcs=registration.isrcs,
        purpose=registration.purpose,
        answer=answer.answer() if answer else None,
        warnings=tuple(_told(registration)),
        registration=registration,
    )


def _party_id(party: Interested, registrant: str, holders: Mapping[str, str]) -> str:
    """The party's id: the one that its IPI names, else one made of its IPI or the submitter's number, else ""."""
    if party.ipi:
        return holders.get(f"ipi:{party.ipi}", f"ipi-{party.ipi}")
    return numbered(f"{registrant}-ip", party.number) if party.known else _NOBODY


def _summed(parties: Sequence[Interested]) -> tuple[int, ...]:
    return tuple(sum(shares) for shares in zip(*(party.shares for party in parties), strict=True))


def _parts(shares: Mapping[str, tuple[int, ...]], right: Right) -> dict[str, int]:
    """Each owner's part in nano; a right that nobody owns does not count, the total's rounding is spread, a rest is nobody's."""
    owned = [place for place in range(3) if any(part[place] for part in shares.values())]
    places = [place for place in _PLACES[right] if place in owned] or owned[:1]
    parts = dict.fromkeys(shares, 0)
    for index, place in enumerate(places):
        whole = money.split(NANO, {str(n): 1 for n in range(len(places))})[str(index)]
        weights = {party_id: part[place] for party_id, part in shares.items()}
        if (rest := WHOLE - sum(weights.values())) > TOLERANCE:
            weights[_NOBODY] = weights.get(_NOBODY, 0) + rest
        for party_id, part in money.split(whole, weights).items():
            parts[party_id] = parts.get(party_id, 0) + part
    return parts


def _record(party: Interested) -> dict[str, Any]:
    kind = "creator" if party.role == "writer" else "publisher"
    return {"name": party.name or f"IPI {party.ipi}", "kind": kind, "country": "*"} | ({"ipi": party.ipi} if party.ipi else {})


def _told(registration: Registration) -> Iterable[str]:
    """What a registrant should know of its transaction although nothing in it is wrong."""
    if registration.purpose == "register" and not registration.parties:
        yield "the transaction names no writer and no publisher; shares that are registered stay as they are"
    names = [f"{_name(party)} ({_places(party.collections)})" for party in registration.parties if _is_territorial(party)]
    if names:
        more = f" and {len(names) - _COLLECTORS_TOLD} more" if len(names) > _COLLECTORS_TOLD else ""
        listed = ", ".join(names[:_COLLECTORS_TOLD]) + more
        yield f"collected in single territories: {listed}; the register holds shares for the world, so these have none yet"


def _is_territorial(party: Interested) -> bool:
    """Whether the party collects somewhere, owns nothing in the world, and so has no share as things stand."""
    return not any(party.shares) and any(any(collection.shares) for collection in party.collections)


def _name(party: Interested) -> str:
    return party.name or party.number or "an unknown party"


def _places(collections: Sequence[TerritoryCollection]) -> str:
    listed = [f"{'' if c.included else 'not '}{'world' if c.tis == WORLD else f'TIS {c.tis}'}" for c in collections if any(c.shares)]
    return ", ".join(listed[:3]) + (", …" if len(listed) > 3 else "")  # noqa: PLR2004 - three name the kind
