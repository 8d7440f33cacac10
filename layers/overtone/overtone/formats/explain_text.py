"""An explanation as text: who, for what, the arithmetic line by line, and whether it comes out."""

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from overtone.payout.words import month, source
from overtone.settlement.explanation import Amounts, EarningUse, Evidence, Explanation
from overtone.settlement.pool_shares import PoolShare

ROWS_MAX: Final = 200
"""Rows of each kind that are written out; the JSON has more."""


def render(told: Explanation) -> str:
    """The text, with a line end at the end."""
    return "\n".join(_lines(told)) + "\n"


def _lines(told: Explanation) -> Iterator[str]:
    key = told.key
    payee = key["party_id"] or f"suspense ({key['reason']})" if key["account"] != "residue" else "residue"
    yield f"Line {told.line_id} of settlement {told.settlement_id}: {told.line.amount} {key['currency']}"
    work = told.title or key["work_id"] or "no registered work"
    yield f"  for    {', '.join(text for text in (work, key['work_key'], key['side']) if text)}"
    yield f"  to     {payee}" + (f", the share of {key['member_id']}" if key["member_id"] not in {"", key["party_id"]} else "")
    yield f"  from   {source(key['mechanism'], key['licensee'], key['model'])}, {month(key['usage_month'])}, deal {key['deal_id']}"
    yield from _adjustment(told)
    yield from _uses(told)
    yield from _pools(told)
    yield from _changes(told)
    yield from _sum(told)
    yield from _evidence(told)
    yield from _versions(told)


def _adjustment(told: Explanation) -> Iterator[str]:
    if not told.adjusts:
        return
    yield ""
    yield f"It corrects settlement {told.adjusts}:"
    for label, amounts in (("due now", told.after), ("posted before", told.before), ("difference", told.difference)):
        yield f"  {label:<14} {_amounts(amounts, told.key['currency'])}"


def _amounts(amounts: Amounts, currency: str) -> str:
    shadow = f", shadow {amounts.shadow} {currency}" if amounts.shadow != "0" else ""
    return f"{amounts.amount} {currency} for a quantity of {amounts.quantity}{shadow}"


def _uses(told: Explanation) -> Iterator[str]:
    if told.uses:
        yield ""
        yield "What was used, and what each use earned:"
    for used in told.uses[:ROWS_MAX]:
        yield f"  {_what(used)}"
        formula = used.formula or "priced by the deal's terms"
        spared = " (owed nothing: bought out)" if used.spared else ""
        yield f"    {formula} = {used.earned}{spared}"
        yield from (f"    {text}" for text in used.raised)
    if left := len(told.uses) - ROWS_MAX + told.uses_left_out if len(told.uses) > ROWS_MAX else told.uses_left_out:
        yield f"  and {left} more uses, all in the sum"


def _what(used: EarningUse) -> str:
    parts = [used.day, f"{used.use or used.kind} reported by {used.reporter or 'nobody'}"]
    for label, text in (("model", used.model), ("service", used.service), ("run", used.run_id), ("confidence", used.confidence)):
        if text:
            parts.append(f"{label} {text}")
    if used.territory != "*":
        parts.append(used.territory)
    return ", ".join(parts)


def _pools(told: Explanation) -> Iterator[str]:
    for spared, shares in groupby(told.pools, key=_is_spared):
        yield ""
        yield "What it would have had of pools (bought out):" if spared else "Its part of pools:"
        for share in shares:
            yield f"  {share.pool}"
            yield from (f"    {step.words}" + (f" = {step.amount} {told.key['currency']}" if step.amount else "") for step in share.steps)
            yield f"    {share.amount} {told.key['currency']} x {share.basis} / {share.whole} = {share.result} (rounded down)"
            yield from (f"    {text}" for text in share.raised)


def _changes(told: Explanation) -> Iterator[str]:
    if told.adjustments:
        yield ""
        yield "What changed the priced line:"
    for change in told.adjustments:
        yield f"  {change.why} = {change.amount} {told.key['currency']}"


def _is_spared(share: PoolShare) -> bool:
    return share.spared


def _sum(told: Explanation) -> Iterator[str]:
    currency = told.key["currency"]
    yield ""
    if told.uses:
        yield f"Sum of the uses, exact:   {told.exact} {currency}"
    yield f"Rounded once, with pools: {told.rounded} {currency}"
    stood = f" ({told.before.amount} posted before + {told.line.amount} in this line)" if told.before.amount != "0" else ""
    yield f"Due under this key:       {told.after.amount} {currency}{stood}"
    yield "The sum agrees with the line." if told.agrees else "THE SUM DOES NOT AGREE WITH THE LINE."


def _evidence(told: Explanation) -> Iterator[str]:
    if told.evidence:
        yield ""
        yield "Outputs, plays and runs behind it:"
    for item in told.evidence[:ROWS_MAX]:
        yield f"  {_proof(item)}"
    if len(told.evidence) > ROWS_MAX:
        yield f"  and {len(told.evidence) - ROWS_MAX} more"


def _proof(item: Evidence) -> str:
    revenue = f", revenue {item.revenue} {item.currency}" if item.revenue not in {"", "0"} else ""
    share = f", share {item.share}" if item.share else ""
    confidence = f", confidence {item.confidence}" if item.confidence else ""
    disclosed = f", disclosed in {item.disclosure}" if item.disclosure else ""
    batches = f", batches {', '.join(item.batches)}" if item.batches else ""
    return f"{item.day} {item.subject}: quantity {item.quantity}{revenue}{share}{confidence}{disclosed}{batches}"


def _versions(told: Explanation) -> Iterator[str]:
    if told.versions:
        yield ""
        yield "Versions it rests on:"
    for used in told.versions:
        recorded = f"recorded {used.recorded_at} by {used.author}"
        yield f"  {used.kind} {used.id} version {used.version}, in force from {used.effective_from}, {recorded}"
