"""pain.001 as banks read it, pain.002 as they answer."""

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import sepaxml
import xmlschema
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import InvariantBroken, Malformed, Rejected, TooLarge
from overtone.formats.bank import answers_csv, pain001, pain002
from overtone.formats.bank.pain001 import NAMESPACE, PAYMENTS_MAX, SCHEMA, Payer, Transfer, build, latin, message_id
from overtone.money import PICO
from overtone.payout.acknowledgements import (
    BYTES_MAX,
    EXECUTED,
    REFUSED,
    RETURNED,
    BankDocument,
    Ledger,
    Payment,
    PaymentOutcome,
    SentStatus,
    payments_of,
    returns_between,
)
from overtone.payout.banking_days import next_banking_day
from overtone.scales import Pico
from tests.unit.settled import BIC, CUTOFF, IBAN, PAYER, Settlement, account_of, line, party, usd

SPACE = {"p": NAMESPACE}


@lru_cache(maxsize=1)
def schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(Path(sepaxml.__file__).parent / "schemas" / f"{SCHEMA}.xsd")


def transfer(amount: int = 70 * PICO, name: str = "Åsa", payment_id: str = "OT1", bic: str = BIC) -> Transfer:
    return Transfer(payment_id, name, IBAN, bic, Pico(amount), "Royalties 2026-10")


@pytest.mark.parametrize("currency", ["EUR", "USD", "SEK"])
def test_the_file_is_valid_against_the_iso_schema(currency: str) -> None:
    names = ("Åsa Öberg", "李雷", "Ünïcode & Söhne <GmbH>", "🎵", "x" * 200)
    transfers = [transfer(name=name, payment_id=f"OT{n}", bic=BIC if n % 2 else "") for n, name in enumerate(names)]
    schema().validate(build("s1", currency, CUTOFF, Payer("Overtone AB & Co", IBAN), transfers).decode())


def test_sums_and_counts_agree_with_payments_read_by_another_parser() -> None:
    known = {name: party(name, payout={"currency": currency}) for name, currency in (("asa", "USD"), ("bo", "USD"), ("cy", "EUR"))}
    lines = [line(name, usd(f"10.{n}7"), currency=account_of(known[name]).currency) for n, name in enumerate(known)]
    settlement = Settlement(lines, known)
    for currency in ("USD", "EUR"):
        root = fromstring(settlement.files[f"pain001-{currency}.xml"])
        paid = [Decimal(row["paid"]) for row in settlement.rows("payments.csv") if row["currency"] == currency]
        assert [Decimal(node.text or "") for node in root.iterfind(".//p:CtrlSum", SPACE)] == [sum(paid)] * 2
        assert [int(node.text or "") for node in root.iterfind(".//p:NbOfTxs", SPACE)] == [len(paid)] * 2
        amounts = root.findall(".//p:InstdAmt", SPACE)
        assert [Decimal(node.text or "") for node in amounts] == paid
        assert {node.get("Ccy") for node in amounts} == {currency}


def test_the_same_payments_are_the_same_bytes_and_dated_by_the_cutoff() -> None:
    first, second = (build("s1", "EUR", CUTOFF, PAYER, [transfer()]) for _ in range(2))
    assert first == second
    root = fromstring(first)
    assert root.findtext(".//p:CreDtTm", namespaces=SPACE) == "2026-11-05T00:00:00Z"
    assert root.findtext(".//p:ReqdExctnDt/p:Dt", namespaces=SPACE) == "2026-11-06"
    assert root.findtext(".//p:MsgId", namespaces=SPACE) == message_id("s1", "EUR")


def test_euro_goes_by_sepa_and_other_currencies_share_the_charges() -> None:
    euro, dollar = (fromstring(build("s1", currency, CUTOFF, PAYER, [transfer()])) for currency in ("EUR", "USD"))
    assert euro.findtext(".//p:SvcLvl/p:Cd", namespaces=SPACE) == "SEPA"
    assert euro.findtext(".//p:ChrgBr", namespaces=SPACE) == "SLEV"
    assert dollar.find(".//p:SvcLvl", SPACE) is None
    assert dollar.findtext(".//p:ChrgBr", namespaces=SPACE) == "SHAR"


