"""Training runs, revenue and levies are revised and taken back like batches, and the next settlement posts the difference."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest

from local.stack import Stack
from overtone.stores import training_runs
from tests.integration.scenario import ISRC, OTHER_ISRC, accrue, deal, lines_of, party, sent, settle, small_world
from tests.interruptions import before_each_write


def owed(stack: Stack, settlement_id: str) -> dict[str, Decimal]:
    """What the settlements so far say is owed, by mechanism; what is nothing is left out."""
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for name in ("s-1", "s-2", "s-3"):
        if name <= settlement_id:
            for line in lines_of(stack, name):
                found[line["mechanism"]] += Decimal(line["amount"])
    return defaultdict(Decimal, {mechanism: amount for mechanism, amount in found.items() if amount})


def run(stack: Stack, works: list[str], fee_run: str = "run-1", **more: object) -> None:
    body = {"run_id": fee_run, "model": "fox-1", "trained_on": "2026-10-02", "works": [{"work": work} for work in works]} | more
    sent(stack, "/v1/training-runs", body)


def test_what_was_stated_whole_is_revised_and_withdrawn(stack: Stack) -> None:
    small_world(stack)
    deal(stack, "train", {"mechanism": "training_run", "fee_per_work": "10"})
    run(stack, [ISRC])
    accrue(stack, "2026-10-05T08:30:00Z")
    stack.at("2026-11-10T06:00:00Z")
    assert settle(stack, "s-1")["status"] == "sealed"
    first = owed(stack, "s-1")
    assert (first["training_run"], first["revenue_pool"]) == (Decimal(10), Decimal("37.0368"))

    run(stack, [ISRC, OTHER_ISRC], revision=1)
    revenue = {"report_id": "rev-10", "month": "2026-10", "currency": "EUR", "net_revenue": "2469.12", "subscribers": 9, "revision": 1}
    sent(stack, "/v1/revenue", revenue)
    accrue(stack, "2026-11-10T06:30:00Z")
    stack.at("2026-11-10T07:00:00Z")
    assert settle(stack, "s-2")["status"] == "sealed"
    second = owed(stack, "s-2")
    assert (second["training_run"], second["revenue_pool"]) == (Decimal(20), Decimal("74.0736"))
    asked: dict[str, Any] = {"party": "fox", "scope": "disclosures.write"}
    shown = [stack.http("GET", f"/v1/training-runs/{name}", **asked).json() for name in ("run-1", "run-1~r1")]
    assert [(one["run_id"], one["accepted"], one["status"]) for one in shown] == [("run-1~r1", 2, "committed")] * 2

    for path in ("training-runs/run-1", "training-runs/run-1~r1", "revenue/rev-10", "revenue/rev-10~r1"):
        gone = stack.http("DELETE", f"/v1/{path}", **asked)
        assert (gone.status, gone.json()["status"]) == (200, "withdrawn")
        assert stack.http("DELETE", f"/v1/{path}", **asked).body == gone.body
    again = stack.http("POST", "/v1/revenue", json=revenue, **asked)
    assert (again.status, "under a new id" in again.text) == (409, True)
    for path, name in (("training-runs", "run_id"), ("revenue", "report_id")):
        listed = stack.http("GET", f"/v1/{path}", **asked).json()["items"]
        stands = {(item[name], item.get("revision", 0)): (item["status"], "withdrawn_at" in item) for item in listed}
        assert set(stands.values()) == {("withdrawn", True)}, (path, stands)
    stack.at("2026-11-10T08:00:00Z")
    assert settle(stack, "s-3")["status"] == "sealed"
    third = owed(stack, "s-3")
    assert (third["training_run"], third["revenue_pool"]) == (Decimal(0), Decimal(0))
    assert stack.http("GET", "/v1/revenue/rev-99", **asked).status == 404
    assert stack.http("GET", "/v1/attributions/rep-1", **asked).json()["accepted"] == 1


@pytest.mark.parametrize("revisions", [(2, 0), (0, 2), (3, 1), (5, 0, 3)])
def test_of_a_run_s_revisions_the_highest_counts_in_whatever_order_they_come(stack: Stack, revisions: tuple[int, ...]) -> None:
    small_world(stack)
    deal(stack, "train", {"mechanism": "training_run", "fee_per_work": "10"})
    for revision in revisions:
        run(stack, [ISRC, OTHER_ISRC, "isrc:SEABC2600077"][: 1 + revision // 2], revision=revision)
    accrue(stack, "2026-10-05T08:30:00Z")
    stack.at("2026-11-10T06:00:00Z")
    assert settle(stack, "s-1")["status"] == "sealed"
    assert owed(stack, "s-1")["training_run"] == 10 * (1 + max(revisions) // 2)


@pytest.mark.parametrize(("first", "meanwhile"), [(0, 1), (1, 0), (2, 1)])
def test_of_two_revisions_that_come_at_once_one_counts(stack: Stack, first: int, meanwhile: int) -> None:
    small_world(stack)
    deal(stack, "train", {"mechanism": "training_run", "fee_per_work": "10"})
    works = [ISRC, OTHER_ISRC, "isrc:SEABC2600077"]
    came: list[int] = []

    def comes(number: int) -> None:
        if not came:
            came.append(number)
            run(stack, works[: 1 + meanwhile], revision=meanwhile)

    with before_each_write(stack, "DisclosureApi", comes):
        run(stack, works[: 1 + first], revision=first)
    assert came
    accrue(stack, "2026-10-05T08:30:00Z")
    stack.at("2026-11-10T06:00:00Z")
    assert settle(stack, "s-1")["status"] == "sealed"
    assert owed(stack, "s-1")["training_run"] == 10 * (1 + max(first, meanwhile))


def test_a_run_that_is_withdrawn_while_it_is_revised_asks_for_another_try(stack: Stack) -> None:
    """It was told as a broken invariant, which rings an alarm."""
    small_world(stack)
    run(stack, [ISRC])
    fox: dict[str, Any] = {"party": "fox", "scope": "disclosures.write"}
    body = {"run_id": "run-1", "model": "fox-1", "trained_on": "2026-10-02", "works": [{"work": OTHER_ISRC}], "revision": 1}
    gone: list[int] = []

    def withdrawn_meanwhile(_number: int) -> None:
        if not gone:
            gone.append(stack.http("DELETE", "/v1/training-runs/run-1", **fox).status)

    with before_each_write(stack, "DisclosureApi", withdrawn_meanwhile):
        refused = stack.http("POST", "/v1/training-runs", json=body, **fox)
    assert (gone, refused.status, "send it again" in refused.text) == ([200], 503, True)
    assert stack.http("POST", "/v1/training-runs", json=body, **fox).status == 201
    assert [header.run_id for header in training_runs.run_headers("9")] == ["run-1~r1"]


def test_a_month_with_unlicensed_training_is_settled_although_a_run_was_withdrawn(stack: Stack) -> None:
    """The index of runs has marks of withdrawal beside them, and what was not licensed asks it for clearances."""
    small_world(stack)
    run(stack, [OTHER_ISRC])
    run(stack, [OTHER_ISRC], "run-2", model="fox-2")
    gone = stack.http("DELETE", "/v1/training-runs/run-1", party="fox", scope="disclosures.write")
    assert gone.status == 200, gone.text
    accrue(stack, "2026-10-05T08:30:00Z")
    stack.at("2026-11-10T06:00:00Z")
    assert settle(stack, "s-1")["status"] == "sealed", stack.errors
    breaches = stack.http("GET", "/v1/breaches", scope="finance").json()["items"]
    assert [one["model"] for one in breaches if one["use"] == "training"] == ["fox-2"]


def test_a_levy_is_revised_within_its_month(stack: Stack) -> None:
    small_world(stack)
    levy = {"levy_id": "tax", "month": "2026-10", "currency": "EUR", "amount": "90", "distribution": {"to": "ann"}}
    admin: dict[str, Any] = {"scope": "admin"}
    tree = {"party": "ann"}
    reply = stack.http("POST", "/v1/levies", json=levy | {"distribution": tree}, **admin)
    assert reply.status == 201, reply.text
    assert stack.http("POST", "/v1/levies", json=levy | {"distribution": tree}, **admin).status == 200
    more = levy | {"distribution": tree, "amount": "120", "revision": 1}
    assert stack.http("POST", "/v1/levies", json=levy | {"distribution": tree, "amount": "120"}, **admin).status == 409
    assert stack.http("POST", "/v1/levies", json=more | {"month": "2026-11"}, **admin).status == 409
    assert stack.http("POST", "/v1/levies", json=more, **admin).status == 201
    stack.at("2026-11-10T06:00:00Z")
    assert settle(stack, "s-1")["status"] == "sealed"
    assert owed(stack, "s-1")["levy"] == 120
    assert stack.http("GET", "/v1/levies/tax~r1", scope="finance").json()["amount"] == "120"


def disclosed(stack: Stack, report: str, output: str, works: dict[str, str], by: str = "fox", revision: int = 0) -> Any:
    shares = [{"work": work, "share": share} for work, share in works.items()]
    record = {"output_id": output, "revision": revision, "confidence": "1", "shares": shares}
    body = {"report_id": report, "licensee": "fox", "model": "fox-1", "method": "sureel", "method_version": "1", "records": [record]}
    return stack.http("POST", "/v1/attributions", party=by, scope="disclosures.write", json=body)


def withdrawn(stack: Stack, report: str, by: str = "fox", **query: str) -> Any:
    return stack.http("DELETE", f"/v1/attributions/{report}", party=by, scope="disclosures.write", query=query)


def sums(stack: Stack, *settlements: str) -> dict[tuple[str, str], Decimal]:
    """What was posted so far, by payee or reason and mechanism."""
    found: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for name in settlements:
        for line in lines_of(stack, name):
            found[line["party_id"] or line["reason"] or line["account"], line["mechanism"]] += Decimal(line["amount"])
    return {name: amount for name, amount in found.items() if amount}


def test_a_withdrawn_report_of_attributions_counts_no_more(stack: Stack) -> None:
    """An earlier disclosure comes into force again; without one the output is unattributed, and settlements post the difference."""
    small_world(stack)
    accrue(stack, "2026-10-05T08:30:00Z")
    stack.at("2026-11-10T06:00:00Z")
    assert settle(stack, "s-1")["status"] == "sealed"
    first = sums(stack, "s-1")
    assert disclosed(stack, "rep-2", "gen-1", {ISRC: "1"}, revision=1).status == 201
    accrue(stack, "2026-11-10T06:30:00Z")
    stack.at("2026-11-10T07:00:00Z")
    assert settle(stack, "s-2")["status"] == "sealed"
    assert sums(stack, "s-1", "s-2")["ann", "per_output"] > first["ann", "per_output"]

    gone = withdrawn(stack, "rep-2")
    assert (gone.status, gone.json()["status"], gone.json()["report_id"]) == (200, "withdrawn", "rep-2")
    assert withdrawn(stack, "rep-2").body == gone.body
    assert stack.http("GET", "/v1/attributions/rep-2", party="fox", scope="disclosures.write").json()["status"] == "withdrawn"
    again = disclosed(stack, "rep-2", "gen-1", {ISRC: "1"}, revision=1)
    assert (again.status, "under a new id" in again.text) == (409, True)
    accrue(stack, "2026-11-10T07:30:00Z")
    listed = stack.http("GET", "/v1/attributions", party="fox", scope="disclosures.write").json()["items"]
    assert "withdrawn" in {item["status"] for item in listed}, listed
    stack.at("2026-11-10T08:00:00Z")
    assert settle(stack, "s-3")["status"] == "sealed"
    assert sums(stack, "s-1", "s-2", "s-3") == first
    shown = stack.http("GET", "/v1/outputs/gen-1", party="fox", scope="disclosures.write").json()
    assert shown["current"]["report_id"] == "rep-1"

    assert withdrawn(stack, "rep-1").status == 200
    accrue(stack, "2026-11-10T08:30:00Z")
    stack.at("2026-11-10T09:00:00Z")
    assert settle(stack, "s-4")["status"] == "sealed"
    last = sums(stack, "s-1", "s-2", "s-3", "s-4")
    assert {payee for payee, _ in last} <= {"unattributed", "residue"}
    assert not stack.errors, stack.errors
    assert disclosed(stack, "rep-3", "gen-1", {ISRC: "0.31"}).status == 201
    accrue(stack, "2026-11-10T09:30:00Z")
    stack.at("2026-11-10T10:00:00Z")
    assert settle(stack, "s-5")["status"] == "sealed"
    assert sums(stack, "s-1", "s-2", "s-3", "s-4", "s-5") == first


def test_who_sent_a_report_for_a_licensee_withdraws_it_and_nobody_else(stack: Stack) -> None:
    small_world(stack)
    for name in ("sureel", "other"):
        party(stack, name, "attribution_provider")
    put = stack.http("PATCH", "/v1/parties/fox", party="fox", scope="registry.write", json={"attribution_providers": ["sureel", "other"]})
    assert put.status == 200, put.text
    assert disclosed(stack, "rep-9", "gen-9", {ISRC: "1"}, by="sureel").status == 201
    assert withdrawn(stack, "rep-9", by="other", licensee="fox").status == 403
    assert withdrawn(stack, "rep-1", by="sureel", licensee="fox").status == 403
    assert withdrawn(stack, "rep-9", by="other").status == 404
    assert withdrawn(stack, "rep-9", by="sureel", licensee="fox").json()["status"] == "withdrawn"
    assert withdrawn(stack, "rep-99").status == 404


def test_who_sent_a_report_for_a_licensee_reads_its_receipt_and_nobody_else(stack: Stack) -> None:
    """It could take its report back and not look at it; and which ids a lab's reports have was told to whoever tried to take them back."""
    small_world(stack)
    for name in ("sureel", "other"):
        party(stack, name, "attribution_provider")
    put = stack.http("PATCH", "/v1/parties/fox", party="fox", scope="registry.write", json={"attribution_providers": ["sureel", "other"]})
    assert put.status == 200, put.text
    receipt = disclosed(stack, "rep-9", "gen-9", {ISRC: "1"}, by="sureel").json()

    def shown(report: str, by: str) -> Any:
        return stack.http("GET", f"/v1/attributions/{report}", party=by, scope="disclosures.write", query={"licensee": "fox"})

    assert shown("rep-9", "sureel").json() == shown("rep-9", "fox").json() == receipt
    for report, by in (("rep-9", "other"), ("rep-1", "sureel"), ("rep-99", "sureel"), ("rep-99", "other")):
        assert (shown(report, by).status, withdrawn(stack, report, by=by, licensee="fox").status) == (403, 403), (report, by)
    assert shown("rep-99", "fox").status == 404
