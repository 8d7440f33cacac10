"""What a bank answers to a file of payments: each payment's fate, said in any order, any number of times."""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import Malformed, TooLarge
from overtone.formats.bank import answers_csv, pain002
from overtone.formats.bank.pain001 import message_id
from overtone.money import PICO
from overtone.payout.acknowledgements import (
    BYTES_MAX,
    EXECUTED,
    REFUSED,
    RETURNED,
    BankDocument,
    Ledger,
    NamedPayments,
    Payment,
    PaymentOutcome,
    SentStatus,
    about,
    payments_of,
    returns_between,
)
from overtone.scales import Pico
from tests.unit.settled import CUTOFF, Settlement, line, party, usd


def answer(settlement_id: str, body: str, version: str = "10", currency: str = "USD") -> bytes:
    group = f"<OrgnlGrpInfAndSts><OrgnlMsgId>{message_id(settlement_id, currency)}</OrgnlMsgId>{{}}</OrgnlGrpInfAndSts>"
    status, _, rest = body.partition("|")
    inner = f"<CstmrPmtStsRpt>{group.format(status)}{rest}</CstmrPmtStsRpt>"
    return f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.{version}">{inner}</Document>'.encode()


def payment_status(payment_id: str, code: str, reason: str = "") -> str:
    told = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>" if reason else ""
    payment = f"<OrgnlEndToEndId>{payment_id}</OrgnlEndToEndId><TxSts>{code}</TxSts>{told}"
    return f"<OrgnlPmtInfAndSts><TxInfAndSts>{payment}</TxInfAndSts></OrgnlPmtInfAndSts>"


def outcomes(body: bytes, currencies: Iterable[str] = ("EUR", "USD")) -> list[PaymentOutcome]:
    return list(pain002.read(body, "s1", currencies, CUTOFF).outcomes)


@pytest.mark.parametrize("version", ["03", "10"])
def test_a_bank_refuses_one_payment_and_executes_another(version: str) -> None:
    body = "|" + payment_status("OT1", "RJCT", "AC04") + payment_status(" OT2\n", " ACSC ") + payment_status("OT3", "PDNG")
    assert outcomes(answer("s1", body, version)) == [PaymentOutcome("OT1", REFUSED, "AC04"), PaymentOutcome("OT2", EXECUTED, "ACSC")]


def test_a_bank_refuses_a_whole_file() -> None:
    assert outcomes(answer("s1", "<GrpSts>RJCT</GrpSts>|"), ["USD"]) == [PaymentOutcome("", REFUSED, "RJCT", "USD")]
    settlement = Settlement([line("asa", usd("1")), line("bo", usd("2"))], {"asa": party(), "bo": party(payout={"method": "ach"})})
    ledger = Ledger(payments_of(settlement.rows("payments.csv"), "s1"))
    told, faults = ledger.hear(BankDocument(CUTOFF, (PaymentOutcome("", REFUSED, "RJCT", "USD"),)))
    assert [(entry.payment.party_id, entry.payment.paid, entry.effect) for entry in told] == [("asa", usd("1"), "new")]
    assert not faults


@pytest.mark.parametrize(
    ("reason", "found"),
    [
        ("<StsRsnInf><Rsn><Cd> AC04 </Cd></Rsn></StsRsnInf>", "AC04"),
        ("<StsRsnInf><Rsn><Prtry>closed by us</Prtry></Rsn></StsRsnInf>", "closed by us"),
        ("<StsRsnInf><AddtlInf>  </AddtlInf><AddtlInf>account closed</AddtlInf></StsRsnInf>", "account closed"),
        ("<StsRsnInf><Rsn/></StsRsnInf>", "RJCT"),
        ("", "RJCT"),
    ],
)
def test_a_reason_is_an_iso_code_or_the_bank_s_own_or_words(reason: str, found: str) -> None:
    payment = f"<TxInfAndSts><OrgnlEndToEndId>OT1</OrgnlEndToEndId><TxSts>RJCT</TxSts>{reason}</TxInfAndSts>"
    inner = f"<OrgnlPmtInfAndSts>{payment}</OrgnlPmtInfAndSts>"
    assert outcomes(answer("s1", "|" + inner)) == [PaymentOutcome("OT1", REFUSED, found)]


