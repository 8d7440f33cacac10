"""An account number of separators alone is none: nobody may state it, and a record that once did can be read."""

import pytest

from overtone import fields
from overtone.errors import Rejected
from overtone.rights.billing import Payout

NOWHERE = {"currency": "USD", "method": "swift", "bic": "DEUTDEFF", "account_number": " - "}


def test_an_account_number_without_a_character_is_refused() -> None:
    with pytest.raises(Rejected, match="account_number"):
        fields.validated(Payout, NOWHERE, "the payout")
    assert fields.validated(Payout, NOWHERE | {"account_number": "1-2 3a"}, "the payout").account_number == "123A"


@pytest.mark.parametrize("method", [{}, {"method": "ach", "routing_number": "021000021"}])
def test_one_that_was_let_in_before_is_paid_nothing(method: dict[str, str]) -> None:
    kept = fields.stored(Payout, NOWHERE | method | {"account_number": ""})
    assert (kept.is_payable, kept.ending) == (False, "")
