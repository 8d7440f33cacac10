"""One contender in a process of its own, called with its name, a folder and 1 for the digest: prints CPU, memory, digest."""

import atexit
import hashlib
import importlib.util
import json
import pickle
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from overtone.facts import accrual
from overtone.facts.accrual import Disclosure, StoredPage
from overtone.money import NANO
from overtone.partitions import Partition
from tests.benchmarks import postgres
from tests.benchmarks.accrual_data import BANDS, CURRENCIES, DAY, MODELS, TERRITORIES, USES
from tests.benchmarks.memory import children_peak_mb, peak_mb

PARTITION: Final = Partition("usage", "fox", DAY, 0)
Row = tuple[str, str, str, str, str, int, int, int]
"""Work, model, use, territory, currency, band; quantity in 1e-9, revenue in 1e-21."""
Prepared = tuple[Callable[[], Any], Callable[[Any], Iterable[Row]]]


def _columns(folder: Path) -> Any:
    return pickle.loads((folder / "columns.pickle").read_bytes())  # noqa: S301 - written by the benchmark itself


def _stored(folder: Path) -> list[StoredPage]:
    bodies = pickle.loads((folder / "pages.pickle").read_bytes())  # noqa: S301 - written by the benchmark itself
    return [StoredPage(f"2026-10-03T{n:06d}", f"b-{n}", 0, body, 12_000) for n, body in enumerate(bodies)]


def _kinds() -> list[tuple[str, str, int]]:
    return [("output", model, band) for model in MODELS for band in BANDS]


def _overtone(folder: Path) -> Prepared:
    import numpy as np  # noqa: PLC0415 - each contender loads its own

    from overtone.facts import accrual_arrays, work_sums  # noqa: PLC0415
    from overtone.facts.accrual_pages import rows_of  # noqa: PLC0415
    from overtone.facts.arrays import Texts  # noqa: PLC0415

    found, stored = _columns(folder), _stored(folder)
    subjects = Texts(prefix="output:gen-", width=7, numbers=np.arange(len(found["kind"])))
    works = Texts(found["works"], row=found["work"])
    disclosed = accrual_arrays.DisclosureColumns(subjects, _kinds(), found["kind"], found["counts"], works, found["share"])
    found = None

    def rows(done: Any) -> Iterable[Row]:
        for bodies in done.pages.values():
            for row in rows_of(str(PARTITION), bodies):
                for entry in row.entries:
                    yield row.work_key, *entry[2:]

    _time_packing(work_sums)
    return lambda: accrual_arrays.accrue(PARTITION, stored, (), disclosed, 256), rows


PACKING: Final = [0.0]
"""CPU seconds that went into writing what the others keep in memory."""


def _time_packing(module: Any) -> None:
    packed = module.pages_of

    def timed(*arguments: Any) -> Any:
        began = time.process_time()
        try:
            return packed(*arguments)
        finally:
            PACKING[0] += time.process_time() - began

    module.pages_of = timed