def test_an_answer_may_name_only_the_batch() -> None:
    batch = f"{message_id('s1', 'USD')}-1"
    status = f"<OrgnlPmtInfAndSts><OrgnlPmtInfId> {batch} </OrgnlPmtInfId><PmtInfSts>ACSC</PmtInfSts></OrgnlPmtInfAndSts>"
    body = f'<Document xmlns="x:pain.002.001.03"><CstmrPmtStsRpt>{status}</CstmrPmtStsRpt></Document>'
    assert outcomes(body.encode()) == [PaymentOutcome("", EXECUTED, "ACSC", "USD", "sepa")]
    with pytest.raises(Malformed):
        outcomes(body.replace(batch, "OTHER-1").encode())


@pytest.mark.parametrize(
    "body",
    [
        b"not xml",
        b"<Document/>",
        answer("another", "|"),
        b'<!DOCTYPE x [<!ENTITY a "b">]><Document>&a;</Document>',
    ],
)
def test_an_answer_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        pain002.read(body, "s1", ["USD"], CUTOFF)


def test_a_list_does_as_well() -> None:
    assert answers_csv.read(b"payment_id,status,reason\r\n OT1 , Returned ,account closed\r\n\r\nOT2,executed,\nOT3,refused,AC01\n") == [
        PaymentOutcome("OT1", RETURNED, "account closed"),
        PaymentOutcome("OT2", EXECUTED, ""),
        PaymentOutcome("OT3", REFUSED, "AC01"),
    ]
    for wrong in (b"id,status\n", b"payment_id,status,reason\nOT1,lost,\n", b"\xff\xfe", b"payment_id,status,reason\nOT1,returned\n", b""):
        with pytest.raises(Malformed):
            answers_csv.read(wrong)


def test_an_acknowledgement_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    assert BYTES_MAX == 6_000_000
    body = b"payment_id,status,reason\nOT2,executed,\n"
    monkeypatch.setattr(answers_csv, "BYTES_MAX", len(body))
    assert len(answers_csv.read(body)) == 1
    with pytest.raises(TooLarge):
        answers_csv.read(body + b"\n")


def payment(payment_id: str = "OT1", **changes: Any) -> Payment:
    return Payment(payment_id, "s1", "asa", "USD", Pico(70 * PICO), Pico(30 * PICO), by_file=True, method="sepa")._replace(**changes)


def say(status: SentStatus, reason: str = "", at: str = "2026-11-06", payment_id: str = "OT1", file: str = "") -> BankDocument:
    return BankDocument(at, (PaymentOutcome("" if file else payment_id, status, reason, file),))


def test_a_payment_that_was_never_made_is_a_fault() -> None:
    told, faults = Ledger({"OT1": payment()}).hear(say(RETURNED, payment_id="OT0"))
    assert (told, [fault.record_id for fault in faults]) == ([], ["OT0"])


EARLY, LATE = "2026-11-06", "2026-11-09"


@pytest.mark.parametrize(
    ("said", "reopened"),
    [
        ([say(REFUSED, "AC04")], 1),
        ([say(REFUSED, "AC04"), say(REFUSED, "AC04", LATE)], 1),
        ([say(REFUSED, "DU01", file="USD")], 0),  # a second upload of a file whose first the bank has not answered yet
        ([say(EXECUTED, file="USD"), say(REFUSED, "DU01", LATE, file="USD")], 0),
        ([say(EXECUTED), say(REFUSED, "FF01", LATE, file="USD")], 0),
        ([say(EXECUTED), say(RETURNED, "AC04", LATE)], 1),
        ([say(EXECUTED), say(RETURNED, "AC04", LATE), say(EXECUTED, at=EARLY)], 1),
        ([say(RETURNED, "AC04"), say(EXECUTED, at=LATE), say(REFUSED, "AC04", LATE)], 1),
        ([say(REFUSED, "AC04"), say(RETURNED, "AC04", LATE)], 1),
        ([say(REFUSED, "AC04"), say(EXECUTED, at=LATE)], 0),
        ([say(REFUSED, "AC04", LATE), say(EXECUTED, at=EARLY)], 1),  # an old answer replayed
    ],
)
def test_whatever_the_bank_says_in_whatever_order_money_is_owed_again_at_most_once(said: list[BankDocument], reopened: int) -> None:
    together = returns_between({"OT1": payment()}, (), said)
    assert sum(entry.paid for entry in together) == reopened * 70 * PICO
    assert sum(entry.withheld for entry in together) == reopened * 30 * PICO
    one_by_one = [entry.paid for n in range(len(said)) for entry in returns_between({"OT1": payment()}, said[:n], said[n : n + 1])]
    assert sum(one_by_one) == reopened * 70 * PICO


