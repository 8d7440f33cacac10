"""Builds a party's statement from its lines and from what was made of them."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from overtone.lines import DETAILS, Line
from overtone.money import format_amount, format_share
from overtone.months import month_after
from overtone.payout import income, societies, words
from overtone.payout.accounts import Account, Uncollected
from overtone.payout.adjustments import Adjustment as ByHandFact
from overtone.payout.advance_view import AdvanceMove, AdvanceView
from overtone.payout.advances import Advance
from overtone.payout.changes import ComparedStatement
from overtone.payout.comparison import Causes, Freed, compare, uncompared
from overtone.payout.directory import Directory
from overtone.payout.earnings import StatementDraft
from overtone.payout.finance import Finance
from overtone.payout.income import Backdrop
from overtone.payout.last_statement import AccountSums, LastStatement, SourceKey, SourceSum
from overtone.payout.manifest import Head
from overtone.payout.money_in import Debtor
from overtone.payout.movements import Settled
from overtone.payout.receivables import Receivables
from overtone.payout.runs import Run
from overtone.payout.statement import (
    Balance,
    ByHand,
    Collected,
    Exchange,
    Misuse,
    Statement,
    SuspendedMoney,
    WaitingMoney,
    YearSum,
)
from overtone.payout.suspense_claims import HeldBy, WaitingSum
from overtone.payout.year import YearToDate
from overtone.rights.billing import Payout
from overtone.scales import ZERO_PICO, Pico
from overtone.settlement.breaches import Breach
from overtone.settlement.entries import CALLED, PARTY_ID, USAGE_MONTH, WORK_ID, Entry, line_of, names_in


class StatementFacts(Protocol):
    """What a statement tells of beside the account: the party's lines, what societies collected for it, what finance did, what waits."""

    before: bytes | None
    collected: Sequence[Entry]
    adjustments: Sequence[ByHandFact]
    breaches: Sequence[Breach]
    suspended: Sequence[WaitingSum]

    @property
    def runs(self) -> Sequence[Run]:
        """Its own lines."""


class Context(NamedTuple):
    """What is the same for every statement of a settlement."""

    head: Head
    finance: Finance
    behind: Backdrop


def build(context: Context, settled: Settled, facts: StatementFacts, known: Directory) -> StatementDraft:
    """The statement of one party from its lines and what was made of them; its state keeps what the next one is compared with."""
    head, finance, behind = context
    runs = facts.runs
    party_id = settled.state.party_id
    party = known.party(party_id)
    earned = income.of(runs, known, behind)
    rest = Statement(
        settlement_id=head.settlement_id,
        through=head.through,
        cutoff=head.cutoff,
        party_id=party_id,
        name=known.name(party_id),
        balances=[_balance(account, party.payout if party else None) for account in settled.accounts],
        sources=[],
        adjustments=list(income.corrections(runs, known)),
        advances=[_advance(settled.state.advances[key], known) for key in sorted(settled.state.advances)],
        conversions=[
            Exchange(
                format_amount(c.amount), c.source_currency, format_amount(c.rate), c.source, format_amount(c.result), c.target_currency
            )
            for c in settled.conversions
        ],
        collected=_collected(facts.collected, known),
        how_to_ask=words.HOW_TO_ASK.format(settlement=head.settlement_id, party=party_id),
        waiting=[_waiting(entry, known, finance.receivables) for entry in settled.state.uncollected if entry.released < entry.amount],
        by_hand=[ByHand(c.adjustment_id, c.currency, format_amount(c.amount), c.reason) for c in facts.adjustments],
        breaches=[_misuse(breach, known) for breach in facts.breaches],
        suspended=[_suspended(entry) for entry in facts.suspended],
        payer=finance.issuer_name,
        first_month=_first_month(finance.previous_through, head.through),
        year_to_date=_year(settled.state.year, head.cutoff),
        language=(party.language if party else None) or "en",
        comparison=_compared(head, settled, facts, earned.sums),
    )
    return StatementDraft(rest, earned.sources, sum([len(run.entries) for run in runs]) + len(rest.collected))


def remember(context: Context, settled: Settled, facts: StatementFacts, known: Directory) -> None:
    """Let the state of a party keep what its statement says, where somebody else builds it."""
    sums = income.sums_of(facts.runs, known, context.behind)
    settled.state.last = LastStatement(context.head.settlement_id, context.head.through, sums, _sums(settled, facts.runs))


def _compared(head: Head, settled: Settled, facts: StatementFacts, sources: dict[SourceKey, SourceSum]) -> ComparedStatement | None:
    """With the statement before; where there is nothing to compare on either side it says nothing."""
    state = settled.state
    before, now = state.last, LastStatement(head.settlement_id, head.through, sources, _sums(settled, facts.runs))
    state.last = now
    if before is None:
        return uncompared(first=facts.before is None) if now.sources or now.sums else None
    freed = [Freed(entry.reason, entry.currency, Pico(-entry.change)) for entry in facts.suspended if entry.change < 0]
    owing = frozenset(advance.currency for advance in state.advances.values() if advance.unrecouped > 0)
    return compare(before, now, Causes(facts.runs, freed, owing))


