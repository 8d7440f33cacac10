"""The royalty statement: what a party earned, from whom, for which work, and what became of it.

One structure behind the HTML, PDF and text of it. Amounts are exact decimal strings.
`Statement.parse` reads the sealed JSON, which `formats.statement_json` writes, so any drawing can be made again later.
What is made by the hundred thousand is not frozen, which would double what it costs; nobody changes it. What is written has no slots:
it is written as its dictionary, and with slots would be asked for each field by name, which takes three times as long.
"""

from dataclasses import dataclass, field

from pydantic import TypeAdapter

from overtone.payout.advance_view import AdvanceView
from overtone.payout.changes import ComparedStatement
from overtone.payout.suspense_claims import HeldBy


@dataclass(frozen=True)
class Apart:
    """What a deal keeps a line apart by."""

    territory: str
    use: str
    service: str


@dataclass(slots=True)
class IncomeLine:
    """One line of income. `words` tells quantity and rate; `shadow` is what a buyout spared the licensee."""

    line_id: str
    usage_month: str
    side: str
    quantity: str
    amount: str
    shadow: str
    words: str
    apart: Apart | None = None


@dataclass(slots=True)
class WorkIncome:
    """What one work earned from one source. `identifiers`: its own and its composition's, beside `work_key`."""

    work_id: str
    work_key: str
    title: str
    amount: str
    lines: list[IncomeLine]
    identifiers: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Source:
    """Income of one kind from one licensee, model and deal. `heading` says so in English.

    `whole` is the sum that it is a part of, empty where none is shared; `works_in_all` how many works the training's manifest names.
    """

    heading: str
    mechanism: str
    licensee: str
    model: str
    deal_id: str
    currency: str
    amount: str
    works: list[WorkIncome]
    licensee_name: str = ""
    whole: str = ""
    works_in_all: int = 0


@dataclass(frozen=True)
class CorrectedLine:
    """A line that corrects an earlier settlement."""

    line_id: str
    corrects: str
    reason: str
    heading: str
    title: str
    side: str
    usage_month: str
    quantity: str
    amount: str
    currency: str
    mechanism: str = ""
    licensee_name: str = ""
    model: str = ""
    apart: Apart | None = None
    identifiers: list[str] = field(default_factory=list)


@dataclass
class Balance:
    """The account in one currency; opening + credited - recouped - withheld - paid = closing.

    `pay_day`: the day on which the bank is asked to pay, where it is. `account_ending`: the last characters of the account that
    it is, or would be, paid to. `written_off` is less by what of earlier losses is `restored`, since what was billed is corrected.
    """

    currency: str
    opening: str
    earned: str
    converted: str
    returned: str
    credited: str
    recouped: str
    withheld: str
    withholding_rate: str
    paid: str
    closing: str
    held: str
    reserve_opening: str
    reserve_held: str
    reserve_released: str
    reserve: str
    status: str
    status_words: str
    payment_id: str
    adjusted: str = "0"
    written_off: str = "0"
    uncollected: str = "0"
    returned_tax: str = "0"
    pay_day: str = ""
    method: str = ""
    account_ending: str = ""
    restored: str = "0"


@dataclass(frozen=True)
class Exchange:
    """A conversion to the payout currency: the rate, and who posted it."""

    amount: str
    currency: str
    rate: str
    source: str
    result: str
    result_currency: str


@dataclass(frozen=True)
class Collected:
    """What a society collected for this member; the society pays it, not this settlement."""

    society: str
    society_name: str
    work_id: str
    title: str
    usage_month: str
    mechanism: str
    heading: str
    gross: str
    admin_fee: str
    cultural_deduction: str
    net: str
    currency: str
    licensee_name: str = ""
    model: str = ""
    identifiers: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Misuse:
    """A use of the party's work that was denied, over its limit or without a licence; `amount` waits because of it."""

    kind: str
    use: str
    licensee: str
    model: str
    work_id: str
    title: str
    side: str
    usage_month: str
    first_seen: str
    evidence: str
    quantity: str
    amount: str
    currency: str
    cleared: str


@dataclass(frozen=True)
class WaitingMoney:
    """What a licensee has not paid yet of what it was billed for the party."""

    licensee: str
    licensee_name: str
    invoice: str
    settlement_id: str
    currency: str
    amount: str
    paid: str


@dataclass(frozen=True)
class SuspendedMoney:
    """Money of the party's works that nobody is paid yet: `why`, and `remedy`, what lets it go.

    Since which settlement, for uses from which month on; `change` is what this settlement added. `works` are the first that it is of,
    `holds` the first under which it waits.
    """

    reason: str
    why: str
    remedy: str
    since: str
    first_month: str
    currency: str
    amount: str
    change: str
    works: list[str]
    more_works: bool
    holds: list[HeldBy] = field(default_factory=list)


@dataclass(frozen=True)
class ByHand:
    """What finance changed on the account, and why."""

    adjustment_id: str
    currency: str
    amount: str
    reason: str


@dataclass
class YearSum:
    """What a calendar year brought so far in one currency, counted since a settlement; without what the bank sent back."""

    year: str
    since: str
    currency: str
    earned: str
    paid: str
    withheld: str


@dataclass
class Statement:
    """A party's statement for one settlement. `payer` is who pays; `first_month` the first that it settles, where one came before.

    Its own texts are English; `language` is the one in which it is drawn for its reader.
    """

    settlement_id: str
    through: str
    cutoff: str
    party_id: str
    name: str
    balances: list[Balance]
    sources: list[Source]
    adjustments: list[CorrectedLine]
    advances: list[AdvanceView]
    conversions: list[Exchange]
    collected: list[Collected]
    how_to_ask: str
    waiting: list[WaitingMoney] = field(default_factory=list)
    by_hand: list[ByHand] = field(default_factory=list)
    breaches: list[Misuse] = field(default_factory=list)
    suspended: list[SuspendedMoney] = field(default_factory=list)
    payer: str = ""
    first_month: str = ""
    year_to_date: list[YearSum] = field(default_factory=list)
    language: str = "en"
    comparison: ComparedStatement | None = None

    @classmethod
    def parse(cls, content: bytes) -> "Statement":
        """From its canonical JSON; raises pydantic's `ValidationError`."""
        return _ADAPTER.validate_json(content)

    @property
    def rows(self) -> int:
        """How many lines it shows."""
        return sum(len(w.lines) for s in self.sources for w in s.works) + len(self.adjustments) + len(self.collected)


_ADAPTER = TypeAdapter(Statement)
