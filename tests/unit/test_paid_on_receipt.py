"""Where a stack or a deal pays on receipt, a payee gets its part of what came in, and the rest waits."""

from typing import Any

import pytest

from overtone.payout.accounts import PartyState
from overtone.payout.money_in import Collection, Debtor, Reversal, WriteOff
from overtone.payout.movements import PaysOn
from overtone.payout.receivables import Billing, Receivables
from overtone.scales import Pico
from tests.unit.payees import euro_rates, one, settled
from tests.unit.settled import line, party, usd

# --- paid on receipt


RECEIPT = PaysOn(on_receipt=True)


def billed(*amounts: tuple[str, str], collected: str = "0") -> tuple[Receivables, dict[str, PartyState]]:
    """One invoice of 2026-10 for these payees, some of it paid."""
    receivables, states = Receivables(), {}
    positive = 0
    for name, amount in amounts:
        outcome = settled(line(name, usd(amount)), who=party(), state=PartyState(name), pays_on=RECEIPT, receivables=receivables)
        assert (one(outcome).paid, one(outcome).uncollected, one(outcome).status) == (0, usd(amount), "not_collected")
        positive += sum(outcome.billed.values())
        states[name] = outcome.state
    debtor = Debtor("songfox", "USD")
    receivables.bill(debtor, Pico(sum(usd(amount) for _, amount in amounts)), Pico(positive), Billing("s1", "2026-11-05"))
    receivables.collect(Collection("c1", *debtor, usd(collected), "2026-11-20"))
    return receivables, states


@pytest.mark.parametrize(("received", "paid"), [("6", ("2", "4")), ("12", ("4", "8")), ("15", ("5", "10")), ("0", ("0", "0"))])
def test_golden_case_5_what_was_received_is_shared_in_proportion_to_what_is_owed(received: str, paid: tuple[str, str]) -> None:
    receivables, states = billed(("asa", "5"), ("bo", "10"), collected=received)
    for (name, state), amount in zip(states.items(), paid, strict=True):
        account = one(settled(who=party(name), state=state, period=("s2", "2026-11"), pays_on=RECEIPT, receivables=receivables))
        assert account.paid == usd(amount)
        assert account.closing == account.uncollected


def test_a_part_of_a_partly_paid_invoice_is_floored_and_all_of_it_paid_when_all_is_collected() -> None:
    receivables, states = billed(("asa", "1"), ("bo", "1"), ("cy", "1"), collected="1")
    first = settled(who=party(), state=states["asa"], period=("s2", "2026-11"), pays_on=RECEIPT, receivables=receivables)
    assert (one(first).paid, one(first).uncollected) == (usd("0.33"), usd("1") - 333_333_333_333)
    receivables.collect(Collection("c2", "songfox", "USD", usd("2"), "2026-12-01"))
    second = settled(who=party(), state=first.state, period=("s3", "2026-12"), pays_on=RECEIPT, receivables=receivables)
    assert (one(second).paid, one(second).closing, second.state.uncollected) == (usd("0.67"), 0, [])


def test_what_is_written_off_is_taken_off_the_payee_who_waited_for_it() -> None:
    receivables, states = billed(("asa", "5"), ("bo", "10"), collected="6")
    receivables.write_off(WriteOff("w1", 1, "bankrupt"))
    outcome = settled(who=party(), state=states["asa"], period=("s2", "2026-11"), pays_on=RECEIPT, receivables=receivables)
    assert (one(outcome).paid, one(outcome).written_off, one(outcome).closing) == (usd("2"), usd("3"), 0)


def given_up(receivables: Receivables, number: int) -> Receivables:
    """As the next settlement reads them, and hears that an invoice is given up."""
    found = Receivables.decode([*receivables.encode()])
    assert found.write_off(WriteOff(f"w{number}", number, "bankrupt"), "2026-12-01")
    return found


