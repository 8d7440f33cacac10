"""Deals of one group recoup their advances together, the oldest first."""

from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from overtone.money import PICO
from overtone.payout.accounts import PartyState
from overtone.payout.fx import Rates
from overtone.payout.movements import Movements, PayoutRules, Settled
from overtone.payout.payees import settle
from overtone.payout.recoupment import Period
from overtone.payout.runs import runs_of
from tests.model.recouping import kept, standing
from tests.unit.settled import line, owned

# --- deals that recoup together

GROUP = {"a": "career", "b": "career"}

RECOUPING = st.lists(
    st.dictionaries(
        st.sampled_from(["a", "b", "c"]),
        st.tuples(st.sampled_from([0, 0, 0, 50, 100]), st.sampled_from(["2026-01", "2026-03", "2026-05"]), st.integers(-60, 120)),
        min_size=1,
    ),
    max_size=8,
)


def recouped_together(settlements: Any, groups: Any) -> tuple[list[Settled], PartyState]:
    """Settlements one after the other, each with what deals advanced (for a month) and what was earned under them."""
    state, done = PartyState("asa"), []
    for number, deals in enumerate(settlements, start=1):
        movements, lines = Movements(), []
        for deal, (advanced, month, earned) in deals.items():
            for mechanism, of, amount in (("advance", month, advanced), ("per_output", "2026-06", earned)):
                lines.append(line("asa", amount * PICO, deal=deal, mechanism=mechanism, month=of))
        movements.take(runs_of(owned(*lines)))
        terms = PayoutRules(Period(f"s{number}", f"2026-{number:02d}"), Rates(), recoup_groups=groups)
        done.append(settle(PartyState.decode(state.encode()), movements, None, terms))
        state = done[-1].state
    return done, state


def test_golden_term_9_the_oldest_advance_of_a_group_is_recouped_first_by_any_of_its_deals() -> None:
    """Advances 100 (deal A, January) and 50 (deal B, March); 120 earned under B in April: A's 100 first, then 20 of B's; 30 left."""
    settlements = [{"b": (50, "2026-03", 0), "a": (100, "2026-01", 0)}, {"b": (0, "", 120)}]
    done, state = recouped_together(settlements, GROUP)
    assert {deal: advance.unrecouped // PICO for (deal, _), advance in state.advances.items()} == {"a": 0, "b": 30}
    assert [(entry.deal_id, entry.advance, entry.amount // PICO) for entry in done[-1].recouped] == [("b", "a", 100), ("b", "b", 20)]
    (account,) = done[-1].accounts
    assert account.closing == 150 * PICO  # both advances, which nobody could be paid yet; all that was earned paid them back
    alone, _ = recouped_together(settlements, {})
    assert [(entry.deal_id, entry.amount // PICO) for entry in alone[-1].recouped] == [("b", 50)]


@given(RECOUPING)
def test_a_group_never_recoups_twice_and_the_slow_model_agrees(settlements: Any) -> None:
    done, state = recouped_together(settlements, GROUP)
    for deals in ({"a", "b"}, {"c"}):
        mine = [
            {deal: (Fraction(up), month, Fraction(earned)) for deal, (up, month, earned) in one.items() if deal in deals}
            for one in settlements
        ]
        recouped = [sum(entry.amount for entry in settled.recouped if entry.deal_id in deals) for settled in done]
        opened = next((place for place, one in enumerate(mine) if any(up for up, _, _ in one.values())), len(mine))
        assert recouped == [0] * opened + [PICO * part for part in kept(mine[opened:])]
        left = {deal: advance.unrecouped for (deal, _), advance in state.advances.items() if deal in deals}
        assert left == {deal: PICO * amount for deal, amount in standing(mine[opened:]).items()}
        assert all(advance.unrecouped >= 0 for advance in state.advances.values())
