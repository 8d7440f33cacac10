"""What a statement says, in which order: headlines and tables that HTML, PDF and text all draw alike.

Amounts are rounded for reading here and nowhere else.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from overtone.formats import statement_changes, statement_income, statement_payment, statement_sentences, statement_suspense
from overtone.formats import tongue as tongues
from overtone.formats.statement_shapes import Column, Row, Section
from overtone.formats.tongue import Tongue
from overtone.money import format_amount, stored_amount
from overtone.payout.advance_view import AdvanceView
from overtone.payout.statement import Balance, Collected, CorrectedLine, Misuse, Statement, WaitingMoney
from overtone.payout.words import HOW_TO_ASK
from overtone.scales import ZERO_PICO, Pico

ROUNDED: Final = "Amounts are rounded for reading; the CSV of this statement has them exactly."
MISUSED: Final = "Used without your permission"
KINDS: Final = {"denied_use": "denied", "over_limit": "over your limit", "unlicensed": "without a licence"}
SENTENCES: Final = (ROUNDED, MISUSED, *KINDS.values())
"""What is said from constants, for the catalogues."""


def title(statement: Statement) -> str:
    """The statement's first line."""
    tongue = tongues.of(statement.language)
    return tongue.say("Royalty statement to {month}", month=tongue.month(statement.through))


def who(statement: Statement) -> str:
    """Whose statement of which settlement it is."""
    tongue, about = (
        tongues.of(statement.language),
        {"name": statement.name, "party": statement.party_id, "settlement": statement.settlement_id},
    )
    return tongue.say("{name} ({party}), settlement {settlement}", **about)


def headlines(statement: Statement) -> list[str]:
    """What it comes to, in a sentence for each account."""
    tongue = tongues.of(statement.language)
    lines = [_headline(balance, tongue) for balance in statement.balances if balance.status != "converted"]
    return [line for line in lines if line] or [tongue.say("Nothing was paid or owed to you directly in this period.")]


def _headline(balance: Balance, tongue: Tongue) -> str:
    currency, closing = balance.currency, balance.closing
    status, left = tongue.say(balance.status_words), tongue.money(closing, currency)
    if balance.paid != "0":
        rest = " " + tongue.say("{amount} stays on your account.", amount=left) if closing != "0" else ""
        return tongue.say("{amount} is {status}.", amount=tongue.money(balance.paid, currency), status=status) + rest
    if closing == "0" and balance.opening == "0" and balance.credited == "0":
        return ""
    return tongue.say("{amount} on your account: {status}.", amount=left, status=status)


def sections(statement: Statement) -> Iterator[Section]:
    """All parts that have something to say."""
    tongue = tongues.of(statement.language)
    yield statement_payment.payment(statement, tongue)
    for balance in statement.balances:
        columns = (Column("", 74), Column(tongue.say("Amount"), 26, numeric=True))
        yield Section(tongue.say("Your account in {currency}", currency=balance.currency), "", columns, _account(balance, tongue))
    yield from statement_payment.year(statement, tongue)
    yield from statement_changes.sections(statement, tongue)
    yield from statement_income.sections(statement, tongue)
    yield from _corrections(statement, tongue)
    yield from _waiting(statement, tongue)
    yield from _by_hand(statement, tongue)
    for advance in statement.advances:
        yield _advance(advance, tongue)
    yield from _conversions(statement, tongue)
    yield from _buyouts(statement, tongue)
    yield from _collected(statement, tongue)
    yield from statement_suspense.suspended(statement, tongue)
    yield from _misuses(statement, tongue)
    ask = tongue.say(HOW_TO_ASK, settlement=statement.settlement_id, party=statement.party_id)
    yield Section(tongue.say("How to ask"), f"{ask} {tongue.say(ROUNDED)}", (), iter(()))


def _misuses(statement: Statement, tongue: Tongue) -> Iterator[Section]:
    if statement.breaches:
        note = tongue.say(
            "Uses of your works that were denied, over your limit, or without a licence. What waits because of it goes to nobody."
        )
        columns = (
            *(Column(tongue.say("Work"), 24), Column(tongue.say("By"), 20), Column(tongue.say("What"), 34)),
            *(Column(tongue.say("Since"), 10), Column(tongue.say("Waits"), 12, numeric=True)),
        )
        yield Section(tongue.say(MISUSED), note, columns, (_misused(one, tongue) for one in statement.breaches))


def _misused(one: Misuse, tongue: Tongue) -> Row:
    uses = tongue.counted("{n} use", "{n} uses", tongue.figure(one.quantity), single=one.quantity == "1")
    cleared = " " + tongue.say("(cleared as {form})", form=tongue.say(one.cleared)) if one.cleared else ""
    what = f"{tongue.say(KINDS.get(one.kind, one.kind))}: {tongue.say(one.use)}, {uses}{cleared}"
    waits = tongue.money(one.amount, one.currency) if one.currency else ""
    return Row((one.title, one.licensee, what, one.first_seen, waits))


