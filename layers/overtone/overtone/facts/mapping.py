"""How a reporter's export names our columns: every service's CSV differs, and none will change it for us."""

from collections.abc import Sequence
from typing import Annotated, Final, Literal

from pydantic import Field, field_validator, model_validator

from overtone.errors import Fault, Rejected
from overtone.facts.usage import COLUMNS
from overtone.fields import Model

NAMES_MAX: Final = 200
NAME_LENGTH_MAX: Final = 200

ColumnName = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH_MAX)]


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


class Mapping(Model):
    """`columns` maps a reporter's headers to ours, `constants` gives a value for a column that it has not.

    Headers are compared without case and surplus blanks. A header that is neither mapped nor one of ours is
    refused, or left out with `others: ignore`.
    """

    columns: Annotated[dict[ColumnName, str], Field(max_length=NAMES_MAX)] = Field(default_factory=dict)
    constants: Annotated[dict[str, ColumnName], Field(max_length=len(COLUMNS))] = Field(default_factory=dict)
    others: Literal["refuse", "ignore"] = "refuse"

    @field_validator("columns")
    @classmethod
    def _name_our_columns(cls, columns: dict[str, str]) -> dict[str, str]:
        if unknown := sorted(set(columns.values()) - set(COLUMNS)):
            message = f"{unknown[0]!r} is no column of ours; use {', '.join(COLUMNS)}"
            raise ValueError(message)
        if len(set(map(_plain, columns))) < len(columns) or len(set(columns.values())) < len(columns):
            message = "a header or a column stands twice; map each once"
            raise ValueError(message)
        return columns

    @field_validator("constants")
    @classmethod
    def _are_our_columns(cls, constants: dict[str, str]) -> dict[str, str]:
        if unknown := sorted(set(constants) - set(COLUMNS)):
            message = f"{unknown[0]!r} is no column of ours; use {', '.join(COLUMNS)}"
            raise ValueError(message)
        return constants

    @model_validator(mode="after")
    def _says_one_thing(self) -> "Mapping":
        if both := sorted(set(self.columns.values()) & set(self.constants)):
            message = f"{both[0]} is mapped and constant; choose one"
            raise ValueError(message)
        return self

    def named(self, header: Sequence[str]) -> list[str | None]:
        """Our column for each header, `None` for those to leave out; raises `Rejected` for what cannot be told."""
        ours = {_plain(theirs): name for theirs, name in self.columns.items()}
        taken = {*ours.values(), *self.constants}
        known = ours | {name: name for name in COLUMNS if name not in taken and name not in ours}
        names = [known.get(_plain(theirs)) for theirs in header]
        faults = [
            Fault("there is no such column; map it, or ignore others", theirs)
            for theirs, name in zip(header, names, strict=True)
            if name is None
        ]
        if faults and self.others == "refuse":
            raise Rejected(f"the header cannot be read: {faults[0].field!r}: {faults[0].message}", faults)
        found = [name for name in names if name is not None]
        if twice := sorted({name for name in found if found.count(name) > 1}):
            raise Rejected(
                f"the header cannot be read: two columns are our {twice[0]}", [Fault("two columns of the file have this meaning", twice[0])]
            )
        return names
