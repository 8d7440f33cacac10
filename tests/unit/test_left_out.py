"""What cannot be done for one payee is named and left; everybody else's files and money are what they are without it."""

import json

import pytest
from defusedxml.ElementTree import fromstring

from overtone.formats.bank import ach
from overtone.money import PICO
from overtone.payout.fx import Rates
from overtone.payout.payment import BANK_PAYMENT_MAX
from tests.unit.settled import ACH, Settlement, line, party, usd

EURO = {"currency": "EUR"}
RATES = Rates.parse({"rates": [{"from": "USD", "to": "EUR", "rate": "0.9", "source": "ECB"}]})


def test_a_currency_without_a_rate_is_carried_as_earned_named_and_converted_by_the_next_rate() -> None:
    parties = {"asa": party(payout=EURO), "bo": party("Bo")}
    lines = [line("asa", usd("10")), line("asa", usd("3"), currency="EUR", work="w2"), line("bo", usd("7"))]
    alone = Settlement([one for one in lines if one.key.party_id == "bo"], parties)
    first = Settlement(lines, parties)
    assert first.payments()["bo", "USD"] == alone.payments()["bo", "USD"]
    waiting = first.payments()["asa", "USD"]
    assert (waiting["status"], waiting["paid"], waiting["held"], waiting["closing"]) == ("no_rate", "0", "10", "10")
    assert first.payments()["asa", "EUR"]["paid"] == "3"
    assert json.loads(first.manifest)["unconverted"] == [{"from": "USD", "to": "EUR", "payees": 1, "amount": "10"}]
    second = Settlement([], parties, settlement_id="s2", through="2026-11", before=first, rates=RATES)
    assert second.payments()["asa", "EUR"]["paid"] == "9"
    assert json.loads(second.manifest)["unconverted"] == []


def test_a_reserve_is_held_in_the_currency_that_has_no_rate() -> None:
    who = party(payout=EURO, reserve={"rate": "0.2", "periods": 1})
    first = Settlement([line("asa", usd("10"))], {"asa": who})
    assert (first.payments()["asa", "USD"]["closing"], first.payments()["asa", "USD"]["paid"]) == ("10", "0")
    second = Settlement([], {"asa": who}, settlement_id="s2", through="2026-12", before=first, rates=RATES)
    assert second.payments()["asa", "EUR"]["paid"] == "9"


def test_more_payments_than_a_bank_file_holds_make_several_files() -> None:
    names = [f"p{number}" for number in range(5)]
    made = Settlement([line(name, usd("1")) for name in names], {name: party(name) for name in names}, bank_payments_max=2)
    files = sorted(name for name in made.files if name.startswith("pain001"))
    assert files == ["pain001-USD-2.xml", "pain001-USD-3.xml", "pain001-USD.xml"]
    roots = [fromstring(made.files[name]) for name in files]
    assert [len([node for node in root.iter() if node.tag.endswith("}CdtTrfTxInf")]) for root in roots] == [2, 1, 2]
    assert len({root.findtext(".//{*}MsgId") for root in roots}) == 3, "a bank takes each message once"
    assert len({node.text for root in roots for node in root.iter() if node.tag.endswith("}EndToEndId")}) == 5


@pytest.mark.parametrize(
    ("amount", "status"), [(BANK_PAYMENT_MAX, "paid"), (BANK_PAYMENT_MAX + PICO // 100, "manual"), (10**18 * PICO, "manual")]
)
def test_a_figure_that_no_bank_file_holds_is_paid_by_hand_and_stops_nobody(amount: int, status: str) -> None:
    made = Settlement([line("asa", amount), line("bo", usd("7"))], {"asa": party(), "bo": party("Bo")})
    assert (made.payments()["asa", "USD"]["status"], made.payments()["bo", "USD"]["status"]) == (status, "paid")
    asked = fromstring(made.files["pain001-USD.xml"])
    assert len([node for node in asked.iter() if node.tag.endswith("}CdtTrfTxInf")]) == 1 + (status == "paid")


@pytest.mark.parametrize(("cents", "status"), [(ach.AMOUNT_CENTS_MAX, "paid"), (ach.AMOUNT_CENTS_MAX + 1, "manual")])
def test_a_figure_that_no_ach_entry_holds_is_paid_by_hand_and_stops_nobody(cents: int, status: str) -> None:
    """What a SEPA transfer takes has a digit more: the settlement of all payees failed."""
    parties = {"asa": party(payout=ACH), "bo": party("Bo", payout=ACH)}
    made = Settlement([line("asa", cents * PICO // 100), line("bo", usd("7"))], parties)
    assert (made.payments()["asa", "USD"]["status"], made.payments()["bo", "USD"]["status"]) == (status, "paid")
    entries = [row for row in made.text("ach-USD.txt").splitlines() if row.startswith("6")]
    assert len(entries) == 1 + (status == "paid")


def test_payments_whose_sum_no_ach_file_holds_make_several_files() -> None:
    names = [f"p{number:03d}" for number in range(102)]
    amount = ach.AMOUNT_CENTS_MAX * PICO // 100
    made = Settlement([line(name, amount) for name in names], {name: party(name, payout=ACH) for name in names})
    rows = made.payments()
    assert {row["status"] for row in rows.values()} == {"paid"}
    held = {name: [row for row in made.text(name).splitlines() if row.startswith("6")] for name in ("ach-USD.txt", "ach-USD-2.txt")}
    assert {name: len(entries) for name, entries in held.items()} == {"ach-USD.txt": 100, "ach-USD-2.txt": 2}
    assert [rows["p099", "USD"]["bank_file"], rows["p100", "USD"]["bank_file"]] == ["ach-USD.txt", "ach-USD-2.txt"]


def test_a_statement_that_cannot_be_drawn_is_named_and_everything_else_is_there() -> None:
    parties = {name: party(name) for name in ("asa", "bo")}
    good = Settlement([line("asa", usd("7")), line("bo", usd("7"))], parties)
    odd = Settlement([line("asa", usd("7")), line("bo", usd("7"), month="2026-13")], parties)
    assert {file["name"] for file in json.loads(odd.manifest)["unrendered"]} == {"statements/bo.html", "statements/bo.pdf"}
    assert odd.files["payments.csv"] == good.files["payments.csv"]
    assert odd.files["statements/asa.pdf"] == good.files["statements/asa.pdf"]
    assert "statements/bo.json" in odd.files
    assert "statements/bo.pdf" not in odd.files
