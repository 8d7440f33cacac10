"""A name longer than a key can be is the name of nothing: no route breaks on it, wherever it stands in the request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from tests.integration.test_tenancy import BODIES, IDS, OPERATIONS, Asked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.test_tenancy import House

LONG: Final = ("x" * 1_025, "x" * 2_049)
"""Longer than a sort key of DynamoDB's, and than a partition key."""
SERVER_ERROR: Final = 500


@pytest.mark.parametrize("asked", OPERATIONS, ids=repr)
def test_no_route_breaks_on_a_name_that_no_key_can_have(house: House, asked: Asked) -> None:
    """It was looked for all the same, which DynamoDB refuses: the caller was told of an internal error, and an alarm rang."""
    token = f"Bearer {house.stack.token('ann', 'admin finance')}"
    broken = []
    for long in LONG:
        tries = [(asked.path, {name: long}) for name in asked.query] + [(path, {}) for path in paths(asked.template, long)]
        for path, query in tries:
            body = None if asked.method in {"GET", "DELETE"} else BODIES.get(asked.template, {})
            reply = house.stack.http(asked.method, path, headers={"authorization": token}, query=query, json=body)
            if reply.status >= SERVER_ERROR:
                broken.append((path[:60], list(query), reply.status, reply.text[:200]))
    assert not broken, broken


def paths(template: str, long: str) -> Iterator[str]:
    """The path with the long name in the place of each of its own."""
    for changed in re.findall(r"\{(\w+)\}", template):
        path = template.replace(f"{{{changed}}}", long)
        yield re.sub(r"\{(\w+)\}", lambda found: IDS.get(found[1], "x-1"), path)
