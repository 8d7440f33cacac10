"""The files of whole settlements: they tie, they chain, and nothing is ever lost between them."""

import csv
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import pytest

from overtone.errors import InvariantBroken
from overtone.formats.settlement_csv import LINES
from overtone.lines import RESIDUE, SUSPENSE, Line, line_id
from overtone.money import NANO
from overtone.payout import runs
from overtone.payout.manifest import Head
from overtone.scales import ZERO_NANO, ZERO_PICO, Nano, Pico
from overtone.settlement.breaches import Breach
from overtone.steps.settlement import documents, emission
from overtone.steps.settlement.emission import Inputs
from tests.memory_sink import MemorySink
from tests.unit.emitted import came_back, faults
from tests.unit.settled import CUTOFF, Settlement, line, owned, party, usd

CONTRACT_LINES = (
    "line_id,usage_month,deal_id,mechanism,licensee,model,work_key,work_id,title,side,account,party_id,member_id,reason,quantity,amount,shadow,"
    "currency,adjusts,territory,use,service"
)

CONTRACT_PAYMENTS = "party_id,name,currency,opening,credited,recouped,withheld,held,paid,closing,status"


def test_the_columns_are_the_contract_s() -> None:
    settlement = Settlement([line("asa", 1)], {"asa": party()})
    assert settlement.text("lines.csv").splitlines()[0] == CONTRACT_LINES == ",".join(LINES)
    assert settlement.text("payments.csv").splitlines()[0].startswith(CONTRACT_PAYMENTS)
    assert settlement.text("receivables.csv").splitlines()[0] == "licensee,deal_id,mechanism,usage_month,amount,currency"
    assert settlement.text("journal.csv").splitlines()[0] == "entry_id,account,debit,credit,currency,memo"


def test_every_file_of_the_contract_is_there() -> None:
    lines = [line("asa", usd("3")), line("stim", usd("5"), member="asa", work="w2"), line("", 7, account=SUSPENSE, reason="unregistered")]
    settlement = Settlement(lines, {"asa": party(), "stim": party("STIM", kind="society")})
    assert set(settlement.files) >= {
        *(
            "lines.csv",
            "payments.csv",
            "receivables.csv",
            "journal.csv",
            "suspense.csv",
            "breaches.csv",
            "pain001-USD.xml",
            "societies/stim.csv",
        ),
        *(f"statements/asa.{kind}" for kind in ("html", "pdf", "csv", "json")),
    }
    named = {entry.name for entry in settlement.emission.files}
    assert named == set(settlement.files)


def test_an_empty_settlement_is_a_settlement(tmp_path: Path) -> None:
    assert faults(Settlement([], {}), tmp_path) == []


def test_the_same_settlement_is_the_same_bytes() -> None:
    def made() -> Settlement:
        return Settlement([line("asa", usd("3")), line("bo", usd("4"))], {"asa": party("Лев"), "bo": party("Bo")})

    assert made().files == made().files
    assert made().manifest == made().manifest


@pytest.mark.parametrize("lines", [1, 2, 3, 5])
def test_the_files_are_the_same_however_the_lines_are_cut_into_tables(monkeypatch: pytest.MonkeyPatch, lines: int) -> None:
    """A payee's lines and what waits stand in one table, or go on in the next."""
    assert runs.TABLE_LINES == 1_000

    def made() -> Settlement:
        waits = [line("", usd("2"), account=SUSPENSE, reason="unregistered", work=f"w{n}") for n in range(3)]
        own = [line("asa", usd("1"), work=f"w{n}", deal=f"d{n // 4}", title="Song, again" if n else "Song") for n in range(7)]
        given = [line("stim", usd("3"), member="asa", work=f"w{n}") for n in range(3)]
        return Settlement([*waits, *own, *given], {"asa": party(), "stim": party("STIM", kind="society")})

    whole = made()
    monkeypatch.setattr(runs, "TABLE_LINES", lines)
    cut = made()
    assert {name: cut.files[name] for name in whole.files} == whole.files
    assert cut.manifest == whole.manifest


def test_unsorted_entries_stop_everything() -> None:
    wrong = owned(line("bo", 1), line("asa", 1))
    with pytest.raises(InvariantBroken, match="sorted"):
        emission.emit(Inputs(Head("s1", "2026-10", CUTOFF), wrong, lambda _: {}), MemorySink())


def test_suspense_stands_until_its_cause_goes() -> None:
    waits: dict[str, Any] = {"account": SUSPENSE, "reason": "unregistered"}
    first = Settlement([line("", usd("5"), **waits), line("", usd("1"), work="w2", **waits), line("", 3, account=RESIDUE)], {})
    lines = [line("", usd("-5"), settlement_id="s2", **waits), line("asa", usd("5"), settlement_id="s2")]
    second = Settlement(lines, {"asa": party()}, settlement_id="s2", through="2026-11", before=first)
    assert [(row["work_id"], row["amount"], row["since"], row["change"]) for row in second.rows("suspense.csv")] == [("w2", "1", "s1", "0")]
    assert second.totals()["USD"]["suspense"] == "-5"
    assert second.payments()["asa", "USD"]["paid"] == "5"


