"""Which shares a CWR registration comes to: the two rights apart, and territories where others collect."""

from __future__ import annotations

from typing import Any

import pytest

from overtone.formats.cwr import transmission as cwr
from overtone.formats.works import registrations
from overtone.rights.registry import Work
from overtone.rights.shares import held
from overtone.territories import countries, tis
from tests.cwr_lines import person, transmission, work


def territory(
    kind: str, number: str, tis_number: int, shares: tuple[int, int] = (0, 0), *, included: bool = True
) -> tuple[str, dict[str, Any]]:
    pr, mr = shares
    said = {"interested_party": number, "pr_share": pr, "mr_share": mr, "sr_share": mr, "indicator": "I" if included else "E"}
    return kind, said | {"tis": tis_number}


WRITER = (person("SWR", "W1", "MOON", (5000, 0, 0)), territory("SWT", "W1", 2136, (5000, 0)))
PUBLISHER = person("SPU", "P1", "NIGHT", (5000, 10_000, 10_000), publisher_type="E")


def registered(*records: tuple[str, dict[str, Any]], version: str = "2.1") -> tuple[Work, tuple[str, ...]]:
    kind = "WRK" if version.startswith("3") else "NWR"
    (found,) = cwr.read(transmission(work(kind, "N1", "SONG", *records), group=kind, version=version)).works
    draft = registrations.from_cwr(found, "uni", {}, "both")
    return Work.model_validate({"title": "Song", "kind": "composition", "shares": draft.body["shares"]}), draft.warnings


def there(found: Work, place: str) -> dict[str, tuple[int, int]]:
    """Performance and mechanical in hundredths of a percent, by the number of the party."""
    both = held(found.shares, place, "performance"), held(found.shares, place, "mechanical")
    return {party.removeprefix("uni-ip-"): (both[0].get(party, 0) // 10**5, both[1].get(party, 0) // 10**5) for party in both[0] | both[1]}


def test_a_sub_publisher_has_what_it_collects_in_its_territory() -> None:
    found, warnings = registered(
        PUBLISHER,
        territory("SPT", "P1", 2136, (5000, 10_000)),
        territory("SPT", "P1", 752, included=False),
        person("SPU", "P2", "SUB", (0, 0, 0), publisher_type="SE"),
        territory("SPT", "P2", 752, (5000, 10_000)),
        *WRITER,
    )
    assert there(found, "SE") == {"P2": (5000, 10_000), "W1": (5000, 0)}
    assert there(found, "US") == there(found, "*") == {"P1": (5000, 10_000), "W1": (5000, 0)}
    assert warnings == ()
    assert [share.not_in for share in found.shares if share.party == "uni-ip-P1"] == [("SE",), ("SE",)]


def test_a_group_of_territories_is_each_of_its_countries() -> None:
    found, _ = registered(
        PUBLISHER,
        territory("SPT", "P1", 2136, (5000, 10_000)),
        territory("SPT", "P1", 2131, included=False),
        person("SPU", "P2", "SUB", (0, 0, 0), publisher_type="SE"),
        territory("SPT", "P2", 2131, (5000, 10_000)),
        *WRITER,
    )
    assert countries(2131) == ("DK", "NO", "SE")
    assert all(there(found, place)["P2"] == (5000, 10_000) for place in ("DK", "NO", "SE"))
    assert "P2" not in there(found, "FI")


def test_what_is_collected_counts_only_where_it_makes_the_whole() -> None:
    found, warnings = registered(
        PUBLISHER, person("SPU", "P2", "SUB", (0, 0, 0), publisher_type="SE"), territory("SPT", "P2", 752, (1000, 1000)), *WRITER
    )
    assert there(found, "SE") == there(found, "US")
    assert warnings == ("what is collected in SE does not make the whole; there, too, the shares of the world count",)


def test_a_number_of_no_territory_is_told() -> None:
    _, warnings = registered(PUBLISHER, territory("SPT", "P1", 2199, (5000, 10_000)), *WRITER)
    assert warnings == ("TIS 2199: no territory of today; shares there are left out",)


def test_version_3_counts_what_is_collected_everywhere() -> None:
    found, _ = registered(
        ("SPU", {"interested_party": "P1", "name": "NIGHT", "publisher_type": "E"}),
        territory("SPT", "P1", 2136, (5000, 10_000)),
        territory("SPT", "P1", 752, included=False),
        ("SPU", {"interested_party": "P2", "name": "SUB", "publisher_type": "SE"}),
        territory("SPT", "P2", 752, (4000, 10_000)),
        ("SWR", {"interested_party": "W1", "name": "MOON"}),
        territory("SWT", "W1", 2136, (5000, 0)),
        version="3.0",
    )
    assert there(found, "*") == {"P1": (5000, 10_000), "W1": (5000, 0)}
    assert there(found, "SE") == {"P2": (4000, 10_000), "W1": (5000, 0)}


@pytest.mark.parametrize("country", ["SE", "US", "YU"])
def test_a_countrys_number_leads_back_to_it(country: str) -> None:
    assert country == "YU" or countries(tis(country)) == (country,)
    assert tis(country) in {752, 840, 890}
