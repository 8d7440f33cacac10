"""A party's works as CWR registrations: compositions with their owners, in shares of hundredths of a percent.

What cannot be said in CWR (shares above the whole, publishers of too much: `owners`) is left out and named. Shares of single territories
go out as what is collected there (SPT, SWT).
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, Self

from overtone.formats.cwr import writer
from overtone.formats.cwr.owners import Owner, obstacle, owners
from overtone.formats.cwr.shares import WORLD
from overtone.formats.cwr.writer import Group, TransmissionHeader
from overtone.formats.works.registrations import numbered
from overtone.rights.registry import Party, Work
from overtone.rights.versions import Entity
from overtone.territories import tis

WORKS_MAX: Final = 1_000
"""Works of one exported file, as of one that is posted."""
_NUMBER_LENGTH: Final = 14
_PARTY_LENGTH: Final = 9
_DIGITS: Final = frozenset("0123456789ABCDEF")
_Part = tuple[str, Mapping[str, object]]
_Records = list[_Part]


class Exported(NamedTuple):
    """A file of registrations, and the works that it could not hold with the reason."""

    body: bytes
    works: int
    left_out: Mapping[str, str]


def numbers_of(work_id: str, registrant: str) -> tuple[str, str]:
    """The numbers under which a registrant's work may go out, and societies answer: its own, and that beside a work which has that one."""
    prefix = f"{registrant}-"
    return _number(work_id, prefix, _NUMBER_LENGTH), _digest(work_id, _NUMBER_LENGTH)


class Rivals(NamedTuple):
    """Ids that would go out under the number of another id: what was registered by CWR keeps the number that it came with."""

    works: Collection[str] = ()
    parties: Collection[str] = ()

    @classmethod
    def possible(cls, works: Iterable[str], parties: Iterable[str], registrant: str) -> Self:
        """Those of which one may be registered, for the works of a file and the parties in them."""
        return cls({numbered(registrant, one) for one in works}, {numbered(f"{registrant}-ip", one) for one in parties})


_NO_RIVALS: Final = Rivals()


def is_digest(number: str) -> bool:
    """Whether a number may be the digest of an id that is too long for one."""
    return len(number) == _NUMBER_LENGTH and set(number) <= _DIGITS


def exported(
    works: Sequence[Entity[Work]], parties: Mapping[str, Party], registrant: str, header: TransmissionHeader, rivals: Rivals = _NO_RIVALS
) -> Exported:
    """Registrations of works as they stand on the file's day: new ones (NWR) of those with one version, revisions (REV) of the others.

    `rivals` are registered.
    """
    groups: dict[str, list[_Records]] = {"NWR": [], "REV": []}
    left_out: dict[str, str] = {}
    for entity in works:
        work = entity.stands(header.day).named_as(entity.latest.content)
        reason = obstacle(work, parties)
        if reason:
            left_out[entity.id] = reason
        else:
            kind = "NWR" if len(entity.versions) == 1 else "REV"
            groups[kind].append(list(_registration(kind, (entity.id, work), parties, registrant, rivals)))
    made = [Group(kind, transactions) for kind, transactions in groups.items() if transactions]
    return Exported(writer.written(made, header), sum(len(group.transactions) for group in made), left_out)


def _registration(
    kind: str, about: tuple[str, Work], parties: Mapping[str, Party], registrant: str, rivals: Rivals
) -> Iterator[tuple[str, Mapping[str, object]]]:
    work_id, work = about
    iswc = next((key.removeprefix("iswc:") for key in work.identifiers if key.startswith("iswc:")), "")
    number = _number(work_id, f"{registrant}-", _NUMBER_LENGTH, rivals.works)
    yield kind, {"title": work.title.upper(), "work_number": number, "iswc": iswc}
    found = owners(work, parties)
    for sequence, owner in enumerate((o for o in found if not o.is_writer), start=1):
        yield from _owner(owner, registrant, rivals, {"publisher_sequence": sequence, "publisher_type": "E"})
    for owner in found:
        if owner.is_writer:
            yield from _owner(owner, registrant, rivals, {"designation": "CA"})


def _owner(owner: Owner, registrant: str, rivals: Rivals, more: Mapping[str, object]) -> Iterator[_Part]:
    is_ours = owner.party_id == registrant
    is_told = is_ours or bool(owner.elsewhere)
    kind = ("SWR" if is_told else "OWR") if owner.is_writer else ("SPU" if is_told else "OPU")
    shares: dict[str, Any] = {"pr_share": owner.pr, "mr_share": owner.mr, "sr_share": owner.mr}
    if owner.party is None:
        yield kind.replace("S", "O", 1), {**more, **shares, "unknown": "Y"}
        return
    number = _number(owner.party_id, f"{registrant}-ip-", _PARTY_LENGTH, rivals.parties)
    name = owner.party.name.upper()
    first, _, last = name.rpartition(" ") if owner.is_writer else ("", "", name)
    said = {"interested_party": number, "name": last, "first_name": first, "ipi": owner.party.ipi}
    yield kind, {**more, **shares, **said}
    if is_told:
        collected = [(WORLD, (owner.pr, owner.mr)), *((tis(place), part) for place, part in sorted(owner.elsewhere.items()))]
        for sequence, (place, (pr, mr)) in enumerate(collected, start=1):
            where = {"indicator": "I" if pr or mr else "E", "tis": place, "sequence": sequence}
            part = {"interested_party": number, "pr_share": pr, "mr_share": mr, "sr_share": mr}
            yield ("SWT" if owner.is_writer else "SPT"), part | where


def _number(entity_id: str, prefix: str, length: int, rivals: Collection[str] = ()) -> str:
    """A number by which the id can be told again: what was sent, where the id was made of it; the id where it fits and is no rival's; else
    a digest.
    """
    if entity_id.startswith(prefix):
        sent = _decoded(entity_id.removeprefix(prefix))
        if len(sent) <= length and numbered(prefix[:-1], sent) == entity_id:
            return sent
    return entity_id if len(entity_id) <= length and numbered(prefix[:-1], entity_id) not in rivals else _digest(entity_id, length)


def _digest(entity_id: str, length: int) -> str:
    return hashlib.blake2b(entity_id.encode(), digest_size=length // 2).hexdigest().upper()[:length]


def _decoded(text: str) -> str:
    """The inverse of `registrations.encoded`, where it is one."""
    first, *rest = text.split("~")
    try:
        return first + "".join(chr(int(part[:2], 16)) + part[2:] for part in rest)
    except ValueError:
        return text
