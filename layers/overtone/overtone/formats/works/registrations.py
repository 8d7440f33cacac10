"""From CWR to drafts: whose numbers are whose ids, which ownership counts, and what the register cannot hold yet."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from overtone.formats.cwr.shares import WORLD, Interested
from overtone.formats.cwr.transmission import Registration
from overtone.formats.works import cwr_shares
from overtone.formats.works.cwr_shares import Counted
from overtone.formats.works.drafts import Draft
from overtone.identifiers import ID_LENGTH_MAX
from overtone.territories import countries

_NOBODY: Final = ""
_PLACES_TOLD: Final = 5


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


def from_cwr(registration: Registration, registrant: str, holders: Mapping[str, str], counted: Counted) -> Draft:
    """A CWR registration as a draft; `holders` are the registered parties that IPIs (`ipi:…`) name."""
    owners: dict[str, list[Interested]] = {}
    for party in registration.parties:
        owners.setdefault(_party_id(party, registrant, holders), []).append(party)
    held = cwr_shares.owned(owners, counted, registration.major)
    body: dict[str, Any] = {
        "title": registration.title,
        "kind": "composition",
        "identifiers": [f"iswc:{registration.iswc}"] if registration.iswc else [],
    }
    taken = set(holders.values())
    reserved = {
        party_id: _record(parties[0]) for party_id, parties in sorted(owners.items()) if party_id in held.parties and party_id not in taken
    }
    answer = registration.acknowledgement
    return Draft(
        line=registration.header.line,
        kind=registration.records[0].kind if answer else registration.header.kind,
        work_id=numbered(registrant, registration.number),
        body=body | ({"shares": held.shares} if registration.parties else {}),
        refusals=registration.refusals,
        reserved=reserved,
        isrcs=registration.isrcs,
        purpose=registration.purpose,
        answer=answer.answer() if answer else None,
        warnings=tuple(_remarks(registration, held.left_out)),
        registration=registration,
    )


def _party_id(party: Interested, registrant: str, holders: Mapping[str, str]) -> str:
    """The party's id: the one that its IPI names, else one made of its IPI or the submitter's number, else ""."""
    if party.ipi:
        return holders.get(f"ipi:{party.ipi}", f"ipi-{party.ipi}")
    return numbered(f"{registrant}-ip", party.number) if party.known else _NOBODY


def _record(party: Interested) -> dict[str, Any]:
    kind = "creator" if party.role == "writer" else "publisher"
    return {"name": party.name or f"IPI {party.ipi}", "kind": kind, "country": "*"} | ({"ipi": party.ipi} if party.ipi else {})


def _remarks(registration: Registration, left_out: Sequence[str]) -> Iterable[str]:
    """What a registrant should know of its transaction although nothing in it is wrong."""
    if registration.purpose == "register" and not registration.parties:
        yield "the transaction names no writer and no publisher; shares that are registered stay as they are"
    if left_out:
        listed = ", ".join(left_out[:_PLACES_TOLD]) + (f" and {len(left_out) - _PLACES_TOLD} more" if len(left_out) > _PLACES_TOLD else "")
        yield f"what is collected in {listed} does not make the whole; there, too, the shares of the world count"
    unknown = sorted({c.tis for party in registration.parties for c in party.collections if c.tis != WORLD and not countries(c.tis)})
    if unknown:
        yield f"TIS {', '.join(map(str, unknown[:_PLACES_TOLD]))}: no territory of today; shares there are left out"
