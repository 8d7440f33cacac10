"""Ingest: what a batch costs beside parsing it, and beside one item a record; dropped files; stored bytes.

Everything is measured in CPU time of one process, in rounds that interleave what is compared. Requests are serialised and signed by the
real client and answered before they leave the process.
"""

import gc
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

import boto3
import orjson

from overtone import clock
from overtone.aws.attributes import item_bytes
from overtone.facts import intake, pages, sheets
from overtone.facts.mapping import Mapping
from overtone.facts.sheets import check
from overtone.formats import usage_body
from overtone.formats.usage_file import Format, first_pass, format_of
from overtone.stores import facts as fact_store
from overtone.stores.facts import StoredFact
from tests.benchmarks import offline
from tests.benchmarks.memory import peak_mb

DAY: Final = "2026-10-03"
TODAY: Final = "2026-10-04"
BATCH: Final = int(os.environ.get("BENCH_INGEST_BATCH", "30000"))
SMALL_BATCH: Final = int(os.environ.get("BENCH_INGEST_SMALL_BATCH", "10000"))
ONE_ITEM_EACH: Final = int(os.environ.get("BENCH_INGEST_ONE_ITEM_EACH", "3000"))
ROUNDS: Final = int(os.environ.get("BENCH_INGEST_ROUNDS", "7"))
OUTPUTS: Final = int(os.environ.get("BENCH_INGEST_OUTPUTS", "5000"))
DROP_LINES: Final = (1_000_000,)
ROWS_MAX: Final = 100_000
"""Of a dropped file, rows that differ in more than their ids."""
WRITE_UNIT_DOLLARS: Final = 0.625e-6
OBJECT_UNITS: Final = 8
"""Write units that cost what writing an object does."""
KILOBYTE: Final = 1024
_BATCHES: Final = "batches"


def records(count: int, *, sequential: bool = False) -> list[dict[str, Any]]:
    """Usage of one day: ids random or counted, outputs by a power law."""
    rng = random.Random(1)
    return [
        {
            "record_id": f"r-{number:08d}" if sequential else str(uuid.UUID(int=rng.getrandbits(128), version=4)),
            "revision": 0,
            "subject": f"output:gen-{min(int(rng.paretovariate(0.6)), OUTPUTS):06d}",
            "use": rng.choice(["stream"] * 9 + ["download"]),
            "used_on": DAY,
            "quantity": min(int(rng.paretovariate(1)), 1000),
            "revenue": f"{rng.randrange(1, 20_000) / 10_000:.4f}",
            "currency": "USD",
            "territory": rng.choice(["SE", "US", "DE", "GB", "FR", "NO"]),
        }
        for number in range(count)
    ]


def _body(rows: Sequence[object]) -> bytes:
    return orjson.dumps({"batch_id": "b-1", "records": rows})


def ingest(body: bytes) -> None:
    """All of `POST /v1/usage` but the network: parse, check, page, serialise, sign."""
    sent = usage_body.from_json(orjson.loads(body))
    digest = sent.sheet.digest()
    checked = check(sent.sheet, "fox", TODAY)
    if checked.accepted:
        fact_store.commit(_fact(intake.paged(checked, "fox", lambda _: 1), digest, checked))


def _fact(made: list[intake.IntakePage], digest: str, checked: sheets.Checked) -> StoredFact:
    at = clock.timestamp()
    answer = intake.receipt({"batch_id": "b-1", "reporter": "fox"}, intake.outcome_of(checked), digest, at)
    return StoredFact(intake.USAGE, "fox", "b-1", digest, at, answer, made, months={DAY[:7]: checked.accepted})


def one_item_each(rows: Sequence[dict[str, Any]]) -> None:
    """The same records as one item each, through boto3's `batch_writer`."""
    table = boto3.resource("dynamodb").Table("usage")
    table.meta.client.meta.events.register("before-send.dynamodb", offline.answered)
    with table.batch_writer() as batch:
        for row in rows:
            batch.put_item(Item={"pk": f"fox#{row['used_on']}", "sk": f"{row['subject']}#{row['record_id']}", **row})


