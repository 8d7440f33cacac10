"""Messages as wholes: those that come in several files, and those that are created anew, in a file of another name as DDEX names files.

What no line lists is known when the last file of a message is here, and gives way to what the message leaves when it is created anew.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from overtone import clock
from overtone.aws import index_keys, tables
from overtone.errors import Fault, Rejected
from overtone.facts.drops import Drop, Progress
from overtone.formats import dsr_usage
from overtone.formats.dsr import DsrScan
from overtone.formats.dsr_summaries import sum_faults
from overtone.scales import ZERO_PICO, Pico
from overtone.steps import drop_contents
from overtone.steps.drop_contents import MessageContent, OtherContents
from overtone.stores import drops as drop_store
from overtone.stores import facts as fact_store
from overtone.stores import retention
from overtone.stores.drops import StatedFacts

_NUMBER_DIGITS_MAX: Final = 9
"""Of a file; behind longer ones an earlier version kept the message as a whole, which follows from its contents."""
_OF_REPORT: Final = ("NumberOfLinesInReport", "NumberOfBlocksInReport")


class _Message(NamedTuple):
    """What a message says in all of its files, the revision of what it leaves unlisted, and those of its files of another creation."""

    scan: DsrScan
    revision: int
    mixed: Sequence[tuple[int, int]] = ()


def joined(drop: Drop, scan: DsrScan, digest: str) -> dict[str, Any]:
    """The scan to go on with: `rest` sums all files of the message where they are all here, else it is `incomplete`.

    `gone` are the voids of what the message left over before, in other contents than that of the digest, and leaves no more; `mixed` are
    the files of another creation that were summed with this one, by number and revision.
    """
    others = drop_contents.others(drop, scan, digest)
    told, message = scan.to_json(), _Message(scan, scan.revision)
    if scan.number("NumberOfFiles") > 1:
        whole = _with_others(drop, scan, others)
        told = _rounded(drop, scan, digest, others).to_json()
        if whole is None:
            return told | {"incomplete": True}
        message = whole
        told |= {"rest": message.scan.to_json(), "rest_revision": message.revision}
        told |= {"mixed": message.mixed} if message.mixed else {}
    gone = _gone(message, others)
    return told | ({"gone": gone} if gone else {})


def link(drop: Drop, progress: Progress) -> None:
    """Before a file's batches are committed: the message is found by its name, and by its batches what it states beside usage."""
    scan = DsrScan.from_json(progress.scan)
    expires_at = retention.derived_expiry(clock.today())
    tables.usage().put({**drop_contents.name_key(drop, scan, drop.name)._asdict(), "expires_at": expires_at})
    if scan.facts:
        drop_store.link_facts(_stated(drop, progress, scan))


def _stated(drop: Drop, progress: Progress, scan: DsrScan) -> StatedFacts:
    named = scan.head["MessageId"], scan.head["MessageCreatedDateTime"]
    return StatedFacts(drop.party, dsr_usage.day_of(scan)[:7], *named, progress.prefix or drop.name, scan.facts)


def keep(drop: Drop, progress: Progress) -> None:
    """Keep what a message that was taken in states beside usage, or put it off where one that was created later stands.

    A file that states nothing ends what an older creation stated, where no other file of its own creation states anything.
    """
    scan = DsrScan.from_json(progress.scan)
    others = drop_contents.others(drop, scan, progress.digest).standing
    stating = {content.revision for content in others if content.progress.scan.get("facts")}
    if later := [content for content in others if content.is_whole and content.revision > scan.revision]:
        if scan.facts:
            drop_store.put_off_facts(_stated(drop, progress, scan), progress.batches, drop_contents.because(later))
    elif scan.facts or (stating and scan.revision not in stating):
        drop_store.keep_facts(_stated(drop, progress, scan), progress.batches)


def summed_with(drop: Drop, progress: Progress) -> list[list[tuple[str, int]]]:
    """The files of another creation with which one left what no line lists, each by its contents' batches: it goes with any of them."""
    mixed = [tuple(one) for one in progress.scan.get("mixed", ())]
    others = drop_contents.others(drop, DsrScan.from_json(progress.scan), progress.digest).standing if mixed else []
    found = [[content for content in others if (content.number, content.revision) == one and content.progress.batches] for one in mixed]
    return [drop_contents.because(contents) for contents in found if contents]


def _message_of(content: MessageContent) -> _Message | None:
    """The message as it was whole when the content came; nothing where it was not."""
    told = content.progress.scan
    if told.get("incomplete"):
        return None
    return _Message(DsrScan.from_json(told.get("rest") or told), told.get("rest_revision", content.revision))


