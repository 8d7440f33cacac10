"""Messages as wholes: those that come in several files, and those that are created anew, in a file of another name as DDEX names files.

What no line lists is known when the last file of a message is here, and gives way to what the message leaves when it is created anew.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, Self

from overtone import clock
from overtone.aws import keys, tables
from overtone.aws.attributes import Item
from overtone.aws.keys import Key
from overtone.errors import Fault, Rejected
from overtone.facts.drops import Drop, Progress
from overtone.formats import dsr_usage
from overtone.formats.dsr import DsrScan
from overtone.formats.dsr_summaries import sum_faults
from overtone.scales import Pico
from overtone.stores import drops as drop_store
from overtone.stores import facts as fact_store
from overtone.stores import retention
from overtone.stores.drops import StatedFacts

_WHOLE: Final = 10**9
"""Where files have their numbers, of nine digits at most, that of the message as a whole, as it was kept last."""
_OF_REPORT: Final = ("NumberOfLinesInReport", "NumberOfBlocksInReport")
_NAME_LENGTH_MAX: Final = 500
"""So much of a message's id stands in its key; a longer one ends in its hash."""


class _Message(NamedTuple):
    """What a message says in all of its files, and the revision of what it leaves unlisted."""

    scan: DsrScan
    revision: int


class MessageContent(NamedTuple):
    """One content of a file of a message, how far it was committed, when it was created, and which file it is of how many."""

    drop: Drop
    progress: Progress
    revision: int
    number: int
    files: int

    @classmethod
    def of(cls, drop: Drop, progress: Progress) -> Self:
        """As its header says."""
        scan = DsrScan.from_json(progress.scan)
        return cls(drop, progress, scan.revision, scan.number("FileNumber"), scan.number("NumberOfFiles"))

    @property
    def is_whole(self) -> bool:
        """Whether all that it lists is committed."""
        return self.progress.status == "committed" and (self.progress.done or self.progress.is_listed)


def contents(drop: Drop, scan: DsrScan, digest: str) -> list[MessageContent]:
    """The other contents of a message that are kept, under whichever names its files came."""
    names = {item["sk"] for item in tables.usage().query(_name_key(drop, scan, "").pk)}
    names |= {item["name"] for item in _items(drop, scan)} | {drop.name}  # an earlier version kept no names but the last
    found = []
    for name in sorted(names):
        of_name = drop._replace(name=name)
        for progress in drop_store.progresses(of_name):
            other = DsrScan.from_json(progress.scan) if "summaries" in progress.scan else None
            if other and progress.digest != digest and other.head.get("MessageId") == scan.head["MessageId"]:
                found.append(MessageContent.of(of_name, progress))
    return found


