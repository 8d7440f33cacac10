"""A settlement's plan: which months it looks at, how much of each, and what it was asked to.

The plan is fixed once accrual has come to rest and then never changes; every later step is a pure function of the plan and the facts
that it points to, so a step that is run again writes the same bytes.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from overtone.errors import InvariantBroken
from overtone.mechanisms import MECHANISMS
from overtone.mechanisms.periods import TermPeriod
from overtone.months import months_between
from overtone.rights import mandates
from overtone.rights.registry import Party
from overtone.rights.versions import Entity
from overtone.settlement.deals import Deal

DEALS_PART: Final = "deals"
"""The part that holds what belongs to no work: advances, buyouts, guarantees, levies to parties."""
RESIDUE_PART: Final = "residue"
"""The part that holds what pools could not divide."""
ITEMS_MAX: Final = 400
"""Items of one Map state; a larger settlement puts several buckets of a month into one."""


FORMAT: Final = 2
"""Of a stored plan. One of format 1 states none, and says beside the rest what nothing needs any more."""


class RunHeader(NamedTuple):
    """A training run's header; `works` is how many its manifest names, 0 where a plan of before did not say."""

    trained_on: str
    licensee: str
    run_id: str
    model: str
    works: int = 0


class MonthPlan(NamedTuple):
    """One month. `touched` holds work keys by bucket, or is `None` where the whole month is computed.

    `settled_by` is the last settlement that looked at it (empty: none did); `books` says which
    settlement's book each part starts from.
    """

    month: str
    touched: dict[str, list[str]] | None
    settled_by: str
    books: dict[str, str]