@given(
    st.lists(
        st.tuples(st.sampled_from((EXECUTED, REFUSED, RETURNED)), st.sampled_from(("AC04", "DU01", "")), st.sampled_from((EARLY, LATE)))
    )
)
def test_money_is_never_owed_again_twice(said: list[tuple[SentStatus, str, str]]) -> None:
    answers = [say(*each) for each in said]
    owed = 0
    for number in range(len(answers)):
        owed += sum(entry.paid for entry in returns_between({"OT1": payment()}, answers[:number], answers[number : number + 1]))
        assert owed in {0, 70 * PICO}
    assert owed == sum(entry.paid for entry in returns_between({"OT1": payment()}, (), answers))
    if any(answer.outcomes[0].status == RETURNED for answer in answers):
        assert owed == 70 * PICO


OUTCOMES = st.builds(
    PaymentOutcome,
    st.sampled_from(("", "OT0", "OT1", "OT2", "OT3", "OT9")),
    st.sampled_from((EXECUTED, REFUSED, RETURNED)),
    st.sampled_from(("AC04", "DU01")),
    st.sampled_from(("USD", "USD-2")),
    st.sampled_from(("", "sepa", "swift")),
)
ANSWERS = st.lists(st.builds(BankDocument, st.sampled_from((EARLY, LATE)), st.lists(OUTCOMES, max_size=4).map(tuple)), max_size=5)


@given(ANSWERS, st.integers(0, 5))
def test_returns_follow_from_what_is_said_of_the_payments_that_did_not_arrive(said: list[BankDocument], heard: int) -> None:
    """Of a million payments the rest is neither read nor remembered."""
    known = {
        f"OT{n}": payment(f"OT{n}", bank_file=f"pain001-{file}.xml", method=method)
        for n, (file, method) in enumerate([("USD", "sepa"), ("USD", "swift"), ("USD-2", "sepa"), ("USD-2", "swift")])
    }
    back = NamedPayments.sent_back(said)
    few = {name: one for name, one in known.items() if back.has(one)}
    narrowed = [about(answer, few) for answer in said]
    assert returns_between(few, narrowed[:heard], narrowed[heard:]) == returns_between(known, said[:heard], said[heard:])
    assert all(one.status == EXECUTED or one.payment_id not in known or one.payment_id in few for answer in said for one in answer.outcomes)


def test_a_refusal_of_one_of_several_files_concerns_its_own_payments() -> None:
    names = ("asa", "bo", "cy")
    settlement = Settlement([line(name, usd("1")) for name in names], {name: party(name) for name in names}, bank_payments_max=2)
    ledger = Ledger(payments_of(settlement.rows("payments.csv"), "s1"))
    answered = pain002.read(answer("s1", "<GrpSts>RJCT</GrpSts>|", currency="USD-2"), "s1", ["USD", "USD-2"], CUTOFF)
    told, _ = ledger.hear(answered)
    assert [entry.payment.party_id for entry in told] == ["cy"]


def test_the_finer_of_two_statements_in_one_answer_counts_and_payments_are_counted() -> None:
    known = {f"OT{n}": payment(f"OT{n}") for n in range(3)}
    both = (PaymentOutcome("", EXECUTED, "ACSC", "USD"), *(PaymentOutcome(name, EXECUTED, "ACSC") for name in known))
    told, faults = Ledger(known).hear(BankDocument(EARLY, both))
    assert ([entry.payment.payment_id for entry in told], faults) == (["OT0", "OT1", "OT2"], [])
    told, _ = Ledger(known).hear(BankDocument(EARLY, (PaymentOutcome("", EXECUTED, "ACSC", "USD"), PaymentOutcome("OT1", REFUSED, "AC01"))))
    assert {entry.payment.payment_id: entry.state.status for entry in told} == {"OT0": EXECUTED, "OT1": REFUSED, "OT2": EXECUTED}
