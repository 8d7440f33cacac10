"""An explanation as text: who, for what, the arithmetic line by line, and whether it comes out."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

from overtone.lines import PARTY, RESIDUE, SUSPENSE
from overtone.payout.words import month, source
from overtone.settlement.explanation import Amounts, EarningUse, Evidence, Explanation
from overtone.settlement.pool_shares import PoolShare

ROWS_MAX: Final = 200
"""Rows of each kind that are written out; the JSON has more."""


def render(explanation: Explanation, notes: Sequence[str] = ()) -> str:
    """The text, with a line end at the end. `notes` are what a reader must know before believing it."""
    return "\n".join(_lines(explanation, notes)) + "\n"


def _lines(explanation: Explanation, notes: Sequence[str]) -> Iterator[str]:
    key = explanation.key
    yield f"Line {explanation.line_id} of settlement {explanation.settlement_id}: {explanation.line.amount} {key['currency']}"
    work = explanation.title or key["work_id"] or "no registered work"
    yield f"  for    {', '.join(text for text in (work, key['work_key'], key['side']) if text)}"
    if key["account"]:  # a licensee is not told whose the money is
        yield f"  to     {_payee(key)}"
    yield f"  from   {source(key['mechanism'], key['licensee'], key['model'])}, {month(key['usage_month'])}, deal {key['deal_id']}"
    yield from _adjustment(explanation)
    yield from _uses(explanation)
    yield from _pools(explanation)
    yield from _changes(explanation)
    yield from _sum(explanation, notes)
    yield from _evidence(explanation)
    yield from _versions(explanation)


def _payee(key: Mapping[str, str]) -> str:
    if key["account"] != PARTY:
        return RESIDUE if key["account"] == RESIDUE else f"{SUSPENSE} ({key['reason']})"
    return key["party_id"] + (f", the share of {key['member_id']}" if key["member_id"] not in {"", key["party_id"]} else "")


def _adjustment(explanation: Explanation) -> Iterator[str]:
    if not explanation.adjusts:
        return
    yield ""
    yield f"It corrects settlement {explanation.adjusts}:"
    for label, amounts in (("due now", explanation.after), ("posted before", explanation.before), ("difference", explanation.difference)):
        yield f"  {label:<14} {_amounts(amounts, explanation.key['currency'])}"


def _amounts(amounts: Amounts, currency: str) -> str:
    shadow = f", shadow {amounts.shadow} {currency}" if amounts.shadow != "0" else ""
    return f"{amounts.amount} {currency} for a quantity of {amounts.quantity}{shadow}"


def _uses(explanation: Explanation) -> Iterator[str]:
    if explanation.uses:
        yield ""
        yield "What was used, and what each use earned:"
    for used in explanation.uses[:ROWS_MAX]:
        yield f"  {_what(used)}"
        formula = used.formula or "priced by the deal's terms"
        spared = " (owed nothing: bought out)" if used.spared else ""
        yield f"    {formula} = {used.earned}{spared}"
        yield from (f"    {text}" for text in used.raised)
    if left := max(0, len(explanation.uses) - ROWS_MAX) + explanation.uses_left_out:
        yield f"  and {left} more uses, all in the sum"


def _what(used: EarningUse) -> str:
    parts = [used.day, f"{used.use or used.kind} reported by {used.reporter or 'nobody'}"]
    for label, text in (("model", used.model), ("service", used.service), ("run", used.run_id), ("confidence", used.confidence)):
        if text:
            parts.append(f"{label} {text}")
    if used.territory != "*":
        parts.append(used.territory)
    return ", ".join(parts)


def _pools(explanation: Explanation) -> Iterator[str]:
    for spared, shares in groupby(explanation.pools, key=_is_spared):
        yield ""
        yield "What it would have had of pools (bought out):" if spared else "Its part of pools:"
        for share in shares:
            yield f"  {share.pool}"
            yield from (
                f"    {step.words}" + (f" = {step.amount} {explanation.key['currency']}" if step.amount else "") for step in share.steps
            )
            yield f"    {share.amount} {explanation.key['currency']} x {share.basis} / {share.whole} = {share.result} (rounded down)"
            yield from (f"    {text}" for text in share.raised)


def _changes(explanation: Explanation) -> Iterator[str]:
    if explanation.adjustments:
        yield ""
        yield "What changed the priced line:"
    for change in explanation.adjustments:
        yield f"  {change.why} = {change.amount} {explanation.key['currency']}"


def _is_spared(share: PoolShare) -> bool:
    return share.spared


def _sum(explanation: Explanation, notes: Sequence[str]) -> Iterator[str]:
    currency = explanation.key["currency"]
    yield ""
    if explanation.uses:
        yield f"Sum of the uses, exact:   {explanation.exact} {currency}"
    yield f"Rounded once, with pools: {explanation.rounded} {currency}"
    stood = (
        f" ({explanation.before.amount} posted before + {explanation.line.amount} in this line)" if explanation.before.amount != "0" else ""
    )
    yield f"Due under this key:       {explanation.after.amount} {currency}{stood}"
    verdict = "The sum agrees with the line." if explanation.agrees else "The sum does not agree with the line."
    yield verdict if explanation.agrees or notes else verdict.upper()  # where nothing says why
    yield from (f"Note: {note}." for note in notes)


def _evidence(explanation: Explanation) -> Iterator[str]:
    if explanation.evidence:
        yield ""
        yield "Outputs, plays and runs behind it:"
    for item in explanation.evidence[:ROWS_MAX]:
        yield f"  {_proof(item)}"
    if len(explanation.evidence) > ROWS_MAX:
        yield f"  and {len(explanation.evidence) - ROWS_MAX} more"


def _proof(item: Evidence) -> str:
    revenue = f", revenue {item.revenue} {item.currency}" if item.revenue not in {"", "0"} else ""
    share = f", share {item.share}" if item.share else ""
    confidence = f", confidence {item.confidence}" if item.confidence else ""
    disclosed = f", disclosed in {item.disclosure}" if item.disclosure else ""
    batches = f", batches {', '.join(item.batches)}" if item.batches else ""
    return f"{item.day} {item.subject}: quantity {item.quantity}{revenue}{share}{confidence}{disclosed}{batches}"


def _versions(explanation: Explanation) -> Iterator[str]:
    if explanation.versions:
        yield ""
        yield "Versions it rests on:"
    for used in explanation.versions:
        recorded = f"recorded {used.recorded_at} by {used.author}"
        yield f"  {used.kind} {used.id} version {used.version}, in force from {used.effective_from}, {recorded}"
