"""Bodies that nobody means well with: each is refused or kept, and none breaks anything."""

import copy
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.stack import Stack

PARTY: dict[str, Any] = {
    "name": "Ann",
    "kind": "creator",
    "country": "SE",
    "payout": {"currency": "SEK", "method": "none", "threshold": "1"},
    "mandates": [{"society": "stim", "rights": ["recording"], "uses": ["play"], "admin_fee": "0.1"}],
    "effective_from": "2026-01-01",
}
WORK: dict[str, Any] = {
    "title": "Song",
    "kind": "recording",
    "identifiers": ["isrc:SEABC2600001"],
    "shares": [{"party": "ann", "share": "1"}],
    "permissions": {"training": {"default": "limit", "max_share": "0.5", "licensees": {"fox": {"default": "deny"}}}},
    "disputed": False,
}
DEAL: dict[str, Any] = {
    "licensee": "fox",
    "licensor": "ann",
    "currency": "SEK",
    "from": "2026-01-01",
    "to": "2027-01-01",
    "territories": ["SE"],
    "models": ["m"],
    "sides": {"recording": "0.5", "composition": "0.5"},
    "mfn_group": "g",
    "terms": [
        {"mechanism": "per_output", "rate": "0.1", "uses": ["stream"], "confidence": {"min": "0.6", "fallback": "training"}},
        {"mechanism": "advance", "amount": "10"},
    ],
}
NASTY = ["", "0", "-1", "1e9", "*", "ann", "9" * 1_000, "../x", "a#b", "\x00", "\u202e", "0001-01-01", "9999-12-31", "isrc:SEABC2600001"]
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | NUMBERS | st.text(max_size=20) | st.sampled_from(NASTY)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3), max_leaves=8
)


def paths(content: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    return [at, *(path for step, inner in steps for path in paths(inner, (*at, step)))]


@st.composite
def damaged(draw: st.DrawFn, valid: dict[str, Any]) -> Any:
    content: Any = copy.deepcopy(valid)
    path = draw(st.sampled_from(paths(content)))
    value = draw(JSON)
    if not path:
        return value
    parent = content
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = value
    return content


@pytest.mark.parametrize(
    ("path", "valid"),
    [
        ("parties/ann", PARTY),
        ("works/w-1", WORK),
        ("deals/d-1", DEAL),
        ("parties/ann/mapping", {"columns": {"a": "quantity"}, "constants": {"use": "stream"}}),
    ],
)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_body_breaks_anything(path: str, valid: dict[str, Any], stack: Stack, data: st.DataObject) -> None:
    if not stack.items("RegistryTable"):
        for name, kind in (("stim", "society"), ("ann", "creator"), ("fox", "licensee")):
            body = {"name": name, "kind": kind, "country": "SE"}
            assert stack.http("PUT", f"/v1/parties/{name}", party=None, scope="admin", json=body).status == 201
        assert stack.http("PUT", f"/v1/{path}", party="ann", scope="registry.write", json=valid).status in {200, 201}
    body = data.draw(damaged(valid))
    reply = stack.http(
        "PUT",
        f"/v1/{path}",
        party="ann",
        scope="registry.write",
        body=orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS),
        headers={"content-type": "application/json"},
    )
    assert reply.status in {200, 201, 400, 403, 409, 422}, reply.text
    assert stack.errors == []
    if reply.status < 300:
        kept = stack.http("GET", f"/v1/{path}", party="ann", scope="registry.write")
        assert kept.status == 200
