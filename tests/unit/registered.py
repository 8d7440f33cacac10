"""Parties, works and deals as they are registered, for tests of the rules."""

from typing import Any

import pytest

from overtone.errors import OvertoneError
from overtone.fields import Model
from overtone.rights.registration import Actor
from overtone.rights.registry import Party
from overtone.rights.versions import Entity, Version

ANN, BOB = Actor("ann"), Actor("bob")

ADMIN, FINANCE = Actor("", admin=True), Actor("", finance=True)

AT = "2026-10-01T00:00:00.000000Z"


def party(**change: object) -> Party:
    return Party.model_validate({"name": "Ann", "kind": "creator", "country": "SE"} | change)


def entity(content: Model, entity_id: str = "ann", owner: str = "ann", author: str = "ann") -> Entity[Any]:
    return Entity(entity_id, owner, (Version(1, "0001-01-01", AT, author, content),))


def fields_of(error: pytest.ExceptionInfo[OvertoneError]) -> list[str]:
    return [fault.field for fault in error.value.faults]
