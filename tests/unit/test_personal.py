"""Which files name people, and when their time is over."""

import pytest

from overtone.payout.personal import kept_until, names_people


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("payments.csv", True),
        ("statements/asa.json", True),
        ("statements/asa.pdf", True),
        ("reports/asa@fox.dsr.tsv", True),
        ("pain001-EUR.xml", True),
        ("pain001-EUR-2.xml", True),
        ("ach-USD.txt", True),
        ("lines.csv", False),
        ("manifest.json", False),
        ("state/balances.ndjson", False),
        ("societies/stim.csv", False),
        ("invoices/fox-EUR.pdf", False),
        ("journal.csv", False),
    ],
)
def test_a_file_names_people_or_does_not_by_its_name(name: str, *, names: bool) -> None:
    assert names_people(name) is names


@pytest.mark.parametrize(("days", "until"), [(0, "2026-11-10"), (365, "2027-11-10"), (3650, "2036-11-07")])
def test_the_last_day_on_which_a_file_is_there(days: int, until: str) -> None:
    assert kept_until("2026-11-10T06:00:00.123Z", days) == until
