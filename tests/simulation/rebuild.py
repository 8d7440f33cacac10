"""`pure`: throw away everything that is derived, and derive it again from the facts, all at once."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, Final

from overtone import clock
from overtone.aws import keys
from overtone.payout import manifest
from overtone.payout.files import FileEntry
from overtone.payout.manifest import NOTHING, Head
from overtone.stores import facts as fact_store
from overtone.stores.chain import head
from overtone.stores.settlements import SEALED

if TYPE_CHECKING:
    from local.stack import Stack

GENESIS: Final = "genesis"
BEGAN: Final = "2000-01-01T00:00:00.000000Z"
_FACTS: Final = re.compile(r"RUNS|MONTH#|MONTHS\Z|CLEARANCES#")
"""The list of months is written with the facts of a month, too: with a levy, no worker would name it again. What a clearance answered
was so on its day; its answers lie in a bucket."""
_LEFT: Final = {"state/balances.ndjson": b"", "state/suspense.ndjson": b"", "trial_balance.csv": b""}


def forget(stack: Stack, residue_carried: dict[str, Any]) -> None:
    """Keep the facts alone; every batch waits in the outbox again, and nothing was ever settled.

    What was left over of one month's pools and joined another's depends on when each was first settled, so
    `residue_carried` (by month) is taken over, as from a settlement that posted nothing.
    """
    _keep(stack, "LedgerTable", lambda item: bool(_FACTS.match(item["pk"])))
    _keep(stack, "RegistryTable", lambda item: not item["pk"].startswith(("OUT#", "OUTPUTS#")))
    _keep(stack, "UsageTable", lambda item: not item["pk"].startswith(("OUTBOX#", "PENDING#", "ACCEPTED#", "RECEIVED#")))
    usage = stack.table("UsageTable")
    for item in stack.items("UsageTable", "RECEIPT#"):
        if fact_store.unpacked(bytes(item["partitions"])):
            entry = keys.outbox_entry(item["accepted_at"], item["kind"], item["party"], item["batch"])._asdict()
            about = {name: item[name] for name in ("kind", "party", "batch", "accepted_at", "partitions")}
            usage.put_item(Item=entry | about | {"months": {}})
    answers = {key: body for key, body in stack.objects("SettlementBucket").items() if key.startswith("clearances/")}
    stack.empty("SettlementBucket")
    for key, body in answers.items():
        stack.put_object("SettlementBucket", key, body)
    books = {month: {"settled_by": GENESIS, "parts": {}} | kept for month, kept in residue_carried.items()}
    sha256 = _leave(stack, {**_LEFT, "state/books.json": json.dumps(books).encode()})
    record = {
        "settlement_id": GENESIS,
        "status": SEALED,
        "through": "2000-01",
        "requested_at": BEGAN,
        "sealed_at": BEGAN,
        "waive": [],
        "attempt": 1,
    }
    stack.table("LedgerTable").put_item(Item=keys.settlement(GENESIS)._asdict() | record | {"manifest_sha256": sha256})
    stack.table("LedgerTable").put_item(Item={**head(), "sealed_id": GENESIS, "sealed_sha256": sha256})


def _leave(stack: Stack, files: dict[str, bytes]) -> str:
    """Put what a settlement leaves into the bucket, with its manifest, whose SHA-256 is returned."""
    entries = [FileEntry(name, hashlib.sha256(body).hexdigest(), len(body), 0) for name, body in files.items()]
    body = manifest.build(Head(GENESIS, "2000-01", BEGAN), entries, [], NOTHING.to_json())
    for name, content in {**files, manifest.NAME: body}.items():
        stack.put_object("SettlementBucket", f"{GENESIS}/{name}", content)
    return manifest.sha256(body)


def _keep(stack: Stack, name: str, wanted: Any) -> None:
    stack.table(name).delete_items([{"pk": item["pk"], "sk": item["sk"]} for item in stack.items(name) if not wanted(item)])


def restless(stack: Stack) -> list[str]:
    """What waits to be accrued, and who is at it; nothing at rest."""
    waiting = [f"{item['pk']} {item['sk']}" for item in stack.items("UsageTable", "OUTBOX#", "PENDING#")]
    busy = [f"{item['pk']} {item['sk']}" for item in stack.items("LedgerTable", "RUNNING#", "FENCE")]
    return [*waiting, *busy, *stack.messages("AccrualQueue")]


def bring_to_rest(stack: Stack, rounds: int) -> bool:
    """Let accrual catch up, past the time for which the queue hides what failed."""
    for _ in range(rounds):
        stack.invoke("Aggregate", {"now": clock.timestamp()})
        stack.drain()
        if not restless(stack):
            return True
        stack.at(_later(stack))
    return False


def _later(stack: Stack) -> Any:
    from datetime import timedelta  # noqa: PLC0415

    return stack.now + timedelta(hours=2)
