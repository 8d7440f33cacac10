"""The ACH file, read back and judged by a library of somebody else's."""

from pathlib import Path

import achkit
import pytest

from overtone.errors import InvariantBroken, Rejected
from overtone.formats.bank import ach
from overtone.formats.bank.ach import AchCredit, AchPayer, build
from overtone.money import PICO
from overtone.scales import Pico
from tests.unit.emitted import faults
from tests.unit.settled import ACH, ACH_PAYER, CUTOFF, Settlement, line, party, usd

CREDITS = [
    AchCredit("OT" + "A" * 30, "Åsa Öberg", "011401533", "0072", "checking", Pico(1240 * PICO + 50 * PICO // 100)),
    AchCredit("OT" + "B" * 30, "Bo", "091000019", "12345678901234567", "savings", Pico(PICO // 100)),
    AchCredit("OT" + "C" * 30, "Lantern & Loom Recordings", "011401533", "1", "checking", Pico(7 * PICO), is_person=False),
]


@pytest.mark.slow
def test_another_library_reads_it_back_and_finds_nothing_wrong() -> None:
    text = build("s1", CUTOFF, ACH_PAYER, CREDITS).decode("ascii")
    assert achkit.validate(text) == {"ok": True, "errors": []}
    parsed = achkit.parse(text)
    assert [(batch["sec"], batch["effective_date"]) for batch in parsed["batches"]] == [("PPD", "261106"), ("CCD", "261106")]
    entries = [entry for batch in parsed["batches"] for entry in batch["entries"]]
    assert [(e["txn_code"], e["routing"], e["account"], e["amount_cents"], e["id_number"]) for e in entries] == [
        (22, "011401533", "0072", 124_050, "OT" + "A" * 13),
        (32, "091000019", "12345678901234567", 1, "OT" + "B" * 13),
        (22, "011401533", "1", 700, "OT" + "C" * 13),
    ]
    assert [entry["name"] for entry in entries] == ["ASA OBERG", "BO", "LANTERN & LOOM RECORDI"]
    assert len({entry["trace_number"] for entry in entries}) == 3
    assert parsed["control"]["total_credit"] == 124_751


@pytest.mark.parametrize("count", [1, 5, 6, 7, 25])
def test_it_is_filled_up_to_blocks_of_ten(count: int) -> None:
    text = build("s1", CUTOFF, ACH_PAYER, CREDITS[:1] * count).decode("ascii")
    assert len(text.splitlines()) % 10 == 0
    assert achkit.validate(text)["ok"]
    assert build("s1", CUTOFF, ACH_PAYER, CREDITS[:1] * count).decode("ascii") == text


@pytest.mark.parametrize("amount", [0, -PICO, PICO // 1000, 100_000_000 * PICO])
def test_no_payment_of_nothing_of_parts_of_a_cent_or_beyond_the_field(amount: int) -> None:
    build("s1", CUTOFF, ACH_PAYER, [CREDITS[0]._replace(amount=Pico(100_000_000 * PICO - PICO // 100))])
    with pytest.raises(InvariantBroken):
        build("s1", CUTOFF, ACH_PAYER, [CREDITS[0]._replace(amount=Pico(amount))])


def test_a_file_has_a_payment_and_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ach.ENTRIES_MAX == 100_000
    monkeypatch.setattr(ach, "ENTRIES_MAX", 2)
    build("s1", CUTOFF, ACH_PAYER, CREDITS[:2])
    for wrong in ([], CREDITS):
        with pytest.raises(InvariantBroken):
            build("s1", CUTOFF, ACH_PAYER, wrong)


def test_more_payments_than_one_file_takes_are_several_files_and_each_payment_stands_in_its_own(tmp_path: Path) -> None:
    """As with any million payees; each file of a day has a letter of its own."""
    names = ("asa", "bo", "cy")
    known = {name: party(name, payout=ACH | {"bic": None, "iban": None}) for name in names}
    settlement = Settlement([line(name, usd("1")) for name in names], known, bank_payments_max=2)
    rows = {row["party_id"]: row["bank_file"] for row in settlement.rows("payments.csv")}
    assert rows == {"asa": "ach-USD.txt", "bo": "ach-USD.txt", "cy": "ach-USD-2.txt"}
    files = [settlement.text(name) for name in ("ach-USD.txt", "ach-USD-2.txt")]
    assert [(file[33], achkit.validate(file)["ok"]) for file in files] == [("A", True), ("B", True)]
    assert faults(settlement, tmp_path) == []
    settlement.files["ach-USD-2.txt"] = files[1].replace("0000000100", "0000000200").encode()
    assert any("ach-USD-2.txt" in fault for fault in faults(settlement, tmp_path))


def test_a_day_has_as_many_files_as_there_are_letters_and_digits() -> None:
    assert build("s1", CUTOFF, ACH_PAYER, CREDITS, 36)[33:34] == b"9"
    with pytest.raises(InvariantBroken, match="36 ACH files"):
        build("s1", CUTOFF, ACH_PAYER, CREDITS, 37)


@pytest.mark.parametrize("payer", [AchPayer("X", "091000018", "1234567890"), AchPayer("X", "091000019", "123")])
def test_the_payer_s_own_details_are_checked(payer: AchPayer) -> None:
    with pytest.raises(Rejected):
        build("s1", CUTOFF, payer, CREDITS)
