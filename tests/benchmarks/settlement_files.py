"""How fast a settlement's files come out: CPU seconds and peak memory for 50,000 and 200,000 lines of 20,000 payees.

Every file is made but the PDFs, which a settlement of this size leaves to whoever asks; nothing is stored.
"""

import random
import time
import tracemalloc
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from overtone.formats.bank.pain001 import Payer
from overtone.lines import PARTY, SUSPENSE, AccountKind, Line, LineKey, Posting, SuspenseReason, line_id
from overtone.payout.files import Writable
from overtone.payout.manifest import Head, build
from overtone.rights.registry import Party
from overtone.rights.versions import Entity, Version
from overtone.scales import ZERO_PICO, Nano, Pico
from overtone.settlement.entries import Entry, entry_of
from overtone.steps.settlement.bank_files import Payers
from overtone.steps.settlement.emission import Inputs, emit
from tests.memory_sink import MemorySink

PAYEES: Final = 20_000
LINES: Final = (50_000, 200_000)
SECONDS_MAX: Final = 20.0
MEMORY_MAX_MB: Final = 1_000.0
PAYER: Final = Payer("Overtone AB", "SE4550000000058398257466", "ESSESESS")
CHANGED: Final = 100
"""One payee in so many has lines in the second settlement."""
_STATE: Final = ("state/balances.ndjson", "state/suspense.ndjson", "trial_balance.csv")
_MECHANISMS: Final = ("per_output", "training_run", "revenue_pool", "direct_play")


class _Discarded:
    """A file that nobody keeps."""

    def write(self, piece: bytes, /) -> int:
        return len(piece)

    def close(self) -> None:
        """Nothing is kept."""


class StateSink:
    """Counts files and keeps those that the next settlement reads."""

    def __init__(self) -> None:
        self.files = 0
        self.kept = MemorySink()

    def open(self, name: str) -> Writable:
        self.files += 1
        return self.kept.open(name) if name in _STATE else _Discarded()


def entries(lines: int, payees: int, *, settlement_id: str = "2026-10", seed: int = 1) -> Iterator[Entry]:
    """Sorted lines: one in fifty waits in suspense, the rest spread evenly over the payees."""
    rng = random.Random(seed)
    waiting = lines // 50
    for number in range(waiting):
        yield entry_of("", _line(settlement_id, f"{number:07d}", "", rng.randrange(10**12), reason="unregistered"))
    share, more = divmod(lines - waiting, payees)
    for payee in range(payees):
        for number in range(share + (payee < more)):
            owner = f"p{payee:06d}"
            yield entry_of(owner, _line(settlement_id, f"{number:07d}", owner, rng.randrange(1, 5 * 10**12)))


def _line(settlement_id: str, work: str, party: str, amount: int, reason: SuspenseReason = "") -> Line:
    mechanism = _MECHANISMS[int(work) % len(_MECHANISMS)]
    account: AccountKind = PARTY if party else SUSPENSE
    key = LineKey(
        "2026-10", "deal-1", mechanism, "songfox", "v1", f"isrc:SEABC26{work[-5:]}", work, "recording", account, party, "", reason, "EUR"
    )
    return Line(line_id(settlement_id, key), key, f"Sång nummer {work}", Posting(Nano(amount // 1000), Pico(amount), ZERO_PICO), "")


def party(number: int) -> Party:
    """A payee with bank details; every tenth pays withholding tax."""
    payout = {"currency": "EUR", "method": "sepa", "iban": PAYER.iban, "bic": PAYER.bic, "threshold": "1"}
    rate = "0.15" if number % 10 == 0 else "0"
    return Party.model_validate(
        {"name": f"Musiker {number}", "kind": "creator", "country": "SE", "payout": payout, "withholding_rate": rate}
    )


_KNOWN: Final = [Entity("", "", (Version(1, "0001-01-01", "2026-01-01T00:00:00Z", "", party(number)),)) for number in range(10)]


def _lookup(ids: Collection[str]) -> Mapping[str, Entity[Party]]:
    return {name: _KNOWN[int(name[1:]) % len(_KNOWN)] for name in ids if name[1:].isdigit()}


def measure(lines: int, payees: int, before: StateSink | None = None) -> tuple[dict[str, float], StateSink]:
    """CPU seconds of one settlement, first to last file and the manifest; `before` makes it the second."""
    settlement_id = "2026-11" if before else "2026-10"
    prepared = list(entries(lines, payees, settlement_id=settlement_id))
    state = {name: before.kept.contents[name] for name in _STATE} if before else dict.fromkeys(_STATE, b"")
    sink, head = StateSink(), Head(settlement_id, settlement_id, "2026-12-05T00:00:00.000000Z")
    balances, suspense = (state[name].splitlines() for name in _STATE[:2])
    inputs = Inputs(head, prepared, _lookup, balances=balances, suspense=suspense, trial=state[_STATE[2]], payers=Payers(PAYER))
    started = time.process_time()
    emission = emit(inputs, sink)
    size = len(build(head, emission.files, emission.totals, emission.left_out.to_json()))
    seconds = time.process_time() - started
    figures = {"lines": lines, "payees": payees, "cpu_seconds": round(seconds, 2), "files": sink.files, "manifest_mb": round(size / 1e6, 1)}
    return figures, sink


def peak_mb(lines: int) -> float:
    """Peak of what Python allocated while emitting from a stream, in MB."""
    head = Head("2026-10", "2026-10", "2026-11-05T00:00:00.000000Z")
    tracemalloc.start()
    try:
        emit(Inputs(head, entries(lines, PAYEES), _lookup, payers=Payers(PAYER)), StateSink())
        return round(tracemalloc.get_traced_memory()[1] / 1e6, 1)
    finally:
        tracemalloc.stop()


def run() -> dict[str, object]:
    """The figures, and whether they keep within the limits."""
    small, _ = measure(LINES[0], PAYEES)
    large, first = measure(LINES[1], PAYEES)
    second, _ = measure(LINES[1] // CHANGED, PAYEES // CHANGED, first)
    peak = peak_mb(LINES[0])
    return {
        "settlements": [small, large, second],
        "cpu_seconds_per_1000_lines_more": round((large["cpu_seconds"] - small["cpu_seconds"]) * 1000 / (LINES[1] - LINES[0]), 4),
        "ratio_cpu": round(large["cpu_seconds"] / small["cpu_seconds"], 2),
        "ratio_lines": LINES[1] / LINES[0],
        "second_with_1_percent_changed": round(second["cpu_seconds"] / large["cpu_seconds"], 3),
        "peak_mb_streaming": peak,
        "within_limits": large["cpu_seconds"] < SECONDS_MAX and peak < MEMORY_MAX_MB,
    }
