"""A day's usage and its disclosures, made from a seed, as each contender wants them."""

import pickle
import sys
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from overtone.facts import pages
from overtone.facts.usage import Records
from overtone.money import NANO

DAY: Final = "2026-10-03"
PAGE: Final = 12_000
WORKS_EACH: Final = 16
TERRITORIES: Final = sorted(
    ["SE", "NO", "DK", "FI", "DE", "FR", "GB", "US", "CA", "BR", "MX", "JP", "KR", "IN", "NG", "ZA", "ES", "IT", "NL", "PL"]
)
CURRENCIES: Final = ("EUR", "SEK", "USD")
USES: Final = ("download", "generation", "stream")
MODELS: Final = ("songfox-v1", "songfox-v2", "songfox-v3")
BANDS: Final = (7, 8, 9)


class Shape(NamedTuple):
    """How many plays an output has, and works a record (0: as many as outputs)."""

    outputs: int
    plays: int


SHAPES: Final = {"long_tail": Shape(0, 5), "hot": Shape(5_000, 0)}


def make(folder: Path, shape: str, records: int, seed: int = 7) -> None:
    """Write the inputs: `columns.pickle` (codes and word lists), `pages.pickle` (as stored)."""
    rng = np.random.default_rng(seed)
    outputs = SHAPES[shape].outputs or records // SHAPES[shape].plays
    works = outputs if SHAPES[shape].outputs else records
    again = records // 100
    subject = rng.integers(0, outputs, records)
    ids = rng.integers(0, 2**63 - 1, (records, 2)).astype(np.uint64)
    revision = np.zeros(records, np.int64)
    ids[-again:], subject[-again:], revision[-again:] = ids[:again], subject[:again], 1
    price = rng.integers(1, 200, records)
    columns: dict[str, Any] = {
        "id": ids,
        "revision": revision,
        "subject": subject,
        "use": rng.choice(3, records, p=[0.05, 0.05, 0.9]),
        "territory": rng.integers(0, len(TERRITORIES), records),
        "quantity": rng.integers(1, 20, records),
        "revenue": price * 20_000_000,
    }
    columns["currency"] = columns["territory"] % 3
    columns |= _disclosed(rng, outputs, works)
    (folder / "columns.pickle").write_bytes(pickle.dumps(columns))
    (folder / "pages.pickle").write_bytes(pickle.dumps(_pages(columns, price)))


def _disclosed(rng: np.random.Generator, outputs: int, works: int) -> dict[str, Any]:
    work = rng.integers(0, works, (outputs, WORKS_EACH))
    work += np.arange(WORKS_EACH)  # few stand twice, and those are taken apart
    work %= works
    work.sort(axis=1)
    twice = np.append(np.zeros((outputs, 1), bool), work[:, 1:] == work[:, :-1], axis=1)
    share = rng.integers(1, NANO // WORKS_EACH, (outputs, WORKS_EACH))
    kept = ~twice
    registrant = [f"{a}{b}{c}" for a in "ABCDEFGH" for b in "JKLMNPQR" for c in "0123456789"]
    names = [f"isrc:QZ{registrant[n % len(registrant)]}{n // len(registrant) % 27:02d}{n % 100_000:05d}" for n in range(works)]
    return {
        "kind": rng.integers(0, len(MODELS) * len(BANDS), outputs),
        "counts": kept.sum(axis=1),
        "work": work[kept],
        "share": share[kept],
        "works": names,
    }


def _pages(columns: dict[str, Any], price: Any) -> list[bytes]:
    texts = {int(p): f"{p * 20_000_000 / 1e12:.5f}".rstrip("0") for p in np.unique(price)}
    high, low = columns["id"][:, 0].tolist(), columns["id"][:, 1].tolist()
    names = [f"{h:016x}{n:016x}" for h, n in zip(high, low, strict=True)]
    whole = Records(
        [f"{d[:8]}-{d[8:12]}-{d[12:16]}-{d[16:20]}-{d[20:]}" for d in names],
        columns["revision"].tolist(),
        [f"output:gen-{n:07d}" for n in columns["subject"].tolist()],
        [USES[n] for n in columns["use"].tolist()],
        [DAY] * len(names),
        columns["quantity"].tolist(),
        [texts[p] for p in price.tolist()],
        [CURRENCIES[n] for n in columns["currency"].tolist()],
        [TERRITORIES[n] for n in columns["territory"].tolist()],
    )
    return [pages.encode(whole.part(start, start + PAGE)) for start in range(0, len(names), PAGE)]


if __name__ == "__main__":
    make(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
