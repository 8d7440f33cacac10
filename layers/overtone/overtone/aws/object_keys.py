"""Every key of the objects in the buckets, as `keys` has those of the tables."""

from typing import Final

PERSONAL: Final = {"personal": "true"}
"""The tag of what names people, by which a lifecycle rule removes it when its time is over."""


def work_object(settlement_id: str, attempt: int, *names: str) -> str:
    """What a settlement works with until it is sealed."""
    return "/".join(("work", settlement_id, f"{attempt:03d}", *names))


def book_object(month: str, part: str, settlement_id: str, attempt: int) -> str:
    """The posted amounts of a part as of a settlement."""
    return f"books/{month}/{part}/{settlement_id}-{attempt:03d}.ndjson.gz"


def settlement_file(settlement_id: str, name: str, *, preview: bool) -> str:
    """A file that finance downloads."""
    return f"previews/{settlement_id}/{name}" if preview else f"{settlement_id}/{name}"


def clearance_object(licensee: str, clearance_id: str, digest: str, number: int) -> str:
    """One file of a clearance's answers."""
    return f"clearances/{licensee}/{clearance_id}/{digest[:16]}-{number:05d}.ndjson.gz"


def permission_file(day: str, name: str) -> str:
    """A file of a day's export of what owners allow."""
    return f"permissions/{day}/{name}"


def archive(settlement_id: str) -> str:
    """A sealed settlement's files in one."""
    return f"archives/{settlement_id}.zip"


def what_if_file(asker: str, what_if_id: str, name: str) -> str:
    """A file of a what-if; no party is called `-`, which stands for finance."""
    return f"what-ifs/{asker or '-'}/{what_if_id}/{name}"


def fact_pages(kind: str, party: str, batch: str, name: str) -> str:
    """The pages of a fact that is accepted whole; the name is their digest."""
    return f"pages/{kind}/{party}/{batch}/{name}"


def output_segment(way: int, name: str = "") -> str:
    """A segment of the outputs that go one way; the name is its digest."""
    return f"outputs/{way:04d}/{name}"


def accruals(month: str, partition: str, name: str) -> str:
    """All accruals of a partition, by their name; without one, what the objects of a partition begin with."""
    return f"accruals/{month}/{partition.replace('#', '/')}/{name}"
