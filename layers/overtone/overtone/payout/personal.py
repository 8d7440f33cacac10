"""Which files of a settlement name people, and how long they are kept.

Accounts must be kept, and a person's wish to be erased does not change that (GDPR, article 17(3)(b)); when the time is over nothing
justifies to keep them. Whatever else is sealed knows parties by their id alone and stays: with the register's personal data gone, an
id names nobody. The manifest keeps the digest of each file that is gone, so what is left is verified as before.
"""

from datetime import date, timedelta
from typing import Final

BY_NAME: Final = ("payments.csv", "statements/", "reports/", "self-billed/", "pain001-", "ach-")
"""How the names of such files begin."""


def names_people(name: str) -> bool:
    """Whether a settlement's file holds names or bank details."""
    return name.startswith(BY_NAME)


def kept_until(sealed_at: str, days: int) -> str:
    """The last day on which such files of a settlement are there."""
    return (date.fromisoformat(sealed_at[:10]) + timedelta(days=days)).isoformat()