def test_a_society_is_paid_and_its_member_told(tmp_path: Path) -> None:
    mandate = {"society": "stim", "rights": ["recording"], "uses": ["output"], "admin_fee": "0.1", "cultural_deduction": "0.05"}
    known = {"asa": party(mandates=[mandate]), "stim": party("STIM", kind="society")}
    settlement = Settlement([line("stim", usd("100"), member="asa")], known)
    assert [tuple(row.values()) for row in settlement.rows("societies/stim.csv")] == [
        ("asa", "w1", "2026-10", "deal-1", "per_output", "100", "10", "5", "85", "USD", "", "", "")
    ]
    assert list(settlement.payments()) == [("stim", "USD")]
    assert b'"net":"85"' in settlement.files["statements/asa.json"]
    assert len(settlement.rows("lines.csv")) == 1
    assert faults(settlement, tmp_path) == []


def test_what_a_deal_keeps_apart_is_told_apart_to_society_member_and_whoever_waits(tmp_path: Path) -> None:
    """So a society can pay its sisters, and a statement can say where and how a song was used."""
    mandate = {"society": "stim", "rights": ["recording"], "uses": ["output"]}
    known = {"asa": party(mandates=[mandate]), "stim": party("STIM", kind="society")}

    def apart(one: Line, territory: str) -> Line:
        key = one.key._replace(territory=territory, use="stream")
        return one._replace(key=key, line_id=line_id("s1", key))

    told = [line("stim", usd("3"), member="asa"), line("", usd("1"), account=SUSPENSE, reason="unregistered")]
    settlement = Settlement([apart(one, territory) for one in told for territory in ("SE", "NO")], known)
    by_territory = {(row["territory"], row["use"], row["service"], row["gross"]) for row in settlement.rows("societies/stim.csv")}
    assert by_territory == {("SE", "stream", "", "3"), ("NO", "stream", "", "3")}
    assert [(row["territory"], row["amount"]) for row in settlement.rows("suspense.csv")] == [("NO", "1"), ("SE", "1")]
    assert {row["territory"] for row in settlement.rows("lines.csv")} == {"SE", "NO"}
    assert settlement.files["statements/stim.csv"].count(b"(stream in SE)") == 1
    assert faults(settlement, tmp_path) == []
    again = Settlement([], known, settlement_id="s2", through="2026-11", before=settlement)
    assert [row["territory"] for row in again.rows("suspense.csv")] == ["NO", "SE"]


def test_what_an_advance_recouped_is_taken_off_the_licensee_s_invoice() -> None:
    first = Settlement([line("asa", usd("50"), mechanism="advance", work="")], {"asa": party()})
    second = Settlement([line("asa", usd("80"), settlement_id="s2")], {"asa": party()}, settlement_id="s2", through="2026-11", before=first)
    assert [(row["mechanism"], row["amount"]) for row in second.rows("receivables.csv")] == [("per_output", "80"), ("recoupment", "-50")]
    assert second.payments()["asa", "USD"]["paid"] == "30"


def test_a_returned_payment_is_reopened_and_paid_again(tmp_path: Path) -> None:
    known = {"asa": party(withholding_rate="0.1")}
    first = Settlement([line("asa", usd("100"))], known)
    paid = first.payments()["asa", "USD"]
    returns = came_back(first, paid["payment_id"])
    second = Settlement([], known, settlement_id="s2", through="2026-11", before=first, returns=returns)
    row = second.payments()["asa", "USD"]
    assert (row["opening"], row["credited"], row["returned"], row["paid"], row["withheld"], row["closing"]) == (
        "0",
        "100",
        "100",
        "90",
        "10",
        "0",
    )
    assert faults(second, tmp_path, first) == []


def test_who_has_no_movement_gets_no_row_and_keeps_the_balance() -> None:
    known = {"asa": party(payout={"threshold": "10"}), "bo": party(), "cy": party()}
    first = Settlement([line(name, usd("5.001")) for name in known], known)
    second = Settlement([line("bo", usd("1"), settlement_id="s2")], known, settlement_id="s2", through="2026-11", before=first)
    assert [row["party_id"] for row in second.rows("payments.csv")] == ["bo"]
    assert {name for name in second.files if name.startswith("statements/")} == {
        f"statements/bo.{kind}" for kind in ("csv", "html", "json", "pdf")
    }
    before, after = (settlement.text("state/balances.ndjson").splitlines() for settlement in (first, second))
    assert [text for text in before if '"bo"' not in text] == [text for text in after if '"bo"' not in text]
    assert "cy" not in second.looked_up


def test_breaches_are_listed_as_found() -> None:
    breach = Breach(
        "denied_use",
        "training",
        "songfox",
        "v1",
        "isrc:w1",
        "w1",
        "=Song",
        "recording",
        "asa",
        "2026-10",
        "2026-10-03",
        "run-1",
        Nano(NANO),
        ZERO_NANO,
        Pico(5),
        "USD",
    )
    row = Settlement([], {}, breaches=[breach]).rows("breaches.csv")[0]
    assert (row["kind"], row["title"], row["quantity"], row["amount"]) == ("denied_use", "'=Song", "1", "0.000000000005")


