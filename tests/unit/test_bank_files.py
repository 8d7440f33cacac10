"""pain.001 as banks read it, pain.002 as they answer."""

from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import pytest
import sepaxml
import xmlschema
from defusedxml.ElementTree import fromstring

from overtone.errors import InvariantBroken, Rejected
from overtone.formats.bank import pain001
from overtone.formats.bank.pain001 import NAMESPACE, PAYMENTS_MAX, SCHEMA, Payer, Transfer, build, latin, message_id
from overtone.money import PICO
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
