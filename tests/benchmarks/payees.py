"""A settlement's files for many payees, function by function: CPU, peak memory, calls; a month of a million once, with its growth.

The month is not the first: every payee has a balance and a statement to be compared with. Each line is of a work of its own, with two
names. The parts lie packed on disk, as they would in S3. The books are one function; what payees are given is written by one function
per range, of which one of the middle is measured. A function's seconds are its CPU and its calls, 5 ms each, 16 at once.
"""

import csv
import gc
import gzip
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, Final

from overtone.lines import PARTY, Line, LineKey, Posting, line_id
from overtone.money import format_amount, stored_amount
from overtone.partitions import spread
from overtone.payout.files import Writable, csv_row
from overtone.payout.manifest import Head
from overtone.rights.registry import Party
from overtone.rights.versions import Entity
from overtone.scales import ZERO_PICO, Nano, Pico
from overtone.settlement import part_file
from overtone.settlement.entries import entry_of, merged
from overtone.settlement.line_columns import NO_LINES, PostedLines
from overtone.steps.settlement import range_documents
from overtone.steps.settlement.bank_files import Payers
from overtone.steps.settlement.emission import Inputs, emit
from overtone.steps.settlement.later import Bounds, LaterPayees, RangeFacts
from overtone.steps.settlement.payee_ranges import PayeeRange
from overtone.stores.line_objects import PIECE_BYTES, WORKING_LEVEL, unpacked, zipped
from tests.benchmarks import settlement_files
from tests.benchmarks.memory import peak_mb
from tests.benchmarks.settlement_files import PAYER, StateSink

PAYEES: Final = tuple(int(size) for size in os.environ.get("BENCH_PAYEES", "10000,100000,1000000").split(","))
LINES_EACH: Final = 5
PARTS: Final = int(os.environ.get("BENCH_PAYEES_PARTS", "256"))
LOT: Final = PARTS * part_file.BLOCK_LINES // LINES_EACH
"""Payees whose lines are made together: a block of each part."""
CALL_SECONDS: Final = 0.005
AT_ONCE: Final = 16
RECORDS_PER_CALL: Final = 100
"""As `BatchGetItem` takes."""
WRITTEN_BYTES: Final = 16 * 1024 * 1024
_BEFORE: Final = Head("2026-09", "2026-09", "2026-11-05T00:00:00.000000Z")
_HEAD: Final = Head("2026-10", "2026-10", "2026-12-05T00:00:00.000000Z")
_MECHANISMS: Final = ("per_output", "training_run", "revenue_pool", "direct_play")
_KEY: Final = LineKey("", "deal-1", "", "songfox", "v1", "", "", "recording", PARTY, "", "", "", "EUR")
_STATE: Final = ("state/balances.ndjson", "trial_balance.csv")
"""What the month before left."""


class _Counted:
    """A file that nobody keeps; each 16 MB of it are a call."""

    def __init__(self, sink: "_Sink") -> None:
        self._sink, self._bytes = sink, 0

    def write(self, piece: bytes, /) -> int:
        self._bytes += len(piece)
        return len(piece)

    def close(self) -> None:
        self._sink.calls += 1 + self._bytes // WRITTEN_BYTES


