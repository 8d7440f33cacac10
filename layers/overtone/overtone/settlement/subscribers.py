"""Subscribers that a licensee's own usage reports state (DDEX SY03, SY04 and their like), for revenue reports that say nothing of them.

A minimum per subscriber counts those of the licensee's revenue reports. Where none of a month's reports states any, those of its usage
reports stand: each service and territory counts once, in the report that is nearest to it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from overtone.mechanisms.scope import Revenue

_BY_TYPE: Final = "SY04"
"""The record that states subscribers by type and part of the period; others state them as a whole, once per rights controller."""
_ANYWHERE: Final = frozenset({"", "*"})


class SubscriberCount(NamedTuple):
    """Subscribers of a service in a territory."""

    service: str
    territory: str
    subscribers: int


def slug_of(service: str) -> str:
    """A service as deals and revenue reports name it.

    >>> slug_of("Premium Family")
    'premium-family'
    """
    return "-".join(service.casefold().split())


def counted(facts: Iterable[Mapping[str, Any]]) -> list[SubscriberCount]:
    """What the facts of a usage report say: types add up, parts of a period and repeated records count once, by the most."""
    most: dict[tuple[str, str, str, str, str], int] = {}
    for fact in facts:
        if "subscribers" in fact:
            name = (
                slug_of(fact.get("service", "")),
                str(fact.get("territory", "*")),
                str(fact.get("commercial_model", "")),
                str(fact["record"]),
                str(fact.get("subscriber_type", "")),
            )
            most[name] = max(most.get(name, 0), int(fact["subscribers"]))
    by_record: dict[tuple[str, str, str], dict[str, int]] = {}
    for (service, territory, commercial_model, record, _), subscribers in most.items():
        sums = by_record.setdefault((service, territory, commercial_model), {})
        sums[record] = sums.get(record, 0) + subscribers
    found: dict[tuple[str, str], int] = {}
    for (service, territory, _), sums in by_record.items():
        found[service, territory] = found.get((service, territory), 0) + sums.get(_BY_TYPE, max(sums.values()))
    return [SubscriberCount(*place, subscribers) for place, subscribers in sorted(found.items())]


def filled(reports: Sequence[Revenue], counts: Iterable[SubscriberCount]) -> tuple[Revenue, ...]:
    """A licensee's revenue reports of a month, with the subscribers that its usage reports state where they state none themselves."""
    if any(report.subscribers for report in reports):
        return tuple(reports)
    sums = [0] * len(reports)
    for count in counts:
        fitting = [place for place, report in enumerate(reports) if not report.model and _holds(report, count)]
        if fitting:
            sums[max(fitting, key=lambda place: (_nearness(reports[place]), -place))] += count.subscribers
    return tuple(report._replace(subscribers=subscribers) for report, subscribers in zip(reports, sums, strict=True))


def _holds(report: Revenue, count: SubscriberCount) -> bool:
    return report.service in {"", count.service} and (report.territory in _ANYWHERE or report.territory == count.territory)


def _nearness(report: Revenue) -> int:
    """How narrow a report is."""
    return bool(report.service) + (report.territory not in _ANYWHERE)