def test_what_is_given_up_is_taken_off_once_however_long_the_payee_waits_for_the_rest() -> None:
    """Each settlement while a payee was on hold took the same part off once more: of 4 that had come it was paid nothing in the end."""
    receivables, states = billed(("asa", "10"), collected="4")
    receivables, state = given_up(receivables, 1), states["asa"]
    for number in range(2, 6):
        outcome = settled(who=party(on_hold=True), state=state, period=(f"s{number}", "2026-11"), pays_on=RECEIPT, receivables=receivables)
        assert (one(outcome).written_off, one(outcome).closing) == (usd("6") if number == 2 else 0, usd("4"))
        receivables, state = Receivables.decode([*receivables.encode()]), PartyState.decode(outcome.state.encode())
    receivables.reverse(Reversal("c1", "songfox", "USD", usd("4"), "2026-12-05"))
    receivables, waits = given_up(receivables, 1), settled(who=party(), state=state, pays_on=RECEIPT, receivables=receivables)
    assert (one(waits).paid, one(waits).uncollected, one(waits).written_off) == (0, usd("4"), 0)
    nothing = settled(who=party(), state=waits.state, pays_on=RECEIPT, receivables=receivables)
    assert (one(nothing).written_off, one(nothing).closing, nothing.state.uncollected) == (usd("4"), 0, [])


def test_what_a_credit_note_paid_of_an_invoice_is_not_lost_with_the_rest_of_it() -> None:
    """The payee had 4 taken off by the note, and lost the 4 that it paid a second time with the 6 that were given up."""
    receivables, states = billed(("asa", "10"))
    less = settled(line("asa", usd("-4")), who=party(), state=states["asa"], pays_on=RECEIPT, receivables=receivables)
    receivables.bill(Debtor("songfox", "USD"), Pico(-usd("4")), Pico(0), Billing("s2", "2026-12-05"))
    outcome = settled(who=party(), state=less.state, pays_on=RECEIPT, receivables=given_up(receivables, 1))
    assert (one(outcome).written_off, one(outcome).closing, outcome.state.uncollected) == (usd("6"), 0, [])


def test_what_changed_hands_is_not_lost_with_the_little_that_was_new_on_the_invoice() -> None:
    """Of a paid 100 that turned out to be another payee's nothing was given up: it went with the 10 that were billed beside it."""
    receivables, states = billed(("asa", "100"), collected="100")
    assert one(settled(who=party(), state=states["asa"], pays_on=RECEIPT, receivables=receivables)).paid == usd("100")
    bo = settled(line("bo", usd("110")), who=party("bo"), state=PartyState("bo"), period=("s2", "2026-11"), pays_on=RECEIPT)
    receivables.bill(Debtor("songfox", "USD"), usd("10"), usd("110"), Billing("s2", "2026-12-05"))
    outcome = settled(who=party("bo"), state=bo.state, period=("s3", "2026-12"), pays_on=RECEIPT, receivables=given_up(receivables, 2))
    assert (one(outcome).written_off, one(outcome).paid, one(outcome).closing) == (usd("10"), usd("100"), 0)


def test_what_changed_hands_goes_on_waiting_for_the_older_invoice_when_the_newer_is_given_up() -> None:
    receivables, _ = billed(("asa", "100"))
    bo = settled(line("bo", usd("110")), who=party("bo"), state=PartyState("bo"), period=("s2", "2026-11"), pays_on=RECEIPT)
    receivables.bill(Debtor("songfox", "USD"), usd("10"), usd("110"), Billing("s2", "2026-12-05"))
    receivables = given_up(receivables, 2)
    waits = settled(who=party("bo"), state=bo.state, period=("s3", "2026-12"), pays_on=RECEIPT, receivables=receivables)
    assert (one(waits).written_off, one(waits).paid, one(waits).uncollected) == (usd("10"), 0, usd("100"))
    receivables = Receivables.decode([*receivables.encode()])
    receivables.collect(Collection("c2", "songfox", "USD", usd("100"), "2026-12-20"))
    outcome = settled(who=party("bo"), state=waits.state, period=("s4", "2027-01"), pays_on=RECEIPT, receivables=receivables)
    assert (one(outcome).written_off, one(outcome).paid, one(outcome).closing) == (0, usd("100"), 0)


