"""What a statement says, in which order: headlines and tables that HTML, PDF and text all draw alike.

Amounts are rounded for reading here and nowhere else.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from overtone.formats import statement_income, statement_payment
from overtone.formats.statement_shapes import Column, Row, Section
from overtone.money import format_amount, stored_amount
from overtone.payout.statement import AdvanceView, Balance, Collected, CorrectedLine, Misuse, Statement, SuspendedMoney, WaitingMoney
from overtone.payout.words import month, short_month, shown
from overtone.scales import ZERO_PICO

ROUNDED: Final = "Amounts are rounded for reading; the CSV of this statement has them exactly."


SUSPENDED: Final = "Waits until something is settled"
MISUSED: Final = "Used without your permission"
_KINDS: Final = {"denied_use": "denied", "over_limit": "over your limit", "unlicensed": "without a licence"}
_ACCOUNT: Final = (Column("", 74), Column("Amount", 26, numeric=True))


def title(told: Statement) -> str:
    """The statement's first line."""
    return f"Royalty statement to {month(told.through)}"


def headlines(told: Statement) -> list[str]:
    """What it comes to, in a sentence for each account."""
    lines = [_headline(balance) for balance in told.balances if balance.status != "converted"]
    return [line for line in lines if line] or ["Nothing was paid or owed to you directly in this period."]


def _headline(balance: Balance) -> str:
    currency, closing = balance.currency, balance.closing
    if balance.paid != "0":
        rest = f" {currency} {shown(closing, currency)} stays on your account." if closing != "0" else ""
        return f"{currency} {shown(balance.paid, currency)} is {balance.status_words}.{rest}"
    if closing == "0" and balance.opening == "0" and balance.credited == "0":
        return ""
    return f"{currency} {shown(closing, currency)} on your account: {balance.status_words}."


def sections(told: Statement) -> Iterator[Section]:
    """All parts that have something to say."""
    yield statement_payment.payment(told)
    for balance in told.balances:
        yield Section(f"Your account in {balance.currency}", "", _ACCOUNT, _account(balance))
    yield from statement_payment.year(told)
    yield from statement_income.sections(told)
    yield from _corrections(told)
    yield from _waiting(told)
    yield from _by_hand(told)
    for advance in told.advances:
        yield _advance(advance)
    yield from _conversions(told)
    yield from _buyouts(told)
    yield from _collected(told)
    yield from _suspended(told)
    yield from _misuses(told)
    yield Section("How to ask", f"{told.how_to_ask} {ROUNDED}", (), iter(()))


def _suspended(told: Statement) -> Iterator[Section]:
    if told.suspended:
        note = "Money of your works that nobody is paid yet. What lets it go stands beside it."
        texts = (Column("Why", 20), Column("Works", 18), Column("Since", 16), Column("What lets it go", 32))
        rows = (_suspended_row(one) for one in told.suspended)
        yield Section(SUSPENDED, note, (*texts, Column("Waits", 14, numeric=True)), rows)


def _suspended_row(one: SuspendedMoney) -> Row:
    works = ", ".join((*one.works, *(["and others"] if one.more_works else [])))
    since = f"{short_month(one.first_month)}, settlement {one.since}"
    return Row((one.why, works, since, one.remedy, f"{one.currency} {shown(one.amount, one.currency)}"))


def _misuses(told: Statement) -> Iterator[Section]:
    if told.breaches:
        note = "Uses of your works that were denied, over your limit, or without a licence. What waits because of it goes to nobody."
        columns = (Column("Work", 24), Column("By", 20), Column("What", 34), Column("Since", 10), Column("Waits", 12, numeric=True))
        yield Section(MISUSED, note, columns, (_misused(one) for one in told.breaches))


