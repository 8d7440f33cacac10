"""The mechanisms that price what was used or trained on, each by its name: what a buyout may spare a licensee."""

from typing import Any, Final

from overtone.mechanisms import direct_play, licence_fee, micro_royalty, per_output, revenue_pool, training_run
from overtone.mechanisms.protocol import Mechanism

PRICED: Final[dict[str, Mechanism[Any]]] = {
    "training_run": training_run,
    "per_output": per_output,
    "micro_royalty": micro_royalty,
    "revenue_pool": revenue_pool,
    "direct_play": direct_play,
    "licence_fee": licence_fee,
}
"""By name. `Any`: which terms a mechanism takes is what its name says, and pydantic has checked that of each deal."""