def joined(drop: Drop, scan: DsrScan, before: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """The scan to go on with: `rest` sums all files of the message where they are all here, else it is `incomplete`.

    `gone` are the voids of what the message left over when it was kept last, or as scans `before`, of earlier contents of this file, say.
    """
    told, message = scan.to_json(), _Message(scan, scan.revision)
    if scan.number("NumberOfFiles") > 1:
        whole = _with_others(drop, scan)
        if whole is None:
            return told | {"incomplete": True}
        message = whole
        told |= {"rest": message.scan.to_json(), "rest_revision": message.revision}
    reports = [DsrScan.from_json(kept) for kept in before if "summaries" in kept]
    alone = [older for older in reports if older.number("NumberOfFiles") == 1]
    gone = _gone(message, _last(drop, scan), alone)
    return told | ({"gone": gone} if gone else {})


def link(drop: Drop, progress: Progress) -> None:
    """Before a file's batches are committed: the message is found by its name, and by its batches what it states beside usage."""
    scan = DsrScan.from_json(progress.scan)
    expires_at = retention.derived_expiry(clock.today())
    tables.usage().put({**_name_key(drop, scan, drop.name)._asdict(), "expires_at": expires_at})
    if scan.facts:
        drop_store.link_facts(_stated(drop, progress, scan))


def _stated(drop: Drop, progress: Progress, scan: DsrScan) -> StatedFacts:
    named = scan.head["MessageId"], scan.head["MessageCreatedDateTime"]
    return StatedFacts(drop.party, dsr_usage.day_of(scan)[:7], *named, progress.prefix or drop.name, scan.facts)


def keep(drop: Drop, progress: Progress) -> None:
    """Keep a message that was taken in, and what it states beside usage, unless one that was created later was kept before."""
    told: Mapping[str, Any] = progress.scan
    scan = DsrScan.from_json(told)
    message = _Message(DsrScan.from_json(told.get("rest") or told), told.get("rest_revision", scan.revision))
    last = _last(drop, scan)
    if last and last.revision > message.revision:
        return
    if scan.facts or (last and last.scan.facts):
        drop_store.keep_facts(_stated(drop, progress, scan), progress.batches)
    if not told.get("incomplete"):
        _put(drop, _key(drop, scan, _WHOLE), message.scan.to_json() | {"rest_revision": message.revision})


def _key(drop: Drop, scan: DsrScan, number: int) -> Key:
    return keys.message_file(drop.party, _called(scan), number)


def _name_key(drop: Drop, scan: DsrScan, name: str) -> Key:
    return keys.message_name(drop.party, _called(scan), name)


def _called(scan: DsrScan) -> str:
    """The message's id as it stands in keys."""
    name = scan.head["MessageId"]
    return name if len(name) <= _NAME_LENGTH_MAX else dsr_usage.readable(name)


def _put(drop: Drop, key: Key, kept: Mapping[str, Any]) -> None:
    item = {"scan": fact_store.packed(kept), "name": drop.name, "expires_at": retention.derived_expiry(clock.today())}
    tables.usage().put({**key._asdict(), **item})


def _kept(drop: Drop, scan: DsrScan) -> dict[str, Mapping[str, Any]]:
    """What is kept of a message, by sort key."""
    return {item["sk"]: fact_store.unpacked(item["scan"]) for item in _items(drop, scan)}


def _items(drop: Drop, scan: DsrScan) -> Iterator[Item]:
    return tables.usage().query(_key(drop, scan, _WHOLE).pk)


def _last(drop: Drop, scan: DsrScan) -> _Message | None:
    """The message as it was kept last."""
    kept = _kept(drop, scan).get(_key(drop, scan, _WHOLE).sk)
    return _Message(DsrScan.from_json(kept), int(kept["rest_revision"])) if kept else None


def _with_others(drop: Drop, scan: DsrScan) -> _Message | None:
    """The message in all of its files, `None` while they are not all here. Of files that disagree the last is refused, and not kept."""
    key, kept, was_whole = _key(drop, scan, scan.number("FileNumber")), _kept(drop, scan), _last(drop, scan) is not None
    if key.sk in kept and DsrScan.from_json(kept[key.sk]).revision > scan.revision:
        return None  # what came before it was created later, and stands
    _whole(scan, _files(drop, scan, kept | {key.sk: scan.to_json()}), was_whole=was_whole)
    _put(drop, key, scan.to_json())
    return _whole(scan, _files(drop, scan, _kept(drop, scan)), was_whole=was_whole)


def _files(drop: Drop, scan: DsrScan, kept: Mapping[str, Mapping[str, Any]]) -> list[DsrScan]:
    """The files that are here of a message in as many files as this one says."""
    parts = [DsrScan.from_json(part) for sk, part in kept.items() if sk != _key(drop, scan, _WHOLE).sk]
    return [part for part in parts if part.number("NumberOfFiles") == scan.number("NumberOfFiles")]


def _whole(scan: DsrScan, found: Sequence[DsrScan], *, was_whole: bool) -> _Message | None:
    """The message of these files; raises `Rejected` where they disagree, but for files of several creations: nobody says how they agree."""
    if len(found) < scan.number("NumberOfFiles"):
        return None
    whole = _summed(scan, found)
    if not _is_mixed(scan, found, was_whole=was_whole):
        _check(scan, found, whole)
    elif not _is_sound(whole):
        return None
    return _Message(whole, _revision(found))


def _is_mixed(scan: DsrScan, found: Sequence[DsrScan], *, was_whole: bool) -> bool:
    """Whether some of the files are of an older creation: the message `was_whole` before this one came, or their trailers tell."""
    others = [part for part in found if part.revision != scan.revision]
    told = [part for part in others if any(part.foot.get(name) != scan.foot.get(name) for name in _OF_REPORT)]
    return bool(told) or (was_whole and any(part.revision < scan.revision for part in others))


def _revision(found: Sequence[DsrScan]) -> int:
    """That of what all files leave: the newest file's, and one more with each other that was created with it.

    While a message comes anew file by file, what its new and its old files leave gives way with each of them.
    """
    times = [part.revision for part in found]
    return max(times) + times.count(max(times)) - 1


def _gone(message: _Message, last: _Message | None, alone: Iterable[DsrScan]) -> list[dict[str, Any]]:
    """The voids of what the message left over before and leaves no more, whichever of the two was created later."""
    if last is not None and last.revision > message.revision:
        return dsr_usage.superseded(last.scan, [message.scan], last.revision)
    return dsr_usage.superseded(message.scan, [*alone, *([last.scan] if last else [])], message.revision)


def _summed(scan: DsrScan, found: Sequence[DsrScan]) -> DsrScan:
    """All files as one, with every summary record that any of them has."""
    whole = DsrScan.from_json(scan.to_json())
    for part in found:
        for name, summary in DsrScan.from_json(part.to_json()).summaries.items():
            whole.summaries.setdefault(name, summary)
    for name, summary in whole.summaries.items():
        of_files = [part.summaries[name] for part in found if name in part.summaries]
        paid = Pico(sum(part.stated for part in of_files))
        for counted in ("lines", "line_usages", "line_revenue", "priced_lines", "returns", "rounded_lines"):
            setattr(summary, counted, sum(getattr(part, counted) for part in of_files))
        summary.line_decimals = max(part.line_decimals for part in of_files)
        if summary.priced_lines:  # lines of files that state none were given their part by usage
            summary.line_revenue = paid
    return whole


def _is_sound(whole: DsrScan) -> bool:
    try:
        list(dsr_usage.remainders(whole))
    except Rejected:
        return False
    return True


def _check(scan: DsrScan, found: Sequence[DsrScan], whole: DsrScan) -> None:
    counted = dict(zip(_OF_REPORT, (sum(part.lines for part in found), sum(part.blocks for part in found)), strict=True))
    said = {name: scan.foot.get(name, "") for name in counted}
    faults = [
        Fault(f"{name} is {said[name]} in the trailer, but the {len(found)} files have {count}", name)
        for name, count in counted.items()
        if said[name] and said[name] != str(count)
    ]
    faults += sum_faults(whole.summaries)
    if faults:
        raise Rejected("the files of the message do not agree with it: " + "; ".join(fault.message for fault in faults), faults)
    list(dsr_usage.remainders(whole))
