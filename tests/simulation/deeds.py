"""Everything that somebody does in a simulated world, and everything that goes wrong in it: what never happens proves nothing."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

REQUESTS: Final = {
    "usage sent": r"POST /v1/usage",
    "a batch withdrawn": r"DELETE /v1/usage/[^/]+",
    "a month declared complete or not": r"POST /v1/completeness",
    "outputs disclosed": r"POST /v1/attributions",
    "a report of outputs withdrawn": r"DELETE /v1/attributions/.+",
    "a model trained": r"POST /v1/training-runs",
    "a training run withdrawn": r"DELETE /v1/training-runs/.+",
    "revenue reported": r"POST /v1/revenue",
    "a report of revenue withdrawn": r"DELETE /v1/revenue/.+",
    "a levy deposited": r"POST /v1/levies",
    "a levy withdrawn": r"DELETE /v1/levies/.+",
    "a party changed": r"PUT /v1/parties/.+",
    "a work changed": r"PUT /v1/works/.+",
    "a record patched": r"PATCH /v1/works/.+",
    "mandates stated": r"PATCH /v1/parties/.+",
    "a mandate accepted": r"POST /v1/parties/.+/mandates/.+:accept",
    "a mandate refused": r"POST /v1/parties/.+/mandates/.+:refuse",
    "a mandate withdrawn": r"POST /v1/parties/.+/mandates/.+:withdraw",
    "a mandate ended": r"POST /v1/parties/.+/mandates/.+:end",
    "members entered": r"POST /v1/societies/.+/members",
    "a work offered": r"POST /v1/works/[^/]+:transfer",
    "a work taken on": r"POST /v1/works/.+/transfer:accept",
    "a deal registered": r"PUT /v1/deals/.+",
    "a deal's version accepted": r"POST /v1/deals/.+:accept",
    "a deal's version refused": r"POST /v1/deals/.+:refuse",
    "a deal's version withdrawn": r"POST /v1/deals/.+:withdraw",
    "a work disputed": r"POST /v1/disputes",
    "a dispute closed": r"POST /v1/disputes/.+:close",
    "a dispute withdrawn": r"POST /v1/disputes/.+:withdraw",
    "a tariff set": r"PUT /v1/societies/.+/tariff",
    "a clearance asked for": r"POST /v1/clearances",
    "a licensee paid": r"POST /v1/collections",
    "a collection reversed": r"POST /v1/collections/.+:reverse",
    "an adjustment proposed": r"POST /v1/adjustments",
    "an adjustment accepted": r"POST /v1/adjustments/.+:accept",
    "a refund accepted": r"POST /v1/refunds/.+:accept",
    "balances brought over": r"POST /v1/opening-balances/.+:accept",
    "an invoice written off": r"POST /v1/write-offs/.+:accept",
    "a month liquidated": r"POST /v1/suspense/liquidations",
    "a settlement asked for": r"POST /v1/settlements",
    "a what-if asked": r"POST /v1/what-ifs",
    "something held": r"POST /v1/holds",
    "a hold decided": r"POST /v1/holds/.+:decide",
    "a month locked": r"POST /v1/periods/.+:lock",
    "tax rates kept": r"PUT /v1/tax-rates",
    "bank details confirmed": r"POST /v1/parties/.+/bank-details:confirm",
    "a webhook made": r"PUT /v1/webhooks/.+",
    "a webhook taken away": r"DELETE /v1/webhooks/.+",
    "somebody forgotten": r"POST /v1/parties/.+:erase",
}
"""Told by a request that succeeded."""
TOLD: Final = (
    "a correction of a higher revision",
    "a correction that is void",
    "a correction of the same revision",
    "a correction of the day",
    "a correction of the subject",
    "the same batch again",
    "a run stated again",
    "a month's report restated",
    "other content under a batch's id",
    "a batch with a fault in it",
    "a file of usage dropped",
    "a manifest dropped",
    "disclosures dropped",
    "works imported",
    "a payment executed",
    "a payment refused",
    "a payment returned",
    "a refusal after a later settlement",
    "one output held",
    "a hold void",
    "a partition set aside",
    "a partition mended",
    "retention ended",
    "a settlement sealed",
    "a settlement previewed",
    "a settlement gone on with",
    "a settlement planned anew",
    "two settlements of a month at once",
    "a sealed settlement asked for again",
    "a setting changed",
    "the clock set back",
    "the clock set ahead",
    "a list read",
    "a line explained",
    "a change asked about",
    "something looked at",
    "somebody trespassed",
)
"""Told by whoever did it."""
ACTORS: Final = (*REQUESTS, *TOLD)
FAULTS: Final = (
    "killed before a write",
    "killed after a write",
    "killed before any call",
    "killed after any call",
    "an answer lost",
    "a conflict",
    "throttled",
    "throttled within the SDK's patience",
    "a 5xx",
    "a batch half done",
    "a read denied",
    "a message again",
    "a message behind later ones",
    "messages late",
    "a schedule twice",
    "a schedule late",
    "a schedule behind later ones",
    "two of Accrue",
    "two of Aggregate",
    "two of Settlement",
    "two of a request",
)
"""Of `Chaos.counts`."""
RARE: Final = {
    "collect reverse refund write_off adjust settle": (
        "a collection reversed",
        "an adjustment accepted",
        "a refund accepted",
        "an invoice written off",
    ),
    "settle": ("a settlement gone on with", "a settlement planned anew"),
    "answer adjust settle new_batch": (
        "a payment executed",
        "a payment refused",
        "a payment returned",
        "a refusal after a later settlement",
    ),
    "propose dispute hold": (
        "a deal's version accepted",
        "a deal's version refused",
        "a deal's version withdrawn",
        "a work disputed",
        "a dispute closed",
        "a dispute withdrawn",
        "something held",
        "one output held",
        "a hold decided",
        "a hold void",
    ),
    "ask say": (
        "mandates stated",
        "a mandate accepted",
        "a mandate refused",
        "a mandate withdrawn",
        "a mandate ended",
    ),
    "lock tax confirm erase drop drop_run drop_report import_works week_passes": (
        "a month locked",
        "tax rates kept",
        "bank details confirmed",
        "somebody forgotten",
        "a file of usage dropped",
        "a manifest dropped",
        "disclosures dropped",
        "works imported",
        "two of Aggregate",
    ),
    "new_batch move replay withdraw train withdraw_run": (
        "a correction of the day",
        "a correction of the subject",
        "the same batch again",
        "a batch withdrawn",
        "a run stated again",
        "a training run withdrawn",
    ),
    "bring_over claim_opened enter hand_on": ("balances brought over", "members entered", "a work offered", "a work taken on"),
    "deposit_levy take_back": ("a levy deposited", "a levy withdrawn"),
    "new_batch correct spoil accrue": (
        "a partition set aside",
        "a partition mended",
        "retention ended",
        "an answer lost",
    ),
}
"""What happens in less than a third of the seeds, by what somebody must be eager for so that it does in most."""
_REQUESTS: Final = {name: re.compile(pattern) for name, pattern in REQUESTS.items()}


class Deeds:
    """What was done how often, by its name in the lists above."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def did(self, name: str) -> None:
        """Something of `TOLD` was done."""
        if name not in TOLD:
            raise LookupError(f"{name!r} stands in no list")
        self.counts[name] += 1

    def answered(self, method: str, path: str) -> None:
        """A request succeeded."""
        for name, pattern in _REQUESTS.items():
            if pattern.fullmatch(f"{method} {path}"):
                self.counts[name] += 1
                return
