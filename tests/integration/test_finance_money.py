"""Suspense, breaches, rates, liquidations, the bank's answers and priced accruals, through HTTP."""

import json
from decimal import Decimal
from typing import Any

import pytest

from local.gateway import Response
from local.stack import Stack
from overtone.settlement.requests import LIQUIDATION_MONTHS_MAX, first_day_to_liquidate
from tests.integration import scenario
from tests.integration.reading import faults, get
from tests.integration.scenario import ISRC, ask, files_of, lines_of, payments, settle


def mine(stack: Stack, path: str, party: str, **query: Any) -> Response:
    return get(stack, path, party, "statements.read", **query)


# --- suspense and breaches


def test_suspense_is_filtered_and_paged_as_of_one_settlement(settled: Stack) -> None:
    whole = get(settled, "suspense").json()
    assert whole["settlement_id"] == "2026-10"
    assert {row["reason"] for row in whole["items"]} == {"unclaimed_share", "unregistered"}
    some = get(settled, "suspense", reason="unclaimed_share", mechanism="training_run").json()["items"]
    assert [(row["work_id"], row["amount"]) for row in some] == [("track", "5.075")]
    paged, cursor = [], ""
    while True:
        page = get(settled, "suspense", reason="unregistered", limit=2, cursor=cursor).json()
        paged += page["items"]
        assert len(page["items"]) <= 2
        if not (cursor := page["next_cursor"]):
            break
        if len(paged) == 2:
            scenario.work(settled, "found", "ann", {"ann": "1"}, identifiers=[scenario.UNKNOWN])
            settled.at("2026-12-10T00:00:00Z")
            assert settle(settled, "2026-11", "2026-11")["status"] == "sealed"
    assert paged == [row for row in whole["items"] if row["reason"] == "unregistered"]
    now = get(settled, "suspense", reason="unregistered").json()
    assert (now["settlement_id"], len(now["items"]) < len(paged)) == ("2026-11", True)
    assert get(settled, "suspense", settlement_id="2026-10").json() == whole
    assert get(settled, "suspense", settlement_id="nobody").status == 404
    for bad in ("x", "2026-10@", "nobody@3", "2026-10@-1"):
        assert faults(get(settled, "suspense", cursor=bad)) == ["cursor"]


def test_there_is_nothing_in_suspense_before_the_first_settlement(stack: Stack) -> None:
    assert get(stack, "suspense").json() == {"settlement_id": None, "items": [], "next_cursor": None}
    assert get(stack, "breaches").json() == {"settlement_id": None, "items": [], "next_cursor": None}


def test_breaches_are_shown_to_whom_they_concern(settled: Stack) -> None:
    """One row per owner, and one for the share that nobody claimed; each owner sees its own, the licensee all."""
    breaches = get(settled, "breaches").json()["items"]
    assert {(breach["kind"], breach["licensee"], breach["work_key"]) for breach in breaches} == {("unlicensed", "fox", ISRC)}
    assert {breach["party_id"]: breach["quantity"] for breach in breaches} == {"ann": "3", "": "3"}
    assert mine(settled, "breaches", "fox").json()["items"] == breaches
    assert [breach["party_id"] for breach in mine(settled, "breaches", "ann").json()["items"]] == ["ann"]
    assert mine(settled, "breaches", "stim").json()["items"] == []
    assert get(settled, "breaches", kind="denied_use").json()["items"] == []


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


def test_money_without_a_rate_is_carried_and_the_next_settlement_s_rate_converts_it(stack: Stack) -> None:
    scenario.small_world(stack)
    scenario.party(stack, "ann", "creator", payout=scenario.BANK | {"currency": "USD", "method": "none", "iban": None})
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed"
    (left,) = json.loads(scenario.files_of(stack)["manifest.json"])["unconverted"]
    assert (left["from"], left["to"], left["payees"]) == ("EUR", "USD", 1)
    sheet = {"rates": [{"from": "EUR", "to": "USD", "rate": "1.1", "source": "ECB"}]}
    assert stack.http("PUT", "/v1/fx/2026-11", scope="finance", json=sheet).status == 200
    stack.at("2026-12-10T06:00:00Z")
    assert settle(stack, "2026-11", "2026-11")["status"] == "sealed"
    (exchange,) = mine(stack, "statements/2026-11", "ann").json()["conversions"]
    assert exchange["amount"] == left["amount"]
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
    left = get(settled, "suspense", month="2026-10").json()["items"]
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