def _python(folder: Path) -> Prepared:
    found, stored = _columns(folder), _stored(folder)
    kinds, at = _kinds(), 0
    disclosures = {}
    for output, (kind, count) in enumerate(zip(found["kind"].tolist(), found["counts"].tolist(), strict=True)):
        work, share = found["work"][at : at + count].tolist(), found["share"][at : at + count].tolist()
        _, model, band = kinds[kind]
        parts = [(found["works"][w], s) for w, s in zip(work, share, strict=True)]
        disclosures[f"gen-{output:07d}"] = Disclosure(model, band * NANO // 10, parts)
        at += count
    return (
        lambda: accrual.accrue(PARTITION, [page.unpacked(DAY) for page in stored], (), disclosures),
        lambda done: ((row.work_key, *entry[2:]) for row in done.rows for entry in row.entries),
    )


def _numpy(folder: Path) -> Prepared:
    from tests.benchmarks import accrual_floor  # noqa: PLC0415

    found = _columns(folder)
    return lambda: accrual_floor.accrue(found), lambda done: accrual_floor.rows(done, found)


def _tables(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Records and shares as columns of texts and integers."""
    import numpy as np  # noqa: PLC0415

    found = _columns(folder)
    ids = [f"{h:016x}{n:016x}" for h, n in found["id"].tolist()]
    records = {
        "record_id": ids,
        "revision": found["revision"],
        "subject": [f"output:gen-{n:07d}" for n in found["subject"].tolist()],
        "use": [USES[n] for n in found["use"].tolist()],
        "territory": [TERRITORIES[n] for n in found["territory"].tolist()],
        "currency": [CURRENCIES[n] for n in found["currency"].tolist()],
        "quantity": found["quantity"],
        "revenue": found["revenue"],
    }
    outputs, kinds = len(found["kind"]), _kinds()
    owner = np.repeat(np.arange(outputs), found["counts"])
    left = NANO - np.bincount(owner, weights=found["share"], minlength=outputs).astype(np.int64)
    place = np.concatenate([owner, np.arange(outputs)])
    works = [found["works"][n] for n in found["work"].tolist()] + ["unattributed"] * outputs
    shares = {
        "subject": [f"output:gen-{n:07d}" for n in place.tolist()],
        "work": works,
        "model": [kinds[k][1] for k in found["kind"][place].tolist()],
        "band": [kinds[k][2] for k in found["kind"][place].tolist()],
        "share": np.concatenate([found["share"], left]),
    }
    return records, shares


def _frames(folder: Path) -> Any:
    import polars as pl  # noqa: PLC0415

    records, shares = map(pl.DataFrame, _tables(folder))
    return pl, records, shares


WAY: Final = ["work", "model", "use", "territory", "currency", "band"]


def _polars(folder: Path) -> Prepared:
    pl, records, shares = _frames(folder)

    def accrue() -> Any:
        best = records.sort("revision").unique(["subject", "record_id"], keep="last")
        groups = best.group_by("subject", "use", "territory", "currency").agg(pl.col("quantity").sum(), pl.col("revenue").sum())
        split = groups.join(shares, on="subject", how="inner")
        return split.group_by(WAY).agg(
            (pl.col("quantity").cast(pl.Int128) * pl.col("share")).sum().alias("quantity"),
            (pl.col("revenue").cast(pl.Int128) * pl.col("share")).sum().alias("revenue"),
        )

    return accrue, lambda done: done.select([*WAY, "quantity", "revenue"]).iter_rows()


_SQL: Final = """
with best as (select distinct on (subject, record_id) * from records order by subject, record_id, revision desc),
groups as (select subject, use, territory, currency, sum(quantity) quantity, sum(revenue) revenue from best group by all)
select work, model, use, territory, currency, band, sum(quantity::hugeint * share) quantity, sum(revenue::hugeint * share) revenue
from groups join shares using (subject) group by all
"""


def _duckdb(folder: Path) -> Prepared:
    import duckdb  # noqa: PLC0415

    _, records, shares = _frames(folder)
    connection = duckdb.connect()
    connection.execute("set threads = 1")
    for name, frame in (("records", records), ("shares", shares)):
        frame.write_parquet(folder / f"{name}.parquet")
        connection.execute(f"create table {name} as from read_parquet('{folder / name}.parquet')")

    def accrue() -> Any:
        connection.execute("create or replace table done as " + _SQL)
        return connection

    return accrue, lambda done: done.execute("select * from done").fetchall()


_COLUMNS: Final = {
    "records": "record_id text, revision int, subject text, use text, territory text, currency text, quantity bigint, revenue bigint",
    "shares": "subject text, work text, model text, band int, share bigint",
}
_NUMERIC: Final = """
with best as (select distinct on (subject, record_id) * from records order by subject, record_id, revision desc),
groups as (select subject, use, territory, currency, sum(quantity) quantity, sum(revenue) revenue from best group by 1, 2, 3, 4)
select work, model, use, territory, currency, band, sum(quantity::numeric * share) quantity, sum(revenue::numeric * share) revenue
from groups join shares using (subject) group by 1, 2, 3, 4, 5, 6
"""


def _postgres(folder: Path) -> Prepared:
    home = Path(tempfile.mkdtemp(prefix="bench-postgres-", dir="/tmp" if Path("/tmp").is_dir() else None))  # noqa: S108 - not in a folder of root's
    home.chmod(0o755)
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    cluster = postgres.Cluster(home / "run")
    for name, columns in zip(_COLUMNS, _tables(folder), strict=True):
        with (home / name).open("w") as file:
            file.writelines(",".join(map(str, row)) + "\n" for row in zip(*columns.values(), strict=True))
    tables = (f"create unlogged table {name} ({columns})" for name, columns in _COLUMNS.items())
    copies = (f"copy {name} from '{home / name}' (format csv)" for name in _COLUMNS)
    cluster.run([*tables, *copies, "vacuum analyze"])

    def rows(_: Any) -> Iterable[Row]:
        cluster.run([f"copy done to '{home / 'run' / 'done'}' (format csv)"])
        with (home / "run" / "done").open() as file:
            yield from ((*texts[:5], *map(int, texts[5:])) for texts in (line.rstrip("\n").split(",") for line in file))  # type: ignore[misc]

    return lambda: cluster.run([f"create unlogged table done as {_NUMERIC}"]), rows


CONTENDERS: Final = {
    "overtone": _overtone,
    "python": _python,
    "numpy": _numpy,
    "polars": _polars,
    "duckdb": _duckdb,
    "postgres": _postgres,
}


def absence(name: str) -> str:
    """Why a contender is left out here; "" where it is not."""
    if name in {"polars", "duckdb"} and importlib.util.find_spec(name) is None:
        return f"{name} is not installed; see requirements-bench.txt"
    return postgres.absence() if name == "postgres" else ""


def _cpu() -> float:
    """CPU seconds of this process and of those that it started and that have ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def _digest(rows: Iterable[Row]) -> str:
    """The same whatever the order; entries of nothing do not count."""
    total = 0
    for row in rows:
        if row[6] or row[7]:
            total += int.from_bytes(hashlib.blake2b(repr((*row[:5], *map(int, row[5:]))).encode(), digest_size=16).digest(), "big")
    return f"{total % 2**128:032x}"


def main(name: str, folder: str, digest: str) -> None:
    """Run one contender once."""
    accrue, rows = CONTENDERS[name](Path(folder))
    began = _cpu()
    done = accrue()
    cpu = _cpu() - began
    peak = max(peak_mb(), children_peak_mb())
    figures = {
        "cpu": cpu - PACKING[0],
        "packing": PACKING[0],
        "peak_mb": round(peak),
        "digest": _digest(rows(done)) if digest == "1" else "",
    }
    if name == "overtone":
        figures["page_bytes"] = sum(len(body) for bodies in done.pages.values() for body in bodies)
    print(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
