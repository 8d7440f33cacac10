"""What was fixed when a stack accrued for the first time: over how many buckets works are spread, and which earlier forms may be there.

It never changes, so who has read it hands it on. A stack that an earlier version set up does not say what it has none of.
"""

import contextlib
from typing import Any, Final, NamedTuple

from overtone.aws import keys, tables
from overtone.aws.tables import ABSENT, ConditionFailed
from overtone.config import settings
from overtone.errors import InvariantBroken

_NOTHING_OLDER: Final = {"outputs": "packed", "accruals": "objects"}
"""No output has an item of its own, and no page of accruals."""


class LedgerSetup(NamedTuple):
    """What a ledger was set up with.

    `output_items`: outputs may have items of their own, as the first versions kept them; `page_items`: so may pages of accruals.
    """

    buckets: int
    output_items: bool = False
    page_items: bool = False


def found() -> LedgerSetup:
    """The setup of this stack; where no worker fixed it yet, that which it will have."""
    item = tables.ledger().get(keys.LEDGER_BUCKETS)
    return _read(item) if item else LedgerSetup(settings().ledger_buckets)


def required(*, fix: bool = False) -> LedgerSetup:
    """The same; `fix` stores it where no worker did before.

    Raises `InvariantBroken` where the stack was set up with another number of buckets: works would be looked for where they do not stand.
    """
    now, ledger = settings().ledger_buckets, tables.ledger()
    item = ledger.get(keys.LEDGER_BUCKETS)
    if item is None and fix:
        with contextlib.suppress(ConditionFailed):
            ledger.put({**keys.LEDGER_BUCKETS._asdict(), "buckets": now, **_NOTHING_OLDER}, ABSENT)
        item = ledger.get(keys.LEDGER_BUCKETS)
    setup = _read(item) if item else LedgerSetup(now)
    if setup.buckets != now:
        raise InvariantBroken(
            "conserved",
            f"LedgerBuckets is {now}, but this stack's accruals stand in {setup.buckets} buckets since they were first written "
            f"and would not be found: deploy it with LedgerBuckets={setup.buckets}; another number needs another stack",
        )
    return setup


def _read(item: dict[str, Any]) -> LedgerSetup:
    return LedgerSetup(int(item["buckets"]), "outputs" not in item, "accruals" not in item)
