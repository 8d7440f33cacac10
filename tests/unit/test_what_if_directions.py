"""What others found when they asked the same: the directions in which other terms move money, on small worlds told in full.

User-centric payment moves money from the top to the middle: CNM and Deloitte, "Étude relative à l'impact d'un éventuel passage au UCPS"
(January 2021), direction only. Formulas of levies: `sqrt` damps, a cap takes from above it.
"""

from __future__ import annotations

from typing import Any

from overtone.formats import what_if_page
from overtone.lines import NOTHING
from overtone.money import parse_amount
from overtone.scenarios import inequality, outcome
from overtone.scenarios.comparison import Compared, Comparison
from overtone.scenarios.lens import Lens
from overtone.scenarios.viewer import Viewer
from tests.unit.random_changes import ASKED
from tests.unit.scenarios import Outcome, settle
from tests.unit.stories import LAB, Story

ABOUT = ASKED | {"basis": {"settlement_id": "2026-10", "cutoff": "2026-11-10"}}


def compared(story: Story, *steps: dict[str, Any]) -> dict[str, Any]:
    """The one currency of a what-if on a story."""
    worlds = settle(story.facts), settle(story.facts, lens=Lens.of(steps))
    found: dict[str, Any]
    (found,) = document(*worlds, ABOUT)["currencies"]
    return found


def document(before: Outcome, after: Outcome, about: dict[str, Any]) -> dict[str, Any]:
    sums = Comparison(Viewer())
    for key in sorted({*before.postings, *after.postings}):
        was, becomes = before.postings.get(key, NOTHING), after.postings.get(key, NOTHING)
        sums.add([Compared(key, was.amount, becomes.amount, was.shadow, becomes.shadow)])
    return outcome.document(about, sums, lambda ids: {name: f"Name of {name}" for name in ids})


def differences(found: dict[str, Any]) -> dict[str, int]:
    return {row["payee"]: parse_amount(row["difference"]) for row in found["payees"]}


LONG_TAIL = {"star": 10_000, "band": 3_000, "duo": 900, "solo": 400, "new": 90, "tiny": 10}


def levied(formula: str, **more: str) -> Story:
    """A levy over six works whose influence falls steeply."""
    story = Story().levy("1000", {"formula": formula, **more})
    for name, quantity in LONG_TAIL.items():
        story.party(name).work(f"w-{name}", {name: "1"}).output(f"o-{name}", {f"w-{name}": "1"}).used(f"o-{name}", quantity)
    return story


def test_the_square_root_gives_the_bottom_half_more_than_proportional() -> None:
    found = compared(levied("influence"), {"levies": [{"replace": "levy0", "formula": "sqrt_influence"}]})
    assert {name: difference > 0 for name, difference in differences(found).items()} == {
        "star": False,
        **dict.fromkeys(("band", "duo", "solo", "new", "tiny"), True),
    }
    assert found["inequality"]["bottom_half"] == {"before": "0.034722222", "after": "0.150165143"}
    assert found["totals"]["owed"]["difference"] == "0"


def test_a_cap_takes_from_above_it_alone() -> None:
    found = compared(levied("influence"), {"levies": [{"replace": "levy0", "formula": "capped_influence", "cap": "1000"}]})
    lost = {name for name, difference in differences(found).items() if difference < 0}
    assert lost == {"star"}, "the band is above the cap too, but less so than the star"
    assert all(differences(found)[name] > 0 for name, quantity in LONG_TAIL.items() if quantity < 1_000)
    assert (
        compared(levied("influence"), {"levies": [{"replace": "levy0", "formula": "capped_influence", "cap": "10000"}]})["moved"]["gained"]
        == "0"
    )


def test_equally_everybody_gets_the_same() -> None:
    found = compared(levied("influence"), {"levies": [{"replace": "levy0", "formula": "equal"}]})
    assert found["inequality"]["gini"]["after"] == "0"
    assert found["inequality"]["gini"]["before"] == "0.684953704"


