"""Keys of what finance and banks record in LedgerTable, made and parsed here."""

from typing import Final

from overtone.aws.keys import Key

FINANCE: Final = "FINANCE"
"""The `pk` of everything that finance records, in the order of its numbers."""


def finance_fact(number: int) -> Key:
    """A fact of finance's by its number."""
    return Key(FINANCE, f"{number:012d}")


def finance_id(kind: str, fact_id: str) -> Key:
    """The number of a fact that has an id of its own."""
    return Key(f"FINANCEID#{kind}", fact_id)


def money(licensee: str, currency: str, amount: str, day: str) -> Key:
    """Which collection is of this money."""
    return finance_id("money", f"{licensee}#{currency}#{day}#{amount}")


def proposal(kind: str, proposal_id: str) -> Key:
    """What one person of finance proposed and another one accepts."""
    return Key(f"PROPOSALS#{kind}", proposal_id)


def hold(hold_id: str) -> Key:
    """A hold that finance posted, with what was decided of it."""
    return Key("HOLDS", hold_id)


TAX_RATES: Final = Key("TAXRATES", "TABLE")
"""The table of tax rates, whole."""
BANK_ANSWERS: Final = "BANKANSWERS"
"""The `pk` of everything that banks answered to payment files."""


def bank_answer(settlement_id: str, number: int, page: int) -> Key:
    """A page of the bank's `number`-th answer to a settlement's payments."""
    return Key(BANK_ANSWERS, f"{settlement_id}#{number:06d}#{page:03d}")


def bank_answer_number(sk: str) -> int:
    """Which answer a page belongs to."""
    return int(sk.split("#")[1])


WHAT_IFS: Final = "WHATIFS"
"""The `pk` of all what-ifs, by who asked and by id."""


def what_if(asker: str, what_if_id: str) -> Key:
    """What somebody asked; of finance the asker is empty."""
    return Key(WHAT_IFS, f"{asker}#{what_if_id}")