class Plan(NamedTuple):
    """What a settlement does. `previous` is `(settlement_id, manifest sha256)` or empty.

    `rates` are the posted exchange rates, `[from, to, rate, source]`. `quarantined` names the partitions that count with what
    they last said, `waiting` the `[month, reporter]` whose money waits until the reporter's month is complete. `code` is the
    version of the code that makes the parts. `change` are the steps of a what-if, whose plan posts nothing. `page_items`: pages of
    accruals may be items, as earlier versions wrote them, and a plan of theirs does not say.
    """

    settlement_id: str
    attempt: int
    preview: bool
    through: str
    cutoff: str
    previous: tuple[str, str] | None
    waivers: list[dict[str, str]]
    buckets: int
    runs: list[RunHeader]
    months: list[MonthPlan]
    rates: list[list[str]]
    quarantined: list[dict[str, Any]] = []  # noqa: RUF012 - never changed in place
    code: str = ""
    waiting: list[list[str]] = []  # noqa: RUF012 - never changed in place
    change: list[dict[str, Any]] = []  # noqa: RUF012 - never changed in place
    page_items: bool = True

    def waiting_in(self, month: str) -> frozenset[str]:
        """The reporters whose money of a month waits."""
        return frozenset(reporter for of, reporter in self.waiting if of == month)

    def to_json(self) -> dict[str, Any]:
        """As stored."""
        months, runs = [month._asdict() for month in self.months], [list(run if run.works else run[:-1]) for run in self.runs]
        previous = list(self.previous) if self.previous else None
        stored = self._asdict() | {"format": FORMAT, "months": months, "runs": runs, "previous": previous}
        return stored if not self.page_items else {name: value for name, value in stored.items() if name != "page_items"}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Plan":
        """The inverse of `to_json`; raises `InvariantBroken` for a format that is not known."""
        stated = stored.get("format", 1)
        if stated not in {1, FORMAT}:
            raise InvariantBroken("pure", f"a plan has format {stated}; this version reads up to {FORMAT}")
        months = [MonthPlan(**month) for month in stored["months"]]
        runs = [RunHeader(*run) for run in stored["runs"]]
        previous = tuple(stored["previous"]) if stored["previous"] else None
        fields = {name: value for name, value in stored.items() if name in cls._fields}
        return cls(**{**fields, "months": months, "runs": runs, "previous": previous})

    def month(self, month: str) -> MonthPlan:
        """The plan of a month."""
        return next(planned for planned in self.months if planned.month == month)

    def parts_of(self, month: MonthPlan) -> list[str]:
        """The parts of a month that are computed."""
        if month.touched is not None:
            return sorted(month.touched)
        return [*(f"{bucket:04d}" for bucket in range(self.buckets)), DEALS_PART]

    def parts_written(self, month: MonthPlan) -> list[str]:
        """The parts of a month that a settlement leaves: those computed, and of a whole month what its pools could not divide."""
        return [*self.parts_of(month), *([RESIDUE_PART] if month.touched is None else [])]

    @property
    def items(self) -> int:
        """How many items the Map states have, at most `ITEMS_MAX`."""
        size = self._item_size
        return sum(-(-self._count(month) // size) for month in self.months)

    def item(self, number: int) -> dict[str, Any]:
        """One of them, from 0: some parts of a month. Raises `IndexError` where there are fewer."""
        size, left = self._item_size, number
        for month in self.months:
            if left < (items := -(-self._count(month) // size)):
                return {"month": month.month, "parts": self.parts_of(month)[left * size : (left + 1) * size]}
            left -= items
        raise IndexError(f"item {number} of {self.items}")

    @property
    def _item_size(self) -> int:
        """Parts of one item. A ledger of one bucket is a small one: a month of it is one item."""
        least = 2 if self.buckets == 1 else 1  # its works, and what belongs to none
        return max(least, -(-sum(map(self._count, self.months)) // (ITEMS_MAX - len(self.months) or 1)))

    def _count(self, month: MonthPlan) -> int:
        return self.buckets + 1 if month.touched is None else len(month.touched)


def latest_runs(runs: Iterable[RunHeader], day: str) -> list[RunHeader]:
    """The latest run of each licensee's model up to a day."""
    latest: dict[tuple[str, str], RunHeader] = {}
    for run in sorted(runs):
        if run.trained_on <= day:
            latest[run.licensee, run.model] = run
    return sorted(latest.values())


def trained(runs: Iterable[RunHeader]) -> dict[tuple[str, str], tuple[str, ...]]:
    """The days on which each licensee trained each of its models."""
    days: dict[tuple[str, str], tuple[str, ...]] = {}
    for run in sorted(runs):
        days[run.licensee, run.model] = (*days.get((run.licensee, run.model), ()), run.trained_on)
    return days


def mandates_changed(party: Entity[Party], since: str, until: str) -> str | None:
    """The first day from which what was recorded, or accepted, in between changes who collects for a party, if any."""
    before, after = mandates.counting(party, since), mandates.counting(party, until)
    for day in sorted({version.effective_from for version in (*before.versions, *after.versions)}):
        old, new = before.in_force(day, since), after.in_force(day, until)
        if (old.content.mandates if old else ()) != (new.content.mandates if new else ()):
            return day
    return None


def periods_of(deal: Deal) -> frozenset[TermPeriod]:
    """The periods over which the deal's terms count months together."""
    return frozenset[TermPeriod]().union(*(terms.periods() for terms in deal.terms))


def months_due(deal: Deal, through: str) -> list[str]:
    """The months up to `through` in which a deal can owe something without any use.

    Its first month and those of instalments, for what is due once; every month in force, where something recurs (a guarantee, a fee).
    """
    asked = {kind for terms in deal.terms for kind in MECHANISMS[terms.mechanism].asks(terms)}
    recurs = any(terms.recurs for terms in deal.terms)
    first, last = deal.from_[:7], min(through, (deal.to or through)[:7])
    if not (asked & {"deal", "repertoire"} or recurs) or first > last:
        return []
    if recurs:
        return months_between(first, last)
    return sorted({day[:7] for terms in deal.terms for day in terms.due_days(deal.from_) if first <= day[:7] <= last})