def _account(balance: Balance, tongue: Tongue) -> Iterator[Row]:
    def row(label: str, amount: str, *, strong: bool = False) -> Row:
        return Row((label, tongue.amount(amount, balance.currency)), strong)

    def less(amount: str) -> str:
        return amount[1:] if amount.startswith("-") else f"-{amount}"

    lost = format_amount(Pico(stored_amount(balance.written_off) + stored_amount(balance.restored)))
    yield row(tongue.say("Balance before"), balance.opening, strong=True)
    deductions = (
        (tongue.say("Earned in this settlement"), balance.earned),
        (tongue.say("Converted between currencies"), balance.converted),
        (tongue.say("Sent back by your bank, and tax given back on it"), balance.returned),
        (tongue.say("Changed by finance, as listed below"), balance.adjusted),
        (tongue.say("Will not be collected from the licensee"), less(lost)),
        (tongue.say("Taken off before as not collected, and given back by a correction"), balance.restored),
        (tongue.say("Kept to pay back advances"), less(balance.recouped)),
        (tongue.say("Tax withheld ({rate})", rate=tongue.percent(balance.withholding_rate.removesuffix("%"))), less(balance.withheld)),
        (tongue.say("Paid to you"), less(balance.paid)),
    )
    for label, amount in deductions:
        if amount not in {"0", "-0"}:
            yield row(label, amount)
    yield row(tongue.say("Balance now"), balance.closing, strong=True)
    reserve = (
        (tongue.say("of it held in reserve before"), balance.reserve_opening),
        (tongue.say("newly held in reserve"), balance.reserve_held),
        (tongue.say("released from reserve"), less(balance.reserve_released)),
        (tongue.say("of it held in reserve now"), balance.reserve),
        (tongue.say("of it not yet collected from licensees"), balance.uncollected),
        (tongue.say("of it not payable now"), balance.held),
    )
    for label, amount in reserve:
        if amount not in {"0", "-0"}:
            yield row(label, amount)


def _corrections(statement: Statement, tongue: Tongue) -> Iterator[Section]:
    groups: dict[tuple[str, str, str], dict[str, list[CorrectedLine]]] = {}
    for change in statement.adjustments:
        if change.amount != "0":
            name = change.corrects, change.usage_month, change.currency
            groups.setdefault(name, {}).setdefault(change.title, []).append(change)
    columns = (
        *(Column(tongue.say("Work"), 20), Column(tongue.say("What"), 25), Column(tongue.say("Why"), 19)),
        *(Column(tongue.say("Line"), 22, ids=True), Column(tongue.say("Difference"), 14, numeric=True)),
    )
    for (corrects, usage_month, currency), works in sorted(groups.items()):
        total = _sum(change.amount for changes in works.values() for change in changes)
        month = tongue.month(usage_month)
        note = tongue.say(
            "{amount} in all: what is due for {month} as it is known now, less what was settled before. "
            "Nothing in an earlier statement was changed.",
            amount=tongue.money(total, currency),
            month=month,
        )
        heading = tongue.say("Corrections of settlement {settlement}, {month}", settlement=corrects, month=month)
        yield Section(heading, note, columns, _corrected(works, currency, tongue))


def _corrected(works: Mapping[str, Sequence[CorrectedLine]], currency: str, tongue: Tongue) -> Iterator[Row]:
    for name, changes in sorted(works.items()):
        if len(changes) > 1:
            yield Row((name, "", "", "", tongue.amount(_sum(change.amount for change in changes), currency)), strong=True)
        for change in changes:
            heading = tongue.source(change.heading, change.mechanism, change.licensee_name, change.model)
            what = f"{heading} ({tongue.say(change.side)})" if change.side else heading
            why = tongue.change(change.reason, change.mechanism, (change.quantity, change.amount), change.apart)
            yield Row((name if len(changes) == 1 else "", what, why, change.line_id, tongue.amount(change.amount, currency)))


def _less(amount: str, other: str) -> str:
    return format_amount(stored_amount(amount) - stored_amount(other))


def _sum(amounts: Iterable[str]) -> str:
    return format_amount(sum(map(stored_amount, amounts), ZERO_PICO))


def _waiting(statement: Statement, tongue: Tongue) -> Iterator[Section]:
    groups: dict[tuple[str, str], list[WaitingMoney]] = {}
    for entry in statement.waiting:
        groups.setdefault((entry.licensee_name, entry.currency), []).append(entry)
    labels = tongue.say("Yours"), tongue.say("Paid so far"), tongue.say("Waits")
    columns = (Column(tongue.say("Billed by settlement"), 40), *(Column(label, 20, numeric=True) for label in labels))
    for (name, currency), entries in sorted(groups.items()):
        note = tongue.say(
            "In {currency}. Your part is paid as {licensee} pays; all of it when the invoice is paid in full.",
            currency=currency,
            licensee=name,
        )
        rows = (
            Row(
                (
                    _billed(entry, tongue),
                    *(tongue.amount(amount, currency) for amount in (entry.amount, entry.paid, _less(entry.amount, entry.paid))),
                )
            )
            for entry in entries
        )
        yield Section(tongue.say("Not yet collected from {licensee}", licensee=name), note, columns, rows)


