"""What changes a line after it is priced: the parts that come off the top. Each change is kept, so that a line can be explained."""

from collections.abc import Mapping
from typing import NamedTuple

from overtone import lines
from overtone.lines import NOTHING, OFF_THE_TOP, LineKey, Posting
from overtone.money import NANO, format_amount, format_share
from overtone.scales import Pico
from overtone.settlement.clauses import TopShare


class LineDifference(NamedTuple):
    """One change of a line: why, in words, and by how much (pico); `whose` goes on with whose money it is of, for those who may know."""

    words: str
    amount: Pico
    whose: str = ""


class Adjusted(NamedTuple):
    """Lines after all changes, and the changes of each line that has any."""

    postings: dict[LineKey, Posting]
    adjustments: dict[LineKey, list[LineDifference]]


def off_the_top(postings: Mapping[LineKey, Posting], cuts: Mapping[str, tuple[TopShare, ...]]) -> Adjusted:
    """Take each deal's parts off every line that it owes. `cuts` by deal.

    A part is `floor(amount x share)` of what the line comes to, of a correction below zero as much the other way; a line's
    own amount is what is left, so nothing is lost. Shadows, which nobody owes, are left alone.
    """
    found = Adjusted(dict(postings), {})
    for key, posting in postings.items():
        for cut in cuts.get(key.deal_id, ()) if posting.amount else ():
            _take(found, key, posting.amount, cut)
    return found


def _take(found: Adjusted, key: LineKey, whole: Pico, cut: TopShare) -> None:
    sign = -1 if whole < 0 else 1
    part = Pico(sign * (abs(whole) * cut.share // NANO))
    if not part:
        return
    to = key._replace(side=OFF_THE_TOP, account=lines.PARTY, party_id=cut.party, member_id=cut.party, reason="")
    figures = f"{format_share(cut.share)} of {format_amount(whole)} {key.currency} off the top"
    _change(found, key, LineDifference(f"{figures} for {cut.party}{_label(cut)}", -part))
    _change(found, to, LineDifference(f"{figures}{_label(cut)}, from {key.side or 'the deal'}", part, f" {_whose(key)}"))


def _change(found: Adjusted, key: LineKey, change: LineDifference) -> None:
    before = found.postings.get(key, NOTHING)
    found.postings[key] = before._replace(amount=before.amount + change.amount)
    found.adjustments.setdefault(key, []).append(change)


def _label(cut: TopShare) -> str:
    return f" ({cut.label})" if cut.label else ""


def _whose(key: LineKey) -> str:
    return f"of {key.member_id or key.party_id}" if key.party_id else f"waiting as {key.reason}"
