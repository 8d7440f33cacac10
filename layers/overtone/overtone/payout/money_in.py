"""What is recorded of a licensee's money: that it came, went back, was paid back, or is given up; and where each of these was booked."""

from typing import Final, Literal, NamedTuple

from overtone.scales import Pico

POSTED_WRONGLY: Final = "posted_wrongly"
Undone = Literal["recalled", "posted_wrongly"]
"""Why a collection is undone: the bank took the money back, or it had never come."""


class Debtor(NamedTuple):
    """Whose account it is."""

    licensee: str
    currency: str


class Collection(NamedTuple):
    """Money that came from a licensee; `invoices` are numbers that it names."""

    collection_id: str
    licensee: str
    currency: str
    amount: Pico
    received_on: str
    invoices: tuple[int, ...] = ()


class Reversal(NamedTuple):
    """A collection undone, whole; `day` is the one from which the licensee owes it again."""

    collection_id: str
    licensee: str
    currency: str
    amount: Pico
    day: str
    invoices: tuple[int, ...] = ()


class Refund(NamedTuple):
    """Credit that was paid back to a licensee, as two persons agreed."""

    refund_id: str
    licensee: str
    currency: str
    amount: Pico
    reason: str


class WriteOff(NamedTuple):
    """What finance gives up of an invoice: all that is open, as two persons agreed."""

    write_off_id: str
    invoice: int
    reason: str


Receipt = Collection | Reversal | Refund | WriteOff
"""Everything that changes what a licensee owes between two settlements."""


class Allocated(NamedTuple):
    """Where a fact was booked: the part of it that an invoice took (`number` 0: the licensee's credit); negative where money went.

    `day` is the document's.
    """

    kind: str
    fact_id: str
    licensee: str
    currency: str
    number: int
    amount: Pico
    day: str
