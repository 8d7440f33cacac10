"""Where a line's money is said to come from: the places in which the work was used, as far as the line's deal reaches."""

from overtone.lines import LineKey
from overtone.scales import Pico
from overtone.scenarios.comparison import Compared, Comparison
from overtone.scenarios.viewer import Viewer

LINE = LineKey("2026-10", "d", "per_output", "lab", "", "w", "", "recording", "party", "ann", "ann", "", "EUR")


def by_place(places: dict[str, int], before: set[str] | None, after: set[str] | None) -> dict[str, tuple[int, int]]:
    sums = Comparison(Viewer())
    sums.places = {("w", "lab"): places}
    sums.scopes = {"d": frozenset(before)} if before else {}, {"d": frozenset(after)} if after else {}
    sums.add([Compared(LINE, Pico(100), Pico(200))])
    return {place: (was, becomes) for (_, place), (was, becomes) in sums.sums["territories"].items()}


def test_each_world_is_split_by_what_its_own_deal_reaches() -> None:
    assert by_place({"SE": 1, "NO": 3}, {"SE"}, None) == {"SE": (100, 50), "NO": (0, 150)}
    assert by_place({"SE": 1, "NO": 3}, None, None) == {"SE": (25, 50), "NO": (75, 150)}


def test_a_use_that_names_no_place_is_within_every_deal() -> None:
    """A deal covers it wherever it is limited to, so its money stays where it was earned: nowhere in particular."""
    assert by_place({"*": 9, "SE": 1, "NO": 90}, {"SE"}, {"SE"}) == {"*": (90, 180), "SE": (10, 20)}


def test_what_no_place_is_known_of_has_none() -> None:
    assert by_place({}, None, {"SE"}) == by_place({"NO": 4}, {"SE"}, {"SE"}) == {"": (100, 200)}
    assert by_place({"SE": 0, "NO": 0}, None, None) == {"SE": (100, 200)}
