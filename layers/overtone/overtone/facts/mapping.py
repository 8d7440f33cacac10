"""How a reporter's export names our columns and writes its values: every service's CSV differs, and none will change it for us."""

from collections.abc import Callable, Sequence
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field, field_validator, model_validator

from overtone.errors import Fault, Rejected
from overtone.facts import cells
from overtone.facts.cells import DECIMALS_MAX
from overtone.facts.corrections import TABLE_EXTRAS
from overtone.facts.usage import COLUMNS, RECORDING
from overtone.fields import Model

TABLE_COLUMNS: Final = (*COLUMNS, *TABLE_EXTRAS)
NAMES_MAX: Final = 200
NAME_LENGTH_MAX: Final = 200
VALUES_MAX: Final = 1_000
SKIPPED_LINES_MAX: Final = 100

ColumnName = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH_MAX)]
Encoding: TypeAlias = Literal[
    "utf-8", "utf-16", "latin-1", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "iso8859-2", "iso8859-9", "iso8859-15",
    "koi8-r", "mac-roman", "shift-jis", "euc-jp", "euc-kr", "gb18030", "big5",
]  # fmt: skip
CellReader: TypeAlias = Callable[[str], str]


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _our(name: str) -> str:
    if name not in TABLE_COLUMNS:
        raise ValueError(f"{name!r} is no column of ours; use {', '.join(TABLE_COLUMNS)}")
    return name


class Rule(Model):
    """What a column of theirs means, and how its values are written.

    `prefix` stands before each value that lacks it (`isrc:`), `format` is that of days or months, `values` turns theirs into ours
    (`{"Streaming": "stream"}`), `decimals` is how many of an amount are kept, half-even.
    """

    column: str
    prefix: Annotated[str, Field(max_length=NAME_LENGTH_MAX)] = ""
    format: Annotated[str, Field(max_length=NAME_LENGTH_MAX)] = ""
    values: Annotated[dict[str, str], Field(max_length=VALUES_MAX)] = Field(default_factory=dict)
    decimals: Annotated[int, Field(ge=0, le=DECIMALS_MAX)] | None = None

    _named = field_validator("column")(_our)

    @model_validator(mode="after")
    def _fits(self) -> "Rule":
        if self.format:
            try:
                cells.day_pattern(self.format)
            except Rejected as error:
                raise ValueError(error.detail) from error
        for said, only, what in ((self.format, "used_on", "format"), (self.decimals is not None, "revenue", "decimals")):
            if said and self.column != only:
                raise ValueError(f"{what} is for {only} alone")
        return self


class Mapping(Model):
    """`columns` maps a reporter's headers to ours, `constants` gives a value for a column that it has not.

    Headers are compared without case and surplus blanks. A header that is neither mapped nor one of ours is refused, or left out with
    `others: ignore`. With `row_numbers` a record's id is its file's (or batch's) name and the number of its row;
    who cuts a file into batches says of each of them where in the file it begins (`rows_of`, `first_row`).
    """

    columns: Annotated[dict[ColumnName, str | Rule], Field(max_length=NAMES_MAX)] = Field(default_factory=dict)
    constants: Annotated[dict[str, ColumnName], Field(max_length=len(TABLE_COLUMNS))] = Field(default_factory=dict)
    others: Literal["refuse", "ignore"] = "refuse"
    row_numbers: bool = False
    decimal_mark: Literal[".", ","] = "."
    thousands: Literal["", ".", ",", " ", "'", "\u00a0", "\u202f"] = ""
    separator: Literal["", ",", ";", "\t", "|"] = ""
    skip_lines: Annotated[int, Field(ge=0, le=SKIPPED_LINES_MAX)] = 0
    encoding: Encoding = "utf-8"

    @field_validator("columns")
    @classmethod
    def _name_our_columns(cls, columns: dict[str, str | Rule]) -> dict[str, str | Rule]:
        ours = [_our(said) if isinstance(said, str) else said.column for said in columns.values()]
        if len(set(map(_plain, columns))) < len(columns) or len(set(ours)) < len(ours):
            raise ValueError("a header or a column stands twice; map each once")
        return columns

    @field_validator("constants")
    @classmethod
    def _are_our_columns(cls, constants: dict[str, str]) -> dict[str, str]:
        for name in sorted(constants):
            _our(name)
        return constants

    @model_validator(mode="after")
    def _says_one_thing(self) -> "Mapping":
        mapped = {rule.column for rule in self.rules().values()}
        if both := sorted(mapped & set(self.constants)):
            raise ValueError(f"{both[0]} is mapped and constant; choose one")
        if self.row_numbers and "record_id" in mapped | set(self.constants):
            raise ValueError("record_id is mapped, and row_numbers makes it; choose one")
        if self.decimal_mark == self.thousands:
            raise ValueError(f"{self.thousands!r} stands before decimals and between thousands; choose one")
        return self

    def rules(self) -> dict[str, Rule]:
        """The rule of each of their headers, in plain spelling. Under a header called ISRC stand bare ISRCs."""
        rules = {_plain(theirs): said if isinstance(said, Rule) else Rule(column=said) for theirs, said in self.columns.items()}
        bare = rules.get(RECORDING.rstrip(":"))
        if bare and bare.column == "subject" and not bare.prefix:
            rules[RECORDING.rstrip(":")] = bare.model_copy(update={"prefix": RECORDING})
        return rules

    def named(self, header: Sequence[str]) -> list[str | None]:
        """Our column for each header, `None` for those to leave out; raises `Rejected` for what cannot be told."""
        ours = {theirs: rule.column for theirs, rule in self.rules().items()}
        taken = {*ours.values(), *self.constants} | ({"record_id"} if self.row_numbers else set())
        known = ours | {name: name for name in TABLE_COLUMNS if name not in taken and name not in ours}
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

    def readers(self) -> dict[str, CellReader]:
        """By our column, what reads a value of theirs; columns whose values are written as ours are left out."""
        found: dict[str, CellReader] = {}
        if self.decimal_mark != "." or self.thousands:
            found |= dict.fromkeys(("revenue", "quantity"), cells.ungrouped(self.decimal_mark, self.thousands))
        for rule in self.rules().values():
            steps: list[CellReader] = []
            numbers = found.get(rule.column)
            if rule.values:
                steps.append(_translated(rule.values, numbers or str))
            elif numbers:
                steps.append(numbers)
            if rule.format:
                steps.append(_dated(rule.format))
            if rule.prefix:
                steps.append(_prefixed(rule.prefix))
            if steps:
                found[rule.column] = _chained(steps)
        return found

    @property
    def decimals(self) -> int | None:
        """How many decimals of revenue are kept; `None` where more than can be kept are refused."""
        return next((rule.decimals for rule in self.rules().values() if rule.decimals is not None), None)


def _translated(values: dict[str, str], otherwise: CellReader) -> CellReader:
    ours = {_plain(theirs): our for theirs, our in values.items()}
    return lambda text: ours[_plain(text)] if _plain(text) in ours else otherwise(text)


def _dated(form: str) -> CellReader:
    return lambda text: cells.day(text, form)


def _prefixed(prefix: str) -> CellReader:
    return lambda text: text if not text or text.lower().startswith(prefix.lower()) else prefix + text


def _chained(steps: list[CellReader]) -> CellReader:
    def read(text: str) -> str:
        for step in steps:
            text = step(text)
        return text

    return read
