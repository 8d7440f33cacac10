"""The top of a statement: who pays, when, into which account, for which months; and the calendar year so far, over many settlements."""

from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from overtone.errors import InvariantBroken
from overtone.formats import statement_html, statement_text
from overtone.money import stored_amount
from overtone.payout.accounts import FORMAT, PartyState
from overtone.payout.acknowledgements import Return
from overtone.payout.adjustments import AgreedOpening
from overtone.payout.movements import PaysOn
from overtone.payout.statement import Statement
from overtone.rights.billing import ENDING, Payout
from overtone.scales import ZERO_PICO
from tests.unit.settled import IBAN, PAYER, Settlement, line, party, usd

SAMPLES = Path(__file__).parent.parent / "samples" / "format-1"
CUTOFFS = ("2026-11-04T03:00:00.000000Z", "2026-12-04T03:00:00.000000Z", "2027-01-05T03:00:00.000000Z")


def told(settlement: Settlement, who: str = "asa") -> Statement:
    return Statement.parse(settlement.files[f"statements/{who}.json"])


def test_the_top_says_who_pays_when_into_which_account_and_for_which_months() -> None:
    settlement = Settlement([line("asa", usd("12.50"))], {"asa": party()})
    statement, (balance,) = told(settlement), told(settlement).balances
    root = ET.fromstring(settlement.text("pain001-USD.xml"))  # noqa: S314 - our own file
    assert balance.pay_day == root.findtext(".//{*}ReqdExctnDt/{*}Dt")
    assert (statement.payer, balance.method, balance.account_ending) == (PAYER.name, "sepa", IBAN[-4:])
    text = statement_text.render(statement)
    year, month, day = balance.pay_day.split("-")
    for words in ("For everything until October 2026", "USD 12.50", PAYER.name, f"{int(day)} ", year, f"ending in {IBAN[-4:]}"):
        assert words in text.partition("Your account in")[0], (words, month)
    assert IBAN not in text + statement_html.render(statement) + settlement.text("statements/asa.json")


@pytest.mark.parametrize(
    ("payout", "why"),
    [
        ({"threshold": "100"}, "below the amount from which you are paid"),
        ({"method": "none"}, "we have no bank details of yours"),
        ({"period": "year"}, "your payout period has not ended"),
    ],
)
def test_what_is_not_paid_yet_says_why(payout: dict[str, str], why: str) -> None:
    statement = told(Settlement([line("asa", usd("12.50"))], {"asa": party(payout=payout)}))
    assert not statement.balances[0].pay_day
    top = " ".join(statement_html.render(statement).partition("Your account in")[0].split())
    assert f"not yet; {statement.balances[0].status_words}" in top
    assert why in top


def test_a_payment_by_hand_has_no_day() -> None:
    statement = told(Settlement([line("asa", usd("12.50"))], {"asa": party()}, payer=None))
    assert (statement.balances[0].paid, statement.balances[0].pay_day) == ("12.5", "")
    assert "paid, outside the bank file" in " ".join(statement_text.render(statement).partition("Your account in")[0].split())


@pytest.mark.parametrize(
    ("details", "ending"),
    [
        ({"method": "sepa", "iban": IBAN, "account_number": "12345678"}, IBAN[-ENDING:]),
        ({"method": "swift", "bic": "DEUTDEFF", "account_number": "12345678"}, "5678"),
        ({"method": "ach", "routing_number": "021000021", "account_number": "12345678"}, "5678"),
        ({"method": "ach", "routing_number": "021000021", "account_number": "1234567"}, "567"),
        ({"method": "ach", "routing_number": "021000021", "account_number": "1"}, ""),
        ({"method": "ach", "routing_number": "021000021"}, ""),
        ({"method": "none", "iban": IBAN}, ""),
    ],
)
def test_an_account_is_known_by_its_last_four_characters_and_never_by_more_than_half(details: dict[str, str], ending: str) -> None:
    assert Payout.model_validate({"currency": "USD"} | details).ending == ending


def test_the_months_follow_those_of_the_settlement_before() -> None:
    settlement = Settlement([line("asa", usd("1"))], {"asa": party()}, through="2026-10")
    for through, first, words in (
        ("2026-10", "2026-10", "For October 2026,"),
        ("2026-11", "2026-11", "For November 2026,"),
        ("2027-01", "2026-11", "For November 2026 to January 2027,"),
    ):
        lines = [line("asa", usd("1"), settlement_id="s2")]
        statement = told(Settlement(lines, {"asa": party()}, settlement_id="s2", through=through, before=settlement))
        assert statement.first_month == first
        assert words in statement_text.render(statement)


