"""Partitions that are set aside because they cannot be accrued: why, since when, and how much of them is not counted yet.

A settlement goes on with what such a partition last said. A partition leaves when a worker has brought it up to date; until
then it is tried again when something new comes for it, once a day, and when somebody asks.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple, get_args

from overtone import clock
from overtone.aws import keys, tables
from overtone.aws.attributes import Item
from overtone.aws.transactions import Put, transact
from overtone.facts.events import OFFICE, events_for
from overtone.partitions import Partition
from overtone.stores import events

INVARIANT_BROKEN: Final = "invariant_broken"
TOO_LARGE: Final = "too_large"
REFUSED: Final = "refused"
WORKER_DIED: Final = "worker_died"
FAILED: Final = "failed"
LATE: Final = "late"
UNREADABLE: Final = "unreadable"
NO_RATE: Final = "no_rate"
AsideReason = Literal["invariant_broken", "too_large", "refused", "worker_died", "failed", "late", "unreadable", "no_rate"]
REASONS: Final[tuple[AsideReason, ...]] = get_args(AsideReason)

TRIED_AGAIN_AFTER: Final = timedelta(days=1)
DETAIL_LENGTH_MAX: Final = 1_000


class Aside(NamedTuple):
    """A partition that is set aside.

    `month` is the usage month that it can change, "" where that can be any. `records` counts what was accepted and is not accrued.
    `since` is when it was first set aside, `tried_at` when it was last tried, `attempts` how often in between.
    """

    partition: str
    month: str
    reason: AsideReason
    detail: str
    records: int
    since: str
    tried_at: str
    attempts: int

    def to_json(self) -> dict[str, object]:
        """As callers see it."""
        parsed = Partition.parse(self.partition)
        about = {"partition": shown(self.partition), "kind": parsed.kind, "reporter": parsed.reporter, "day": day_of(parsed)}
        return about | {name: value for name, value in self._asdict().items() if name != "partition"}

    def manifest_entry(self) -> dict[str, object]:
        """As a manifest names it: what stays true whoever tries again."""
        names = ("partition", "kind", "reporter", "day", "records", "reason", "since")
        return {name: value for name, value in self.to_json().items() if name in names}

    @property
    def has_worker(self) -> bool:
        """Whether a worker can bring it up to date: no registered thing that cannot be read, and no month that lacks a rate."""
        return self.reason not in {UNREADABLE, NO_RATE}

    def is_due(self, newest: str) -> bool:
        """Whether it is worth another try, where `newest` is the newest moment that the partition waits for."""
        again = datetime.fromisoformat(self.tried_at) + TRIED_AGAIN_AFTER
        return newest > self.tried_at or clock.now() >= again


_AS_IN_URLS: Final = str.maketrans("#/", ":,")
"""A segment of a path holds no slash, and gateways take an encoded one for a slash; no id holds any of these four."""
_AS_IN_KEYS: Final = str.maketrans(":,", "#/")


def shown(partition: str) -> str:
    """A partition's id as a segment of a URL can hold it."""
    return partition.translate(_AS_IN_URLS)


def named(text: str) -> str:
    """The inverse of `shown`."""
    return text.translate(_AS_IN_KEYS)


def day_of(partition: Partition) -> str | None:
    """The usage day, where it is a day's usage."""
    return partition.scope if partition.kind == "usage" else None


def add(partition: str, reason: AsideReason, detail: str, *, records: int, month: str) -> Aside:
    """Set a partition aside, or note that another try failed; then nobody waits for its worker.

    One that is late may have a worker all the same, whose mark stays: until it ends, or cannot live any more, it may write.
    """
    before, now = find(partition), clock.timestamp()
    since, attempts = (before.since, before.attempts + 1) if before else (now, 1)
    aside = Aside(partition, month, reason, detail[:DETAIL_LENGTH_MAX], records, since, now, attempts)
    put = Put(tables.ledger(), {**keys.quarantine(partition)._asdict(), **aside._asdict()})
    transact(
        [put, *([] if before else events.writes(events_for("quarantine.added", now, _concerned(partition), **aside.manifest_entry())))]
    )
    if month and reason != LATE:
        tables.ledger().delete(keys.running(month, partition))
    return aside


def _concerned(partition: str) -> tuple[str, str]:
    """Who is told: those who mend, and whose facts they are."""
    return OFFICE, Partition.parse(partition).reporter


def remove(partition: str) -> None:
    """A worker brought the partition up to date."""
    tables.ledger().delete(keys.quarantine(partition))


def find(partition: str) -> Aside | None:
    """Why a partition is set aside, or `None` where it is not."""
    item = tables.ledger().get(keys.quarantine(partition))
    return _aside(item) if item else None


def everything() -> dict[str, Aside]:
    """All that is set aside, by partition."""
    return {item["partition"]: _aside(item) for item in tables.ledger().query(keys.quarantine("").pk)}


def worth_waiting(newest: Mapping[str, str], aside: Mapping[str, Aside]) -> dict[str, str]:
    """Of pending partitions, each with the newest moment that it waits for, those that are not set aside or worth another try."""
    return {name: at for name, at in newest.items() if name not in aside or aside[name].is_due(at)}


def concerning(through: str, aside: Mapping[str, Aside]) -> list[Aside]:
    """Of what is set aside (`everything`) that which can change months up to `through`, by partition."""
    return [one for _, one in sorted(aside.items()) if one.month <= through]


def _aside(item: Item) -> Aside:
    stored: dict[str, Any] = {name: item[name] for name in Aside._fields}
    return Aside(**stored)
