"""What AWS bills for, counted, and what it costs by list prices: the operator's side of the money.

Amounts are integers of 1e-12 USD, as money is everywhere else. The prices are those of us-east-1, on demand and before any free tier
or discount; a caller may give others.
"""

from typing import Final, NamedTuple

KILOBYTE: Final = 1024
WRITE_UNIT_BYTES: Final = KILOBYTE
READ_UNIT_BYTES: Final = 4 * KILOBYTE
HTTP_REQUEST_BYTES: Final = 512 * KILOBYTE
MESSAGE_REQUEST_BYTES: Final = 64 * KILOBYTE
CALL_MILLISECONDS: Final = 5
"""What a call of DynamoDB, S3 or SQS takes within a region; a function is billed while it waits."""
_GIGABYTE_MB_MS: Final = KILOBYTE * 1000
_GIGABYTE: Final = 10**9


class Units(NamedTuple):
    """What was asked of AWS. `mb_ms` is memory by billed time; `log_bytes` what logs take in."""

    write_units: int = 0
    read_units: int = 0
    http_requests: int = 0
    invocations: int = 0
    mb_ms: int = 0
    s3_puts: int = 0
    s3_gets: int = 0
    messages: int = 0
    transitions: int = 0
    schedules: int = 0
    log_bytes: int = 0

    def plus(self, other: "Units") -> "Units":
        """Both together."""
        return Units(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    def less(self, other: "Units") -> "Units":
        """What these are more."""
        return Units(*(mine - theirs for mine, theirs in zip(self, other, strict=True)))

    def times(self, by: int, of: int = 1) -> "Units":
        """So many times, in parts of `of`, rounded up."""
        return Units(*(-(-mine * by // of) for mine in self))


class Prices(NamedTuple):
    """List prices in 1e-12 USD each; storage per GB and month, an alarm per month."""

    write_unit: int = 625_000
    read_unit: int = 125_000
    http_request: int = 1_000_000
    invocation: int = 200_000
    gb_second: int = 13_333_400
    s3_put: int = 5_000_000
    s3_get: int = 400_000
    message: int = 500_000
    transition: int = 25_000_000
    schedule: int = 1_000_000
    log_gb: int = 500_000_000_000
    table_gb_month: int = 250_000_000_000
    bucket_gb_month: int = 23_000_000_000
    alarm_month: int = 100_000_000_000
    metric_month: int = 300_000_000_000

    def of(self, units: Units) -> int:
        """What these units cost, in 1e-12 USD, rounded up."""
        priced = (
            (units.write_units, self.write_unit),
            (units.read_units, self.read_unit),
            (units.http_requests, self.http_request),
            (units.invocations, self.invocation),
            (units.s3_puts, self.s3_put),
            (units.s3_gets, self.s3_get),
            (units.messages, self.message),
            (units.transitions, self.transition),
            (units.schedules, self.schedule),
        )
        whole = sum(count * price for count, price in priced)
        return whole - (-units.mb_ms * self.gb_second // _GIGABYTE_MB_MS) - (-units.log_bytes * self.log_gb // _GIGABYTE)

    def kept_in_tables(self, size: int) -> int:
        """A month of so many bytes in tables."""
        return -(-size * self.table_gb_month // _GIGABYTE)

    def kept_in_buckets(self, size: int) -> int:
        """A month of so many bytes in buckets."""
        return -(-size * self.bucket_gb_month // _GIGABYTE)


def units_of(size: int, unit: int) -> int:
    """How many units so many bytes are, at least one."""
    return max(1, -(-size // unit))
