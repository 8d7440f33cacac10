"""What a most-favoured-nation clause raises: each figure to the highest of the group's deals that are in force on a day.

Figures of one mechanism are compared. Where terms name the uses that they price, a use costs the highest price that the group has for it,
whatever else its deals price: terms for the same uses are raised as such, others use by use.
"""

from collections.abc import Iterable, Iterator

from overtone.mechanisms import MECHANISMS, AnyTerms, SettledTerm, SettledTerms
from overtone.mechanisms.shape import Raised
from overtone.settlement.deals import Deal

StatedDeal = tuple[str, int, Deal]
"""A deal in force: its id, its version's number, and what it says."""


def prices(deal: Deal, terms: AnyTerms, day: str) -> bool:
    """Whether a deal prices anything by its terms on a day: in its tail only by those that price single outputs or share them."""
    outputs = "output" in MECHANISMS[terms.mechanism].spareable and not terms.recurs
    return outputs or deal.to is None or day <= deal.to


def best_figures(deal: Deal, terms: SettledTerms, in_force: Iterable[StatedDeal], day: str, use: str = "") -> Iterator[Raised]:
    """The fields that the group's other deals raise, and whose figure it is: by terms for the same uses, or by all that price `use`."""
    peers = [
        (peer, other_id, number)
        for other_id, number, other in in_force
        if other.mfn_group == deal.mfn_group and other.currency == deal.currency
        for peer in other.terms
        if prices(other, peer, day) and peer.mechanism == terms.mechanism and _comparable(peer, terms, use)
    ]
    for field in MECHANISMS[terms.mechanism].favoured:
        if not terms.states(field):
            continue
        own = getattr(terms, field)
        stated = ((getattr(peer, field), other_id, number) for peer, other_id, number in peers)
        figures = ((figure, other_id, number) for figure, other_id, number in stated if isinstance(figure, int))
        best, other_id, number = max(figures, key=lambda one: one[0], default=(own, "", 0))
        if best > own:
            yield Raised(field, own, best, other_id, number)


def raised_for(deal: Deal, term: SettledTerm, in_force: Iterable[StatedDeal], day: str, use: str) -> SettledTerm:
    """A term as it prices uses of a name."""
    if not deal.mfn_group or not _uses(term.terms):
        return term
    stated = term.terms.model_copy(update={one.field: one.own for one in term.raised})
    raised = tuple(best_figures(deal, stated, in_force, day, use))
    return term._replace(terms=stated.model_copy(update={one.field: one.figure for one in raised}), raised=raised)


def _comparable(peer: SettledTerms, terms: SettledTerms, use: str) -> bool:
    return bool({use, "*"} & _uses(peer)) if use else _uses(peer) == _uses(terms)


def _uses(terms: SettledTerms) -> frozenset[str]:
    """The uses that terms name, none where they price without asking for names."""
    return frozenset(getattr(terms, "uses", ()))
