"""Keys of what finance and banks record in LedgerTable, made and parsed here."""

from typing import Final

from overtone.aws.keys import Key

BANK_ANSWERS: Final = "BANKANSWERS"
"""The `pk` of everything that banks answered to payment files."""


def bank_answer(settlement_id: str, number: int, page: int) -> Key:
    """A page of the bank's `number`-th answer to a settlement's payments."""
    return Key(BANK_ANSWERS, f"{settlement_id}#{number:06d}#{page:03d}")


def bank_answer_number(sk: str) -> int:
    """Which answer a page belongs to."""
    return int(sk.split("#")[1])
