"""Settlement lines: the smallest unit of money that is owed to somebody, and says why.

A `LineKey` is everything that makes two amounts the same claim of the same payee; what is owed
under a key is compared with what earlier settlements posted under it, and the difference is a line.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, NamedTuple, NewType

from overtone.scales import ZERO_NANO, ZERO_PICO, Nano, Pico

AccountKind = Literal["party", "suspense", "residue"]
"""Where a line's money stands: with its payee, waiting with a reason, or left over by a division."""
PARTY: Final = "party"
SUSPENSE: Final = "suspense"
RESIDUE: Final = "residue"

Side = Literal["recording", "composition", "likeness"]
"""What of a music track a work is, and a share is a share of."""
LEVY_DEAL: Final = "levy:"
"""How the deal of a line begins whose money is a levy's; the levy's id follows."""
OFF_THE_TOP: Final = "off_the_top"
LineSide = Literal[Side, "", "off_the_top"]
"""What a line is of: one side of a work, nothing that has sides (an advance), or what a deal pays before anybody else."""

DISPUTED: Final = "disputed"
DENIED_USE: Final = "denied_use"
UNREGISTERED: Final = "unregistered"
UNCLAIMED_SHARE: Final = "unclaimed_share"
FRAUD_HOLD: Final = "fraud_hold"
UNATTRIBUTED: Final = "unattributed"
SuspenseReason = Literal["", "disputed", "denied_use", "unregistered", "unclaimed_share", "fraud_hold", "unattributed"]
"""Why money waits, empty where it does not."""
REASONS: Final[tuple[SuspenseReason, ...]] = (DISPUTED, DENIED_USE, UNREGISTERED, UNCLAIMED_SHARE, FRAUD_HOLD, UNATTRIBUTED)
"""In the order in which the first of several counts: what was denied is never called unclaimed, so never liquidated."""
ForeignReason = NewType("ForeignReason", str)
"""Why money waited in another system, in its own word, which may be any."""
_REASON_OF: Final[Mapping[str, SuspenseReason]] = {reason: reason for reason in ("", *REASONS)}

KEY_SEPARATOR: Final = "\x1f"
"""Between the texts that a line's id is made of."""
DETAILS: Final = 3
NO_DETAIL: Final = ("",) * DETAILS


class LineKey(NamedTuple):
    """What a line is for and to whom. `party_id` is the payee; `member_id` whose share it is.

    Fields that do not apply are empty: `party_id` and `member_id` outside the `party` account,
    `reason` outside suspense, `work_key` for money that belongs to no work (an advance), and `territory`, `use` and `service`
    (the detail) unless the deal keeps its lines apart by them.
    """

    usage_month: str
    deal_id: str
    mechanism: str
    licensee: str
    model: str
    work_key: str
    work_id: str
    side: LineSide
    account: AccountKind
    party_id: str
    member_id: str
    reason: SuspenseReason | ForeignReason
    currency: str
    territory: str = ""
    use: str = ""
    service: str = ""

    @classmethod
    def of(cls, fields: Sequence[str]) -> "LineKey":
        """From what `stored` gave, now or before lines had a detail."""
        return cls._make((*fields, *NO_DETAIL)[: len(cls._fields)])

    @property
    def stored(self) -> tuple[str, ...]:
        """The fields as they are kept: without a detail as they were before there was one."""
        return self if self[-DETAILS:] != NO_DETAIL else self[:-DETAILS]


class Posting(NamedTuple):
    """What stands under a key. `quantity` in 1e-9, `amount` and `shadow` in pico.

    `shadow` is what a buyout spared the licensee; it is information, never money.
    """

    quantity: Nano
    amount: Pico
    shadow: Pico

    def minus(self, other: "Posting") -> "Posting":
        """What to post so that `other` becomes `self`."""
        return Posting(self.quantity - other.quantity, self.amount - other.amount, self.shadow - other.shadow)

    def plus(self, other: "Posting") -> "Posting":
        """Both together."""
        return Posting(self.quantity + other.quantity, self.amount + other.amount, self.shadow + other.shadow)

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Posting":
        """From its three numbers as they are stored."""
        quantity, amount, shadow = map(int, texts)
        return cls(Nano(quantity), Pico(amount), Pico(shadow))


NOTHING: Final = Posting(ZERO_NANO, ZERO_PICO, ZERO_PICO)


class Line(NamedTuple):
    """One line of a settlement. `adjusts` names the settlement whose lines it corrects, or is empty."""

    line_id: str
    key: LineKey
    title: str
    posting: Posting
    adjusts: str


def reason_of(text: str) -> SuspenseReason | ForeignReason:
    """A reason as a file names it."""
    return _REASON_OF[text] if text in _REASON_OF else ForeignReason(text)


def line_id(settlement_id: str, key: LineKey) -> str:
    """20 hex digits that depend on the settlement and the key alone."""
    return id_of(KEY_SEPARATOR.join((settlement_id, *key.stored)))


def id_of(text: str) -> str:
    """The same of the settlement and the fields of a key, as it is stored, as one text."""
    return hashlib.sha256(text.encode()).hexdigest()[:20]
