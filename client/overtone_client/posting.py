"""Posting files of usage: several batches at once, what was sent before left out, refused records named by their place in the file."""

from __future__ import annotations

import hashlib
import json
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from overtone_client import batches, calls
from overtone_client.batches import Unsendable
from overtone_client.calls import JSON
from overtone_client.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from overtone_client.answers import Receipt, RefusedRecord
    from overtone_client.batches import Cut
    from overtone_client.client import Client

PARALLEL = 4
_NOT_FOUND, _CONFLICT, _TOO_LARGE, _NOT_ACCEPTABLE = 404, 409, 413, 422
_WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """What became of one batch: its receipt in short. Refused records bear their place in the file, from 0.

    `halves` are the ids under which its records are kept, where it went in several batches.
    """

    batch_id: str
    received: int
    accepted: int
    rejected: list[RefusedRecord]
    halves: list[str] = field(default_factory=list)

    @property
    def kept_as(self) -> list[str]:
        """The ids of the batches that the service knows."""
        return self.halves or [self.batch_id]


@dataclass(slots=True)
class FileReceipt:
    """What became of a file; `resumed` batches had been sent before."""

    file: str
    digest: str
    batches: list[BatchOutcome] = field(default_factory=list)
    resumed: int = 0

    @property
    def received(self) -> int:
        """Records that were sent."""
        return sum(batch.received for batch in self.batches)

    @property
    def accepted(self) -> int:
        """Records that were kept, or were there already."""
        return sum(batch.accepted for batch in self.batches)

    @property
    def rejected(self) -> list[RefusedRecord]:
        """Records that were not kept, in the file's order."""
        return sorted((record for batch in self.batches for record in batch.rejected), key=lambda record: record.get("index", -1))

    def to_json(self) -> dict[str, Any]:
        """As `overtone post --json` prints it."""
        sums = {"received": self.received, "accepted": self.accepted, "rejected": self.rejected, "resumed": self.resumed}
        return {"file": self.file, "digest": self.digest, "batches": [name for batch in self.batches for name in batch.kept_as]} | sums


class Journal:
    """What was sent of a file, one line for each batch, so that a later run goes on behind it.

    A batch of which nothing was kept is none of them: what it was refused for may be mended elsewhere, by a mapping or as a day comes.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    @classmethod
    def of(cls, folder: Path, sender: str, digest: str, cut_records: int) -> Journal:
        """The journal of one content, sent by one sender in cuts of one size."""
        name = hashlib.sha256(f"{sender}\0{digest}\0{cut_records}".encode()).hexdigest()[:32]
        return cls(folder / f"{name}.ndjson")

    def outcomes(self) -> dict[str, BatchOutcome]:
        """Batches that were answered, by the id of the cut; a line that was cut short by a crash counts for nothing."""
        if not self._path.exists():
            return {}
        outcomes = {}
        for line in self._path.read_text(encoding="utf-8").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            cut = entry.pop("cut")
            outcomes[cut] = BatchOutcome(**entry)
        return outcomes

    def add(self, cut: str, outcome: BatchOutcome) -> None:
        """Keep one answer."""
        line = json.dumps({"cut": cut, **asdict(outcome)})
        with self._lock:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as stream:
                stream.write(line + "\n")


def post_file(  # noqa: PLR0913 - each may be left out
    client: Client,
    path: Path,
    *,
    journal: Journal | None = None,
    sent: Callable[[int], None] = lambda _size: None,
    cut_records: int = batches.CUT_RECORDS,
    header_lines: int = 1,
    parallel: int = PARALLEL,
) -> FileReceipt:
    """Send a file of usage; `sent` hears how many of its bytes are done. Raises `Problem`, `NotReached`, `Unsendable`."""
    digest = batches.digest_of(path)
    receipt, known = FileReceipt(path.name, digest), journal.outcomes() if journal else {}

    def post(cut: Cut) -> list[BatchOutcome]:
        if (earlier := known.get(cut.batch_id)) and not _is_withdrawn(client, earlier):
            receipt.resumed += 1
            outcomes = [earlier]
        else:
            outcomes = _posted(client, cut) if cut.first else _posted_as_before(client, cut)
            if journal and cut.media_type != JSON and all(outcome.accepted for outcome in outcomes):
                journal.add(cut.batch_id, _joined(cut.batch_id, outcomes))
        sent(cut.size)
        return outcomes

    pieces = batches.cuts(path, digest, most=cut_records, header_lines=header_lines)
    for outcomes in _in_order(pieces, post, parallel):
        receipt.batches += outcomes
    return receipt


def _is_withdrawn(client: Client, earlier: BatchOutcome) -> bool:
    """Whether any of what was sent was taken back since; of what the service has forgotten nothing is known."""
    return any(_status(client, name) == _WITHDRAWN for name in earlier.kept_as)


def _status(client: Client, batch_id: str) -> str:
    """How a batch stands with the service; "" where it knows none."""
    try:
        return client.usage_receipt(batch_id)["status"]
    except Problem as problem:
        if problem.status != _NOT_FOUND:
            raise
        return ""


def _in_order(pieces: Iterator[Cut], post: Callable[[Cut], list[BatchOutcome]], parallel: int) -> Iterator[list[BatchOutcome]]:
    """The outcomes in the file's order, with few cuts in memory at a time; the first failure ends it once what runs has ended.

    The first is sent alone: it is refused (409) where the file was sent in cuts of another size, and no other is sent then.
    """
    for cut in islice(pieces, 1):
        yield post(cut)
    with ThreadPoolExecutor(parallel) as pool:
        running: list[Future[list[BatchOutcome]]] = [pool.submit(post, cut) for cut in islice(pieces, parallel)]
        while running:
            wait(running[:1], return_when=FIRST_COMPLETED)
            yield running.pop(0).result()
            running += [pool.submit(post, cut) for cut in islice(pieces, 1)]


def _posted_as_before(client: Client, cut: Cut) -> list[BatchOutcome]:
    """Send a file's first cut, in halves where it went in halves before: those of another size are refused (409), as a whole cut is."""
    half = cut
    while len(half.rows) > 1:
        half, _ = half.halves()
        if _status(client, half.batch_id):
            first, second = cut.halves()
            return [*_posted_as_before(client, first), *_posted(client, second)]
    return _posted(client, cut)