def booked(ids: list[str]) -> str:
    """A statement in which payments of ours went out."""

    def entry(payment: str) -> str:
        about = '<Amt Ccy="EUR">1.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-11-12</Dt></BookgDt>'
        return f"<Ntry>{about}<NtryDtls><TxDtls><Refs><EndToEndId>{payment}</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>"

    inner = f"<BkToCstmrStmt><Stmt><Id>S1</Id>{''.join(map(entry, ids))}</Stmt></BkToCstmrStmt>"
    return f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">{inner}</Document>'


def test_a_returned_payment_reopens_the_balance_once(settled: Stack) -> None:
    paid = payments(settled)
    body = f"payment_id,status,reason\n{paid['ann']['payment_id']},returned,MS03\n{paid['stim']['payment_id']},executed,\nOTX,returned,?\n"
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


@pytest.mark.parametrize("door", ["pain.002", "list", "camt.053"])
def test_a_second_upload_that_the_bank_refuses_pays_nobody_twice(settled: Stack, door: str) -> None:
    """Whichever way the bank said that the payments went out; they are counted as payments."""
    sent = files_of(settled)["pain001-EUR.xml"].decode()
    message, ids = sent.split("<MsgId>")[1].split("<")[0], [part.split("<")[0] for part in sent.split("<EndToEndId>")[1:]]

    def group(status: str, reason: str = "", payments: str = "") -> str:
        about = f"<OrgnlMsgId>{message}</OrgnlMsgId><GrpSts>{status}</GrpSts>{reason}"
        inner = f"<OrgnlGrpInfAndSts>{about}</OrgnlGrpInfAndSts><OrgnlPmtInfAndSts>{payments}</OrgnlPmtInfAndSts>"
        return f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>{inner}</CstmrPmtStsRpt></Document>'

    single = "".join(f"<TxInfAndSts><OrgnlEndToEndId>{e}</OrgnlEndToEndId><TxSts>ACSC</TxSts></TxInfAndSts>" for e in ids)
    rows = "".join(f"{e},executed,\n" for e in ids)
    xml = {"content-type": "application/xml"}
    if door == "camt.053":
        assert settled.http("POST", "/v1/collections", scope="finance", body=booked(ids), headers=xml).status == 200
    else:
        listed = acknowledge(settled, f"payment_id,status,reason\n{rows}") if door == "list" else None
        first = (listed or acknowledge(settled, group("ACSC", payments=single), xml["content-type"])).json()
        assert (first["payments"], first["executed"], first["returned"]) == (len(ids), len(ids), [])
    for code in ("DU01", "FF01"):
        refusal = group("RJCT", f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn></StsRsnInf>")
        second = acknowledge(settled, refusal, "application/xml").json()
        assert (second["returned"], second["ignored_total"], bool(second["ignored"][0]["why"])) == ([], len(ids), True)
    settle(settled, "again", "2026-10")
    assert not [row for row in payments(settled, "again").values() if row["status"] == "paid"]


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


def test_what_comes_off_the_top_of_a_pool_is_as_provisional_as_the_pool(stack: Stack) -> None:
    scenario.world(stack)
    stack.at(scenario.SETTLED)
    pool, single = {"mechanism": "revenue_pool", "share": "0.3", "basis": "usage"}, {"mechanism": "per_output", "rate": "0.014"}
    scenario.party(stack, "fund", "publisher")
    for terms, provisional in ((pool, True), (single, False)):
        scenario.deal(stack, "open", terms, effective_from="2026-01-01", off_the_top=[{"party": "fund", "share": "0.5"}])
        told = get(stack, "works/track/accruals", month="2026-10").json()["lines"]
        assert {(line.get("side"), line["provisional"]) for line in told if line["amount"] != "0"} == {
            ("recording", provisional),
            ("off_the_top", provisional),
        }