def _sums(settled: Settled, runs: Iterable[Run]) -> dict[str, AccountSums]:
    """Of each account that moved."""
    corrected: dict[str, Pico] = {}
    for run in runs:
        if run.adjusts:
            corrected[run.currency] = sum(run.amounts, corrected.get(run.currency, ZERO_PICO))
    return {
        account.currency: AccountSums(corrected.get(account.currency, ZERO_PICO), account.recouped, account.paid, account.status)
        for account in settled.accounts
        if account.moved
    }


def _first_month(previous: str, through: str) -> str:
    """The month after the one that the settlement before ended with; one that settles the same month again has no other."""
    if not previous or previous >= through:
        return previous and through
    return month_after(previous)


def _year(year: YearToDate | None, cutoff: str) -> list[YearSum]:
    if year is None or year.year != cutoff[:4]:
        return []
    return [YearSum(year.year, year.since, currency, *map(format_amount, sums)) for currency, sums in sorted(year.sums.items())]


def _misuse(breach: Breach, known: Directory) -> Misuse:
    return Misuse(
        kind=breach.kind,
        use=breach.use,
        licensee=known.name(breach.licensee),
        model=breach.model,
        work_id=breach.work_id,
        title=breach.title or breach.work_id or breach.work_key,
        side=breach.side,
        usage_month=breach.usage_month,
        first_seen=breach.first_seen,
        evidence=breach.evidence,
        quantity=format_share(breach.quantity),
        amount=format_amount(breach.amount),
        currency=breach.currency,
        cleared=breach.cleared,
    )


def _suspended(entry: WaitingSum) -> SuspendedMoney:
    why, remedy = words.suspended(entry.reason)
    return SuspendedMoney(
        reason=entry.reason,
        why=why,
        remedy=remedy,
        since=entry.since,
        first_month=entry.first_month,
        currency=entry.currency,
        amount=format_amount(entry.amount),
        change=format_amount(entry.change),
        works=list(entry.works),
        more_works=entry.more,
        holds=[HeldBy(hold.hold_id, hold.since) for hold in entry.holds],
    )


def _balance(account: Account, payout: Payout | None) -> Balance:
    return Balance(
        currency=account.currency,
        opening=format_amount(account.opening),
        earned=format_amount(account.earned),
        converted=format_amount(account.converted),
        returned=format_amount(account.returned + account.returned_tax),
        credited=format_amount(account.credited),
        recouped=format_amount(account.recouped),
        withheld=format_amount(account.withheld),
        withholding_rate=words.percent(account.tax_rate),
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
        adjusted=format_amount(account.adjusted),
        written_off=format_amount(account.written_off),
        uncollected=format_amount(account.uncollected),
        returned_tax=format_amount(account.returned_tax),
        pay_day=account.pay_day,
        method=payout.method if payout else "",
        account_ending=payout.ending if payout else "",
        restored=format_amount(account.restored),
    )


def _waiting(entry: Uncollected, known: Directory, receivables: Receivables) -> WaitingMoney:
    number = receivables.name(entry.settlement_id, Debtor(entry.licensee, entry.currency))
    figures = format_amount(entry.amount), format_amount(entry.released)
    return WaitingMoney(entry.licensee, known.name(entry.licensee), number, entry.settlement_id, entry.currency, *figures)


def _advance(advance: Advance, known: Directory) -> AdvanceView:
    moves, balance = [], ZERO_PICO
    for event in advance.history:
        balance += event.advanced - event.recouped
        figures = map(format_amount, (event.advanced, event.recouped, balance))
        moves.append(AdvanceMove(event.settlement_id, event.through, *figures))
    total, back, left = map(format_amount, (advance.advanced, advance.recouped, advance.unrecouped))
    return AdvanceView(advance.deal_id, known.name(advance.licensee), advance.currency, total, back, left, moves)


def _collected(entries: Sequence[Entry], known: Directory) -> list[Collected]:
    """Summed exactly as the societies' own files are, so that both show the same figures."""
    rows = list[Collected]()
    if not entries:
        return rows
    called = {(entry[WORK_ID], entry[USAGE_MONTH]): entry[CALLED] for entry in entries}
    for society in sorted({entry[PARTY_ID] for entry in entries}):
        theirs = [line_of(entry) for entry in entries if entry[PARTY_ID] == society]
        about: dict[tuple[str, ...], list[Line]] = {}
        for line in theirs:
            key = line.key
            of_row = key.work_id, key.usage_month, key.deal_id, key.mechanism, key.currency, *key[-DETAILS:]
            if line.posting.amount:
                about.setdefault(of_row, []).append(line)
        for share in societies.shares(society, theirs, known):
            alike = about[share.work_id, share.usage_month, share.deal_id, share.mechanism, share.currency, *share.detail]
            first, models = alike[0], {line.key.model for line in alike}
            model = first.key.model if len(models) == 1 else ""
            rows.append(
                Collected(
                    society=society,
                    society_name=known.name(society),
                    work_id=share.work_id,
                    title=first.title or first.key.work_id or first.key.work_key,
                    usage_month=share.usage_month,
                    mechanism=share.mechanism,
                    heading=words.source(share.mechanism, known.name(first.key.licensee), model),
                    gross=format_amount(share.gross),
                    admin_fee=format_amount(share.admin_fee),
                    cultural_deduction=format_amount(share.cultural_deduction),
                    net=format_amount(share.net),
                    currency=share.currency,
                    licensee_name=known.name(first.key.licensee),
                    model=model,
                    identifiers=names_in(called[share.work_id, share.usage_month]),
                )
            )
    return rows