class _Sink:
    """Counts the calls that files take."""

    def __init__(self) -> None:
        self.calls = 0

    def open(self, _name: str) -> Writable:
        return _Counted(self)

    def parties(self, ids: Collection[str]) -> Mapping[str, Entity[Party]]:
        """Their records."""
        self.calls += -(-len(ids) // RECORDS_PER_CALL)
        return settlement_files._lookup(ids)


def make_parts(folder: Path, payees: int) -> None:
    """The parts of a month, lines spread over them by work; each is written lot by lot, which keeps it sorted by payee."""
    with ExitStack() as stack:
        paths = (folder / f"{number}.part.gz" for number in range(PARTS))
        files = [stack.enter_context(gzip.open(path, "wb", compresslevel=WORKING_LEVEL)) for path in paths]
        for file in files:
            file.writelines(part_file.encode({}, [], NO_LINES))
        for start in range(0, payees, LOT):
            of_part: list[list[Line]] = [[] for _ in range(PARTS)]
            for line in (line for number in range(start, min(start + LOT, payees)) for line in _lines(number, _HEAD)):
                of_part[spread(line.key.work_key, PARTS)].append(line)
            for file, lines in zip(files, of_part, strict=True):
                _, *blocks = part_file.encode({}, [], PostedLines.of(lines), {line.key.work_id: _names(line) for line in lines})
                file.writelines(blocks)
    _leave(folder, payees)


def _lines(payee: int, head: Head) -> Iterator[Line]:
    for number in range(payee * LINES_EACH, (payee + 1) * LINES_EACH):
        work, mechanism = f"{number:07d}", _MECHANISMS[number % len(_MECHANISMS)]
        amount = 1 + number * 2_654_435_761 % (5 * 10**12)
        of_month = _KEY._replace(usage_month=head.through, mechanism=mechanism)
        key = of_month._replace(work_key=f"isrc:SEAB{work}", work_id=f"rec-{work}", party_id=f"p{payee:07d}")
        yield Line(line_id(head.settlement_id, key), key, f"Sång nummer {work}", Posting(Nano(amount // 1000), Pico(amount), ZERO_PICO), "")


def _names(line: Line) -> list[str]:
    return [line.key.work_key, f"iswc:T{line.key.work_id[-7:]}001"]


def _leave(folder: Path, payees: int) -> None:
    """What the month before left, as if every payee had been the first one."""
    sink = StateSink()
    entries = [entry_of(line.key.party_id, line) for line in _lines(0, _BEFORE)]
    emit(Inputs(_BEFORE, entries, settlement_files._lookup, payers=Payers(PAYER)), sink)
    state = {name: sink.kept.contents[name] for name in _STATE}
    with (folder / _STATE[0].replace("/", "-")).open("wb") as balances:
        balances.writelines(state[_STATE[0]].replace(b"p0000000", f"p{payee:07d}".encode()) for payee in range(payees))
    rows = csv.reader(state[_STATE[1]].decode().splitlines())
    (folder / _STATE[1]).write_text("".join(csv_row([_times(cell, payees) for cell in row]) for row in rows))


def _times(cell: str, payees: int) -> str:
    """An amount of as many payees; other cells as they are."""
    return format_amount(Pico(stored_amount(cell) * payees)) if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", cell) else cell


def _read(path: Path, sink: "_Sink") -> Iterator[bytes]:
    def pieces() -> Iterator[bytes]:
        with path.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                sink.calls += 1
                yield piece

    return unpacked(pieces(), path.name)


def books(folder: Path) -> dict[str, Any]:
    """The function that books all payees."""

    def keep(number: int, facts: RangeFacts) -> None:
        (folder / f"range-{number}.gz").write_bytes(zipped(part_file.blocks_of(facts.lines), WORKING_LEVEL))
        (folder / f"balances-{number}.gz").write_bytes(zipped(facts.balances, WORKING_LEVEL))
        sink.calls += 3

    sink, later = _Sink(), LaterPayees(keep)
    parts = [part_file.decode(_read(path, sink)) for path in sorted(folder.glob("*.part.gz"))]
    entries = merged(part.blocks for part in parts)
    with (folder / _STATE[0].replace("/", "-")).open("rb") as balances:
        inputs = Inputs(_HEAD, entries, sink.parties, payers=Payers(PAYER), balances=balances)
        emit(replace(inputs, trial=(folder / _STATE[1]).read_bytes()), sink, later)
    (folder / "ranges.json").write_text(json.dumps(later.ranges))
    return {"calls": sink.calls, "ranges": len(later.ranges)}


def given(folder: Path) -> dict[str, Any]:
    """The function that writes what the payees of a range are given."""
    ranges = [PayeeRange(*one) for one in json.loads((folder / "ranges.json").read_text())]
    number, sink = (len(ranges) + 1) // 2, _Sink()
    entries = chain.from_iterable(part_file.blocks(_read(folder / f"range-{number}.gz", sink)))
    balances = _read(folder / f"balances-{number}.gz", sink)
    inputs = Inputs(_HEAD, entries, sink.parties, payers=Payers(PAYER), balances=balances)
    range_documents.write(inputs, Bounds.of(ranges, number), (), number, sink)
    return {"calls": sink.calls}


FUNCTIONS: Final = {"books": books, "given": given}


def _measured(function: str, folder: str) -> dict[str, Any]:
    """One function in a process of its own."""
    done = subprocess.run(  # noqa: S603 - this interpreter and this module
        [sys.executable, "-m", "tests.benchmarks.payees", function, folder], env=os.environ, capture_output=True, text=True, check=True
    )
    figures: dict[str, Any] = json.loads(done.stdout)
    figures["seconds"] = round(figures["cpu_seconds"] + figures["calls"] * CALL_SECONDS / AT_ONCE, 1)
    return figures


def _of_size(payees: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        make_parts(Path(folder), payees)
        found = {"books": _measured("books", folder)}
        if found["books"]["ranges"]:
            found["given"] = _measured("given", folder)
    books, given = found["books"], found.get("given", {"cpu_seconds": 0, "calls": 0})
    cpu_seconds, calls = (books[name] + books["ranges"] * given[name] for name in ("cpu_seconds", "calls"))
    return {
        **found,
        "peak_mb": max(one["peak_mb"] for one in found.values()),
        "seconds_max": max(one["seconds"] for one in found.values()),
        "microseconds_per_payee": round(cpu_seconds * 1e6 / payees),
        "calls_per_payee": round(calls / payees, 3),
    }


def run() -> dict[str, Any]:
    """Figures by number of payees."""
    found = {_name(size): _of_size(size) for size in PAYEES}
    first, *_, last = found.values() if len(found) > 1 else [*found.values()] * 2
    ratios = {name: round(last[name] / first[name], 3) for name in ("microseconds_per_payee", "calls_per_payee")}
    growth = {"payees_last_over_first": ratios["microseconds_per_payee"], "payees_calls_last_over_first": ratios["calls_per_payee"]}
    return {"lines_per_payee": LINES_EACH, **found, **growth}


def _name(payees: int) -> str:
    return f"payees_{payees // 1_000_000}m" if payees >= 1_000_000 else f"payees_{payees // 1000}k"


if __name__ == "__main__":
    gc.set_threshold(1_000_000, 50, 1_000)  # as the settlement function does
    started = time.process_time()
    answer = FUNCTIONS[sys.argv[1]](Path(sys.argv[2]))
    print(json.dumps({**answer, "cpu_seconds": round(time.process_time() - started, 2), "peak_mb": round(peak_mb())}))
