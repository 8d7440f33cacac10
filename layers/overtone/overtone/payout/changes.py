"""What a statement says of the one before it: each source's and each total's sum then and now, and the reasons of the difference.

A reason is a kind and its figures, exact decimal strings; `formats` puts it into a sentence of the reader's language.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """Why a sum differs, its figures sorted by name. `amount` is what of the difference it makes up, empty where that cannot be told."""

    kind: str
    figures: dict[str, str]
    amount: str = ""


@dataclass(frozen=True)
class SourceChange:
    """A source's sum in the statement before and in this one; `deal_id` is empty where each sum has a deal of its own."""

    heading: str
    mechanism: str
    licensee_name: str
    model: str
    deal_id: str
    currency: str
    before: str
    now: str
    difference: str
    reasons: list[Reason]


@dataclass(frozen=True)
class TotalChange:
    """The same of a sum of an account: `what` is corrected, earned, recouped or paid."""

    what: str
    currency: str
    before: str
    now: str
    difference: str
    reasons: list[Reason]


@dataclass
class ComparedStatement:
    """With the party's statement of settlement `since`, which went through a month; `first` where it had none before.

    Where one was sealed before its sums were kept, `since` is empty and it is not the first.
    """

    since: str
    through: str
    first: bool
    sources: list[SourceChange]
    totals: list[TotalChange]