def _interleaved(*works: Callable[[], object]) -> list[float]:
    """The median CPU seconds of each, in rounds that run all of them."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for number, work in enumerate(works):
            gc.collect()
            start = time.process_time()
            work()
            taken[number].append(time.process_time() - start)
    return [median(times) for times in taken]


def _rates() -> dict[str, Any]:
    rows = records(BATCH)
    body = _body(rows)
    one_bad = _body([row | {"revenue": 0.5} if number == BATCH // 2 else row for number, row in enumerate(rows)])
    all_bad = _body([row | {"revenue": 0.5} for row in rows])
    parse, whole, bad, worst, each = _interleaved(
        lambda: orjson.loads(body),
        lambda: ingest(body),
        lambda: ingest(one_bad),
        lambda: ingest(all_bad),
        lambda: one_item_each(rows[:ONE_ITEM_EACH]),
    )
    json_rate, item_rate = BATCH / whole, ONE_ITEM_EACH / each
    return {
        "vs_batch_writer": round(json_rate / item_rate, 1),
        "of_parse_floor": round(parse / whole, 3),
        "parse alone, records/s": round(BATCH / parse),
        "parse + check + page + serialise, records/s": round(json_rate),
        "of the rate of parsing alone, % (at least 20)": 100 * parse / whole,
        "one item a record with batch_writer, records/s": round(item_rate),
        "times the rate of one item a record (at least 25)": json_rate / item_rate,
        "one bad record costs, % (under 10)": 100 * (bad / whole - 1),
        "all records bad cost, times (under 2)": worst / whole,
    }


def _checked(rows: Sequence[dict[str, Any]]) -> sheets.Checked:
    return check(sheets.read_rows(rows), "fox", TODAY)


def _units(fact: StoredFact) -> int:
    """Write units of one batch: two for each kilobyte begun of each item of its transaction, and as many as each object costs."""
    before = offline.OBJECTS[0]
    items = sum(2 * -(-item_bytes(write.item) // KILOBYTE) for write in fact_store.writes(fact) if hasattr(write, "item"))
    return items + OBJECT_UNITS * (offline.OBJECTS[0] - before)


def _sizes() -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for name, sequential, most in (("random UUID", False, 30), ("sequential", True, 12)):
        checked = _checked(records(SMALL_BATCH, sequential=sequential))
        units = _units(_fact(intake.paged(checked, "fox", lambda _: 1), "0" * 64, checked)) * 1_000_000 // SMALL_BATCH
        figures[f"{name} ids: bytes a record (at most {most})"] = len(pages.encode(checked.records)) / SMALL_BATCH
        figures[f"{name} ids: write units a million records"] = units
        figures[f"{name} ids: dollars a million records"] = units * WRITE_UNIT_DOLLARS
    figures["one item a record, transactional: write units a million"] = 2_000_000
    figures["one item a record, transactional: dollars a million"] = 2_000_000 * WRITE_UNIT_DOLLARS
    return figures


def _csv(path: Path, lines: int) -> None:
    rows = records(min(lines, ROWS_MAX))
    with path.open("w") as file:
        file.write("record_id,used_on,subject,use,quantity,revenue,currency,territory\n")
        for number in range(lines):
            row = rows[number % len(rows)]
            name = f"{number:08x}{row['record_id'][8:]}"
            file.write(f"{name},{DAY},{row['subject']},{row['use']},{row['quantity']},{row['revenue']},USD,{row['territory']}\n")


def _chunks(path: Path, offset: int = 0) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(offset)
        while chunk := file.read(1024 * 1024):
            yield chunk


def drop(path: Path) -> tuple[int, int, float]:
    """Both passes over a dropped file, each batch serialised; how many records it had, write units, CPU seconds without counting those."""
    started, aside = time.process_time(), 0.0
    form: Format = format_of("csv", Mapping(), path.name)
    _, scan = first_pass(form, _chunks(path))
    done = units = 0
    for cut in form.cuts(_chunks(path, form.start(scan)), scan, None, 0):
        checked = check(cut.sheet, "fox", TODAY)
        for group in intake.grouped(intake.pages_of(checked, "fox", lambda _: 1)):
            fact = _fact(group, "0" * 64, checked)
            fact_store.commit(fact)
            before = time.process_time()
            units += _units(fact)
            aside += time.process_time() - before
        done += checked.accepted
    return done, units, time.process_time() - started - aside


def _drops() -> dict[str, Any]:
    """Each size in a process of its own, beside JSON batches in the same process."""
    figures: dict[str, Any] = {}
    for lines in DROP_LINES:
        found = dropped(lines)
        size = f"{lines // 1_000_000} million lines"
        figures[f"CSV drop of {size}, both passes: records/s"] = round(found["drop_rate"])
        figures[f"CSV drop of {size}: % of the JSON rate (at least 60)"] = 100 * found["drop_rate"] / found["json_rate"]
        figures[f"CSV drop of {size}: peak memory, MB"] = found["memory_mb"]
    return figures


def dropped(lines: int) -> dict[str, float]:
    """A file of so many lines, in a process of its own: rates of it and of JSON, peak memory, write units."""
    return _apart(str(lines))


def _apart(what: str) -> dict[str, Any]:
    """Figures of a process of its own, as a function's is: where other benchmarks left memory in pieces, all take half as long again."""
    sizes = {"BATCH": BATCH, "SMALL_BATCH": SMALL_BATCH, "ONE_ITEM_EACH": ONE_ITEM_EACH, "ROUNDS": ROUNDS, "OUTPUTS": OUTPUTS}
    environment = os.environ | {f"BENCH_INGEST_{name}": str(size) for name, size in sizes.items()}
    command = [sys.executable, "-m", "tests.benchmarks.ingest", what]
    answer = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)  # noqa: S603 - this very module
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def _drop_alone(lines: int) -> dict[str, float]:
    body = _body(records(BATCH))
    ingest(body)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "usage.csv"
        _csv(path, lines)
        before = median(_interleaved(lambda: ingest(body)))
        done, units, taken = drop(path)
        after = median(_interleaved(lambda: ingest(body)))
    memory = peak_mb()
    rates = {"drop_rate": done / taken, "json_rate": 2 * BATCH / (before + after)}
    return {"records": done, "write_units": units, **rates, "memory_mb": round(memory)}


def run() -> dict[str, Any]:
    """The figures."""
    return _apart(_BATCHES) | _drops()


if __name__ == "__main__":
    with offline.requests():
        print(json.dumps(_rates() | _sizes() if sys.argv[1] == _BATCHES else _drop_alone(int(sys.argv[1]))))
