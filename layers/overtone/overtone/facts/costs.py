"""What a partition costs its operator: units reckoned from what is known of it, without reading it again.

Bytes and counts are the partition's own; how often it was accrued follows from its batches as if they had been of equal size (see
`pace`). It is a reckoning, not the bill: what all licensees share (settlements, the schedule, alarms) is no one's.
"""

from typing import Final, NamedTuple

from overtone.facts.pace import GROWTH, SMALL_RECORDS_MAX
from overtone.prices import READ_UNIT_BYTES, WRITE_UNIT_BYTES, Prices, Units, units_of

RECORD_BYTES: Final = 25
"""Of usage, where a partition was last accrued before its bytes were noted."""
BATCH_WRITE_UNITS: Final = 6
"""Of a batch's transaction beside its pages: receipt, list and outbox entry, each twice."""
OUTBOX_WRITE_UNITS: Final = 7
"""Of a batch on its way from the outbox: four items and the removal of three."""
ACCRUAL_WRITE_UNITS: Final = 12
"""Of an accrual beside its object and its sketch: counts, directory and summary, twice each, marks."""
SKETCH_BYTES: Final = 4
"""Of a subject in a sketch."""
ACCRUAL_MB_MS: Final = 3_008 * 400
"""What an accrual takes before its first record: its calls."""
RECORD_MB_US: Final = 3_008 * 25 + 1_769 * 5
"""What a record takes of accrual and of ingest, in MB and millionths of a second."""


class Figures(NamedTuple):
    """What is known of a partition."""

    records: int
    batches: int
    usage_bytes: int
    accrual_bytes: int
    subjects: int

    def plus(self, other: "Figures") -> "Figures":
        """Both together."""
        return Figures(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


NOTHING: Final = Figures(0, 0, 0, 0, 0)


def accruals(records: int, batches: int) -> list[int]:
    """The records at each accrual of a partition that grew by equal batches."""
    found, accrued = list[int](), 0
    for batch in range(1, batches + 1):
        now = records * batch // batches
        if accrued <= SMALL_RECORDS_MAX or (now - accrued) * GROWTH >= accrued or batch == batches:
            found.append(now)
            accrued = now
    return found


def units(known: Figures) -> dict[str, Units]:
    """What a partition asked of AWS, by part: accepting it, the outbox, accruing it as often as it was."""
    batches = max(1, known.batches)
    page = units_of(known.usage_bytes // batches, WRITE_UNIT_BYTES)
    often = accruals(known.records, batches)
    share = sum(often) * 1000 // max(1, known.records)
    sketch = known.subjects * SKETCH_BYTES // WRITE_UNIT_BYTES
    whole = Units(write_units=sketch, read_units=units_of(known.usage_bytes, READ_UNIT_BYTES) + known.subjects)
    each = Units(write_units=ACCRUAL_WRITE_UNITS, invocations=1, messages=3, mb_ms=ACCRUAL_MB_MS, s3_puts=1, s3_gets=1)
    cpu = Units(mb_ms=known.records * RECORD_MB_US // 1000)
    return {
        "ingest": Units(write_units=BATCH_WRITE_UNITS + 2 * page, read_units=2, http_requests=1, invocations=1).times(batches),
        "outbox": Units(write_units=OUTBOX_WRITE_UNITS).times(batches),
        "accrual": whole.plus(cpu).times(share, 1000).plus(each.times(len(often))),
    }


def priced(known: Figures, prices: Prices) -> dict[str, int]:
    """The same in 1e-12 USD, with a month of keeping it."""
    found = {part: prices.of(asked) for part, asked in units(known).items()}
    return found | {"kept": prices.kept_in_tables(known.usage_bytes) + prices.kept_in_buckets(known.accrual_bytes)}