def test_what_was_let_go_and_not_paid_waits_again_when_the_money_goes_back_and_what_was_paid_stays() -> None:
    receivables, states = billed(("asa", "10"), collected="4")
    first = settled(who=party(on_hold=True), state=states["asa"], receivables=receivables, pays_on=RECEIPT)
    assert (one(first).paid, one(first).uncollected) == (0, usd("6"))
    gone = Reversal("c1", "songfox", "USD", usd("4"), "2026-11-25")
    receivables.reverse(gone)
    second = settled(who=party(), state=first.state, receivables=receivables, pays_on=RECEIPT)
    assert (one(second).paid, one(second).uncollected, one(second).status) == (0, usd("10"), "not_collected")
    receivables.collect(Collection("c2", "songfox", "USD", usd("4"), "2026-11-26"))
    third = settled(who=party(), state=second.state, receivables=receivables, pays_on=RECEIPT)
    assert (one(third).paid, one(third).uncollected) == (usd("4"), usd("6"))
    receivables.reverse(gone._replace(collection_id="c2"))
    fourth = settled(who=party(), state=PartyState.decode(third.state.encode()), receivables=receivables, pays_on=RECEIPT)
    assert fourth.state.outstanding("USD") == usd("6")
    receivables.collect(Collection("c3", "songfox", "USD", usd("10"), "2026-11-27"))
    fifth = settled(who=party(), state=fourth.state, receivables=receivables, pays_on=RECEIPT)
    assert (one(fifth).paid, fifth.state.uncollected) == (usd("6"), [])


def test_what_waited_before_payees_kept_what_they_were_paid_is_read() -> None:
    stored = b'{"party":"asa","waiting":true,"balances":{"USD":"9"},"format":2,"uncollected":[["s1","songfox","USD","9","4"]]}'
    (entry,) = PartyState.decode(stored).uncollected
    assert (entry.amount, entry.released, entry.kept) == (9, 4, 0)


def test_a_deal_may_pay_at_once_where_the_stack_waits() -> None:
    pays_on = PaysOn(on_receipt=True, deals={"deal-2": False})
    outcome = settled(line("asa", usd("5")), line("asa", usd("7"), deal="deal-2"), who=party(), pays_on=pays_on)
    assert (one(outcome).paid, one(outcome).uncollected) == (usd("7"), usd("5"))


def test_only_collected_money_is_converted_reserved_and_held_against() -> None:
    who = party(payout={"currency": "EUR"}, reserve={"rate": "0.2", "periods": 2})
    receivables, states = billed(("asa", "10"), collected="4")
    outcome = settled(who=who, state=states["asa"], period=("s2", "2026-11"), rates=euro_rates(), pays_on=RECEIPT, receivables=receivables)
    euro, dollar = one(outcome, "EUR"), one(outcome)
    assert (euro.converted, euro.reserve_held, euro.paid) == (usd("3.6"), usd("0.72"), usd("2.88"))
    assert (dollar.closing, dollar.uncollected, dollar.status) == (usd("6"), usd("6"), "not_collected")


def test_nothing_is_held_back_of_what_waits_for_a_licensee() -> None:
    who, waits = party(reserve={"rate": "0.2", "periods": 2}), PaysOn(on_receipt=True, deals={"deal-2": False})
    both = settled(line("asa", usd("100")), line("asa", usd("10"), deal="deal-2"), who=who, pays_on=waits)
    assert (one(both).reserve_held, one(both).uncollected, one(both).paid) == (usd("2"), usd("100"), usd("8"))


