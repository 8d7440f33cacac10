"""An advance on a statement: what was advanced and earned back, settlement by settlement. Amounts are exact decimal strings."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AdvanceMove:
    """What one settlement did to an advance."""

    settlement_id: str
    through: str
    advanced: str
    recouped: str
    balance: str


@dataclass(frozen=True)
class AdvanceView:
    """An advance's balance and its history."""

    deal_id: str
    licensee: str
    currency: str
    advanced: str
    recouped: str
    unrecouped: str
    history: list[AdvanceMove]
