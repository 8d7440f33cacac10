"""A party's works as CWR registrations: compositions with their owners, in shares of hundredths of a percent.

CWR states performing and mechanical ownership apart and lets publishers own half of performing at most; a share here is the mean of
both, so where publishers hold more than half, what is over goes to their mechanical ownership. Publishers of more than three
quarters, and shares that add up to more than the whole, cannot be said in CWR: those works are left out and named.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from overtone import money
from overtone.formats.cwr import writer
from overtone.formats.cwr.shares import WHOLE, WORLD
from overtone.formats.cwr.writer import Group, Sent
from overtone.formats.works.registrations import numbered
from overtone.money import NANO
from overtone.rights.registry import Party, Work
from overtone.rights.versions import Entity
from overtone.scales import Nano

WORKS_MAX: Final = 1_000
"""Works of one exported file, as of one that is posted."""
_NUMBER_LENGTH: Final = 14
_PARTY_LENGTH: Final = 9
_HALF: Final = WHOLE // 2
_UNKNOWN: Final = ""
_Part = tuple[str, Mapping[str, object]]
_Records = list[_Part]


class Owner(NamedTuple):
    """One line of a registration: `pr` and `mr` are what it owns, in hundredths of a percent."""

    party_id: str
    party: Party | None
    pr: int
    mr: int

    @property
    def is_writer(self) -> bool:
        """Whether it stands as a writer; whom nobody knows stands as one too."""
        return self.party is None or self.party.kind == "creator"


class Exported(NamedTuple):
    """A file of registrations, and the works that it could not hold with the reason."""

    body: bytes
    works: int
    left_out: Mapping[str, str]


def exported(works: Sequence[Entity[Work]], parties: Mapping[str, Party], registrant: str, sent: Sent) -> Exported:
    """Registrations of works: new ones (NWR) of those with one version, revisions (REV) of the others."""
    groups: dict[str, list[_Records]] = {"NWR": [], "REV": []}
    left_out: dict[str, str] = {}
    for entity in works:
        reason = _obstacle(entity.latest.content, parties)
        if reason:
            left_out[entity.id] = reason
        else:
            kind = "NWR" if len(entity.versions) == 1 else "REV"
            groups[kind].append(list(_registration(kind, entity, parties, registrant)))
    made = [Group(kind, transactions) for kind, transactions in groups.items() if transactions]
    return Exported(writer.written(made, sent), sum(len(group.transactions) for group in made), left_out)


def _obstacle(work: Work, parties: Mapping[str, Party]) -> str:
    if work.kind != "composition":
        return f"CWR registers compositions, this is a {work.kind}"
    if not work.shares:
        return "it has no shares, and CWR registers no work without people"
    if work.claimed > NANO:
        return "its shares add up to more than the whole"
    published = sum(share.share for share in work.shares if share.party in parties and parties[share.party].kind != "creator")
    return "publishers hold more than three quarters" if 4 * published > 3 * NANO else ""


def owners(work: Work, parties: Mapping[str, Party]) -> list[Owner]:
    """The owners in CWR's shares; a rest that nobody claims is an unknown writer's."""
    nano = {share.party: share.share for share in work.shares if share.share}
    nano |= {_UNKNOWN: Nano(NANO - work.claimed)} if work.claimed < NANO else {}
    whole = money.split(2 * WHOLE, nano)
    publishers = {p: part for p, part in whole.items() if p in parties and parties[p].kind != "creator"}
    pr = {party_id: part // 2 for party_id, part in whole.items()}
    if sum(publishers.values()) > WHOLE - len(whole):  # so near to half that rounding could go over it
        writers = {p: part for p, part in whole.items() if p not in publishers}
        pr = money.split(_HALF, publishers) | (money.split(_HALF, writers) if sum(writers.values()) else {})
    else:
        pr = _evened(pr, whole)
    return [Owner(p, parties.get(p), pr[p], part - pr[p]) for p, part in sorted(whole.items())]


def _evened(pr: dict[str, int], whole: Mapping[str, int]) -> dict[str, int]:
    """Odd parts are halved up and down in turn, so that both rights make the whole."""
    missing = WHOLE - sum(pr.values())
    odd = [party_id for party_id in sorted(whole) if whole[party_id] % 2][:missing]
    return pr | {party_id: pr[party_id] + 1 for party_id in odd}


def _registration(
    kind: str, entity: Entity[Work], parties: Mapping[str, Party], registrant: str
) -> Iterator[tuple[str, Mapping[str, object]]]:
    work = entity.latest.content
    iswc = next((key.removeprefix("iswc:") for key in work.identifiers if key.startswith("iswc:")), "")
    number = _number(entity.id, f"{registrant}-", _NUMBER_LENGTH)
    yield kind, {"title": work.title.upper(), "work_number": number, "iswc": iswc}
    found = owners(work, parties)
    for sequence, owner in enumerate((o for o in found if not o.is_writer), start=1):
        yield from _owner(owner, registrant, {"publisher_sequence": sequence, "publisher_type": "E"})
    for owner in found:
        if owner.is_writer:
            yield from _owner(owner, registrant, {"designation": "CA"})


def _owner(owner: Owner, registrant: str, more: Mapping[str, object]) -> Iterator[_Part]:
    is_ours = owner.party_id == registrant
    kind = ("SWR" if is_ours else "OWR") if owner.is_writer else ("SPU" if is_ours else "OPU")
    shares: dict[str, Any] = {"pr_share": owner.pr, "mr_share": owner.mr, "sr_share": owner.mr}
    if owner.party is None:
        yield kind, {**more, **shares, "unknown": "Y"}
        return
    number = _number(owner.party_id, f"{registrant}-ip-", _PARTY_LENGTH)
    name = owner.party.name.upper()
    first, _, last = name.rpartition(" ") if owner.is_writer else ("", "", name)
    said = {"interested_party": number, "name": last, "first_name": first, "ipi": owner.party.ipi}
    yield kind, {**more, **shares, **said}
    if is_ours:
        yield ("SWT" if owner.is_writer else "SPT"), {"interested_party": number, **shares, "indicator": "I", "tis": WORLD, "sequence": 1}


def _number(entity_id: str, prefix: str, length: int) -> str:
    """A number by which the id can be told again: what was sent, where the id was made of it; the id where it fits; else a digest."""
    if entity_id.startswith(prefix):
        sent = _decoded(entity_id.removeprefix(prefix))
        if len(sent) <= length and numbered(prefix[:-1], sent) == entity_id:
            return sent
    if len(entity_id) <= length:
        return entity_id
    return hashlib.blake2b(entity_id.encode(), digest_size=length // 2).hexdigest().upper()[:length]


def _decoded(text: str) -> str:
    """The inverse of `registrations.encoded`, where it is one."""
    first, *rest = text.split("~")
    try:
        return first + "".join(chr(int(part[:2], 16)) + part[2:] for part in rest)
    except ValueError:
        return text
