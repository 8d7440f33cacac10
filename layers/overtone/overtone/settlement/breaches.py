"""Uses that were denied, over their limit or without any licence: the evidence, one row each."""

from typing import Final, Literal, NamedTuple

from overtone.lines import LineSide
from overtone.scales import Nano, Pico

OVER_LIMIT: Final = "over_limit"
UNLICENSED: Final = "unlicensed"
BreachKind = Literal["denied_use", "over_limit", "unlicensed"]


class Breach(NamedTuple):
    """`party_id` is whose share it is (empty: nobody is known); `evidence` the run or output where it was first seen.

    `quantity` are the uses of the whole work, `limit` the share allowed, `amount` what of the party's money waits because of it;
    `cleared` is what the clearance that the run cites, or the last for generation before the use, had said of the work.

    `quantity` in 1e-9, `limit` in 1e-9, `amount` in pico of `currency` (empty where no money is owed).
    """

    kind: BreachKind
    use: str
    licensee: str
    model: str
    work_key: str
    work_id: str
    title: str
    side: LineSide
    party_id: str
    usage_month: str
    first_seen: str
    evidence: str
    quantity: Nano
    limit: Nano
    amount: Pico
    currency: str
    cleared: str = ""
