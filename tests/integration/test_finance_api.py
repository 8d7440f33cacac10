"""The finance API: what it starts, shows, hands out and refuses; and that nobody sees what is another's."""

import csv
import hashlib
import io
import json
from decimal import Decimal
from typing import Any

import pytest
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from overtone.api.paging import limit_of
from overtone.errors import Rejected
from overtone.settlement_request import ID_LENGTH_MAX, LIQUIDATION_MONTHS_MAX, first_day_to_liquidate
from tests.integration import scenario
from tests.integration.scenario import ISRC, ask, files_of, lines_of, settle, shown
from tests.local.aws import ACCOUNT, REGION
from tests.local.gateway import Response
from tests.local.stack import Stack


def get(stack: Stack, path: str, party: str | None = None, scope: str = "finance", **query: Any) -> Response:
    return stack.http("GET", f"/v1/{path}", party=party, scope=scope, query=query)


def mine(stack: Stack, path: str, party: str, **query: Any) -> Response:
    return get(stack, path, party, "statements.read", **query)


def followed(stack: Stack, reply: Response) -> bytes:
    assert reply.status == 307, reply.text
    return stack.http("GET", reply.headers["location"]).body


def faults(reply: Response) -> list[str]:
    assert reply.headers["content-type"] == "application/problem+json"
    return [fault["field"] for fault in reply.json().get("errors", [])]


@pytest.fixture
def settled(stack: Stack) -> Stack:
    scenario.world(stack)
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed", stack.errors
    return stack


# --- asking


def test_a_settlement_computes_then_is_sealed_and_stays(stack: Stack) -> None:
    scenario.world(stack)
    stack.at(scenario.SETTLED)
    asked = ask(stack)
    assert asked.status == 202
    assert asked.json() | {"status": "computing", "through": "2026-10", "progress": {"done": 0, "total": 0}} == asked.json()
    stack.drain()
    sealed = shown(stack)
    assert (sealed["status"], sealed["files_total"]) == ("sealed", len(sealed["files"]))
    stored = files_of(stack)
    assert {entry["name"] for entry in sealed["files"]} == set(stored) - {"manifest.json"}
    for entry in sealed["files"]:
        body = stored[entry["name"]]
        assert (entry["bytes"], entry["sha256"]) == (len(body), hashlib.sha256(body).hexdigest())
    assert sealed["manifest_sha256"] == hashlib.sha256(stored["manifest.json"]).hexdigest()
    stack.at("2026-11-20T00:00:00Z")
    again = ask(stack)
    stack.drain()
    assert (again.status, again.json()) == (200, sealed)
    assert files_of(stack) == stored
    assert len(stack.executions()) == 1


def test_a_double_click_starts_one_execution(stack: Stack) -> None:
    scenario.world(stack)
    stack.at(scenario.SETTLED)
    assert [ask(stack).status, ask(stack).status] == [202, 202]
    assert len(stack.executions()) == 1
    other = ask(stack, preview=True)
    assert (other.status, "being computed" in other.json()["detail"]) == (409, True)
    stack.drain()
    assert (shown(stack)["status"], len(stack.executions())) == ("sealed", 1)


def test_an_execution_that_was_stopped_from_outside_goes_on_when_asked_again(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    ask(stack)
    (machine,) = stepfunctions_parser_backends[ACCOUNT][REGION].state_machines
    execution: Any = machine.executions[0]
    execution.exec_status = ExecutionStatus.ABORTED
    stack._engine._executions.clear()
    assert shown(stack)["status"] == "computing"
    assert ask(stack).status == 202
    stack.drain()
    assert shown(stack)["status"] == "sealed"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"through": "2026-12"}, "through"),
        ({"through": "2026-13"}, "through"),
        ({"through": 202610}, "through"),
        ({"settlement_id": "../x"}, "settlement_id"),
        ({"settlement_id": "work"}, "settlement_id"),
        ({"settlement_id": "x" * (ID_LENGTH_MAX + 1)}, "settlement_id"),
        ({"waive": [{"reporter": "fox", "month": "2026-10"}]}, "waive.0.reason"),
        ({"waive": [{"reporter": "fox", "month": "2026-10", "reason": ""}]}, "waive.0.reason"),
        ({"waive": "all"}, "waive"),
        ({"force": True}, "force"),
    ],
)
def test_what_cannot_be_settled_is_refused_with_its_field(stack: Stack, changed: dict[str, Any], field: str) -> None:
    stack.at(scenario.SETTLED)
    body = {"settlement_id": "2026-10", "through": "2026-10"} | changed
    reply = stack.http("POST", "/v1/settlements", scope="finance", json=body)
    assert (reply.status, faults(reply)) == (422, [field])
    assert stack.items("LedgerTable") == []