def _misused(one: Misuse) -> Row:
    uses = f"{one.quantity} use" + ("" if one.quantity == "1" else "s")
    cleared = f" (cleared as {one.cleared})" if one.cleared else ""
    what = f"{_KINDS.get(one.kind, one.kind)}: {one.use}, {uses}{cleared}"
    waits = f"{one.currency} {shown(one.amount, one.currency)}" if one.currency else ""
    return Row((one.title, one.licensee, what, one.first_seen, waits))


def _account(balance: Balance) -> Iterator[Row]:
    def row(label: str, amount: str, *, strong: bool = False) -> Row:
        return Row((label, shown(amount, balance.currency)), strong)

    def less(amount: str) -> str:
        return amount[1:] if amount.startswith("-") else f"-{amount}"

    yield row("Balance before", balance.opening, strong=True)
    deductions = (
        ("Earned in this settlement", balance.earned),
        ("Converted between currencies", balance.converted),
        ("Sent back by your bank, and tax given back on it", balance.returned),
        ("Changed by finance, as listed below", balance.adjusted),
        ("Will not be collected from the licensee", less(balance.written_off)),
        ("Kept to pay back advances", less(balance.recouped)),
        (f"Tax withheld ({balance.withholding_rate})", less(balance.withheld)),
        ("Paid to you", less(balance.paid)),
    )
    for label, amount in deductions:
        if amount not in {"0", "-0"}:
            yield row(label, amount)
    yield row("Balance now", balance.closing, strong=True)
    reserve = (
        ("of it held in reserve before", balance.reserve_opening),
        ("newly held in reserve", balance.reserve_held),
        ("released from reserve", less(balance.reserve_released)),
        ("of it held in reserve now", balance.reserve),
        ("of it not yet collected from licensees", balance.uncollected),
        ("of it not payable now", balance.held),
    )
    for label, amount in reserve:
        if amount not in {"0", "-0"}:
            yield row(label, amount)


def _corrections(told: Statement) -> Iterator[Section]:
    groups: dict[tuple[str, str, str], dict[str, list[CorrectedLine]]] = {}
    for change in told.adjustments:
        if change.amount != "0":
            name = change.corrects, change.usage_month, change.currency
            groups.setdefault(name, {}).setdefault(change.title, []).append(change)
    columns = (
        *(Column("Work", 20), Column("What", 25), Column("Why", 19), Column("Line", 22, ids=True)),
        Column("Difference", 14, numeric=True),
    )
    for (corrects, usage_month, currency), works in sorted(groups.items()):
        total = _sum(change.amount for changes in works.values() for change in changes)
        note = (
            f"{currency} {shown(total, currency)} in all: what is due for {month(usage_month)} as it is known now, less what was settled "
            f"before. Nothing in an earlier statement was changed."
        )
        yield Section(f"Corrections of settlement {corrects}, {month(usage_month)}", note, columns, _corrected(works, currency))


def _corrected(works: Mapping[str, Sequence[CorrectedLine]], currency: str) -> Iterator[Row]:
    for name, changes in sorted(works.items()):
        if len(changes) > 1:
            yield Row((name, "", "", "", shown(_sum(change.amount for change in changes), currency)), strong=True)
        for change in changes:
            what = f"{change.heading} ({change.side})" if change.side else change.heading
            yield Row((name if len(changes) == 1 else "", what, change.reason, change.line_id, shown(change.amount, currency)))


def _less(amount: str, other: str) -> str:
    return format_amount(stored_amount(amount) - stored_amount(other))


def _sum(amounts: Iterable[str]) -> str:
    return format_amount(sum(map(stored_amount, amounts), ZERO_PICO))


def _waiting(told: Statement) -> Iterator[Section]:
    groups: dict[tuple[str, str], list[WaitingMoney]] = {}
    for entry in told.waiting:
        groups.setdefault((entry.licensee_name, entry.currency), []).append(entry)
    columns = (Column("Billed by settlement", 40), *(Column(label, 20, numeric=True) for label in ("Yours", "Paid so far", "Waits")))
    for (name, currency), entries in sorted(groups.items()):
        note = f"In {currency}. Your part is paid as {name} pays; all of it when the invoice is paid in full."
        rows = (
            Row(
                (
                    f"{entry.settlement_id}, invoice {entry.invoice}" if entry.invoice else entry.settlement_id,
                    *(shown(amount, currency) for amount in (entry.amount, entry.paid, _less(entry.amount, entry.paid))),
                )
            )
            for entry in entries
        )
        yield Section(f"Not yet collected from {name}", note, columns, rows)