def counting(calls: list[int]) -> Callable[[Collection[str]], Mapping[str, Any]]:
    """A register that knows nobody; `calls` gets how many were asked for at a time."""

    def lookup(ids: Collection[str]) -> Mapping[str, Any]:
        calls.append(len(ids))
        return {}

    return lookup


@pytest.mark.parametrize(("payees", "asked"), [(3, [4]), (4, [4, 1]), (8, [4, 1, 4, 1])])
def test_parties_are_looked_up_a_few_hundred_at_a_time(monkeypatch: pytest.MonkeyPatch, payees: int, asked: list[int]) -> None:
    assert (emission.LOOKUP_MAX, emission.LOOKUP_LINES_MAX, emission.COPIED_MAX) == (500, 5_000, 20_000)
    monkeypatch.setattr(emission, "LOOKUP_MAX", 4)
    entries = owned(*[line(f"p{n}", 1) for n in range(payees)])
    calls: list[int] = []
    emission.emit(Inputs(Head("s1", "2026-10", CUTOFF), entries, counting(calls)), MemorySink())
    assert calls == [*asked, 1]  # the last one is for the invoice


@pytest.mark.parametrize(("lines", "lots"), [(3, 1), (4, 1), (5, 2)])
def test_payees_of_many_lines_are_settled_in_lots(monkeypatch: pytest.MonkeyPatch, lines: int, lots: int) -> None:
    monkeypatch.setattr(emission, "LOOKUP_LINES_MAX", 4)
    entries = owned(*[line(f"p{n}", 1) for n in range(lines)])
    calls: list[int] = []
    emission.emit(Inputs(Head("s1", "2026-10", CUTOFF), entries, counting(calls)), MemorySink())
    assert len(calls) == lots + 1


@pytest.mark.parametrize(("limit", "pdfs"), [(2, 2), (1, 0)])
def test_a_settlement_of_many_statements_leaves_pdf_to_whoever_asks(monkeypatch: pytest.MonkeyPatch, limit: int, pdfs: int) -> None:
    monkeypatch.setattr(documents, "PDF_STATEMENTS_MAX", limit)
    settlement = Settlement([line("asa", usd("1")), line("bo", usd("1"))], {"asa": party(), "bo": party()})
    assert sum(name.startswith("statements/") and name.endswith(".pdf") for name in settlement.files) == pdfs
    assert sum(name.endswith(".html") for name in settlement.files) == 2


@pytest.mark.parametrize(("limit", "drawn"), [(3, ["asa", "bo"]), (2, ["asa"]), (1, ["bo"])])
def test_long_statements_leave_pdf_to_whoever_asks(monkeypatch: pytest.MonkeyPatch, limit: int, drawn: list[str]) -> None:
    """A row takes up to ten milliseconds: a hundred statements of 2,000 works in Thai outlived the function that seals."""
    monkeypatch.setattr(documents, "PDF_ROWS_MAX", limit)
    lines = [line("asa", usd("1")), line("asa", usd("1"), month="2026-09", adjusts="s0"), line("bo", usd("1"))]
    settlement = Settlement(lines, {"asa": party(), "bo": party()})
    assert [name for name in settlement.files if name.startswith("statements/") and name.endswith(".pdf")] == [
        f"statements/{who}.pdf" for who in drawn
    ]


def test_pages_are_written_of_so_many_payees_and_json_and_csv_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "HTML_STATEMENTS_MAX", 1)
    settlement = Settlement([line("asa", usd("1")), line("bo", usd("1"))], {"asa": party(), "bo": party()})
    assert sorted(name for name in settlement.files if name.startswith("statements/") and not name.endswith(".pdf")) == [
        *("statements/asa.csv", "statements/asa.html", "statements/asa.json"),
        *("statements/bo.csv", "statements/bo.json"),
    ]


def test_a_free_text_never_becomes_a_formula() -> None:
    lines = [
        line("asa", usd("1"), title='=HYPERLINK("x")', model="=1+1"),
        line("", usd("1"), account=SUSPENSE, reason="unregistered", model="+model", title="@title"),
    ]
    breach = Breach(
        "denied_use",
        "training",
        "songfox",
        "=2+2",
        "isrc:w",
        "w",
        "=3",
        "recording",
        "",
        "2026-10",
        "2026-10-01",
        "run-1",
        Nano(1),
        ZERO_NANO,
        ZERO_PICO,
        "",
    )
    settlement = Settlement(lines, {"asa": party("@evil")}, breaches=[breach])
    assert settlement.rows("lines.csv")[-1]["title"] == '\'=HYPERLINK("x")'
    assert settlement.rows("breaches.csv")[0]["model"] == "'=2+2"
    assert settlement.rows("payments.csv")[0]["name"] == "'@evil"
    dangerous = ("=", "+", "@", "\t")
    for name, content in settlement.files.items():
        if name.endswith(".csv"):
            assert not [cell for row in csv.reader(content.decode().splitlines()) for cell in row if cell.startswith(dangerous)]
