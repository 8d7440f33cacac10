"""What a sealed settlement left for those after it (balances, receivables, suspense, the index of books), held to its manifest.

A file that the manifest names is there and is what was sealed, or nothing goes on: to start from less would forget what people are owed.
Only where the manifest names no such file was the settlement sealed before there was one.
"""

import hashlib
from collections.abc import Iterator, Mapping
from functools import lru_cache

import orjson

from overtone.aws import buckets, object_keys
from overtone.errors import InvariantBroken, NotFound
from overtone.payout import manifest
from overtone.payout.manifest import Link
from overtone.settlement.plan import Plan
from overtone.stores import line_objects
from overtone.stores.chain import ChainHead


def of_chain(head: ChainHead) -> Link | None:
    """The last sealed settlement, if there is one."""
    return Link(head["sealed_id"], head["sealed_sha256"]) if head["sealed_id"] else None


def before(plan: Plan) -> Link | None:
    """The settlement that a plan starts from, if there is one."""
    return Link(*plan.previous) if plan.previous else None


def read(link: Link | None, name: str) -> bytes:
    """A file that a settlement left, whole; nothing before the first, or where it left none. Raises `InvariantBroken`."""
    return b"".join(stream(link, name))


def stream(link: Link | None, name: str) -> Iterator[bytes]:
    """The same in pieces; what they come to is held to the manifest at their end. Raises `InvariantBroken`."""
    sealed = _state(link).get(name) if link else None
    if link is None or sealed is None:
        return
    found = hashlib.sha256()
    for chunk in _chunks(link, name):
        found.update(chunk)
        yield chunk
    if found.hexdigest() != sealed:
        raise InvariantBroken("sealed", f"{name} of settlement {link.settlement_id} is not what its manifest says; restore it")


def lines(link: Link | None, name: str) -> Iterator[bytes]:
    """The same line by line, each with its end."""
    return line_objects.split(stream(link, name))


def _chunks(link: Link, name: str) -> Iterator[bytes]:
    try:
        yield from buckets.settlement().stream(object_keys.settlement_file(link.settlement_id, name, preview=False))
    except NotFound as error:
        raise InvariantBroken(
            "sealed", f"{name} of settlement {link.settlement_id} is gone, which its manifest names; restore it"
        ) from error


@lru_cache(maxsize=4)
def _state(link: Link) -> Mapping[str, str]:
    """The SHA-256 of each file that a settlement left for others than parties, by name."""
    body = b"".join(_chunks(link, manifest.NAME))
    if manifest.sha256(body) != link.sha256:
        raise InvariantBroken("sealed", f"the manifest of settlement {link.settlement_id} is not what the chain says; restore it")
    files = orjson.loads(body)["files"]
    return {entry["name"]: entry["sha256"] for entry in files if "/" not in entry["name"] or entry["name"].startswith("state/")}