def test_the_year_so_far_is_the_sum_of_its_settlements_without_what_came_back_and_starts_anew_in_january() -> None:
    known = {"asa": party(withholding_rate="0.3"), "bo": party("Bo", payout={"threshold": "1000"})}
    before: Settlement | None = None
    sums: defaultdict[str, int] = defaultdict(int)
    for number, cutoff in enumerate(CUTOFFS):
        lines = [line("asa", usd("10.005"), settlement_id=f"s{number}")]
        returns = []
        if number == 1 and before is not None:
            paid, withheld = (stored_amount(before.payments()["asa", "USD"][name]) for name in ("paid", "withheld"))
            returns = [Return(before.payments()["asa", "USD"]["payment_id"], "s0", "asa", "USD", paid, withheld, "AC04")]
        lines += [line("bo", usd("2"), settlement_id="s0")] * (number == 0)
        before = Settlement(
            lines, known, settlement_id=f"s{number}", through=("2026-10", "2026-11", "2026-12")[number], before=before, cutoff=cutoff,
            returns=returns,
        )  # fmt: skip
        statement = told(before)
        (balance,), (year,) = statement.balances, statement.year_to_date
        if cutoff.startswith("2027"):
            sums.clear()
        sums["earned"] += stored_amount(balance.earned)
        sums["paid"] += stored_amount(balance.paid) - (stored_amount(balance.returned) - stored_amount(balance.returned_tax))
        sums["withheld"] += stored_amount(balance.withheld) - stored_amount(balance.returned_tax)
        assert {name: stored_amount(getattr(year, name)) for name in sums} == sums
        assert (year.year, year.since) == (("2026", "s0") if number < len(CUTOFFS) - 1 else ("2027", "s2"))
        assert f"{year.year} so far" in statement_text.render(statement)
        assert f"{year.year} so far" in before.text("statements/asa.html")
    assert before is not None
    states = [PartyState.decode(text.encode()) for text in before.text("state/balances.ndjson").splitlines()]
    assert {state.party_id: state.year and state.year.year for state in states} == {"asa": "2027", "bo": None}


def test_states_of_the_first_format_are_read_and_those_of_a_later_version_are_refused() -> None:
    asa, bo = map(PartyState.decode, (SAMPLES / "balances.ndjson").read_bytes().splitlines())
    assert (asa.balances, asa.year, asa.uncollected[0].released) == ({"USD": 5 * 10**12, "EUR": -3}, None, 3)
    assert (bo.balances, bo.waiting, bo.refused) == ({"USD": 7}, False, {})
    again = PartyState.decode(asa.encode())
    assert again == asa
    late = asa.encode().replace(f'"format":{FORMAT}'.encode(), f'"format":{FORMAT + 1}'.encode())
    with pytest.raises(InvariantBroken, match=f"balance of asa has format {FORMAT + 1}"):
        PartyState.decode(late)


def test_who_owes_since_an_earlier_settlement_is_called_by_name_though_nothing_came_from_it_now() -> None:
    """The records of those alone were looked up of whom this settlement has lines, so a debtor was called by its id from then on."""
    known = {"asa": party(), "songfox": party("Songfox Inc", kind="licensee"), "otto": party("Otto Inc", kind="licensee")}
    paying = PaysOn(on_receipt=True)
    lines = [line("asa", usd("10")), line("asa", usd("20"), mechanism="advance", deal="adv", work="", title="")]
    before = Settlement(lines, known, pays_on=paying)
    opened = AgreedOpening("o-1", "asa", "USD", ZERO_PICO, ZERO_PICO, 1, "old", "kestrel", usd("5"))
    later = [line("asa", usd("1"), licensee="otto", settlement_id="s2", month="2026-11")]
    now = Settlement(
        later, known | {"kestrel": party("Kestrel", kind="licensee")}, settlement_id="s2", through="2026-11", before=before, pays_on=paying,
        facts=[opened],
    )  # fmt: skip
    assert [one.licensee_name for one in told(now).waiting] == ["Songfox Inc", "Otto Inc"]
    assert [(one.deal_id, one.licensee) for one in told(now).advances] == [("adv", "Songfox Inc"), ("old", "Kestrel")]
