"""What a licensee used of a licensor's works, out of a settlement's lines, as a DSR for the licensor.

A line counts the licensor's part of what was used; of several deals, mechanisms and sides that price the same uses of a work, the one that
counts most says how many there were, and where something is owed there was one at least. A line does not know the licensee's own
revenue: net revenue is what the use brought the licensor. A work of which corrections took back more than was earned has its amount below
nothing, so a report's amounts come to what the settlement paid.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from overtone.formats.dsr_writer import ReportHeader, WorkUsage, write
from overtone.lines import Line, LineKey
from overtone.money import NANO, round_half_even
from overtone.months import last_day
from overtone.payout.manifest import Head
from overtone.scales import ZERO_PICO

READERS: Final = frozenset({"publisher", "label", "society"})
"""Kinds of parties that read such reports; others have their statement."""
PartyName = tuple[str, str]
"""Id and name."""
_Work = tuple[str, ...]


def name_of(licensor: str, licensee: str) -> str:
    """The file's name; no id has the character between them."""
    return f"reports/{licensor}@{licensee}.dsr.tsv"


def licensees(lines: Iterable[Line]) -> list[str]:
    """Who used something of the lines' works."""
    return sorted({line.key.licensee for line in lines if line.key.work_key})


def render(head: Head, parties: tuple[PartyName, PartyName], lines: Sequence[Line]) -> tuple[bytes, int]:
    """The report of the licensee to the licensor (`parties`, in this order), and how many works it names."""
    licensee, licensor = parties
    own = [line for line in lines if line.key.work_key and line.key.licensee == licensee[0]]
    uses = [_usage(work, of_work) for work, of_work in _by_work(own).items()]
    months = sorted({line.key.usage_month for line in own})
    first, last = (_days(months[0])[0], _days(months[-1])[1]) if months else ("", "")
    message = ReportHeader(
        f"{head.settlement_id}-{licensor[0]}-{licensee[0]}", f"{head.cutoff[:19]}Z", first, last, licensee, licensor, licensee[0]
    )
    return write(message, uses), len(uses)


def _by_work(lines: Iterable[Line]) -> dict[_Work, list[Line]]:
    found: dict[_Work, list[Line]] = {}
    for line in lines:
        key = line.key
        found.setdefault((key.usage_month, key.work_key, key.use, key.territory, key.service, key.currency), []).append(line)
    return found


def _usage(work: _Work, lines: Sequence[Line]) -> WorkUsage:
    month, work_key, use, territory, service, currency = work
    counted: dict[tuple[str, ...], int] = {}
    for line in lines:
        counted[_counting(line.key)] = counted.get(_counting(line.key), 0) + line.posting.quantity
    paid = sum((line.posting.amount for line in lines), ZERO_PICO)
    first, last = _days(month)
    usages = max(int(paid > 0), round_half_even(max(counted.values()), NANO))
    revenue = max(paid, ZERO_PICO)
    return WorkUsage(work_key, lines[0].title, use or "other", territory or "*", currency, usages, revenue, paid, first, last, service)


def _counting(key: LineKey) -> tuple[str, ...]:
    """What counts the same uses once: the shares of one side under one mechanism of a deal, for one model."""
    return (key.deal_id, key.mechanism, key.side)


def _days(month: str) -> tuple[str, str]:
    return f"{month}-01", last_day(month)