def test_user_centric_moves_money_from_the_top_to_the_middle_where_the_platform_reports_by_listener() -> None:
    """Ten listeners pay 10 each. One plays the star all day; nine play the middle now and then. Each record bears its listener's money."""
    pool = {"mechanism": "revenue_pool", "share": "0.5", "basis": "usage"}
    story = Story().deal("plays", None, pool).earned("100")
    codes = {"star": "SEABC2600001", "middle": "SEABC2600002"}
    for name, code in codes.items():
        story.party(name).work(name, {name: "1"}, identifiers=[f"isrc:{code}"])
    story.used("isrc:SEABC2600001", 2_000, "10", use="stream")
    for _ in range(9):
        story.used("isrc:SEABC2600001", 10, "5", use="stream").used("isrc:SEABC2600002", 10, "5", use="stream")
    by_listener = [{"mechanism": "direct_play", "revenue_share": "0.5"}]
    found = compared(story, {"deals": [{"replace": "plays", "patch": {"terms": by_listener}}]})
    moved = differences(found)
    assert moved["star"] < 0 < moved["middle"]
    assert found["totals"]["owed"]["difference"] == "0", "the same money, otherwise shared"
    assert [row["before"] for row in found["payees"] if row["payee"] == "middle"] == ["2.064220183486"]
    assert [row["after"] for row in found["payees"] if row["payee"] == "middle"] == ["22.5"]


def test_what_a_buyout_spares_is_its_break_even() -> None:
    rate = {"mechanism": "micro_royalty", "rate": "0.5", "uses": ["stream"]}
    story = Story().party("ann").work("song", {"ann": "1"}).deal("lab-ann", "ann", rate).output("o", {"song": "0.5"}).used("o", 100)
    buyout = {"licensee": LAB, "licensor": "ann", "currency": "USD", "from": "2026-10-01"}
    terms = {"mechanism": "buyout", "amount": "20", "covers": ["micro_royalty"]}
    found = compared(story, {"deals": [{"add": "out", "deal": buyout | {"terms": [terms]}}]})
    (bought,) = found["buyouts"]
    assert (bought["paid"]["after"], bought["spared"]["after"], bought["break_even"]) == ("20", "25", "25")
    assert differences(found) == {"ann": -5 * 10**12}


def test_a_page_says_all_of_it_and_lets_no_title_act() -> None:
    story = levied("influence")
    hostile = "<script>alert(1)</script>\"'&"
    about = ABOUT | {"title": hostile, "about": hostile, "source": hostile, "change": [{"registry": [{"title": hostile}]}]}
    worlds = settle(story.facts), settle(story.facts, lens=Lens.of([{"levies": [{"replace": "levy0", "formula": "equal"}]}]))
    sums = document(*worlds, about)
    sums["currencies"][0]["payees"][0]["name"] = hostile
    page = what_if_page.render(sums).decode()
    assert "<script" not in page
    assert "alert(1)" in page
    assert page.count("<svg") == 3
    assert page.count("<caption>") >= 8, "a table behind each drawing"
    assert "prefers-color-scheme:dark" in page
    assert "@media print" in page
    assert "http" not in page.replace("http-equiv", ""), "it asks nobody for anything"
    assert what_if_page.render(ABOUT | {"format": 1, "currencies": []}).endswith(b"</html>\n")


def test_spreads_are_exact() -> None:
    assert inequality.spread([]) == inequality.spread([0, 0])
    assert inequality.written(inequality.spread([0, 0, 0, 4]).gini) == "0.75"
    assert inequality.written(inequality.spread([1, 1, 1, 1]).gini) == "0"
    assert [inequality.written(point) for point in inequality.lorenz([3, 1])[::50]] == ["0", "0.25", "1"]
    twelve = inequality.spread(list(range(1, 13)))
    assert [inequality.written(share) for share in twelve[1:]] == ["0.961538462", "0.294871795", "0.269230769"]
