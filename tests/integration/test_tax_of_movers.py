"""Whose certificate of tax a payee's is that moves to another country: that of the country in which it was taxed."""

import csv
import io
from typing import Any

import pytest

from local.stack import Stack
from overtone.money import format_amount, parse_amount
from overtone.scales import Pico
from tests.integration import scenario
from tests.integration.scenario import settle
from tests.integration.test_money_attacks import acknowledge
from tests.integration.test_money_in_and_out import ALICE, BOB, call


def certificates(stack: Stack, **query: str) -> list[tuple[str, str, str]]:
    """Authority, name and tax number of the certificates of 2026, in bulk and the payee's own, which are the same."""
    told = call(stack, "GET", "statements/annual/2026/certificates", query=query)
    assert told.status == 200, told.text
    own = stack.http("GET", "/v1/statements/annual/2026", party="ann", scope="statements.read", query={"format": "csv"})
    assert own.status == 200, own.text
    found = []
    for text in (told.text, own.text):
        rows = list(csv.DictReader(io.StringIO(text)))
        found.append([(row["authority"], row["name"], row["tax_id"]) for row in rows])
    assert found[0] == found[1] or query
    return found[0]


@pytest.mark.parametrize("from_day", ["2027-01-01", "2027-02-15"])
def test_a_payee_that_moves_is_certified_to_the_country_that_taxed_it(stack: Stack, from_day: str) -> None:
    """What was recorded last decided: tax that was withheld in Sweden was certified to Norway, before and after the payee moved there."""
    scenario.small_world(stack)
    ann: dict[str, Any] = {"payout": scenario.BANK, "tax": {"id": "SE-7"}}
    scenario.party(stack, "ann", "creator", **ann)
    stack.at(scenario.SETTLED)
    settle(stack)
    stack.at("2026-12-20T06:00:00Z")
    moved = ann | {"name": "Ann", "kind": "creator", "country": "NO", "tax": {"id": "NO-8"}, "effective_from": from_day}
    scenario.register(stack, "parties", "ann", moved, "ann")
    for now in ("2026-12-21T06:00:00Z", "2027-03-01T06:00:00Z"):
        stack.at(now)
        assert certificates(stack) == [("SE", "Ann", "SE-7")]
        assert certificates(stack, authority="NO") == []


def test_who_moves_within_the_year_has_a_certificate_for_each_country_that_taxed_it(stack: Stack) -> None:
    """All of the year was certified to where it lived at the end: Norway's office had tax that was withheld for Sweden's."""
    scenario.small_world(stack)
    scenario.party(stack, "ann", "creator", payout=scenario.BANK, tax={"id": "SE-7"})
    rates = {"rates": [{"country": country, "from": "2026-01-01", "rate": rate} for country, rate in (("SE", "0.3"), ("NO", "0.1"))]}
    assert call(stack, "PUT", "tax-rates", body=rates).status == 200
    stack.at(scenario.SETTLED)
    settle(stack)
    paid = scenario.payments(stack)["ann"]
    stack.at("2026-11-20T06:00:00Z")
    moved = {"country": "NO", "tax": {"id": "NO-8"}, "effective_from": "2026-11-20"}
    assert stack.http("PATCH", "/v1/parties/ann", party="ann", scope="registry.write", json=moved).status == 200
    gift = {"adjustment_id": "a-1", "party": "ann", "amount": "10", "currency": "EUR", "reason": "goodwill", "evidence": "x"}
    assert (call(stack, "POST", "adjustments", ALICE, gift).status, call(stack, "POST", "adjustments/a-1:accept", BOB).status) == (201, 200)
    stack.at("2026-12-10T06:00:00Z")
    settle(stack, "2026-11", "2026-11")
    assert certificates(stack) == [("SE", "Ann", "SE-7"), ("NO", "Ann", "NO-8")]
    assert (certificates(stack, authority="SE"), certificates(stack, authority="NO")) == ([("SE", "Ann", "SE-7")], [("NO", "Ann", "NO-8")])

    def figures() -> list[tuple[str, str, str, str]]:
        told = call(stack, "GET", "statements/annual/2026/certificates").text
        return [(row["authority"], row["withheld"], row["paid"], row["payments"]) for row in csv.DictReader(io.StringIO(told))]

    assert figures() == [("SE", paid["withheld"], paid["paid"], "1"), ("NO", "1", "9", "1")]
    acknowledge(stack, "2026-10", f"{paid['payment_id']},returned,MS03\n")
    stack.at("2026-12-20T06:00:00Z")
    settle(stack, "again", "2026-11")
    again = scenario.payments(stack, "again")["ann"]
    both = [format_amount(Pico(parse_amount(again[name]) + parse_amount(more))) for name, more in (("withheld", "1"), ("paid", "9"))]
    assert figures() == [("NO", *both, "2")], "what was sent back was never paid, nor withheld for Sweden"


