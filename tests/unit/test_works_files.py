"""Files of works of any size: what a reader holds of them, and that it can go on from behind any cut."""

from __future__ import annotations

import os
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from overtone.formats.works import files
from overtone.formats.works.drafts import Draft
from tests.cwr_lines import TUNE, line, transmission

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MANY = 20_000 if os.environ.get("THOROUGH") else 5_000
PEAK_BYTES_MAX = 16 * 1024 * 1024


def csv(count: int) -> Iterator[bytes]:
    yield b"work_id,title,kind,shares\n"
    for n in range(count):
        yield b'w-%d,"Song, %d",%s,uni:1\n' % (n, n, (b"composition", b"recording")[n % 2])


def cwr(count: int) -> Iterator[bytes]:
    end = "\r\n"
    yield (line("HDR", sender="000000001") + end + line("GRH", transaction_type="NWR", group=1, version="02.10") + end).encode()
    for n in range(count):
        records: list[tuple[str, dict[str, Any]]] = [
            ("NWR", {"title": f"SONG {n}", "work_number": f"S{n}"}),
            ("SWR", {"interested_party": "W1", "name": "A", "pr_share": 10_000}),
        ]
        texts = [line(kind, transaction=n, record=place, **fields) for place, (kind, fields) in enumerate(records)]
        yield (end.join(texts) + end).encode()
    yield (line("GRT", group=1, transactions=count, records=2 * count + 2) + end).encode()
    yield (line("TRL", groups=1, transactions=count, records=2 * count + 4) + end).encode()


def skipped(chunks: Iterator[bytes], count: int) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk[count:]
        count = max(0, count - len(chunk))


@pytest.mark.slow
@pytest.mark.parametrize(("form", "made"), [(files.Csv(), csv), (files.Cwr(), cwr)], ids=["csv", "cwr"])
def test_memory_stays_small_whatever_the_file_holds(form: files.WorksFile, made: Callable[[int], Iterator[bytes]]) -> None:
    tracemalloc.start()
    scan = form.scan(made(MANY))
    seen = sum(len(cut.entries) for cut in form.cuts(lambda offset: skipped(made(MANY), offset), scan, {}))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seen == MANY
    assert peak < PEAK_BYTES_MAX


@pytest.mark.parametrize(("form", "made"), [(files.Csv(), csv), (files.Cwr(), cwr)], ids=["csv", "cwr"])
def test_reading_can_go_on_behind_any_cut(
    form: files.WorksFile, made: Callable[[int], Iterator[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "CSV_BLOCK_BYTES", 100)
    monkeypatch.setattr(files, "CUT_WORKS", 3)
    scan = form.scan(made(20))

    def entries(state: Any) -> list[Any]:
        return [entry for cut in form.cuts(lambda offset: skipped(made(20), offset), scan, state) for entry in cut.entries]

    whole = entries({})
    assert len(whole) == 20
    done = 0
    for cut in form.cuts(lambda offset: skipped(made(20), offset), scan, {}):
        done += len(cut.entries)
        assert entries(cut.state) == whole[done:]


def test_compositions_come_before_what_may_link_to_them() -> None:
    scan = files.Csv().scan(csv(10))
    entries = [entry for cut in files.Csv().cuts(lambda offset: skipped(csv(10), offset), scan, {}) for entry in cut.entries]
    kinds = [entry.body["kind"] for entry in entries if isinstance(entry, Draft)]
    assert kinds == ["composition"] * 5 + ["recording"] * 5


def test_a_file_of_other_transactions_alone_is_counted() -> None:
    raw = transmission([("ALT", {})], TUNE)
    (cut,) = files.Cwr().cuts(lambda offset: iter([raw[offset:]]), files.Cwr().scan([raw]), {})
    assert (len(cut.entries), cut.others) == (1, {"ALT": 1})
