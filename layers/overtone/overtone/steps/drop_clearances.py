"""A dropped list of works to be cleared, of any length: answered chunk by chunk, each a file that stays as it was first written.

NDJSON: the first line says `clearance_id`, `use`, `day` and `model`, each further line is `{"work": …}`. CSV: columns `work`, `use`,
`day` and, where wanted, `model`, the same in every row; the clearance is called like the file.
"""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import orjson

from overtone import clock
from overtone.errors import Fault, Malformed, Rejected, TooLarge
from overtone.facts.drops import Drop
from overtone.facts.limits import FAULTS_LISTED_MAX
from overtone.fields import validated
from overtone.formats.blocks import blocks
from overtone.formats.text import checked
from overtone.identifiers import work_key
from overtone.settlement import clearance
from overtone.settlement.clearance import ClearanceRequest
from overtone.steps import clearances, drop_reports
from overtone.steps.drop_delivery import TimeLeft, Unfinished, is_late, own
from overtone.stores import clearances as store
from overtone.stores import drops as drop_store

WORKS_MAX: Final = 5_000_000
_READ: Final = frozenset({"work", "use", "day", "model"})
FILE_WORKS: Final = 50_000
"""Works answered in one file of the result."""


def take(drop: Drop, etag: str, time_left_seconds: TimeLeft) -> dict[str, Any]:
    """Answer for every work of the file; its receipt. Raises `Retryable` where the next delivery goes on behind the last whole file."""
    sent = _head(drop, etag)
    own(sent.licensee, drop)
    asked = _asked(drop, etag, sent)
    known = clearances.same(drop.party, sent.clearance_id, asked)
    if known:
        clearances.tell_again(known)
    item = known or _answered(drop, etag, sent, asked, time_left_seconds)
    about = {"name": drop.name, "key": drop.key, "status": "committed", "received": sum(item["counts"].values())}
    return about | clearances.head(item) | {"read": f"GET /v1/clearances/{sent.clearance_id}/works?file=1 and so on"}


def _answered(drop: Drop, etag: str, sent: ClearanceRequest, asked: str, time_left_seconds: TimeLeft) -> dict[str, Any]:
    use, whole = clearance.use_of(sent, drop.party), hashlib.sha256(asked.encode())
    counts, owners, files = Counter(dict.fromkeys(map(str, clearance.ClearanceStanding), 0)), Counter[str](), []
    for number, works in enumerate(_works(drop, etag), start=1):
        key = store.file_key(drop.party, sent.clearance_id, asked, number)
        if not (kept := store.is_kept(key)):
            if is_late(time_left_seconds):
                raise Unfinished(f"{drop.key} is answered up to file {number - 1}; the next delivery goes on")
            texts = clearance.lines(clearances.standings(works, use, clock.timestamp(), owners))
            store.keep_file(drop.party, sent.clearance_id, asked, number, texts)
        answers = []
        for line in store.file_lines(key):
            whole.update(line)
            answers.append(orjson.loads(line))
        counts.update(answer["standing"] for answer in answers)
        owners.update(clearances.owners_of(answers) if kept else ())
        files.append(key)
    about = {"use": sent.use, "day": sent.day, "model": sent.model or "", "asked": asked, "digest": whole.hexdigest()}
    item = clearances.item_of(drop.party, sent.clearance_id, clock.timestamp()) | about | {"counts": dict(counts), "files": files}
    return clearances.keep(item, owners)


def _head(drop: Drop, etag: str) -> ClearanceRequest:
    if drop.form == "ndjson":
        return drop_reports.head(drop, etag, ClearanceRequest, "works")
    first = next(_rows(drop, etag), None)
    if first is None:
        raise Rejected("the file has no works; send at least one")
    named = {name: value for name in ("use", "day", "model") if (value := first.get(name))}
    return validated(ClearanceRequest, {"clearance_id": drop.name, "works": []} | named, "the first row")


def _rows(drop: Drop, etag: str) -> Iterator[dict[str, str]]:
    """The rows of a CSV by column."""
    stream = blocks(checked(drop_store.content(drop, etag)), quoted=True)
    lines = (line.removeprefix("\ufeff") for block in stream for line in io.StringIO(block.decode(), newline="\n"))
    rows = csv.DictReader(lines)
    try:
        header = list(rows.fieldnames or ())
        if twice := next((name for name in header if name in _READ and header.count(name) > 1), None):
            raise Rejected.at(twice, "this column stands twice; send it once")
        for row in rows:
            yield {name: value or "" for name, value in row.items() if name}
    except csv.Error as error:
        raise Malformed(f"line {rows.line_num}: {error}; mend the line and drop the file again") from error


def _named(drop: Drop, etag: str) -> Iterator[object]:
    """What each record calls its work."""
    if drop.form == "csv":
        head = _head(drop, etag)
        for place, row in enumerate(_rows(drop, etag)):
            for name in ("use", "day", "model"):
                if (row.get(name) or None) != getattr(head, name):
                    message = (
                        f"record {place}: {name} is {row.get(name)!r:.80}, and {getattr(head, name)!r} in the first; drop a file for each"
                    )
                    raise Rejected(message, [Fault(message, name, index=place)])
            yield row.get("work", "")
        return
    for rows in drop_reports.chunks(drop, etag, FILE_WORKS):
        for row in rows:
            yield row.get("work", "") if isinstance(row, dict) else row


def _asked(drop: Drop, etag: str, sent: ClearanceRequest) -> str:
    """The first pass: every work is readable. Raises `Rejected` that names those at fault, `TooLarge`."""
    made = hashlib.sha256(orjson.dumps([drop.party, sent.use, sent.day, sent.model]))
    faults: list[Fault] = []
    count = 0
    for count, work in enumerate(_named(drop, etag), start=1):
        if count > WORKS_MAX:
            raise TooLarge(f"more than {WORKS_MAX} works; drop several files")
        try:
            made.update(work_key(work).encode() + b"\n")
        except Rejected as error:
            faults.append(Fault(error.detail, "work", str(work)[:200], count - 1))
            if len(faults) == FAULTS_LISTED_MAX:
                break
    if faults or not count:
        message = faults[0].message if faults else "the file has no works; send at least one"
        raise Rejected(f"works: {message}", faults)
    return made.hexdigest()


def _works(drop: Drop, etag: str) -> Iterator[list[str]]:
    held: list[str] = []
    for work in _named(drop, etag):
        held.append(work_key(work))
        if len(held) == FILE_WORKS:
            yield held
            held = []
    if held:
        yield held
