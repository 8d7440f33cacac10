"""The royalty statement: what a party earned, from whom, for which work, and what became of it.

One structure behind the JSON, CSV, HTML, PDF and text of it. Amounts are exact decimal strings.
`Statement.parse` reads the sealed JSON back, so any rendering can be made again later.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import orjson
from pydantic import TypeAdapter

from overtone import societies, words
from overtone.accounts import Advance
from overtone.directory import Directory
from overtone.lines import Line
from overtone.manifest import Head
from overtone.money import format_amount, format_share
from overtone.payees import Account, Settled
from overtone.registry import Party


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of income. `words` tells quantity and rate; `shadow` is what a buyout spared the licensee."""

    line_id: str
    usage_month: str
    side: str
    quantity: str
    amount: str
    shadow: str
    words: str


@dataclass(frozen=True, slots=True)
class WorkIncome:
    """What one work earned from one source."""

    work_id: str
    work_key: str
    title: str
    amount: str
    lines: list[Entry]


@dataclass(frozen=True, slots=True)
class Source:
    """Income of one kind from one licensee, model and deal."""

    heading: str
    mechanism: str
    licensee: str
    model: str
    deal_id: str
    currency: str
    amount: str
    works: list[WorkIncome]


@dataclass(frozen=True, slots=True)
class Adjustment:
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


@dataclass(frozen=True, slots=True)
class Balance:
    """The account in one currency; opening + credited - recouped - withheld - paid = closing."""

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


@dataclass(frozen=True, slots=True)
class AdvanceMove:
    """What one settlement did to an advance."""

    settlement_id: str
    through: str
    advanced: str
    recouped: str
    balance: str


@dataclass(frozen=True, slots=True)
class AdvanceView:
    """An advance's balance and its history."""

    deal_id: str
    licensee: str
    currency: str
    advanced: str
    recouped: str
    unrecouped: str
    history: list[AdvanceMove]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A conversion to the payout currency: the rate, and who posted it."""

    amount: str
    currency: str
    rate: str
    source: str
    result: str
    result_currency: str


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Statement:
    """A party's statement for one settlement."""

    settlement_id: str
    through: str
    cutoff: str
    party_id: str
    name: str
    balances: list[Balance]
    sources: list[Source]
    adjustments: list[Adjustment]
    advances: list[AdvanceView]
    conversions: list[Exchange]
    collected: list[Collected]
    how_to_ask: str

    def encode(self) -> bytes:
        """Canonical JSON."""
        return orjson.dumps(self, option=orjson.OPT_SORT_KEYS)

    @classmethod
    def parse(cls, content: bytes) -> "Statement":
        """The inverse of `encode`; raises pydantic's `ValidationError`."""
        return _ADAPTER.validate_json(content)

    @property
    def rows(self) -> int:
        """How many lines it shows."""
        return sum(len(w.lines) for s in self.sources for w in s.works) + len(self.adjustments) + len(self.collected)


_ADAPTER = TypeAdapter(Statement)


def build(head: Head, settled: Settled, own: Sequence[Line], collected: Sequence[Line], known: Directory) -> Statement:
    """The statement of one party from its lines and what was made of them."""
    party_id = settled.state.party_id
    party = known.party(party_id)
    return Statement(
        settlement_id=head.settlement_id,
        through=head.through,
        cutoff=head.cutoff,
        party_id=party_id,
        name=known.name(party_id),
        balances=[_balance(account, party) for account in settled.accounts],
        sources=_sources([line for line in own if not line.adjusts], known),
        adjustments=[_adjustment(line, known) for line in own if line.adjusts],
        advances=[_advance(settled.state.advances[key], known) for key in sorted(settled.state.advances)],
        conversions=[
            Exchange(
                format_amount(c.amount), c.source_currency, format_amount(c.rate), c.source, format_amount(c.result), c.target_currency
            )
            for c in settled.conversions
        ],
        collected=_collected(collected, known),
        how_to_ask=(
            f"Name settlement {head.settlement_id}, party {party_id} and the line's id (in the CSV) to whoever sent you this statement. "
            "Each line can be explained down to the outputs, shares and the terms behind it."
        ),
    )


