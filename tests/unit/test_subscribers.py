"""Subscribers that usage reports state, for revenue reports that state none."""

from __future__ import annotations

from typing import Any

from overtone.mechanisms.scope import Revenue
from overtone.scales import Pico
from overtone.settlement.subscribers import SubscriberCount, counted, filled, slug_of


def stated(record: str, subscribers: int, **says: Any) -> dict[str, Any]:
    return {"record": record, "subscribers": subscribers, "service": "Svc One", "territory": "SE"} | says


def report(subscribers: int = 0, currency: str = "EUR", **scope: str) -> Revenue:
    return Revenue(currency, Pico(1), subscribers, **scope)


def test_types_add_up_and_parts_of_a_period_count_once_by_the_most() -> None:
    weekly = [stated("SY04", number, subscriber_type="Student", **{"from": f"2026-10-0{number}"}) for number in (1, 7, 3)]
    assert counted([*weekly, stated("SY04", 20, subscriber_type="Family")]) == [SubscriberCount("svc-one", "SE", 27)]


def test_a_record_for_each_rights_controller_counts_once_and_types_go_before_totals() -> None:
    repeated = [stated("SY03", 100, rights_controller=name) for name in ("Stim", "Tono")]
    assert counted(repeated) == [SubscriberCount("svc-one", "SE", 100)]
    assert counted([*repeated, stated("SY04", 60, subscriber_type="Student")]) == [SubscriberCount("svc-one", "SE", 60)]
    assert counted([{"record": "SY09", "market_share": "0.25", "territory": "SE"}]) == []


def test_reports_that_state_subscribers_are_left_as_they_are() -> None:
    reports = (report(5), report(currency="USD"))
    assert filled(reports, [SubscriberCount("svc", "SE", 9)]) == reports


def test_each_count_goes_to_the_narrowest_report_once() -> None:
    reports = (report(), report(territory="SE"), report(service="svc", territory="SE"), report(currency="USD"), report(model="m"))
    counts = [SubscriberCount("svc", "SE", 1), SubscriberCount("other", "SE", 10), SubscriberCount("svc", "NO", 100)]
    assert [one.subscribers for one in filled(reports, counts)] == [100, 10, 1, 0, 0]
    assert [one.subscribers for one in filled((report(territory="FI"),), counts)] == [0]


def test_a_service_is_named_as_deals_name_it() -> None:
    assert slug_of("  Premium  Family ") == "premium-family"