def test_each_payment_that_came_back_comes_off_where_it_was_paid(stack: Stack) -> None:
    """Two that came back before one settlement are one sum of its statement, which was certified to where the payee lived by then."""
    scenario.small_world(stack)
    scenario.party(stack, "ann", "creator", payout=scenario.BANK, tax={"id": "SE-7"})
    rates = {"rates": [{"country": country, "from": "2026-01-01", "rate": rate} for country, rate in (("SE", "0.3"), ("NO", "0.1"))]}
    assert call(stack, "PUT", "tax-rates", body=rates).status == 200

    def settled(name: str, day: str, gift: str) -> dict[str, str]:
        stack.at(f"{day}T06:00:00Z")
        body = {"adjustment_id": name, "party": "ann", "amount": gift, "currency": "EUR", "reason": "goodwill", "evidence": "x"}
        assert call(stack, "POST", "adjustments", ALICE, body).status == 201
        assert call(stack, "POST", f"adjustments/{name}:accept", BOB).status == 200
        assert settle(stack, name, "2026-10" if name == "s-1" else "2026-11")["status"] == "sealed"
        return scenario.payments(stack, name)["ann"]

    first, second = settled("s-1", "2026-11-10", "5"), settled("s-2", "2026-12-02", "20")
    moved = {"country": "NO", "tax": {"id": "NO-8"}, "effective_from": "2026-12-03"}
    assert stack.http("PATCH", "/v1/parties/ann", party="ann", scope="registry.write", json=moved).status == 200
    third = settled("s-3", "2026-12-05", "20")
    acknowledge(stack, "s-1", f"{first['payment_id']},returned,MS03\n")
    acknowledge(stack, "s-3", f"{third['payment_id']},returned,MS03\n")
    fourth = settled("s-4", "2026-12-20", "30")
    told = call(stack, "GET", "statements/annual/2026/certificates").text
    figures = [(row["authority"], row["withheld"], row["paid"], row["payments"]) for row in csv.DictReader(io.StringIO(told))]
    assert figures == [("SE", second["withheld"], second["paid"], "2"), ("NO", fourth["withheld"], fourth["paid"], "2")]


def test_what_a_payee_corrects_after_the_year_is_told_as_it_is_right(stack: Stack) -> None:
    scenario.small_world(stack)
    ann: dict[str, Any] = {"payout": scenario.BANK}
    scenario.party(stack, "ann", "creator", **ann)
    stack.at(scenario.SETTLED)
    settle(stack)
    stack.at("2027-01-20T06:00:00Z")
    named = ann | {"name": "Ann Lee", "kind": "creator", "country": "SE", "tax": {"id": "SE-7"}, "effective_from": "2027-01-20"}
    scenario.register(stack, "parties", "ann", named, "ann")
    assert certificates(stack) == [("SE", "Ann Lee", "SE-7")]


def certified(stack: Stack) -> list[tuple[str, str, str]]:
    """Authority, what was paid and how many times, by the certificates of 2026."""
    told = call(stack, "GET", "statements/annual/2026/certificates").text
    return [(row["authority"], row["paid"], row["payments"]) for row in csv.DictReader(io.StringIO(told))]


def twelve_in_each(stack: Stack) -> list[str]:
    """Ann was paid 12 in Sweden, moved, and was paid 12 in Norway; the ids of both payments."""
    scenario.work_of(stack, "ann")
    stack.at(scenario.SETTLED)
    settle(stack)
    stack.at("2026-11-20T06:00:00Z")
    moved = {"country": "NO", "effective_from": "2026-11-20"}
    assert stack.http("PATCH", "/v1/parties/ann", party="ann", scope="registry.write", json=moved).status == 200
    gift = {"adjustment_id": "a-1", "party": "ann", "amount": "12", "currency": "EUR", "reason": "goodwill", "evidence": "x"}
    assert (call(stack, "POST", "adjustments", ALICE, gift).status, call(stack, "POST", "adjustments/a-1:accept", BOB).status) == (201, 200)
    stack.at("2026-11-25T06:00:00Z")
    settle(stack, "second", "2026-10")
    assert certified(stack) == [("SE", "12", "1"), ("NO", "12", "1")]
    return [scenario.payments(stack, name)["ann"]["payment_id"] for name in ("2026-10", "second")]


def test_two_payments_that_come_back_one_after_the_other_come_off_where_each_was_paid(stack: Stack) -> None:
    """Both came off the later one: Norway's certificate said -12 was paid there, and Sweden's 12, of which nothing had arrived."""
    in_sweden, in_norway = twelve_in_each(stack)
    for settlement, payment, named, day in (("second", in_norway, "third", "2026-12-01"), ("2026-10", in_sweden, "fourth", "2026-12-05")):
        acknowledge(stack, settlement, f"{payment},returned,AC04\n")
        stack.at(f"{day}T06:00:00Z")
        settle(stack, named, "2026-10")
    assert certified(stack) == []


def test_what_was_paid_after_all_was_paid_where_it_had_been(stack: Stack) -> None:
    """Sweden's payment was refused, and arrived all the same: it was certified to Norway, where the payee had been paid once more."""
    in_sweden, _ = twelve_in_each(stack)
    acknowledge(stack, "2026-10", f"{in_sweden},refused,MS03\n")
    stack.at("2026-12-01T06:00:00Z")
    settle(stack, "third", "2026-10")
    assert certified(stack) == [("NO", "24", "2")]
    acknowledge(stack, "2026-10", f"{in_sweden},executed,\n")
    stack.at("2026-12-05T06:00:00Z")
    settle(stack, "fourth", "2026-10")
    assert certified(stack) == [("SE", "12", "1"), ("NO", "24", "2")]


def test_payments_that_come_back_at_once_come_off_where_each_was_paid(stack: Stack) -> None:
    """Their sum is no payment, and all of it came off where the payee lives now."""
    in_sweden, in_norway = twelve_in_each(stack)
    acknowledge(stack, "2026-10", f"{in_sweden},returned,AC04\n")
    acknowledge(stack, "second", f"{in_norway},returned,AC04\n")
    stack.at("2026-12-01T06:00:00Z")
    settle(stack, "third", "2026-10")
    assert certified(stack) == []
