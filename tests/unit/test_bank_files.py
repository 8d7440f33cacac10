"""pain.001 as banks read it, pain.002 as they answer."""

from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import pytest
import sepaxml
import xmlschema
from defusedxml.ElementTree import fromstring

from overtone.errors import InvariantBroken, Malformed, Rejected, TooLarge
from overtone.formats import pain001, pain002
from overtone.formats.pain001 import NAMESPACE, PAYMENTS_MAX, SCHEMA, Payer, Transfer, build, latin, message_id
from overtone.money import PICO
from overtone.payout import acknowledgements
from overtone.payout.acknowledgements import EXECUTED, RETURNED, Outcome, Return, match, read_csv
from tests.unit.settled import BIC, CUTOFF, IBAN, PAYER, Settlement, line, party, usd

SPACE = {"p": NAMESPACE}


@lru_cache(maxsize=1)
def schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(Path(sepaxml.__file__).parent / "schemas" / f"{SCHEMA}.xsd")


def transfer(amount: int = 70 * PICO, name: str = "Åsa", payment_id: str = "OT1", bic: str = BIC) -> Transfer:
    return Transfer(payment_id, name, IBAN, bic, amount, "Royalties 2026-10")


@pytest.mark.parametrize("currency", ["EUR", "USD", "SEK"])
def test_the_file_is_valid_against_the_iso_schema(currency: str) -> None:
    names = ("Åsa Öberg", "李雷", "Ünïcode & Söhne <GmbH>", "🎵", "x" * 200)
    transfers = [transfer(name=name, payment_id=f"OT{n}", bic=BIC if n % 2 else "") for n, name in enumerate(names)]
    schema().validate(build("s1", currency, CUTOFF, Payer("Overtone AB & Co", IBAN), transfers).decode())


def test_sums_and_counts_agree_with_payments_read_by_another_parser() -> None:
    known = {name: party(name, payout={"currency": currency}) for name, currency in (("asa", "USD"), ("bo", "USD"), ("cy", "EUR"))}
    lines = [line(name, usd(f"10.{n}7"), currency=known[name].payout.currency) for n, name in enumerate(known)]
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


@pytest.mark.parametrize("version", ["03", "10"])
def test_a_bank_sends_one_payment_back_and_executes_another(version: str) -> None:
    body = "|" + payment_status("OT1", "RJCT", "AC04") + payment_status("OT2", "ACSC") + payment_status("OT3", "PDNG")
    outcomes = pain002.read(answer("s1", body, version), "s1", ["EUR", "USD"])
    assert outcomes == [Outcome("OT1", RETURNED, "AC04"), Outcome("OT2", EXECUTED, "ACSC")]


def test_a_bank_refuses_a_whole_file() -> None:
    outcomes = pain002.read(answer("s1", "<GrpSts>RJCT</GrpSts>|"), "s1", ["USD"])
    assert outcomes == [Outcome("", RETURNED, "RJCT", "USD")]
    settlement = Settlement([line("asa", usd("1")), line("bo", usd("2"))], {"asa": party(), "bo": party(payout={"method": "ach"})})
    returns, faults = match(outcomes, settlement.files["payments.csv"], "s1")
    assert [(back.party_id, back.paid) for back in returns] == [("asa", usd("1"))]
    assert not faults


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
        pain002.read(body, "s1", ["USD"])


def test_a_list_does_as_well() -> None:
    assert read_csv(b"payment_id,status,reason\nOT1,returned,account closed\nOT2,executed,\n") == [
        Outcome("OT1", RETURNED, "account closed"),
        Outcome("OT2", EXECUTED, ""),
    ]
    for wrong in (b"id,status\n", b"payment_id,status,reason\nOT1,lost,\n", b"\xff\xfe"):
        with pytest.raises(Malformed):
            read_csv(wrong)


def test_an_acknowledgement_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    assert acknowledgements.BYTES_MAX == 6_000_000
    body = b"payment_id,status,reason\nOT2,executed,\n"
    monkeypatch.setattr(acknowledgements, "BYTES_MAX", len(body))
    assert len(read_csv(body)) == 1
    with pytest.raises(TooLarge):
        read_csv(body + b"\n")


def test_a_payment_that_was_never_made_is_a_fault() -> None:
    settlement = Settlement([line("asa", usd("1"))], {"asa": party()})
    returns, faults = match([Outcome("OT0", RETURNED, "x")], settlement.files["payments.csv"], "s1")
    assert (returns, [fault.record_id for fault in faults]) == ([], ["OT0"])


def test_a_return_survives_its_encoding() -> None:
    back = Return("OT1", "s1", "asa", "USD", 70 * PICO, 30 * PICO, 'closed "account"')
    assert Return.decode(back.encode()) == back
