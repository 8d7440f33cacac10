"""Figures that others published, to the last digit: MECHANISMS.md's golden cases 1, 2 and 6.

Cases 3 to 5 are about payees and stand with the tests of societies, payees and recoupment.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from overtone.mechanisms import levy
from overtone.money import PICO
from overtone.scales import Pico
from tests.unit.stories import Story

AHRA: dict[str, Any] = {
    "label": "17 U.S.C. 1006",
    "children": [
        {
            "fraction": "2/3",
            "label": "Sound Recordings Fund",
            "children": [
                {"fraction": "0.02625", "label": "off the top: 2 5/8 %", "party": "musicians"},
                {"fraction": "0.01375", "label": "off the top: 1 3/8 %", "party": "vocalists"},
                {
                    "fraction": "0.96",
                    "children": [{"fraction": "0.6", "party": "labels"}, {"fraction": "0.4", "party": "featured"}],
                },
            ],
        },
        {
            "fraction": "1/3",
            "label": "Musical Works Fund",
            "children": [{"fraction": "1/2", "party": "publishers"}, {"fraction": "1/2", "party": "writers"}],
        },
    ],
}
DPRA: dict[str, Any] = {
    "label": "17 U.S.C. 114(g)(2)",
    "children": [
        {"fraction": "0.50", "party": "owner"},
        {"fraction": "0.45", "party": "featured"},
        {"fraction": "0.05", "children": [{"fraction": "1/2", "party": "musicians"}, {"fraction": "1/2", "party": "vocalists"}]},
    ],
}


def by_party(amount: str, tree: dict[str, Any]) -> dict[str, str]:
    return {party: paid for (party, _), paid in Story().levy(amount, tree).settled().paid().items()}


def test_1_the_us_levy_on_digital_audio_recorders() -> None:
    # Of 100: 2/3 x 0.96 x 0.6 = 38.4; 2/3 x 0.96 x 0.4 = 25.6; 2/3 x 0.02625 = 1.75; 2/3 x 0.01375 = 0.91666...; 1/6 = 16.66666...
    # Three parties are 2/3 of a pico over: the two picos left go to the larger weights, publishers and writers.
    assert by_party("100", AHRA) == {
        "labels": "38.4",
        "featured": "25.6",
        "musicians": "1.75",
        "vocalists": "0.916666666666",
        "publishers": "16.666666666667",
        "writers": "16.666666666667",
    }


def test_1_its_fractions_are_exact() -> None:
    found = {leaf.node.party: leaf.fraction for leaf in levy.leaves(levy.distribution(AHRA))}
    assert found == {
        "labels": Fraction("0.384"),
        "featured": Fraction("0.256"),
        "musicians": Fraction("0.0175"),
        "vocalists": Fraction("0.55") / 60,
        "publishers": Fraction(1, 6),
        "writers": Fraction(1, 6),
    }
    assert sum(found.values()) == 1


@pytest.mark.parametrize("pico", [1, 2, 3, 7, 999_999_999_999, 123_456_789_012_345_678_901])
def test_1_every_pico_of_it_goes_somewhere(pico: int) -> None:
    parts = levy.shared_out(Pico(pico), levy.distribution(AHRA))
    assert sum(parts.values()) == pico
    for leaf in levy.leaves(levy.distribution(AHRA)):
        assert abs(parts[leaf.path] - pico * leaf.fraction) < 1


def test_2_the_us_digital_performance_right() -> None:
    assert by_party("100", DPRA) == {"owner": "50", "featured": "45", "musicians": "2.5", "vocalists": "2.5"}
    # 0.05 / 2 of one cent is a quarter of a thousandth: exact.
    assert by_party("0.01", DPRA) == {"owner": "0.005", "featured": "0.0045", "musicians": "0.00025", "vocalists": "0.00025"}


STIM = (
    {"mechanism": "training_run", "fee": "900", "split": "equal"},
    {"mechanism": "per_output", "revenue_share": "0.3", "confidence": {"min": "0.6", "fallback": "training", "basis": "presence"}},
)


def stim() -> Story:
    """Three works, one of them longer than the others, all trained on."""
    return (
        Story()
        .work("long", {"ann": "1"})
        .work("short", {"bo": "1"})
        .work("duet", {"ann": "0.5", "cy": "0.5"})
        .deal("stim", None, *STIM)
        .trained("run", {"long": "60", "short": "3", "duet": "3"})
    )


def test_6_the_training_fee_goes_equally_over_all_licensed_works() -> None:
    assert stim().settled().paid("training_run") == {
        ("ann", "long"): "300",
        ("bo", "short"): "300",
        ("ann", "duet"): "150",
        ("cy", "duet"): "150",
    }


def test_6_output_money_goes_by_attribution() -> None:
    # 0.3 x 100 = 30 of revenue, 0.8 of it to `short`, 0.2 to `duet`.
    told = stim().output("o", {"short": "0.8", "duet": "0.2"}, confidence="0.9").used("o", 1000, "100").settled()
    assert told.paid("per_output") == {("bo", "short"): "24", ("ann", "duet"): "3", ("cy", "duet"): "3"}


def test_6_where_attribution_is_not_reliable_it_goes_by_analogy_with_use_in_training() -> None:
    # The same 30, below the confidence of 0.6: a third to each work that the model was trained on.
    told = stim().output("o", {"short": "0.8", "duet": "0.2"}, confidence="0.59").used("o", 1000, "100").settled()
    assert told.paid("per_output") == {("ann", "long"): "10", ("bo", "short"): "10", ("ann", "duet"): "5", ("cy", "duet"): "5"}
    assert sum(posting.amount for _, posting in told.lines("per_output")) == 30 * PICO