def _by_hand(told: Statement) -> Iterator[Section]:
    if told.by_hand:
        columns = (Column("Reason", 74), Column("Amount", 26, numeric=True))
        rows = (Row((c.reason, f"{c.currency} {shown(c.amount, c.currency)}")) for c in told.by_hand)
        yield Section("Changed by finance", "Two persons agreed on each of these.", columns, rows)


def _advance(advance: AdvanceView) -> Section:
    columns = (Column("Settlement", 28), *(Column(label, 24, numeric=True) for label in ("Advanced", "Earned back", "Still to earn back")))
    rows = (
        Row((m.settlement_id, *(shown(amount, advance.currency) for amount in (m.advanced, m.recouped, m.balance))))
        for m in advance.history
    )
    left = f"{advance.currency} {shown(advance.unrecouped, advance.currency)}"
    note = f"Deal {advance.deal_id}: {left} is still to be earned back before more is paid."
    return Section(f"Advance from {advance.licensee}", note, columns, rows)


def _conversions(told: Statement) -> Iterator[Section]:
    if told.conversions:
        columns = (
            Column("From", 25, numeric=True),
            Column("Rate", 20, numeric=True),
            Column("Source of the rate", 30),
            Column("To", 25, numeric=True),
        )
        rows = (
            Row(
                (
                    f"{c.currency} {shown(c.amount, c.currency)}",
                    c.rate,
                    c.source,
                    f"{c.result_currency} {shown(c.result, c.result_currency)}",
                )
            )
            for c in told.conversions
        )
        yield Section("Currency conversion", "Each amount was converted once, at the posted rate.", columns, rows)


def _buyouts(told: Statement) -> Iterator[Section]:
    spared = [(s, w, line) for s in told.sources for w in s.works for line in w.lines if line.shadow != "0"]
    if spared:
        note = "You sold these uses for one sum. What they would have earned since then, for comparison; it is not owed."
        columns = (Column("Work", 40), Column("Month", 12), Column("Use", 30), Column("Would have earned", 18, numeric=True))
        rows = (
            Row(
                (
                    work.title or work.work_key,
                    short_month(line.usage_month),
                    source.heading,
                    f"{source.currency} {shown(line.shadow, source.currency)}",
                )
            )
            for source, work, line in spared
        )
        yield Section("Bought-out uses", note, columns, rows)


def _collected(told: Statement) -> Iterator[Section]:
    groups: dict[tuple[str, str], list[Collected]] = {}
    for item in told.collected:
        groups.setdefault((item.society_name, item.currency), []).append(item)
    for (society, currency), items in sorted(groups.items()):
        yield Section(
            f"Collected for you by {society}, in {currency}",
            "Your society received this and pays it to you under its own rules; it is not part of your account here.",
            (
                *(Column("Work", 24), Column("From", 26), Column("Month", 10)),
                *(Column(label, 10, numeric=True) for label in ("Collected", "Fee", "Cultural", "Yours")),
            ),
            _members_part(items, currency),
        )


def _members_part(items: Sequence[Collected], currency: str) -> Iterator[Row]:
    for item in items:
        figures = (shown(amount, currency) for amount in (item.gross, item.admin_fee, item.cultural_deduction, item.net))
        yield Row((item.title, item.heading, short_month(item.usage_month), *figures))
    sums = (_sum(getattr(item, name) for item in items) for name in ("gross", "admin_fee", "cultural_deduction", "net"))
    yield Row(("In all", "", "", *(shown(amount, currency) for amount in sums)), strong=True)
