"""Keys in LedgerTable of pages of accruals that are items, as they were before a partition's pages were an object."""

from overtone.aws.keys import Key


def accrual_pk(month: str, bucket: int) -> str:
    """All usage accruals of a month's bucket."""
    return f"{month}#{bucket:04d}"


def run_accrual_pk(licensee: str, run_id: str, bucket: int) -> str:
    """All accruals of a training run's bucket: later months ask for the latest run of a model."""
    return f"RUN#{licensee}#{run_id}#{bucket:04d}"


def accrual_page(pk: str, partition: str, number: int, digest: str) -> Key:
    """A page of what one partition says of a bucket's works; `pk` is one of the two above, `digest` is of the page (hex)."""
    return Key(pk, f"{partition}#{number:04d}.{digest}")


def parts_of_page(sk: str) -> tuple[str, int, str]:
    """The partition, number and digest of a page of accruals."""
    partition, _, name = sk.rpartition("#")
    number, _, digest = name.partition(".")
    return partition, int(number), digest


def partition_pages_once(partition: str) -> Key:
    """Every page that a partition may have as an item, with its digest: as it was before its pages were an object."""
    return Key(f"PAGES#{partition}", "INDEX")
