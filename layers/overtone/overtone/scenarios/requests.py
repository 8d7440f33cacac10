"""What somebody asks: which months, under which other terms, compared with what."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field, field_validator

from overtone.fields import CalendarMonth, Model, Slug
from overtone.scenarios.change import STEPS_MAX, ScenarioChange, Steps

MONTHS_MAX: Final = 12
SEALED: Final = "sealed"
ABOUT_LENGTH_MAX: Final = 4_000
TITLE_LENGTH_MAX: Final = 200


def _or_one(schema: dict[str, Any]) -> None:
    """What the document says of steps: several, or one as it is."""
    several = dict(schema)
    schema.clear()
    schema["anyOf"] = [several["items"], several]


class WhatIfRequest(Model):
    """The body of `POST /v1/what-ifs`.

    `change` is one step or several, each on what those before it left. `compare`: with what the months come to as sealed, or with
    what another what-if made of them. `title`, `about` and `source` are for people.
    """

    what_if_id: Slug
    months: Annotated[tuple[CalendarMonth, ...], Field(min_length=1, max_length=MONTHS_MAX, strict=False)]
    change: Annotated[Steps, Field(max_length=STEPS_MAX, strict=False, json_schema_extra=_or_one)]
    compare: Literal["sealed"] | Slug = SEALED
    title: Annotated[str, Field(max_length=TITLE_LENGTH_MAX)] = ""
    about: Annotated[str, Field(max_length=ABOUT_LENGTH_MAX)] = ""
    source: Annotated[str, Field(max_length=ABOUT_LENGTH_MAX)] = ""

    @field_validator("change", mode="before")
    @classmethod
    def _one_or_several(cls, change: object) -> object:
        return (change,) if isinstance(change, dict | ScenarioChange) else change

    @field_validator("months")
    @classmethod
    def _each_once(cls, months: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(months)) < len(months):
            raise ValueError("a month stands twice; name each once")
        return tuple(sorted(months))

    @property
    def steps(self) -> list[dict[str, Any]]:
        """The change as a plan keeps it."""
        return [step.model_dump(mode="json", by_alias=True, exclude_unset=True) for step in self.change]
