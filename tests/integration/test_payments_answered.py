"""What the bank's statement says of our payments: in whichever order it lists them, and as long as they are remembered."""

import pytest

from local.stack import Stack
from tests.integration import scenario
from tests.integration.scenario import payments, settle
from tests.integration.test_money_in_and_out import CAMT

OF_OURS = """<Ntry><Amt Ccy="EUR">{paid}</Amt><CdtDbtInd>{way}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt>
<NtryDtls><TxDtls><Refs><EndToEndId>{payment_id}</EndToEndId></Refs>{more}</TxDtls></NtryDtls></Ntry>"""
SENT_BACK = "<RtrInf><Rsn><Cd>MS03</Cd></Rsn></RtrInf>"


@pytest.mark.parametrize("order", ["newest first", "oldest first"])
def test_a_statement_that_tells_that_a_payment_left_and_came_back_is_heard_whole(stack: Stack, order: str) -> None:
    """Banks list a statement's entries in either order: of the payment that left behind its return only the first was heard."""
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    settle(stack)
    paid = payments(stack, "2026-10")["ann"]
    left = OF_OURS.format(**paid | {"way": "DBIT", "day": "2026-11-11", "more": ""})
    came = OF_OURS.format(**paid | {"way": "CRDT", "day": "2026-11-12", "more": SENT_BACK})
    entries = (came, left) if order == "newest first" else (left, came)
    body = f"{CAMT[: CAMT.index('<Ntry>')]}{''.join(entries)}</Stmt></BkToCstmrStmt></Document>"
    stack.at("2026-11-13T06:00:00Z")
    told = stack.http("POST", "/v1/collections", scope="finance", body=body, headers={"content-type": "application/xml"})
    assert told.status == 200, told.text
    (answer,) = told.json()["payments"]
    assert [(row["payment_id"], row["status"]) for row in answer["returned"]] == [(paid["payment_id"], "returned")]
    settle(stack, "second")
    assert payments(stack, "second")["ann"]["returned"] == paid["paid"]


def test_what_the_bank_says_just_before_payments_are_forgotten_stops_no_settlement(stack: Stack) -> None:
    """It was taken, and each settlement from then on failed: what had come back stood in a file whose time was over by then."""
    scenario.work_of(stack, "ann")
    stack.at(scenario.SETTLED)
    settle(stack)
    paid = payments(stack)["ann"]
    body, path = f"payment_id,status,reason\n{paid['payment_id']},returned,AC04\n", "/v1/settlements/2026-10/acknowledgements"
    came = OF_OURS.format(**paid | {"way": "CRDT", "day": "2036-10-30", "more": SENT_BACK})
    listed = f"{CAMT[: CAMT.index('<Ntry>')]}{came}</Stmt></BkToCstmrStmt></Document>"
    stack.at("2036-11-01T06:00:00Z")
    late = stack.http("POST", path, scope="finance", body=body, headers={"content-type": "text/csv"})
    told = stack.http("POST", "/v1/collections", scope="finance", body=listed, headers={"content-type": "application/xml"})
    stack.at("2036-11-12T06:00:00Z")
    assert settle(stack, "last", "2026-11")["status"] == "sealed", stack.errors
    assert (late.status, "/v1/adjustments" in late.json()["detail"]) == (410, True)
    assert (told.status, told.json().get("unknown_payments")) == (200, [paid["payment_id"]])