def test_the_longest_id_is_taken(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    assert settle(stack, "x" * ID_LENGTH_MAX)["status"] == "sealed"


def test_settlements_are_listed_newest_first_in_pages(settled: Stack) -> None:
    settled.at("2026-12-01T00:00:00Z")
    settle(settled, "2026-11", "2026-11")
    settled.at("2026-12-02T00:00:00Z")
    settle(settled, "try", "2026-11", preview=True)
    first = get(settled, "settlements", limit=2).json()
    assert [(entry["settlement_id"], entry["status"]) for entry in first["settlements"]] == [("try", "previewed"), ("2026-11", "sealed")]
    second = get(settled, "settlements", limit=2, after=first["next"]).json()
    assert [entry["settlement_id"] for entry in second["settlements"]] == ["2026-10"]
    assert "next" not in second
    assert faults(get(settled, "settlements", after="nobody")) == ["after"]
    assert faults(get(settled, "settlements", limit="0")) == ["limit"]
    assert get(settled, "settlements/nobody").status == 404


@pytest.mark.parametrize("text", ["0", "-1", "11", "x", "1e1", "٣", ""])
def test_a_limit_is_a_number_within_its_bounds(text: str) -> None:
    with pytest.raises(Rejected):
        limit_of({"limit": text}, default=5, most=10)
    assert [limit_of({"limit": good}, default=5, most=10) for good in ("1", "10")] == [1, 10]


# --- files


def test_files_are_handed_out_by_the_manifest_alone(settled: Stack) -> None:
    for name, body in files_of(settled).items():
        assert followed(settled, get(settled, f"settlements/2026-10/files/{name}")) == body
    for name in ("nobody.csv", "..%2Fwork", "statements/..%2F..%2Fchain", "statements/nobody.pdf", "%2e%2e/manifest.json", "state"):
        assert get(settled, f"settlements/2026-10/files/{name}").status == 404, name
    assert get(settled, "settlements/nobody/files/lines.csv").status == 404


def test_there_are_no_files_before_the_seal(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    ask(stack)
    assert get(stack, "settlements/2026-10/files/lines.csv").status == 409


# --- statements


def test_a_party_reads_its_own_statement_in_every_format(settled: Stack) -> None:
    told = mine(settled, "statements/2026-10", "ann")
    assert (told.status, told.json()["party_id"]) == (200, "ann")
    stored = files_of(settled)
    assert told.json() == json.loads(stored["statements/ann.json"])
    for form in ("csv", "html", "pdf"):
        assert followed(settled, mine(settled, "statements/2026-10", "ann", format=form)) == stored[f"statements/ann.{form}"]
    members = mine(settled, "statements/2026-10", "stim", format="members")
    assert followed(settled, members) == stored["societies/stim.csv"]
    assert mine(settled, "statements/2026-10", "ann", format="members").status == 404
    assert faults(mine(settled, "statements/2026-10", "ann", format="docx")) == ["format"]
    assert mine(settled, "statements/2026-10", "fox").status == 404
    assert get(settled, "statements/2026-10", party_id="bob").json()["party_id"] == "bob"
    assert get(settled, "statements/2026-10").status == 403


def test_nobody_reads_what_is_anothers(settled: Stack) -> None:
    assert mine(settled, "statements/2026-10", "bob", party_id="ann").status == 403
    for path in ("settlements", "settlements/2026-10", "settlements/2026-10/files/statements/ann.json", "suspense", "fx/2026-10"):
        assert mine(settled, path, "ann").status == 403, path
    for scope in ("statements.read", "usage.write registry.write disclosures.write"):
        assert ask(settled, scope=scope).status == 403
    lines = {line["line_id"]: line for line in lines_of(settled)}
    for line_id, line in lines.items():
        for party in ("ann", "bob", "stim", "fox"):
            reply = mine(settled, f"explain/2026-10/{line_id}", party)
            assert reply.status == (200 if party in {line["party_id"], line["member_id"]} else 404)
    assert mine(settled, "works/track/accruals", "fox", month="2026-10").status == 403


def test_a_preview_is_finances_own(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    assert settle(stack, preview=True)["status"] == "previewed"
    assert get(stack, "statements/2026-10", party_id="ann").json()["party_id"] == "ann"
    assert mine(stack, "statements/2026-10", "ann").status == 409
    line = next(text for text in files_of(stack, preview=True)["lines.csv"].decode().splitlines() if ",ann," in text)
    assert mine(stack, f"explain/2026-10/{line[:20]}", "ann").status == 409
    assert get(stack, f"explain/2026-10/{line[:20]}").json()["verified"]
    assert followed(stack, get(stack, "settlements/2026-10/files/lines.csv")) == files_of(stack, preview=True)["lines.csv"]


# --- suspense and breaches


def test_suspense_is_filtered_and_paged_as_of_one_settlement(settled: Stack) -> None:
    whole = get(settled, "suspense").json()
    assert whole["settlement_id"] == "2026-10"
    assert {row["reason"] for row in whole["suspense"]} == {"unclaimed_share", "unregistered"}
    some = get(settled, "suspense", reason="unclaimed_share", mechanism="training_run").json()["suspense"]
    assert [(row["work_id"], row["amount"]) for row in some] == [("track", "5.075")]
    paged, cursor = [], ""
    while True:
        page = get(settled, "suspense", reason="unregistered", limit=2, cursor=cursor).json()
        paged += page["suspense"]
        assert len(page["suspense"]) <= 2
        if not (cursor := page.get("next", "")):
            break
        if len(paged) == 2:
            scenario.work(settled, "found", "ann", {"ann": "1"}, identifiers=[scenario.UNKNOWN])
            settled.at("2026-12-10T00:00:00Z")
            assert settle(settled, "2026-11", "2026-11")["status"] == "sealed"
    assert paged == [row for row in whole["suspense"] if row["reason"] == "unregistered"]
    now = get(settled, "suspense", reason="unregistered").json()
    assert (now["settlement_id"], len(now["suspense"]) < len(paged)) == ("2026-11", True)
    for bad in ("x", "2026-10@", "nobody@3", "2026-10@-1"):
        assert faults(get(settled, "suspense", cursor=bad)) == ["cursor"]


def test_there_is_nothing_in_suspense_before_the_first_settlement(stack: Stack) -> None:
    assert get(stack, "suspense").json() == {"settlement_id": None, "suspense": []}
    assert get(stack, "breaches").json() == {"settlement_id": None, "breaches": []}


def test_breaches_are_shown_to_whom_they_concern(settled: Stack) -> None:
    (breach,) = get(settled, "breaches").json()["breaches"]
    assert (breach["kind"], breach["licensee"], breach["work_key"], breach["quantity"]) == ("unlicensed", "fox", ISRC, "3")
    assert mine(settled, "breaches", "fox").json()["breaches"] == [breach]
    assert mine(settled, "breaches", "stim").json()["breaches"] == []
    assert get(settled, "breaches", kind="denied_use").json()["breaches"] == []


# --- rates


def test_rates_are_posted_until_the_settlement_computes(stack: Stack) -> None:
    sheet = {"rates": [{"from": "USD", "to": "EUR", "rate": "0.9", "source": "ECB 2026-10-30"}]}
    put = stack.http("PUT", "/v1/fx/2026-10", scope="finance", json=sheet)
    assert (put.status, put.json()["rates"]) == (200, sheet["rates"])
    assert get(stack, "fx/2026-10").json() == put.json()
    bad = stack.http("PUT", "/v1/fx/2026-10", scope="finance", json={"rates": [sheet["rates"][0] | {"rate": "0"}]})
    assert bad.status == 422
    assert get(stack, "fx/nothing").status == 404
    assert stack.http("PUT", "/v1/fx/work", scope="finance", json=sheet).status == 422
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    ask(stack)
    assert stack.http("PUT", "/v1/fx/2026-10", scope="finance", json=sheet).status == 409
    stack.drain()
    assert stack.http("PUT", "/v1/fx/2026-10", scope="finance", json=sheet).status == 409


def test_a_missing_rate_refuses_the_settlement_and_posting_it_lets_it_go_on(stack: Stack) -> None:
    scenario.small_world(stack)
    scenario.party(stack, "ann", "creator", payout=scenario.BANK | {"currency": "USD", "method": "none", "iban": None})
    stack.at(scenario.SETTLED)
    refused = settle(stack)
    assert (refused["status"], "EUR to USD" in refused["detail"]) == ("refused", True)
    sheet = {"rates": [{"from": "EUR", "to": "USD", "rate": "1.1", "source": "ECB"}]}
    assert stack.http("PUT", "/v1/fx/2026-10", scope="finance", json=sheet).status == 200
    assert settle(stack)["status"] == "sealed"
    (exchange,) = mine(stack, "statements/2026-10", "ann").json()["conversions"]
    assert (exchange["rate"], exchange["source"]) == ("1.1", "ECB")


# --- liquidations


def liquidate(stack: Stack, **changed: Any) -> Response:
    body = {"liquidation_id": "liq-1", "deal_id": "open", "months": ["2026-10"], "reason": "three years are over"} | changed
    return stack.http("POST", "/v1/suspense/liquidations", scope="finance", json=body)


def test_what_nobody_claimed_is_spread_after_the_window(settled: Stack) -> None:
    early = liquidate(settled)
    assert (early.status, faults(early), "2029-11-01" in early.json()["detail"]) == (422, ["months"], True)
    settled.at("2029-10-31T23:59:59Z")
    assert liquidate(settled).status == 422
    settled.at("2029-11-01T00:00:00Z")
    assert faults(liquidate(settled, deal_id="nobody")) == ["deal_id"]
    first = liquidate(settled)
    assert (first.status, first.json()["licensee"]) == (201, "fox")
    again = liquidate(settled)
    assert (again.status, again.json()) == (200, first.json())
    assert liquidate(settled, reason="another").status == 409
    assert liquidate(settled, months=["2026-09"]).status == 409
    assert liquidate(settled, liquidation_id="liq-2", months=["2026-10", "2026-10"]).status == 422
    assert settle(settled, "2029-10", "2029-10")["status"] == "sealed"
    left = get(settled, "suspense", month="2026-10").json()["suspense"]
    assert sum(Decimal(row["amount"]) for row in left) == 0
    lines = [line for line in lines_of(settled, "2029-10") if line["mechanism"] == "liquidation"]
    assert {line["party_id"] for line in lines if line["account"] == "party"} == {"ann", "stim"}
    for line in lines:
        assert get(settled, f"explain/2029-10/{line['line_id']}").json()["verified"]


def test_the_first_day_to_liquidate_follows_the_window() -> None:
    assert [first_day_to_liquidate("2026-10", window) for window in (0, 1, 2, 36)] == [
        "2026-11-01",
        "2026-12-01",
        "2027-01-01",
        "2029-11-01",
    ]


def test_a_liquidation_has_a_limit_of_months(settled: Stack) -> None:
    settled.at("2040-01-01T00:00:00Z")
    months = [f"{2026 + number // 12}-{number % 12 + 1:02d}" for number in range(LIQUIDATION_MONTHS_MAX + 1)]
    assert faults(liquidate(settled, months=months)) == ["months"]
    assert liquidate(settled, months=months[1:]).status == 201


# --- the bank's answer


def acknowledge(stack: Stack, body: str, media_type: str = "text/csv", settlement: str = "2026-10") -> Response:
    path = f"/v1/settlements/{settlement}/acknowledgements"
    return stack.http("POST", path, scope="finance", body=body, headers={"content-type": media_type})


def payments(stack: Stack, settlement: str = "2026-10") -> dict[str, dict[str, str]]:

    rows = csv.DictReader(io.StringIO(files_of(stack, settlement)["payments.csv"].decode()))
    return {row["party_id"]: row for row in rows}


def test_a_returned_payment_reopens_the_balance_once(settled: Stack) -> None:
    paid = payments(settled)
    body = f"payment_id,status,reason\n{paid['ann']['payment_id']},returned,AC04\n{paid['stim']['payment_id']},executed,\nOTX,returned,?\n"
    first = acknowledge(settled, body)
    assert first.status == 200, first.text
    assert [(entry["party_id"], entry["paid"], entry["known"]) for entry in first.json()["returned"]] == [
        ("ann", paid["ann"]["paid"], False)
    ]
    assert [(fault["record_id"], fault["index"]) for fault in first.json()["errors"]] == [("OTX", 2)]
    again = acknowledge(settled, body)
    assert [entry["known"] for entry in again.json()["returned"]] == [True]
    settled.at("2026-12-10T00:00:00Z")
    settle(settled, "2026-11", "2026-11")
    after = payments(settled, "2026-11")["ann"]
    assert (after["opening"], after["returned"], after["paid"]) == (paid["ann"]["closing"], paid["ann"]["paid"], paid["ann"]["paid"])
    settled.at("2027-01-10T00:00:00Z")
    settle(settled, "2026-12", "2026-12")
    assert "ann" not in payments(settled, "2026-12")


def test_a_pain_002_is_read(settled: Stack) -> None:
    sent = files_of(settled)["pain001-EUR.xml"].decode()
    message = sent.split("<MsgId>")[1].split("</MsgId>")[0]
    document = (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt><OrgnlGrpInfAndSts>'
        f"<OrgnlMsgId>{message}</OrgnlMsgId><GrpSts>RJCT</GrpSts></OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>"
    )
    reply = acknowledge(settled, document, "application/xml")
    assert reply.status == 200, reply.text
    assert {entry["party_id"] for entry in reply.json()["returned"]} == {"ann", "stim"}
    assert acknowledge(settled, document.replace(message, "OTHER"), "application/xml").status == 400
    assert acknowledge(settled, "<x", "text/xml").status == 400
    assert acknowledge(settled, "{}", "application/json").status == 415
    assert acknowledge(settled, "payment_id,status,reason\n", settlement="nobody").status == 404


# --- priced accruals


def test_accruals_are_priced_with_todays_deals_as_a_settlement_would(stack: Stack) -> None:
    scenario.world(stack)
    stack.at(scenario.SETTLED)
    told = get(stack, "works/track/accruals", month="2026-10").json()
    assert (told["pools"], told["not_included"]) == ("measured now", [])
    settle(stack)
    lines = [line for line in lines_of(stack) if line["work_id"] == "track"]
    assert sorted(line["amount"] for line in told["lines"]) == sorted(line["amount"] for line in lines)
    assert {(line["mechanism"], line["provisional"]) for line in told["lines"]} == {
        ("per_output", True),
        ("revenue_pool", True),
        ("training_run", True),
    }
    own = mine(stack, "works/track/accruals", "ann", month="2026-10").json()
    assert {line.get("party_id", "suspense") for line in own["lines"]} == {"ann", "suspense"}
    assert get(stack, "works/nobody/accruals", month="2026-10").status == 404
    assert get(stack, "works/track/accruals", month="october").status == 422
    deal = {"mechanism": "per_output", "rate": "0.014"}
    scenario.deal(stack, "open", deal, effective_from="2026-01-01")
    (amended,) = [line for line in get(stack, "works/track/accruals", month="2026-10").json()["lines"] if line["account"] == "party"]
    assert (amended["mechanism"], amended["provisional"]) == ("per_output", False)
