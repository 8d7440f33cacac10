"""Clearance before use: what a licensee may do with each work of a list, as the registry and its own deals stand.

The same rules that will price the use answer here, so a use that was cleared as allowed is no breach while nothing changes. An
answer tells a licensee its own standing only: not what others may do, and no deal but the one that covers it.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, NamedTuple

import orjson
from pydantic import Field

from overtone.errors import Fault, Rejected, TooLarge
from overtone.fields import Day, Model, Slug
from overtone.identifiers import UNATTRIBUTED, work_key
from overtone.lines import DISPUTED
from overtone.mechanisms.shape import Use
from overtone.money import format_share
from overtone.scales import Nano
from overtone.settlement import consent
from overtone.settlement.claims import Resolver
from overtone.settlement.coverage import Covered

WORKS_MAX: Final = 100_000
"""Works of one call; a dropped file takes more."""
LISTED_MAX: Final = 10_000
"""Works whose answers stand in the reply itself; more are fetched as a file."""
FAULTS_MAX: Final = 100


class ClearanceStanding(StrEnum):
    """What a licensee may do with a work. Of several the first counts."""

    DENIED = "denied"
    DISPUTED = "disputed"
    UNREGISTERED = "unregistered"
    UNLICENSED = "unlicensed"
    LIMITED = "limited"
    ALLOWED = "allowed"


class ClearanceRequest(Model):
    """What is to be cleared: `works` are keys such as `isrc:…`, for one kind of use on one day."""

    clearance_id: Slug
    licensee: Slug | None = None
    use: Literal["training", "generation"]
    day: Day
    model: Slug | None = None
    works: Annotated[list[Any], Field(json_schema_extra={"items": {"type": "string", "examples": ["isrc:SEABC2600001"]}})]


class ClearedWork(NamedTuple):
    """A work's standing, why, and the versions that it rests on (0 and "" where there are none)."""

    work: str
    standing: ClearanceStanding
    reason: str = ""
    work_id: str = ""
    work_version: int = 0
    deal_id: str = ""
    deal_version: int = 0
    max_share: Nano | None = None

    def to_json(self) -> dict[str, Any]:
        """As a line of the result: what there is nothing to say of is left out."""
        said = {name: value for name, value in self._asdict().items() if value not in ("", 0, None) and name != "max_share"}
        return said | ({"max_share": format_share(self.max_share)} if self.max_share is not None else {})


def keys_of(works: Sequence[Any]) -> list[str]:
    """The works in order, each once; raises `Rejected` that names those at fault, `TooLarge`."""
    if not works:
        raise Rejected.at("works", "send at least one")
    if len(works) > WORKS_MAX:
        raise TooLarge(f"{len(works)} works exceed the {WORKS_MAX} of one clearance; drop a file, or ask several times")
    found: dict[str, None] = {}
    faults: list[Fault] = []
    for index, work in enumerate(works):
        try:
            found[work_key(work)] = None
        except Rejected as error:
            faults.append(Fault(error.detail, "works", str(work)[:200], index))
    if faults:
        raise Rejected(f"works: {faults[0].message}", faults[:FAULTS_MAX])
    return sorted(found)


def use_of(request: ClearanceRequest, licensee: str) -> Use:
    """The use that is asked for, anywhere in the world."""
    if request.use == "training":
        return Use("training", licensee, request.day, licensee, model=request.model or "")
    return Use("output", licensee, request.day, licensee, model=request.model or "", use="generation")


def answers(resolver: Resolver, works: Iterable[str], use: Use) -> Iterator[ClearedWork]:
    """Each work's standing for the use."""
    for key in works:
        yield _answer(resolver, key, use)


def _answer(resolver: Resolver, key: str, use: Use) -> ClearedWork:
    found = resolver.snapshot.work_by_key(key, use.day) if key != UNATTRIBUTED else None
    if found is None:
        return ClearedWork(key, ClearanceStanding.UNREGISTERED, "no registered work has this identifier on this day")
    claims = [covered for covered in resolver.claims(key, use) if covered.claim.work_id]
    standing, reason, covered = _worst(claims)
    word = consent.permission(found.work, use)
    limit = word.max_share if word and word.default == "limit" else None
    if standing == ClearanceStanding.ALLOWED and limit is not None:
        standing, reason = ClearanceStanding.LIMITED, "its owner allows it up to a share of the whole"
    deal = (covered.claim.deal_id, covered.version) if covered else ("", 0)
    return ClearedWork(key, standing, reason, found.work_id, found.version, *deal, limit if standing == ClearanceStanding.LIMITED else None)


def _worst(claims: Sequence[Covered]) -> tuple[ClearanceStanding, str, Covered | None]:
    """The standing of the share that stands worst, and a deal that covers one."""
    covering = next((covered for covered in claims if covered.claim.deal_id), None)
    reasons = {covered.claim.reason for covered in claims}
    if any(covered.standing.denied for covered in claims):
        return ClearanceStanding.DENIED, "an owner has not allowed this use, or has not said so where the deal asks for a word", covering
    if DISPUTED in reasons:
        return ClearanceStanding.DISPUTED, "shares of the work are in dispute: what it earns waits", covering
    if not claims or any(not covered.terms and not covered.claim.spared for covered in claims):
        return ClearanceStanding.UNLICENSED, "no accepted deal of this licensee covers every share for this use", covering
    return ClearanceStanding.ALLOWED, "", covering


def lines(found: Iterable[ClearedWork]) -> list[bytes]:
    """The result as NDJSON."""
    return [orjson.dumps(answer.to_json()) + b"\n" for answer in found]


def counted(found: Iterable[ClearedWork]) -> dict[str, int]:
    """How many works stand how; each standing is named."""
    counts = dict.fromkeys(map(str, ClearanceStanding), 0)
    for answer in found:
        counts[answer.standing] += 1
    return counts


def digest(asked: str, texts: Iterable[bytes]) -> str:
    """SHA-256 (hex) of what was asked and every answer."""
    made = hashlib.sha256(asked.encode())
    for text in texts:
        made.update(text)
    return made.hexdigest()


def asked_digest(request: ClearanceRequest, licensee: str, works: Iterable[str]) -> str:
    """SHA-256 (hex) of the question alone: the same question under the same id gets the first answer."""
    made = hashlib.sha256(orjson.dumps([licensee, request.use, request.day, request.model]))
    for work in works:
        made.update(work.encode() + b"\n")
    return made.hexdigest()
