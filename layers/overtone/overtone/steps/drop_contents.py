"""The contents of a sales report (DSR) that are kept: its files, of all of its creations, under whichever names they came.

One of which every batch was withdrawn is none of them: what it listed and left, and that it was created later, says nothing any more.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple, Self

from overtone.aws import keys, tables
from overtone.aws.keys import Key
from overtone.facts.drops import Drop, Progress
from overtone.facts.intake import stored_id
from overtone.formats import dsr_usage
from overtone.formats.dsr import DsrScan
from overtone.steps import usage
from overtone.stores import drops as drop_store

_NAME_LENGTH_MAX: Final = 500
"""So much of a message's id stands in its key; a longer one ends in its hash."""


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


def because(contents: Iterable[MessageContent]) -> list[tuple[str, int]]:
    """What the batches of contents are called, and how many there are."""
    return [(content.progress.prefix or content.drop.name, content.progress.batches) for content in contents]


class OtherContents(NamedTuple):
    """The other contents of a message: those of which a batch stands, or that never had one, the newest first; and those taken back."""

    standing: list[MessageContent]
    withdrawn: list[MessageContent]


def called(scan: DsrScan) -> str:
    """The message's id as it stands in keys."""
    name = scan.head["MessageId"]
    return name if len(name) <= _NAME_LENGTH_MAX else dsr_usage.readable(name)


def file_key(drop: Drop, scan: DsrScan, number: int) -> Key:
    """Where a file of the message is kept."""
    return keys.message_file(drop.party, called(scan), number)


def name_key(drop: Drop, scan: DsrScan, name: str) -> Key:
    """Where it is kept that a file of the message came under a name."""
    return keys.message_name(drop.party, called(scan), name)


def others(drop: Drop, scan: DsrScan, digest: str) -> OtherContents:
    """The contents of a message but for one, by its digest. Of a file that was read in vain nothing is kept."""
    names = {item["sk"] for item in tables.usage().query(name_key(drop, scan, "").pk)}
    names |= {item["name"] for item in tables.usage().query(file_key(drop, scan, 0).pk)} | {drop.name}  # as an earlier version kept them
    found = OtherContents([], [])
    for name in sorted(names):
        of_name = drop._replace(name=name)
        for progress in drop_store.progresses(of_name):
            other = DsrScan.from_json(progress.scan) if "summaries" in progress.scan and not progress.is_in_vain else None
            if other and progress.digest != digest and other.head.get("MessageId") == scan.head["MessageId"]:
                content = MessageContent.of(of_name, progress)
                (found.standing if _stands(content) else found.withdrawn).append(content)
    found.standing.sort(key=lambda content: -content.revision)
    return found


def _stands(content: MessageContent) -> bool:
    batches = content.progress.batch_ids(content.drop.name)
    return not batches or any(not usage.is_withdrawn(content.drop.party, stored_id(batch)) for batch in batches)