def _posted(client: Client, cut: Cut) -> list[BatchOutcome]:
    """Send a cut; one that is over a limit of the service is sent in halves."""
    try:
        receipt = _receipt(client, cut)
    except Problem as problem:
        if problem.status == _TOO_LARGE and len(cut.rows) > 1:
            if _status(client, cut.batch_id):
                raise Unsendable(
                    f"{cut.batch_id} was sent in another size, in halves its rows would be there twice; send the file as it was (--records)"
                ) from problem
            return [outcome for half in cut.halves() for outcome in _posted(client, half)]
        if problem.status == _NOT_ACCEPTABLE and any("index" in error for error in problem.errors):
            return [BatchOutcome(cut.batch_id, max(len(cut.rows), len(problem.errors)), 0, _placed(problem.errors, cut.first))]
        raise
    rejected = _placed(receipt["rejected"], cut.first)
    return [BatchOutcome(receipt.get("batch_id", cut.batch_id), receipt["received"], receipt["accepted"], rejected)]


def _receipt(client: Client, cut: Cut) -> Receipt:
    """The service's receipt of a cut; one that an earlier version of this client sent, with rows numbered by batch, is the same."""
    try:
        first_row = cut.first + 1 if cut.rows_of else 0
        return client.send(calls.post_usage_body(cut.batch_id, cut.body, cut.media_type, rows_of=cut.rows_of, first_row=first_row))
    except Problem as problem:
        if problem.status != _CONFLICT or not cut.rows_of or not _status(client, cut.batch_id):
            raise
        return client.send(calls.post_usage_body(cut.batch_id, cut.body, cut.media_type))


def _placed(records: list[RefusedRecord], first: int) -> list[RefusedRecord]:
    return [{**record, "index": record["index"] + first} if "index" in record else record for record in records]


def _joined(batch_id: str, outcomes: list[BatchOutcome]) -> BatchOutcome:
    refused = [record for outcome in outcomes for record in outcome.rejected]
    halves = [name for one in outcomes for name in one.kept_as] if len(outcomes) > 1 else []
    return BatchOutcome(batch_id, sum(one.received for one in outcomes), sum(one.accepted for one in outcomes), refused, halves)
