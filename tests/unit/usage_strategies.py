"""Usage as Hypothesis draws it: few ids and days, so that records collide."""

from typing import Any

from hypothesis import strategies as st

USES = ["stream", "download", "generation", "sync", "other"]
AMOUNTS = st.one_of(
    st.sampled_from(["0", "0.0360", "0.036", "999999999999999.999999999999"]),
    st.decimals(0, 1000, places=4, allow_nan=False).map(str),
)
SUBJECTS = st.one_of(
    st.integers(0, 4).map(lambda n: f"output:gen-{n:06d}"), st.sampled_from(["isrc:USRC17607839", "output:A~b", "isrc:SEABC2600001"])
)
IDS = st.one_of(
    st.integers(0, 6).map(lambda n: f"r-{n}"),
    st.uuids().map(str),
    st.uuids().map(lambda u: f"play:{u}"),
    st.uuids().map(lambda u: u.hex),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=128),
)


@st.composite
def records(draw: st.DrawFn, ids: st.SearchStrategy[str] = IDS, days: tuple[str, ...] = ("2026-10-03",)) -> dict[str, Any]:
    quantity = draw(st.one_of(st.integers(0, 5), st.integers(0, 10**9)))
    paid = draw(st.booleans()) and quantity
    return {
        "record_id": draw(ids),
        "revision": draw(st.integers(0, 3)),
        "subject": draw(SUBJECTS),
        "use": draw(st.sampled_from(USES)),
        "used_on": draw(st.sampled_from(days)),
        "quantity": quantity,
        **({"revenue": draw(AMOUNTS), "currency": draw(st.sampled_from(["USD", "SEK"]))} if paid else {}),
        "territory": draw(st.sampled_from(["SE", "US", "*"])),
    }
