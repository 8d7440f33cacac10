"""Many works at once: what a file says, as drafts of what to register, and a report of what became of each.

Files of the trade name people by IPI and by the submitter's own numbers, not by our ids. Whom nobody has registered gets a record
that is *reserved* for it, so that its share is not lost: nobody can be paid on it until an admin binds a client to
it and bank details come. A share that names nobody at all stays unclaimed and its money waits.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple, get_args

from overtone.formats.cwr.fields import Refusal
from overtone.formats.cwr.transmission import Registration
from overtone.rights import changes
from overtone.rights.answers import SocietyAnswer
from overtone.rights.registry import Work
from overtone.rights.versions import Entity

DraftStatus = Literal["registered", "revised", "unchanged", "acknowledged", "refused"]
STATUSES: Final[tuple[DraftStatus, ...]] = get_args(DraftStatus)
"""What becomes of a draft; `acknowledged` is an answer of a society that was kept and changed nothing."""
Purpose = Literal["register", "acknowledge", "iswc"]


class Draft(NamedTuple):
    """One work as a file says it: `line` is where, `body` what a PUT of the work would send.

    `reserved` are records of parties to make where there is none yet; `isrcs` are recordings of the work. `purpose` says whether the
    file registers the work, answers to its registration (`answer`) or only tells its ISWC. `warnings` are told with the result;
    `registration` is what a CWR file says, with its records.
    """

    line: int
    kind: str
    work_id: str
    body: Mapping[str, Any]
    refusals: tuple[Refusal, ...] = ()
    reserved: Mapping[str, Mapping[str, Any]] = {}
    isrcs: tuple[str, ...] = ()
    purpose: Purpose = "register"
    answer: SocietyAnswer | None = None
    warnings: tuple[str, ...] = ()
    registration: Registration | None = None

    @property
    def is_refused(self) -> bool:
        """Whether nothing of it can be taken."""
        return any(refusal.level == "transaction" for refusal in self.refusals)


class DraftResult(NamedTuple):
    """What became of one draft."""

    draft: Draft
    status: DraftStatus
    version: int
    refusals: tuple[Refusal, ...]
    warnings: tuple[str, ...] = ()
    recordings: Mapping[str, str] = {}
    conflicts: bool = False
    """Whether it was refused because something else has its id or identifier."""

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
        more = {
            "title": self.draft.body.get("title"),
            "acknowledgement": dict(self.draft.answer.about) if self.draft.answer else None,
            "warnings": [*self.draft.warnings, *self.warnings],
            "recordings": dict(self.recordings),
        }
        errors = [refusal._asdict() for refusal in self.refusals]
        return answer | {name: value for name, value in more.items() if value} | ({"errors": errors} if errors else {})


def merged(body: Mapping[str, Any], entity: Entity[Work] | None, day: str) -> dict[str, Any]:
    """A draft's body over what stands on the day from which it counts: what the file does not speak of stays, identifiers only grow."""
    stated = {name: value for name, value in body.items() if (name, value) != ("effective_from", None)}
    if entity is None:
        return {"kind": "recording"} | stated
    before = changes.grounds(entity, day)
    identifiers = dict.fromkeys([*before["identifiers"], *stated.get("identifiers", [])])
    words = {use: {"default": None, "max_share": None} | word for use, word in stated.get("permissions", {}).items()}
    permissions = changes.merged(before["permissions"], words)
    return before | stated | {"identifiers": list(identifiers), "permissions": permissions}


def waves(drafts: Sequence[Draft]) -> list[list[int]]:
    """The places of drafts in waves: recordings after the compositions they may link to, a work's drafts one after another."""
    seen: Counter[str] = Counter()
    ordered: dict[tuple[bool, int], list[int]] = {}
    for place, draft in enumerate(drafts):
        ordered.setdefault((draft.body.get("kind") != "composition", seen[draft.work_id]), []).append(place)
        seen[draft.work_id] += 1
    return [ordered[key] for key in sorted(ordered)]


def report(results: Sequence[DraftResult]) -> dict[str, object]:
    """How many were taken and refused, and what became of each."""
    counts = Counter(result.status for result in results)
    return (
        {"received": len(results)} | {status: counts[status] for status in STATUSES} | {"works": [result.to_json() for result in results]}
    )
