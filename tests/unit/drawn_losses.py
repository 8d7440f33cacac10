"""What payees lost, and what corrections moved, as a state keeps it: any of it."""

from __future__ import annotations

from hypothesis import strategies as st

from overtone.payout.given_up import Losses, Lost, MonthSum

NAME = st.text(st.sampled_from('ab|#:"\\é\u2028'), max_size=6)
AMOUNT = st.integers(-(10**30), 10**30)
SUMS = st.lists(st.builds(MonthSum, NAME, NAME, NAME, NAME, AMOUNT, NAME), max_size=2)
LOST = st.builds(Lost, NAME, NAME, NAME, NAME, AMOUNT, AMOUNT, st.lists(st.tuples(NAME, NAME), max_size=2))
LOSSES = st.builds(Losses, st.lists(LOST, max_size=2), SUMS, SUMS)