@pytest.mark.parametrize("amount", [0, -PICO, PICO // 100 - 1, PICO // 1000])
def test_no_payment_of_nothing_or_of_parts_of_a_cent(amount: int) -> None:
    with pytest.raises(InvariantBroken):
        build("s1", "EUR", CUTOFF, PAYER, [transfer(amount)])


def test_a_file_has_a_payment_and_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    assert PAYMENTS_MAX == 100_000
    monkeypatch.setattr(pain001, "PAYMENTS_MAX", 2)
    build("s1", "EUR", CUTOFF, PAYER, [transfer()] * 2)
    for wrong in (0, 3):
        with pytest.raises(InvariantBroken):
            build("s1", "EUR", CUTOFF, PAYER, [transfer()] * wrong)


@pytest.mark.parametrize("payer", [Payer("X", "SE4550000000058398257467"), Payer("X", IBAN, "NOTABIC")])
def test_the_payer_s_own_details_are_checked(payer: Payer) -> None:
    with pytest.raises(Rejected):
        build("s1", "EUR", CUTOFF, payer, [transfer()])


def test_names_are_written_in_letters_that_banks_take() -> None:
    assert latin("Åsa Öberg", 70, "x") == "Asa Oberg"
    assert latin("李雷", 70, "x") == "Li Lei"
    assert latin("a<b>&c", 70, "x") == "a b c"
    assert latin("🎵", 70, "fallback") == "fallback"
    assert latin("x" * 99, 70, "") == "x" * 70


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


@pytest.mark.parametrize(
    ("cutoff", "currency", "day"),
    [
        ("2026-11-27T09:00:00Z", "EUR", "2026-11-30"),  # a Friday
        ("2026-12-24T09:00:00Z", "EUR", "2026-12-28"),  # TARGET is closed on 25 and 26 December
        ("2026-04-02T09:00:00Z", "EUR", "2026-04-07"),  # Good Friday, Easter Monday
        ("2026-11-25T09:00:00Z", "USD", "2026-11-27"),  # Thanksgiving
        ("2026-06-18T09:00:00Z", "SEK", "2026-06-22"),  # Midsummer's Eve
        ("2026-11-27T09:00:00Z", "XOF", "2026-11-30"),
    ],
)
def test_execution_is_asked_for_on_a_banking_day_of_the_currency(cutoff: str, currency: str, day: str) -> None:
    assert next_banking_day(cutoff, currency).isoformat() == day
    assert f"<ReqdExctnDt><Dt>{day}</Dt>".encode() in build("s1", currency, cutoff, PAYER, [transfer()])


def test_no_element_is_empty() -> None:
    root = fromstring(build("s1", "EUR", CUTOFF, Payer("Overtone AB", IBAN), [transfer(bic="")]))
    assert [node.tag for node in root.iter() if not len(node) and not (node.text or "").strip()] == []
    assert root.findtext(".//p:DbtrAgt//p:Id", namespaces=SPACE) == "NOTPROVIDED"


def test_swift_names_the_payee_s_bank_and_stands_in_a_batch_of_its_own() -> None:
    abroad = Transfer("OT2", "Bo", "0123456789", "CHASUS33", Pico(5 * PICO), "Royalties", pain001.SWIFT)
    content = build("s1", "USD", CUTOFF, PAYER, [transfer(), abroad])
    schema().validate(content.decode())
    root = fromstring(content)
    assert [node.text for node in root.iterfind(".//p:PmtInf/p:CtrlSum", SPACE)] == ["70.00", "5.00"]
    assert root.findtext(".//p:CdtrAcct/p:Id/p:Othr/p:Id", namespaces=SPACE) == "0123456789"
    schema().validate(build("s1", "JPY", CUTOFF, PAYER, [transfer(7 * PICO)]).decode())
