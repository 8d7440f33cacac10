"""The ways of getting paid, one module each, all of one small shape (see `shape`).

To add one: write a module that says all that `shape` asks for, and name it in `catalogue` if a buyout may spare it, else here; CONTRIBUTING
has the recipe. Nothing else in the system knows what a mechanism is called.
"""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Final

from pydantic import Field

from overtone.mechanisms import (
    advance,
    buyout,
    direct_play,
    levy,
    licence_fee,
    liquidation,
    micro_royalty,
    minimum_guarantee,
    per_output,
    revenue_pool,
    training_run,
)
from overtone.mechanisms.catalogue import PRICED
from overtone.mechanisms.protocol import Mechanism
from overtone.mechanisms.shape import Term, Use, UseKind

AnyTerms = Annotated[
    training_run.Terms
    | per_output.Terms
    | micro_royalty.Terms
    | revenue_pool.Terms
    | buyout.Terms
    | advance.Terms
    | minimum_guarantee.Terms
    | direct_play.Terms
    | licence_fee.Terms,
    Field(discriminator="mechanism"),
]
"""The terms that a deal can hold. A levy is deposited and a liquidation is posted by finance, so their
terms are not among them."""


SettledTerms = AnyTerms | levy.Terms | liquidation.Terms
"""All terms that lines can come of."""
SettledTerm = Term[SettledTerms]

MECHANISMS: Final[dict[str, Mechanism[Any]]] = {
    **PRICED,
    "buyout": buyout,
    "advance": advance,
    "minimum_guarantee": minimum_guarantee,
    "levy": levy,
    "liquidation": liquidation,
}
"""Every mechanism by name."""


def asks(term: SettledTerm, kind: UseKind) -> bool:
    """Whether a term's pools are shared over derived uses of this kind."""
    return kind in MECHANISMS[term.terms.mechanism].asks(term.terms)


def asking(terms: Iterable[SettledTerm], kind: UseKind) -> Iterator[SettledTerm]:
    """Those of the terms whose pools are shared over derived uses of this kind."""
    return (term for term in terms if asks(term, kind))


def spared_by(terms: SettledTerms, use: Use) -> frozenset[str]:
    """The mechanisms that owe nothing for a use where these terms cover the work: a buyout's."""
    return buyout.spares(terms, use) if isinstance(terms, buyout.Terms) else frozenset()
