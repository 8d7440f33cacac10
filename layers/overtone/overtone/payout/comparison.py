"""What changed since a party's last statement, source by source, and why: from what the party's state kept of that statement.

A difference is taken apart as far as the figures tell: so much for more or fewer uses at the old rate, the rest for the rate;
so much for a larger or smaller whole at the old part of it, the rest for the part. What is left is said without a figure.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from overtone.money import format_amount, format_share
from overtone.payout import words
from overtone.payout.changes import ComparedStatement, Reason, SourceChange, TotalChange
from overtone.payout.last_statement import AccountSums, LastStatement, SourceKey, SourceSum
from overtone.payout.runs import Run
from overtone.scales import ZERO_PICO, Nano, Pico

CORRECTIONS_TOLD_MAX: Final = 12
EARNED, CORRECTED, RECOUPED, PAID = "earned", "corrected", "recouped", "paid"


class Freed(NamedTuple):
    """What of a party's waiting money a settlement let go: why it had waited, and how much (pico)."""

    reason: str
    currency: str
    amount: Pico


class Causes(NamedTuple):
    """What tells why an account's sums changed: its lines, what stopped waiting, and the currencies of advances still to earn back."""

    runs: Sequence[Run]
    freed: Sequence[Freed]
    owing: frozenset[str]


def uncompared(*, first: bool) -> ComparedStatement:
    """A statement whose one before kept no sums; `first`: the party never had one."""
    return ComparedStatement("", "", first=first, sources=[], totals=[])


def compare(before: LastStatement, now: LastStatement, causes: Causes) -> ComparedStatement:
    """What changed since the statement before, as far as is kept of it."""
    compared = before.sources if before.may_lack_sources else {*before.sources, *now.sources}
    keys = sorted(compared, key=lambda key: (key.currency, -now.sources.get(key, SourceSum()).amount, key))
    sources = [_change(key, before, now.sources.get(key, SourceSum())) for key in keys]
    every = (change for currency in _currencies(before, now) for change in _totals(currency, before, now, causes))
    totals = [change for change in every if change.reasons or {change.before, change.now} != {"0"}]
    return ComparedStatement(before.settlement_id, before.through, first=False, sources=sources, totals=totals)


def _currencies(*statements: LastStatement) -> list[str]:
    return sorted({currency for one in statements for currency in (*one.sums, *(key.currency for key in one.sources))})


def _change(key: SourceKey, before: LastStatement, now: SourceSum) -> SourceChange:
    was = before.sources.get(key, SourceSum())
    reasons = [] if now.amount == was.amount else list(_reasons(key, was, now))
    name = now.name or was.name
    heading = words.source(key.mechanism, name, key.model)
    then, this, difference = map(format_amount, (was.amount, now.amount, Pico(now.amount - was.amount)))
    return SourceChange(heading, key.mechanism, name, key.model, key.deal_id, key.currency, then, this, difference, reasons)


def _reasons(key: SourceKey, was: SourceSum, now: SourceSum) -> Iterator[Reason]:
    if not was.months:
        yield Reason("new", {})
        return
    if not now.months:
        yield Reason("once" if words.about(key.mechanism).once else "ended", {})
        return
    if now.months != was.months:
        yield Reason("months", {"new": str(now.months), "old": str(was.months)})
    parts = list(_taken_apart(key, was, now))
    yield from parts
    if now.tier != was.tier and now.tier and was.tier:
        yield Reason("tier", {"new": str(now.tier), "old": str(was.tier)})
    if now.version != was.version and now.version and was.version:
        yield Reason("version", {"new": str(now.version), "old": str(was.version)})
    if now.works != was.works:
        yield Reason("works", {"new": str(now.works), "old": str(was.works)})
    elif not parts:
        yield Reason("other", {})


def _taken_apart(key: SourceKey, was: SourceSum, now: SourceSum) -> Iterator[Reason]:
    """The difference in two: by what was counted or shared, and by what each or each part was worth."""
    difference = now.amount - was.amount
    if words.about(key.mechanism).counted and min(was.quantity, now.quantity, was.amount, now.amount) > 0:
        by_count = was.amount * (now.quantity - was.quantity) // was.quantity
        if more := now.quantity - was.quantity:
            yield Reason("more" if more > 0 else "fewer", {"n": format_share(Nano(abs(more)))}, format_amount(Pico(by_count)))
        rates = {"new": words.rate(now.amount, now.quantity), "old": words.rate(was.amount, was.quantity)}
        if rates["new"] != rates["old"]:
            yield Reason("rate", rates, format_amount(Pico(difference - by_count)))
    elif was.whole > 0 and now.whole > 0:
        by_whole = was.amount * (now.whole - was.whole) // was.whole
        if now.whole != was.whole:
            yield Reason("whole", {"new": format_amount(now.whole), "old": format_amount(was.whole)}, format_amount(Pico(by_whole)))
        if rest := difference - by_whole:
            parts = {"new": _percent(now.amount, now.whole), "old": _percent(was.amount, was.whole)}
            yield Reason("part", parts, format_amount(Pico(rest)))


def _percent(amount: Pico, whole: Pico) -> str:
    """Hundredths of a percent, three significant digits where it is less."""
    return words.rate(Pico(abs(amount) * 100), Nano(max(1, whole // 1000)))


def _corrected(currency: str, causes: Causes) -> Iterator[Reason]:
    """By corrected settlement and month, and what waited before."""
    sums: dict[tuple[str, str], Pico] = {}
    for run in causes.runs:
        if run.adjusts and run.currency == currency:
            name = run.adjusts, run.usage_month
            sums[name] = sum(run.amounts, sums.get(name, ZERO_PICO))
    moved = [(name, pico) for name, pico in sorted(sums.items()) if pico]
    for (settlement, month), pico in moved[:CORRECTIONS_TOLD_MAX]:
        yield Reason("corrected", {"month": month, "settlement": settlement}, format_amount(pico))
    for one in causes.freed:
        if one.currency == currency:
            yield Reason("freed", {"amount": format_amount(one.amount), "why": one.reason})


def _totals(currency: str, before: LastStatement, now: LastStatement, causes: Causes) -> Iterator[TotalChange]:
    was, is_ = before.sums.get(currency, AccountSums()), now.sums.get(currency, AccountSums())
    if was.corrected or is_.corrected:
        yield _total(CORRECTED, currency, was.corrected, is_.corrected, list(_corrected(currency, causes)))
    was_earned, is_earned = (
        Pico(one.sums.get(currency, AccountSums()).corrected + sum(s.amount for key, s in one.sources.items() if key.currency == currency))
        for one in (before, now)
    )
    if not before.may_lack_sources:
        yield _total(EARNED, currency, was_earned, is_earned, [])
    if was.recouped or is_.recouped:
        ended = [] if currency in causes.owing else [Reason("recouped", {})]
        yield _total(RECOUPED, currency, was.recouped, is_.recouped, ended)
    changed = is_.status != was.status and is_.status and was.status
    status = [Reason("status", {"new": is_.status, "old": was.status})] if changed else []
    yield _total(PAID, currency, was.paid, is_.paid, status)


def _total(what: str, currency: str, was: Pico, now: Pico, reasons: list[Reason]) -> TotalChange:
    return TotalChange(what, currency, format_amount(was), format_amount(now), format_amount(Pico(now - was)), reasons)
