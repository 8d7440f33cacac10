"""Certificates of tax in bulk: pages of payees, and their sums against what payments.csv says."""

import io
import zipfile

from overtone.formats.certificate_csv import CertificateRow, written
from overtone.money import parse_amount
from overtone.payout.accounts import PartyState
from overtone.views import certificates
from tests.unit.settled import Settlement, line, party, usd


def rows_of(settlement: Settlement) -> list[CertificateRow]:
    states = [PartyState.decode(text.encode()) for text in settlement.text("state/balances.ndjson").splitlines()]
    found = []
    for state in states:
        assert state.year is not None
        for currency, sums in state.year.sums.items():
            found.append(CertificateRow.of("2026", state.party_id, party(country="SE"), currency, sums, 2))
    return found


def test_a_year_sums_what_was_paid_and_withheld_in_its_settlements() -> None:
    known = {"asa": party(withholding_rate="0.3"), "bo": party()}
    first = Settlement([line("asa", usd("10")), line("bo", usd("20"))], known)
    lines = [line("asa", usd("5"), settlement_id="s2")]
    second = Settlement(lines, known, settlement_id="s2", through="2026-11", before=first, cutoff="2026-12-05T00:00:00Z")
    paid: dict[str, int] = {}
    for settlement in (first, second):
        for row in settlement.rows("payments.csv"):
            paid[row["party_id"]] = paid.get(row["party_id"], 0) + parse_amount(row["paid"])
    rows = rows_of(second)
    assert {row.party_id: parse_amount(row.paid) for row in rows} == paid
    assert [(row.gross, row.withheld) for row in rows if row.party_id == "asa"] == [("15", "4.5")]


def test_a_zip_has_a_file_for_each_authority_and_each_payee() -> None:
    about = "USD", "10", "3", "7", "1"
    rows = [CertificateRow("2026", "SE", "asa", "Åsa", "", *about), CertificateRow("2026", "NO", "bo", "=Bo", "1", *about)]
    packed = certificates.as_zip("2026", rows)
    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        assert opened.namelist() == ["2026/NO.csv", "2026/NO/bo.csv", "2026/SE.csv", "2026/SE/asa.csv"]
        assert opened.read("2026/SE/asa.csv").decode() == written(rows[:1])
    assert certificates.as_zip("2026", rows[::-1]) == packed


def test_the_world_is_no_folder_s_name() -> None:
    """Windows unpacks no file with a `*` in its name, so nobody's certificate came out of the zip."""
    row = CertificateRow("2026", "*", "asa", "Asa", "", "USD", "10", "3", "7", "1")
    nobody_s = row._replace(authority="", party_id="bo")
    with zipfile.ZipFile(io.BytesIO(certificates.as_zip("2026", [row, nobody_s]))) as opened:
        assert opened.namelist() == ["2026/--.csv", "2026/--/asa.csv", "2026/--/bo.csv"]
        assert opened.read("2026/--.csv").decode() == written([row, nobody_s])


def test_a_tax_number_is_no_formula() -> None:
    """Whoever is paid writes it, and a tax office or finance opens the file."""
    told = CertificateRow.about("asa", party(name="=1+1", tax={"id": "=HYPERLINK(A1)"}))
    assert told == ("SE", "asa", "'=1+1", "'=HYPERLINK(A1)")
