"""Builds a party's statement from its lines and from what was made of them."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from overtone.lines import Line, LineKey
from overtone.money import format_amount, format_share
from overtone.months import month_after
from overtone.payout import societies, words
from overtone.payout.accounts import Account, Advance, Uncollected
from overtone.payout.adjustments import Adjustment as ByHandFact
from overtone.payout.directory import Directory
from overtone.payout.finance import Finance
from overtone.payout.manifest import Head
from overtone.payout.money_in import Debtor
from overtone.payout.movements import Settled
from overtone.payout.receivables import Receivables
from overtone.payout.statement import (
    AdvanceMove,
    AdvanceView,
    Apart,
    Balance,
    ByHand,
    Collected,
    CorrectedLine,
    Exchange,
    IncomeLine,
    Misuse,
    Source,
    Statement,
    SuspendedMoney,
    WaitingMoney,
    WorkIncome,
    YearSum,
)
from overtone.payout.waiting import HeldBy, WaitingSum
from overtone.payout.year import YearToDate
from overtone.rights.billing import Payout
from overtone.scales import ZERO_PICO
from overtone.settlement.breaches import Breach


class StatementFacts(Protocol):
    """What a statement tells of beside the account: the party's lines, what societies collected for it, what finance did, what waits."""

    own: list[Line]
    collected: list[Line]
    adjustments: list[ByHandFact]
    breaches: list[Breach]
    suspended: list[WaitingSum]


def build(head: Head, settled: Settled, told: StatementFacts, known: Directory, finance: Finance) -> Statement:
    """The statement of one party from its lines and what was made of them."""
    own = told.own
    party_id = settled.state.party_id
    party = known.party(party_id)
    return Statement(
        settlement_id=head.settlement_id,
        through=head.through,
        cutoff=head.cutoff,
        party_id=party_id,
        name=known.name(party_id),
        balances=[_balance(account, party.payout if party else None) for account in settled.accounts],
        sources=_sources([line for line in own if not line.adjusts], known),
        adjustments=[_adjustment(line, known) for line in own if line.adjusts],
        advances=[_advance(settled.state.advances[key], known) for key in sorted(settled.state.advances)],
        conversions=[
            Exchange(
                format_amount(c.amount), c.source_currency, format_amount(c.rate), c.source, format_amount(c.result), c.target_currency
            )
            for c in settled.conversions
        ],
        collected=_collected(told.collected, known),
        how_to_ask=words.HOW_TO_ASK.format(settlement=head.settlement_id, party=party_id),
        waiting=[_waiting(entry, known, finance.receivables) for entry in settled.state.uncollected if entry.released < entry.amount],
        by_hand=[ByHand(c.adjustment_id, c.currency, format_amount(c.amount), c.reason) for c in told.adjustments],
        breaches=[_misuse(breach, known) for breach in told.breaches],
        suspended=[_suspended(entry) for entry in told.suspended],
        payer=finance.issuer_name,
        first_month=_first_month(finance.previous_through, head.through),
        year_to_date=_year(settled.state.year, head.cutoff),
        language=(party.language if party else None) or "en",
    )


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
    )


def _waiting(entry: Uncollected, known: Directory, receivables: Receivables) -> WaitingMoney:
    number = receivables.name(entry.settlement_id, Debtor(entry.licensee, entry.currency))
    figures = format_amount(entry.amount), format_amount(entry.released)
    return WaitingMoney(entry.licensee, known.name(entry.licensee), number, entry.settlement_id, entry.currency, *figures)


def _sources(lines: Iterable[Line], known: Directory) -> list[Source]:
    grouped: dict[tuple[str, str, str, str, str], dict[tuple[str, str, str], list[Line]]] = {}
    for line in lines:
        key = line.key
        works = grouped.setdefault((key.mechanism, key.licensee, key.model, key.deal_id, key.currency), {})
        works.setdefault((key.work_id, key.work_key, line.title), []).append(line)
    found = []
    for (mechanism, licensee, model, deal_id, currency), works in grouped.items():
        incomes = [(sum((line.posting.amount for line in rows), ZERO_PICO), work, rows) for work, rows in works.items()]
        incomes.sort(key=lambda income: (-income[0], income[1]))
        views = [WorkIncome(w, k, t, format_amount(amount), [_entry(line) for line in rows]) for amount, (w, k, t), rows in incomes]
        total = sum((amount for amount, _, _ in incomes), ZERO_PICO)
        name = known.name(licensee)
        heading = words.source(mechanism, name, model)
        found.append((total, Source(heading, mechanism, licensee, model, deal_id, currency, format_amount(total), views, name)))
    found.sort(key=lambda pair: (-pair[0], pair[1].mechanism, pair[1].licensee, pair[1].model, pair[1].deal_id, pair[1].currency))
    return [source for _, source in found]


def _entry(line: Line) -> IncomeLine:
    key, (quantity, amount, shadow) = line.key, line.posting
    told = words.detailed(words.line(key.mechanism, quantity, amount, key.currency), key)
    figures = format_share(quantity), format_amount(amount), format_amount(shadow)
    return IncomeLine(line.line_id, key.usage_month, key.side, *figures, told, _apart(key))


def _apart(key: LineKey) -> Apart | None:
    return Apart(key.territory, key.use, key.service) if key.territory or key.use or key.service else None


def _adjustment(line: Line, known: Directory) -> CorrectedLine:
    key, posting = line.key, line.posting
    return CorrectedLine(
        line_id=line.line_id,
        corrects=line.adjusts,
        reason=words.detailed(words.change(key.mechanism, posting.quantity, posting.amount), key),
        heading=words.source(key.mechanism, known.name(key.licensee), key.model),
        title=line.title or key.work_id or key.work_key,
        side=key.side,
        usage_month=key.usage_month,
        quantity=format_share(posting.quantity),
        amount=format_amount(posting.amount),
        currency=key.currency,
        mechanism=key.mechanism,
        licensee_name=known.name(key.licensee),
        model=key.model,
        apart=_apart(key),
    )


def _advance(advance: Advance, known: Directory) -> AdvanceView:
    moves, balance = [], ZERO_PICO
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
                    licensee_name=known.name(first.key.licensee),
                    model=first.key.model,
                )
            )
    return found