def test_what_another_licensee_owes_by_now_waits_for_that_one() -> None:
    """A levy whose revision names another administrator: the first one's credit note let go what the other had not paid yet."""
    receivables, levy = Receivables(), "levy:tax"
    about: dict[str, Any] = {"deal": levy, "mechanism": "levy"}
    first = settled(line("asa", usd("10"), licensee="guild", **about), who=party(), pays_on=RECEIPT, receivables=receivables)
    receivables.bill(Debtor("guild", "USD"), usd("10"), usd("10"), Billing("s1", "2026-11-05"))
    moved = line("asa", usd("-10"), licensee="guild", **about), line("asa", usd("10"), licensee="union", **about)
    second = settled(*moved, who=party(), state=first.state, period=("s2", "2026-11"), pays_on=RECEIPT, receivables=receivables)
    assert second.billed == {Debtor("union", "USD"): usd("10")}
    receivables.bill(Debtor("guild", "USD"), Pico(-usd("10")), Pico(0), Billing("s2", "2026-12-05"))
    receivables.bill(Debtor("union", "USD"), usd("10"), usd("10"), Billing("s2", "2026-12-05"))
    third = settled(who=party(), state=second.state, period=("s3", "2026-12"), pays_on=RECEIPT, receivables=receivables)
    assert (one(third).paid, one(third).uncollected) == (0, usd("10"))
    receivables.collect(Collection("c1", "union", "USD", usd("10"), "2026-12-20"))
    fourth = settled(who=party(), state=third.state, period=("s4", "2027-01"), pays_on=RECEIPT, receivables=receivables)
    assert (one(fourth).paid, fourth.state.uncollected) == (usd("10"), [])


def test_what_is_given_up_in_two_steps_is_lost_in_both_by_whom_a_correction_between_them_credited() -> None:
    """Of 100 came 50; the rest was given up, and all of it moved to bo; then the 50 were recalled, and given up as well."""
    receivables, states = billed(("asa", "100"), collected="50")
    about: dict[str, Any] = {"pays_on": RECEIPT, "receivables": given_up(receivables, 1), "period": ("s2", "2026-11")}
    first = settled(line("asa", usd("-100"), adjusts="s1"), who=party(on_hold=True), state=states["asa"], **about)
    assert (one(first).written_off, one(first).restored, one(first).closing) == (0, usd("50"), 0)
    bo = settled(line("bo", usd("100"), adjusts="s1"), who=party("bo"), state=PartyState("bo"), **about)
    debtor = Debtor("songfox", "USD")
    moves = first.moves[debtor]["2026-10"]
    moves.add(bo.moves[debtor]["2026-10"])
    about["receivables"].bill(debtor, Pico(0), usd("100"), Billing("s2", "2026-12-05"), {"2026-10": moves})
    assert Receivables.decode(about["receivables"].encode()).lets_go("s2", debtor, usd("50")) == (usd("50"), 0)
    about["receivables"].reverse(Reversal("c1", *debtor, usd("50"), "2026-12-10"))
    about |= {"receivables": given_up(about["receivables"], 1), "period": ("s3", "2026-12")}
    outcome = settled(who=party("bo"), state=PartyState.decode(bo.state.encode()), **about)
    assert (one(outcome).written_off, one(outcome).closing, outcome.state.uncollected) == (usd("100"), 0, [])


def test_what_is_given_up_of_another_month_or_licensee_comes_back_to_nobody() -> None:
    receivables, states = billed(("asa", "10"))
    receivables = given_up(receivables, 1)
    less = line("asa", usd("-4"), adjusts="s1", licensee="owl"), line("asa", usd("-4"), adjusts="s0")
    outcome = settled(*less, who=party(), state=states["asa"], period=("s2", "2026-11"), pays_on=RECEIPT, receivables=receivables)
    assert (one(outcome).written_off, one(outcome).restored, one(outcome).closing) == (usd("10"), 0, -usd("8"))