def _with_others(drop: Drop, scan: DsrScan, others: OtherContents) -> _Message | None:
    """The message in all of its files, `None` while they are not all here. Of files that disagree the last is refused, and not kept.

    Where all files of its own creation are here, it is these, whatever came of others.
    """
    key, own = drop_contents.file_key(drop, scan, scan.number("FileNumber")), scan.to_json()
    kept, was_whole = _kept(drop, scan, others), any(content.is_whole and _message_of(content) for content in others.standing)
    before = kept.get(key.sk)
    _whole(scan, _files(scan, kept | {key.sk: own}, others), was_whole=was_whole)
    if before and DsrScan.from_json(before).revision > scan.revision:  # what came before it was created later, and stands
        alone = _of_creation(scan, kept | {key.sk: own}, others)
        return _whole(scan, alone, was_whole=was_whole)
    item = {"scan": fact_store.packed(own), "name": drop.name, "expires_at": retention.derived_expiry(clock.today())}
    tables.usage().put({**key._asdict(), **item})
    return _whole(scan, _files(scan, _kept(drop, scan, others) | {key.sk: own}, others), was_whole=was_whole)


def _rounded(drop: Drop, scan: DsrScan, digest: str, others: OtherContents) -> DsrScan:
    """The file, with what rounding down leaves of revenue that no line states, where the files of its creation list all usages with it."""
    own, alike, found = scan.number("FileNumber"), (scan.revision, scan.number("NumberOfFiles")), DsrScan.from_json(scan.to_json())
    same = [content for content in others.standing if (content.revision, content.files) == alike]
    kept = [DsrScan.from_json(told) for told in _kept(drop, scan, others).values()]
    files = {part.number("FileNumber"): part for part in kept if (part.revision, part.number("NumberOfFiles")) == alike}
    files |= {content.number: DsrScan.from_json(content.progress.scan) for content in same} | {own: scan}
    heirs = {content.progress.digest for content in (*(one for one in same if one.number == own), *others.withdrawn)}
    for name, summary in found.summaries.items():
        parts = [part.summaries[name] for part in files.values() if name in part.summaries]
        is_listed = sum(part.line_usages for part in parts) == summary.usages and not any(part.priced_lines for part in parts)
        left = (summary.revenue or ZERO_PICO) - sum(part.stated for part in parts)
        if is_listed and summary.line_usages and 0 < left < len(parts):
            key = index_keys.rounded(drop.party, drop_contents.called(scan), scan.revision, name)
            summary.short = Pico(left) if drop_store.claimed(key, digest, heirs) else ZERO_PICO
    return found


def _kept(drop: Drop, scan: DsrScan, others: OtherContents) -> dict[str, Mapping[str, Any]]:
    """What is kept of a message's files, by sort key: of each the one that came last, or the newest where that was taken back."""
    standing = {(content.drop.name, content.number, content.revision) for content in others.standing}
    gone = {(content.drop.name, content.number, content.revision) for content in others.withdrawn} - standing
    found = dict[str, Mapping[str, Any]]()
    for item in tables.usage().query(drop_contents.file_key(drop, scan, 0).pk):
        if len(item["sk"]) <= _NUMBER_DIGITS_MAX:
            kept = fact_store.unpacked(item["scan"])
            part = DsrScan.from_json(kept)
            if (item["name"], part.number("FileNumber"), part.revision) not in gone:
                found[item["sk"]] = kept
    for content in others.standing:
        if content.files > 1:
            found.setdefault(drop_contents.file_key(drop, scan, content.number).sk, content.progress.scan)
    return found


def _files(scan: DsrScan, kept: Mapping[str, Mapping[str, Any]], others: OtherContents) -> list[DsrScan]:
    """The files that are here of a message in as many files as this one says: those of its creation, where none of these is missing."""
    files = scan.number("NumberOfFiles")
    found = [part for part in map(DsrScan.from_json, kept.values()) if part.number("NumberOfFiles") == files]
    return alone if len(alone := _of_creation(scan, kept, others)) == files else found


def _of_creation(scan: DsrScan, kept: Mapping[str, Mapping[str, Any]], others: OtherContents) -> list[DsrScan]:
    """The files of a file's own creation that are here."""
    parts = [DsrScan.from_json(told) for told in (*(content.progress.scan for content in others.standing), *kept.values())]
    alike = (scan.revision, scan.number("NumberOfFiles"))
    found = {part.number("FileNumber"): part for part in parts if (part.revision, part.number("NumberOfFiles")) == alike}
    return list(found.values())


def _whole(scan: DsrScan, found: Sequence[DsrScan], *, was_whole: bool) -> _Message | None:
    """The message of these files; raises `Rejected` where they disagree, but for files of several creations: nobody says how they agree."""
    if len(found) < scan.number("NumberOfFiles"):
        return None
    whole = _summed(scan, found)
    if not _is_mixed(scan, found, was_whole=was_whole):
        _check(scan, found, whole)
    elif not _is_sound(whole):
        return None
    mixed = [(part.number("FileNumber"), part.revision) for part in found if part.revision != scan.revision]
    return _Message(whole, _revision(found), mixed)


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


def _gone(message: _Message, others: OtherContents) -> list[dict[str, Any]]:
    """The voids of what the message left over before and leaves no more; what it leaves itself is one of its lines where it comes late."""
    before = [left for content in others.standing if (left := _message_of(content)) and left.revision <= message.revision]
    return dsr_usage.superseded(message.scan, [left.scan for left in before], message.revision)


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
