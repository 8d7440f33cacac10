"""Who owns and who collects: the parties of a CWR registration with their shares, in hundredths of a percent.

In version 2 a party's own record says what it owns, and territory records (SPT, SWT, OPT, OWT) what it collects where. In version 3
territory records say both, and MAN (3.1) what the writers agreed: there, what is collected in the world (TIS 2136) is what is owned
here, and what is collected in single territories is kept beside it.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, NamedTuple

from overtone.formats.cwr.fields import Refusal, identifier, number
from overtone.formats.cwr.layout import PARTIES, TERRITORIES, V2, V3, WRITERS, Major, Record

WHOLE: Final = 10_000
"""Shares count hundredths of a percent."""
TOLERANCE: Final = 6
"""How far a total of ownership shares may be from 100% or 0%, for rounding."""
RIGHTS: Final = ("pr_share", "mr_share", "sr_share")
WORLD: Final = 2136
"""The world, in CISAC's Territory Information System (TIS); countries have the numbers of ISO 3166-1."""
RightShares = tuple[int, int, int]


class TerritoryCollection(NamedTuple):
    """What a party collects in one territory, or is said not to (`included` false). `tis` is CISAC's number of it."""

    tis: int
    included: bool
    shares: RightShares


class Interested(NamedTuple):
    """A party with ownership shares; `number` is the submitter's own, shares in hundredths of a percent."""

    record: Record
    role: Literal["writer", "publisher"]
    number: str
    ipi: str
    name: str
    shares: RightShares
    collections: tuple[TerritoryCollection, ...] = ()

    @property
    def known(self) -> bool:
        """Whether the record says who it is: by IPI or by the submitter's number."""
        return bool(self.ipi or (self.number and self.name))


def interested(records: Sequence[Record], refusals: list[Refusal]) -> tuple[Interested, ...]:
    """The parties of one work's records, each with the territories that follow it."""
    parties: list[Interested] = []
    for record in records:
        if record.kind in PARTIES:
            parties.append(_party(record, refusals))
        elif record.kind in TERRITORIES:
            collection, place = _collection(record, refusals), _of(parties, record)
            if place is None:
                message = "names no party of this work; its territory is left out"
                refusals.append(Refusal("field", record.line, record.kind, "interested_party", message))
            else:
                parties[place] = parties[place]._replace(collections=(*parties[place].collections, collection))
    if parties and parties[0].record.major == V3:
        return tuple(_owning(records, parties, refusals))
    return tuple(parties)


def _party(record: Record, refusals: list[Refusal]) -> Interested:
    pr, mr, sr = (number(record, right, refusals) for right in RIGHTS)
    role: Literal["writer", "publisher"] = "writer" if record.kind in WRITERS else "publisher"
    parts = ("first_name", "name") if role == "writer" else ("name",)
    name = " ".join(filter(None, map(record.field, parts)))
    ipi = "" if record.field("unknown") == "Y" else _ipi(record, refusals)
    return Interested(record, role, record.field("interested_party"), ipi, name, (pr, mr, sr))


def _ipi(record: Record, refusals: list[Refusal]) -> str:
    if record.major == V3 and record.kind in WRITERS and not record.field("ipi").strip("0"):
        return identifier(record, "ipi_behind_tax_id", refusals)
    return identifier(record, "ipi", refusals)


def _of(parties: Sequence[Interested], record: Record) -> int | None:
    """The place of the party that a territory record is of: the last of its number, or the last of all where it names none."""
    name = record.field("interested_party")
    fitting = [place for place, party in enumerate(parties) if not name or party.number == name]
    return fitting[-1] if fitting else None


def _collection(record: Record, refusals: list[Refusal]) -> TerritoryCollection:
    pr, mr, sr = (number(record, right, refusals, "field") for right in RIGHTS)
    for name, share in zip(RIGHTS, (pr, mr, sr), strict=True):
        if share > WHOLE:
            refusals.append(Refusal("field", record.line, record.kind, name, "a collection share exceeds 100%"))
    return TerritoryCollection(number(record, "tis", refusals, "field"), record.field("indicator") != "E", (pr, mr, sr))


def _owning(records: Sequence[Record], parties: Sequence[Interested], refusals: list[Refusal]) -> Iterator[Interested]:
    """Version 3: what a party collects in the world; its manuscript share where the work has no territories at all."""
    manuscript = {record.field("interested_party"): record for record in records if record.kind == "MAN"}
    for party in parties:
        record = manuscript.get(party.number)
        if any(other.collections for other in parties):
            yield party._replace(shares=world(party.collections))
        elif record is not None and party.role == "writer":
            pr, mr, sr = (number(record, right, refusals) for right in RIGHTS)
            yield party._replace(shares=(pr, mr, sr))
        else:
            yield party


def world(collections: Iterable[TerritoryCollection]) -> RightShares:
    """What is collected in the world as a whole, in its parts added up."""
    pr = mr = sr = 0
    for collection in collections:
        if collection.tis == WORLD and collection.included:
            pr, mr, sr = (a + b for a, b in zip((pr, mr, sr), collection.shares, strict=True))
    return pr, mr, sr


def share_faults(header: Record, parties: Sequence[Interested], major: Major) -> Iterator[Refusal]:
    """The rules on ownership: each right is owned whole or not at all, publishers own at most half of performance.

    Version 3 states what is collected, which need not be the whole: only more than the whole is a fault.
    """
    for place, name in enumerate(RIGHTS):
        total = sum(party.shares[place] for party in parties)
        if total > WHOLE + TOLERANCE or (major == V2 and TOLERANCE < total < WHOLE - TOLERANCE):
            yield Refusal("transaction", header.line, header.kind, name, f"ownership adds up to {total / 100:.2f}%, not to 100% or 0%")
    published = sum(party.shares[0] for party in parties if party.role == "publisher")
    if major == V2 and published > WHOLE // 2 + TOLERANCE:
        yield Refusal(
            "transaction", header.line, header.kind, "pr_share", f"publishers own {published / 100:.2f}% of performance; 50% is the most"
        )
