"""How usage, runs and works are spread: partitions of facts, buckets of works.

A *partition* holds all facts that must be seen together to be accrued, a *bucket* all works
whose accruals are read together to be settled. Both are stable hashes, never Python's `hash`.
"""

import hashlib
import zlib
from typing import Final, NamedTuple

RUN_SHARD_WORKS: Final = 20_000
"""Works of a training run in one of its partitions."""


def spread(text: str, ways: int) -> int:
    """A stable number from 0 to `ways - 1` for a text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % ways


def bucket_of(work_key: str, buckets: int) -> int:
    """The bucket of a work: a checksum, because an accrual asks for a million of them."""
    return zlib.crc32(work_key.encode()) % buckets


class Partition(NamedTuple):
    """`kind` is `usage`, `training` or `attribution`; of what is set aside also a kind of registered thing, or `rate`.

    `scope` is the usage day, or the run or report id; `shard` counts from 0.
    """

    kind: str
    reporter: str
    scope: str
    shard: int

    def __str__(self) -> str:
        """The partition's id. No part can contain `#` (see `identifiers.slug`)."""
        return f"{self.kind}#{self.reporter}#{self.scope}#{self.shard:04d}"

    @classmethod
    def parse(cls, text: str) -> "Partition":
        """The inverse of `str()`."""
        kind, reporter, scope, shard = text.split("#")
        return cls(kind, reporter, scope, int(shard))
