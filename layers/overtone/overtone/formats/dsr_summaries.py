"""The summary records of a DSR against its lines, and the facts that they alone state: subscribers by type, market shares."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from overtone import fields, money
from overtone.errors import Fault, Rejected
from overtone.formats.dsr_cells import UsageLine, amount, count, pairs, refusal
from overtone.money import PICO
from overtone.scales import ZERO_PICO, Pico

SUMMED: Final = frozenset({"SY01", "SY02", "SY06", "SY07", "SY12"})
REPEATED: Final = "SY03"
"""The record of subscription services: it stands once for each rights controller, each time with the totals of all."""
_FACTS: Final = frozenset({"SY03", "SY04", "SY05", "SY09"})
_KEPT: Final = {
    "ServiceDescription": "service",
    "CommercialModel": "commercial_model",
    "RightsController": "rights_controller",
    "RightsControllerPartyId": "rights_controller_id",
    "RightsType": "rights_type",
    "MarketShare": "market_share",
    "AllocatedUsages": "allocated_usages",
    "SubPeriodStartDate": "from",
    "SubPeriodEndDate": "to",
}
_MONEY: Final = {
    "NetRevenue": "net_revenue",
    "AllocatedNetRevenue": "allocated_net_revenue",
    "AllocatedRevenue": "allocated_revenue",
    "UnitPrice": "unit_price",
}


@dataclass(slots=True)
class Summary:
    """What the summary records of one id say together, and what the lines below them sum to; amounts in pico.

    `decimals` are those of the lines and of the summary as written: how finely each was rounded before it came.
    """

    use_type: str
    territory: str
    currency: str
    usages: int = 0
    revenue: Pico | None = None
    lines: int = 0
    line_usages: int = 0
    line_revenue: Pico = ZERO_PICO
    priced_lines: int = 0
    returns: int = 0
    unpaid_usages: int = 0
    rounded_lines: int = 0
    line_decimals: int = 0
    decimals: int = 0
    repeated: bool = False
    """Of records that state the same totals for each rights controller: the first one's stand."""
    short: Pico = ZERO_PICO
    """Of a file of several, what rounding each file's part down leaves of the revenue, where its last line takes that."""

    def add(self, line: UsageLine) -> None:
        """Count a usage line."""
        self.lines += 1
        self.returns += line.returns
        self.rounded_lines += line.rounded
        if not line.usages:
            return
        self.line_usages += line.usages
        self.unpaid_usages += 0 if line.bearing else line.usages
        if line.revenue is not None:
            self.priced_lines += 1
            self.line_revenue += line.revenue
            self.line_decimals = max(self.line_decimals, line.decimals)

    @property
    def tolerance(self) -> Pico:
        """By how much revenue may differ because every line, and the summary, was rounded before it came; in pico."""
        halves: int = self.priced_lines * (PICO // 10**self.line_decimals) + PICO // 10**self.decimals
        return Pico(halves // 2)

    @property
    def left(self) -> int:
        """Usages that no line lists. A summary that counts returned ones too leaves none for them."""
        left = max(0, self.usages - self.line_usages)
        return 0 if left and left == self.returns else left

    @property
    def left_revenue(self) -> Pico | None:
        """Revenue that no line states; nothing within the tolerance where every usage is listed, nor where lines state more."""
        if self.revenue is None:
            return None
        left = self.revenue - self.stated
        return ZERO_PICO if left < 0 or (not self.left and left <= self.tolerance) else left

    @property
    def stated(self) -> Pico:
        """The revenue that the lines get: their own, or by usage where none states any."""
        if self.priced_lines or self.revenue is None:
            return self.line_revenue
        return self.share(self.line_usages if self.spreads_over_all else self.line_usages - self.unpaid_usages)

    @property
    def spreads_over_all(self) -> bool:
        """Whether no usage bears a royalty, so that revenue which no line states is spread over all."""
        return self.line_usages + self.left <= self.unpaid_usages

    @property
    def spread_over(self) -> int:
        """The usages over which revenue is spread that no line states: those that bear a royalty, where any does."""
        return self.line_usages + self.left - (0 if self.spreads_over_all else self.unpaid_usages)

    def share(self, usages: int) -> Pico:
        """The revenue of so many usages, counted from the first."""
        if not self.spread_over:
            return ZERO_PICO
        return Pico((self.revenue or 0) * usages // self.spread_over + (self.short if usages >= self.line_usages else 0))

    @property
    def difference(self) -> Pico:
        """What the lines state beyond the summary (or short of it, negative) and rounding explains; in pico."""
        if self.revenue is None or not self.priced_lines or self.left:
            return ZERO_PICO
        return self.line_revenue - self.revenue


def summarised(summaries: dict[str, Summary], kind: str, cells: Mapping[str, str], where: str) -> None:
    """Add a summary record to those of its id; raises `Rejected`."""
    name, known = cells.get("SummaryRecordId", ""), summaries.get(cells.get("SummaryRecordId", ""))
    if kind == REPEATED and known:
        return
    if known and known.repeated:
        del summaries[name]
    currency = _read(fields.currency, cells, "Currency", where)
    territory = _read(fields.territory, cells, "Territory", where)
    use_type = cells.get("UseType", "")
    summary = summaries.setdefault(name, Summary(use_type, territory, currency, repeated=kind == REPEATED))
    if (summary.use_type, summary.territory, summary.currency) != (use_type, territory, currency):
        raise Rejected(f"{where}: summary records of one id differ in use type, territory or currency; give them ids of their own")
    usages, rounded = count(cells, "Usages", where)
    summary.usages += usages
    summary.rounded_lines += int(rounded)
    revenue, decimals, _ = amount(cells, "NetRevenue", where)
    if revenue is not None:
        summary.revenue = (summary.revenue or ZERO_PICO) + revenue
        summary.decimals = max(summary.decimals, decimals)


def _read(reader: Callable[[object], str], cells: Mapping[str, str], name: str, where: str) -> str:
    try:
        return reader(cells.get(name, ""))
    except Rejected as error:
        raise refusal(where, name, error.detail) from error


def fact_of(kind: str, cells: Mapping[str, str], where: str) -> list[dict[str, Any]]:
    """What a record states about subscribers or shares, one fact for each kind of subscriber; raises `Rejected`."""
    if kind not in _FACTS:
        return []
    fact: dict[str, Any] = {"record": kind, "summary_record_id": cells.get("SummaryRecordId", "")}
    fact |= {ours: cells[theirs] for theirs, ours in _KEPT.items() if cells.get(theirs)}
    fact |= {"territory": _read(fields.territory, cells, "Territory", where)}
    fact |= {"currency": _read(fields.currency, cells, "Currency", where)} if cells.get("Currency") else {}
    for theirs, ours in _MONEY.items():
        pico, _, _ = amount(cells, theirs, where)
        fact |= {} if pico is None else {ours: money.format_amount(pico)}
    fact |= {"usages": count(cells, "Usages", where)[0]} if cells.get("Usages") else {}
    if not cells.get("Users"):
        return [fact]
    subscribers = pairs(cells.get("SubscriberType", ""), cells["Users"], where)
    return [
        fact | ({"subscriber_type": name} if name else {}) | {"subscribers": count({"Users": number}, "Users", where)[0]}
        for name, number in subscribers
    ]


def sum_faults(summaries: Mapping[str, Summary]) -> Iterator[Fault]:
    """Where lines say more than their summary, beyond what rounding explains."""
    for name, summary in sorted(summaries.items()):
        if summary.line_usages > summary.usages + summary.rounded_lines:
            yield Fault(f"summary record {name} says {summary.usages} usages, its lines have {summary.line_usages}", "Usages")
        if summary.revenue is not None and summary.line_revenue > summary.revenue + summary.tolerance:
            stated, have = money.format_amount(summary.revenue), money.format_amount(summary.line_revenue)
            allowed = money.format_amount(summary.tolerance)
            message = f"summary record {name} says {stated} {summary.currency}, its lines have {have} (rounding explains {allowed} at most)"
            yield Fault(message, "NetRevenue")
