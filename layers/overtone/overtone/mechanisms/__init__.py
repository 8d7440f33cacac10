"""The ways of getting paid, one module each, all of one small shape (see `shape`).

To add one: write a module with `Terms`, `covers`, `asks`, `measure`, `pools` and `entitle`, and name it
in `MECHANISMS`. Nothing else in the system knows what a mechanism is called.
"""

from typing import Annotated, Final, cast

from pydantic import Field

from overtone.mechanisms import (
    advance,
    buyout,
    direct_play,
    levy,
    liquidation,
    micro_royalty,
    minimum_guarantee,
    per_output,
    revenue_pool,
    training_run,
)
from overtone.mechanisms.shape import Mechanism, Use

AnyTerms = Annotated[
    training_run.Terms
    | per_output.Terms
    | micro_royalty.Terms
    | revenue_pool.Terms
    | buyout.Terms
    | advance.Terms
    | minimum_guarantee.Terms
    | direct_play.Terms,
    Field(discriminator="mechanism"),
]
"""The terms that a deal can hold. A levy is deposited and a liquidation is posted by finance, so their
terms are not among them."""


def spared_by(terms: AnyTerms, use: Use) -> frozenset[str]:
    """The mechanisms that owe nothing for a use where these terms cover the work: a buyout's."""
    return buyout.spares(terms, use) if isinstance(terms, buyout.Terms) else frozenset()


MECHANISMS: Final[dict[str, Mechanism]] = {
    "training_run": cast("Mechanism", training_run),
    "per_output": cast("Mechanism", per_output),
    "micro_royalty": cast("Mechanism", micro_royalty),
    "revenue_pool": cast("Mechanism", revenue_pool),
    "buyout": cast("Mechanism", buyout),
    "advance": cast("Mechanism", advance),
    "minimum_guarantee": cast("Mechanism", minimum_guarantee),
    "levy": cast("Mechanism", levy),
    "liquidation": cast("Mechanism", liquidation),
    "direct_play": cast("Mechanism", direct_play),
}
