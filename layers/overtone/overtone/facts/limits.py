"""Every limit of intake, named, so an answer can name it and a test can stand on both sides of it."""

from typing import Final

BATCH_RECORDS_MAX: Final = 100_000
BATCH_PARTITIONS_MAX: Final = 90
BATCH_PAGES_MAX: Final = 95
"""Pages of one transaction: DynamoDB takes 100 items; the receipt, its place in the list, the outbox entry and an event are four."""
PAGE_RECORDS_MAX: Final = 12_000
PAGE_BYTES_MAX: Final = 350_000
"""A page is an attribute of an item, and an item is at most 400 KB."""

QUANTITY_MAX: Final = 1_000_000_000
REVISION_MAX: Final = 2**53 - 1
"""The largest integer that every JSON reader keeps exact. Times in seconds fit: files that carry no revision use theirs."""
RECORD_ID_LENGTH_MAX: Final = 128
FUTURE_DAYS_MAX: Final = 1
"""A day that has begun somewhere on Earth may be tomorrow in UTC."""
USED_ON_MIN: Final = "2000-01-01"
"""The first day that is taken: nobody counted plays before. A day that has expired is final, and refused (`steps.usage.final_days`)."""
MONTH_MIN: Final = "2000-01"
MONTHS_AHEAD_MAX: Final = 12
"""A levy or a fee may be known before its month; a month further ahead is a slip of the pen."""
TRAINED_ON_MIN: Final = "1990-01-01"

CORRECTIONS_MAX: Final = 1_000
"""Revised records of one batch that are looked up nearby; of more, the daily reconciliation tells."""
CORRECTION_PAGES_MAX: Final = 200
"""Pages that are read to look corrections up: some tens of megabytes."""

DISCLOSURE_SHARDS: Final = 4
"""Ways in which outputs are spread for indexing; one worker at a time indexes a way."""
WEIGHT_DIGITS_MAX: Final = 9
OUTPUT_SHARES_MAX: Final = 1_000
EVIDENCE_URI_LENGTH_MAX: Final = 1_000
FAULTS_LISTED_MAX: Final = 1_000
"""Faulty records that a receipt describes; `received - accepted` counts them all."""

SKETCH_SUBJECTS_MAX: Final = 80_000
WORKS_CHUNK_MAX: Final = 5_000
PARTITION_PAGES_MAX: Final = 14_000
"""Pages of accruals of one partition: their index is one item."""
BATCH_COUNTS_CHUNK_MAX: Final = 3_000

DROP_BLOCK_BYTES: Final = 4 * 1024 * 1024
"""A dropped file is read in blocks of so many bytes: some 40,000 lines."""
DROP_BLOCK_BYTES_MAX: Final = 32 * 1024 * 1024
"""A block of a dropped file that never ends a line, or a quotation, is no table."""
DROP_BLOCK_LINES_MAX: Final = 200_000
"""Lines of one block of a file: what a usual one of so many bytes has not, and a file of empty records has in every block."""
DROP_UNPACKED_TIMES_MAX: Final = 200
"""Bytes that one of a gzip file, or of a zip, may come to: reports come to ten or thirty, what repeats itself to a thousand."""
DROP_UNPACKED_BYTES_FREE: Final = 8 * 1024 * 1024
"""Bytes that it may come to whatever its size."""
DROP_TRANSACTION_BYTES_MAX: Final = 3_500_000
DROP_KEY_BYTES_MAX: Final = 400_000
"""Of one transaction for one partition: a key takes 1,000 write units per second, and a transaction costs two for each kilobyte."""
DROP_NOTE_SECONDS: Final = 30
"""So often a file that is being committed says in its receipt how far it is."""
DROP_TIME_LEFT_SECONDS_MIN: Final = 60
"""A delivery with less time left stops at a batch's end, and the next one goes on."""
DISCLOSURES_CHUNK_MAX: Final = 20_000
DSR_PART_RECORDS: Final = 50_000
MANIFEST_WORKS_MAX: Final = 10_000_000
RECONCILED_DAYS: Final = 7
SILENT_DAYS_MAX: Final = 1
"""Days of the week before on which a reporter may have sent nothing, and still be one whose silence is news."""