def _billed(entry: WaitingMoney, tongue: Tongue) -> str:
    if not entry.invoice:
        return entry.settlement_id
    return tongue.say("{settlement}, invoice {invoice}", settlement=entry.settlement_id, invoice=entry.invoice)


def _by_hand(statement: Statement, tongue: Tongue) -> Iterator[Section]:
    if statement.by_hand:
        columns = (Column(tongue.say("Reason"), 74), Column(tongue.say("Amount"), 26, numeric=True))
        rows = (Row((c.reason, tongue.money(c.amount, c.currency))) for c in statement.by_hand)
        yield Section(tongue.say("Changed by finance"), tongue.say("Two persons agreed on each of these."), columns, rows)


def _advance(advance: AdvanceView, tongue: Tongue) -> Section:
    labels = tongue.say("Advanced"), tongue.say("Earned back"), tongue.say("Still to earn back")
    columns = (Column(tongue.say("Settlement"), 28), *(Column(label, 24, numeric=True) for label in labels))
    rows = (
        Row((m.settlement_id, *(tongue.amount(amount, advance.currency) for amount in (m.advanced, m.recouped, m.balance))))
        for m in advance.history
    )
    left = tongue.money(advance.unrecouped, advance.currency)
    note = tongue.say("Deal {deal}: {amount} is still to be earned back before more is paid.", deal=advance.deal_id, amount=left)
    return Section(tongue.say("Advance from {licensee}", licensee=advance.licensee), note, columns, rows)


def _conversions(statement: Statement, tongue: Tongue) -> Iterator[Section]:
    if statement.conversions:
        columns = (
            Column(tongue.say("Amount"), 25, numeric=True),
            Column(tongue.say("Rate"), 20, numeric=True),
            Column(tongue.say("Source of the rate"), 30),
            Column(tongue.say("Comes to"), 25, numeric=True),
        )
        rows = (
            Row(
                (
                    tongue.money(c.amount, c.currency),
                    tongue.figure(c.rate),
                    c.source,
                    tongue.money(c.result, c.result_currency),
                )
            )
            for c in statement.conversions
        )
        yield Section(tongue.say("Currency conversion"), tongue.say("Each amount was converted once, at the posted rate."), columns, rows)


def _buyouts(statement: Statement, tongue: Tongue) -> Iterator[Section]:
    spared = [(s, w, line) for s in statement.sources for w in s.works for line in w.lines if line.shadow != "0"]
    if spared:
        note = tongue.say("You sold these uses for one sum. What they would have earned since then, for comparison; it is not owed.")
        columns = (
            *(Column(tongue.say("Work"), 40), Column(tongue.say("Month"), 12), Column(tongue.say("Use"), 30)),
            Column(tongue.say("Would have earned"), 18, numeric=True),
        )
        rows = (
            Row(
                (
                    work.title or work.work_key,
                    tongue.short_month(line.usage_month),
                    tongue.source(source.heading, source.mechanism, source.licensee_name, source.model),
                    tongue.money(line.shadow, source.currency),
                )
            )
            for source, work, line in spared
        )
        yield Section(tongue.say("Bought-out uses"), note, columns, rows)


def _collected(statement: Statement, tongue: Tongue) -> Iterator[Section]:
    groups: dict[tuple[str, str], list[Collected]] = {}
    for item in statement.collected:
        groups.setdefault((item.society_name, item.currency), []).append(item)
    labels = tongue.say("Collected"), tongue.say("Fee"), tongue.say("Cultural"), tongue.say("Yours")
    figures = tuple(Column(label, 10, numeric=True) for label in labels)
    for (society, currency), items in sorted(groups.items()):
        yield Section(
            tongue.say("Collected for you by {society}, in {currency}", society=society, currency=currency),
            statement_sentences.of_society(items, tongue),
            (*(Column(tongue.say("Work"), 24), Column(tongue.say("From"), 26), Column(tongue.say("Month"), 10)), *figures),
            _members_part(items, currency, tongue),
        )


def _members_part(items: Sequence[Collected], currency: str, tongue: Tongue) -> Iterator[Row]:
    for item in items:
        figures = (tongue.amount(amount, currency) for amount in (item.gross, item.admin_fee, item.cultural_deduction, item.net))
        heading = tongue.source(item.heading, item.mechanism, item.licensee_name, item.model)
        yield Row((item.title, heading, tongue.short_month(item.usage_month), *figures))
    sums = (_sum(getattr(item, name) for item in items) for name in ("gross", "admin_fee", "cultural_deduction", "net"))
    yield Row((tongue.say("In all"), "", "", *(tongue.amount(amount, currency) for amount in sums)), strong=True)
