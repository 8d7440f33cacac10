"""Every limit of intake, named, so an answer can name it and a test can stand on both sides of it."""

from typing import Final

BATCH_RECORDS_MAX: Final = 100_000
BATCH_PARTITIONS_MAX: Final = 90
BATCH_PAGES_MAX: Final = 97
"""Pages of one transaction: DynamoDB takes 100 items, and the receipt and the outbox entry are two."""
PAGE_RECORDS_MAX: Final = 12_000
PAGE_BYTES_MAX: Final = 350_000
"""A page is an attribute of an item, and an item is at most 400 KB."""

QUANTITY_MAX: Final = 1_000_000_000
REVISION_MAX: Final = 2**31 - 1
RECORD_ID_LENGTH_MAX: Final = 128
FUTURE_DAYS_MAX: Final = 1
"""A day that has begun somewhere on Earth may be tomorrow in UTC."""

DISCLOSURE_SHARDS: Final = 4
"""Ways in which outputs are spread for indexing; one worker at a time indexes a way."""
WEIGHT_DIGITS_MAX: Final = 9
OUTPUT_SHARES_MAX: Final = 1_000
FAULTS_LISTED_MAX: Final = 1_000
"""Faulty records that a receipt describes; `received - accepted` counts them all."""

SKETCH_SUBJECTS_MAX: Final = 80_000
WORKS_CHUNK_MAX: Final = 5_000
BATCH_COUNTS_CHUNK_MAX: Final = 3_000
