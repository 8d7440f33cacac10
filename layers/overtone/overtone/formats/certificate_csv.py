"""What was withheld from payees in a year, as tax offices want to read it: a CSV with a row for each payee, country and currency."""

import csv
import io
from collections.abc import Iterable
from typing import NamedTuple, Self

from overtone.formats.settlement_csv import safe
from overtone.money import format_amount
from overtone.payout.year import YearSums
from overtone.rights.registry import Party


class CertificateRow(NamedTuple):
    """The columns; amounts are what stayed so, without what banks sent back."""

    year: str
    authority: str
    party_id: str
    name: str
    tax_id: str
    currency: str
    gross: str
    withheld: str
    paid: str
    payments: str

    @staticmethod
    def about(party_id: str, party: Party | None) -> tuple[str, str, str, str]:
        """Whose it is, for which authority; empty texts where the record says nothing."""
        if party is None:
            return "", party_id, "", ""
        return party.country, party_id, safe(str(party.name)), safe(party.tax.id or "") if party.tax else ""

    @classmethod
    def of(cls, year: str, party_id: str, party: Party | None, currency: str, sums: YearSums, payments: int) -> Self:
        """From a payee's record and its sums."""
        figures = sums.paid + sums.withheld, sums.withheld, sums.paid
        gross, withheld, paid = map(format_amount, figures)
        return cls(year, *cls.about(party_id, party), currency, gross, withheld, paid, str(payments))


def written(rows: Iterable[CertificateRow]) -> str:
    """The file."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(CertificateRow._fields)
    writer.writerows(rows)
    return buffer.getvalue()