def _balance(account: Account, party: Party | None) -> Balance:
    earned = account.credited - account.converted - account.returned - account.returned_tax
    return Balance(
        currency=account.currency,
        opening=format_amount(account.opening),
        earned=format_amount(earned),
        converted=format_amount(account.converted),
        returned=format_amount(account.returned + account.returned_tax),
        credited=format_amount(account.credited),
        recouped=format_amount(account.recouped),
        withheld=format_amount(account.withheld),
        withholding_rate=words.percent(party.withholding_rate or 0) if party else "0%",
        paid=format_amount(account.paid),
        closing=format_amount(account.closing),
        held=format_amount(account.held),
        reserve_opening=format_amount(account.reserve_before),
        reserve_held=format_amount(account.reserve_held),
        reserve_released=format_amount(account.reserve_released),
        reserve=format_amount(account.reserve),
        status=account.status,
        status_words=words.STATUS[account.status],
        payment_id=account.payment_id,
    )


def _sources(lines: Iterable[Line], known: Directory) -> list[Source]:
    grouped: dict[tuple[str, str, str, str, str], dict[tuple[str, str, str], list[Line]]] = {}
    for line in lines:
        key = line.key
        works = grouped.setdefault((key.mechanism, key.licensee, key.model, key.deal_id, key.currency), {})
        works.setdefault((key.work_id, key.work_key, line.title), []).append(line)
    found = []
    for (mechanism, licensee, model, deal_id, currency), works in grouped.items():
        incomes = [(sum(line.posting.amount for line in rows), work, rows) for work, rows in works.items()]
        incomes.sort(key=lambda income: (-income[0], income[1]))
        views = [WorkIncome(w, k, t, format_amount(amount), [_entry(line) for line in rows]) for amount, (w, k, t), rows in incomes]
        total = sum(amount for amount, _, _ in incomes)
        heading = words.source(mechanism, known.name(licensee), model)
        found.append((total, Source(heading, mechanism, licensee, model, deal_id, currency, format_amount(total), views)))
    found.sort(key=lambda pair: (-pair[0], pair[1].mechanism, pair[1].licensee, pair[1].model, pair[1].deal_id, pair[1].currency))
    return [source for _, source in found]


def _entry(line: Line) -> Entry:
    key, (quantity, amount, shadow) = line.key, line.posting
    told = words.line(key.mechanism, quantity, amount, key.currency)
    return Entry(line.line_id, key.usage_month, key.side, format_share(quantity), format_amount(amount), format_amount(shadow), told)


def _adjustment(line: Line, known: Directory) -> Adjustment:
    key, posting = line.key, line.posting
    return Adjustment(
        line_id=line.line_id,
        corrects=line.adjusts,
        reason=words.change(key.mechanism, posting.quantity, posting.amount),
        heading=words.source(key.mechanism, known.name(key.licensee), key.model),
        title=line.title or key.work_id or key.work_key,
        side=key.side,
        usage_month=key.usage_month,
        quantity=format_share(posting.quantity),
        amount=format_amount(posting.amount),
        currency=key.currency,
    )


def _advance(advance: Advance, known: Directory) -> AdvanceView:
    moves, balance = [], 0
    for event in advance.history:
        balance += event.advanced - event.recouped
        figures = map(format_amount, (event.advanced, event.recouped, balance))
        moves.append(AdvanceMove(event.settlement_id, event.through, *figures))
    total, back, left = map(format_amount, (advance.advanced, advance.recouped, advance.unrecouped))
    return AdvanceView(advance.deal_id, known.name(advance.licensee), advance.currency, total, back, left, moves)


def _collected(lines: Sequence[Line], known: Directory) -> list[Collected]:
    """Summed exactly as the societies' own files are, so that both show the same figures."""
    found = []
    for society in sorted({line.key.party_id for line in lines}):
        theirs = [line for line in lines if line.key.party_id == society]
        about = {(line.key.work_id, line.key.deal_id): line for line in theirs}
        for share in societies.shares(society, theirs, known):
            first = about[share.work_id, share.deal_id]
            found.append(
                Collected(
                    society=society,
                    society_name=known.name(society),
                    work_id=share.work_id,
                    title=first.title or first.key.work_id or first.key.work_key,
                    usage_month=share.usage_month,
                    mechanism=share.mechanism,
                    heading=words.source(share.mechanism, known.name(first.key.licensee), first.key.model),
                    gross=format_amount(share.gross),
                    admin_fee=format_amount(share.admin_fee),
                    cultural_deduction=format_amount(share.cultural_deduction),
                    net=format_amount(share.net),
                    currency=share.currency,
                )
            )
    return found
