"""The field types that every model shares: strings at the door, exact integers and normal forms within.

The door is strict; what was let in once is read for ever (`stored`), though the lists that identifiers, codes and bank details are
checked against move on with the libraries that keep them.

Each type validates a decimal string, date or code, and serialises back to the same canonical
text, so a stored model and a sent one read alike.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, ValidationError, ValidationInfo, WithJsonSchema
from pydantic_core import ErrorDetails

from overtone import currencies, identifiers, money, territories
from overtone.errors import Fault, InvariantBroken, Rejected
from overtone.scales import Nano, Pico

_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])\Z", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
DAY_MIN: Final = "0001-01-01"
DAY_MAX: Final = "9999-12-31"


class Model(BaseModel):
    """What every model of facts has in common: nothing unknown gets in, nothing changes after."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def named_by_content(field: str) -> ConfigDict:
    """The configuration of a body whose id may be left out: it is called by what it says then."""

    def left_out(schema: dict[str, Any]) -> None:
        schema["required"].remove(field)

    return ConfigDict(json_schema_extra=left_out)


def day(text: object) -> str:
    """An ISO 8601 calendar day as text; raises `Rejected`. Days compare as texts."""
    if isinstance(text, str) and _DAY.match(text):
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            pass
    raise Rejected(f"{text!r} is not a day of the calendar; write it as YYYY-MM-DD")


def month(text: object) -> str:
    """A month `YYYY-MM` as text; raises `Rejected`."""
    if text is None:
        raise Rejected("say which month, as YYYY-MM")
    if not isinstance(text, str) or not _MONTH.match(text) or text < "0001":
        raise Rejected(f"{text!r} is not a month; write it as YYYY-MM")
    return text


def currency(text: object, day: str = "") -> str:
    """An ISO 4217 code of a currency with a minor unit, which it was on `day` where one is given; raises `Rejected`."""
    money.minor_digits(str(text))
    currencies.check_day(str(text), day)
    return str(text)


def territory(text: object) -> str:
    """A territory in its normal form: an ISO 3166-1 alpha-2 code, or `*` for the world; raises `Rejected`."""
    return territories.canonical(text)


def _non_negative_amount(text: object) -> Pico:
    pico = money.parse_amount(text)
    if str(text).startswith("-"):
        raise Rejected("an amount here is not negative and has no sign; a correction is a record of a higher revision")
    return pico


_STORED: Final = {"stored": True}


def is_stored(info: ValidationInfo) -> bool:
    """Whether what is validated was let in before: then a code that a list no longer knows stays as it is."""
    return bool(info.context and info.context.get("stored"))


def _checked(parse: Callable[[object], object]) -> BeforeValidator:
    """`parse` as a pydantic validator."""

    def validate(value: object, info: ValidationInfo) -> object:
        try:
            return parse(value)
        except Rejected as error:
            if is_stored(info) and isinstance(value, str):
                return value
            raise ValueError(error.detail) from error

    return BeforeValidator(validate)


def _text(parse: Callable[[str], str]) -> Callable[[object], str]:
    def checked(value: object) -> str:
        if not isinstance(value, str):
            raise Rejected("expected a string")
        return parse(value)

    return checked


def _slug_or_all(text: object) -> str:
    return "*" if text == "*" else identifiers.slug(text)


def _schema(pattern: str, example: str) -> WithJsonSchema:
    """How the OpenAPI document shows a value: the text that is sent, not the number that is kept."""
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": [example]})


_AMOUNT: Final = r"^-?((0|[1-9]\d{0,17})(\.\d{1,12})?|10{18}(\.0{1,12})?)$"
SHARE_PATTERN: Final = r"^(0(\.\d{1,9})?|1(\.0{1,9})?)$"
MONTH_PATTERN: Final = r"^\d{4}-(0[1-9]|1[0-2])$"
CURRENCY_PATTERN: Final = "^[A-Z]{3}$"
_WRITTEN: Final = PlainSerializer(money.format_amount, return_type=str)

Amount = Annotated[Pico, _checked(_non_negative_amount), _WRITTEN, _schema(_AMOUNT.replace("-?", ""), "12.34")]
"""Non-negative pico, from and to a decimal string."""
SignedAmount = Annotated[Pico, _checked(money.parse_amount), _WRITTEN, _schema(_AMOUNT, "-12.34")]
Share = Annotated[Nano, _checked(money.parse_share), PlainSerializer(money.format_share, return_type=str), _schema(SHARE_PATTERN, "0.25")]
"""Nano from 0 to 1e9, from and to a decimal string."""
Day = Annotated[str, _checked(day), WithJsonSchema({"type": "string", "format": "date"})]
CalendarMonth = Annotated[str, _checked(month), _schema(MONTH_PATTERN, "2026-10")]
Currency = Annotated[str, _checked(currency), _schema(CURRENCY_PATTERN, "EUR")]
Territory = Annotated[str, _checked(territory), _schema(r"^([A-Z]{2}|\*)$", "SE")]
Slug = Annotated[str, _checked(identifiers.slug), _schema("^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$", "songfox")]
SlugOrAll = Annotated[str, _checked(_slug_or_all), _schema(r"^(\*|[A-Za-z0-9][A-Za-z0-9._~-]{0,127})$", "songfox")]
"""A slug, or `*` for all of them."""
ALL_ALONE: Final = BeforeValidator(lambda said: ["*"] if said == "*" else said)
"""In a list of territories, models, services or uses `*` means all of them; so it does in its place."""


def or_all(schema: dict[str, Any]) -> None:
    """Let a list's JSON schema say that `*` may stand in its place."""
    listed = {name: schema.pop(name) for name in ("type", "items", "minItems", "maxItems") if name in schema}
    schema["anyOf"] = [listed, {"type": "string", "const": "*"}]


WorkKey = Annotated[str, _checked(identifiers.work_key), _schema("^(isrc|iswc|isni|work):.+$", "isrc:SEABC2600001")]
Ipi = Annotated[str, _checked(_text(identifiers.ipi)), _schema(r"^\d{1,11}$", "00130046332")]
Isni = Annotated[str, _checked(_text(identifiers.isni)), _schema(r"^[\dX ]{16,19}$", "0000000121032683")]

_REMEDIES: Final = {
    "extra_forbidden": "unknown field; remove it or correct its name",
    "missing": "missing; send this field",
}


def _causes(errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """Without a collection's "too short" where that only says that its items were faulty."""
    paths = [error["loc"] for error in errors]

    def is_echo(error: ErrorDetails) -> bool:
        size = len(error["loc"])
        deeper = any(len(path) > size and path[:size] == error["loc"] for path in paths)
        return error["type"] == "too_short" and deeper

    return [error for error in errors if not is_echo(error)]


_PLACED: Final = re.compile(r"(terms\.\d+): ")
"""What a check of the whole says of one of its terms begins with the term's path."""


_NOTHING: Final = object()
_FIELD: Final = re.compile(r"[a-z_][a-z0-9_]*\Z|\[key\]\Z", re.ASCII)


def _path(steps: Iterable[int | str], content: object) -> str:
    """Where in `content` something is, or is missing; without pydantic's names of a value's alternatives (`Tail`, `literal[True]`)."""
    path, here = list[str](), content
    for step in steps:
        inside = _inside(here, step)
        if inside is _NOTHING and isinstance(step, str) and not _FIELD.match(step):
            continue
        path.append(str(step))
        here = here if inside is _NOTHING else inside
    return ".".join(path)


def _inside(content: object, step: int | str) -> object:
    held: Any = content if isinstance(content, Mapping | list) else {}
    try:
        return held[step]
    except (LookupError, TypeError):
        return _NOTHING


def fault(error: ErrorDetails, content: object) -> Fault:
    """One of pydantic's errors as a `Fault` with the path of the field that was sent, and a remedy."""
    path = _path(error["loc"], content)
    message = _REMEDIES.get(error["type"]) or error["msg"].removeprefix("Value error, ")
    if not path and (placed := _PLACED.match(message)):
        path, message = placed[1], message[placed.end() :]
    return Fault(message, field=path)


_M = TypeVar("_M", bound=BaseModel)


def stored(model: type[_M], content: object) -> _M:
    """What was stored of a model, whatever the lists of today say of its codes; raises `InvariantBroken` where it is no such model."""
    try:
        return model.model_validate(content, context=_STORED)
    except ValidationError as error:
        raise InvariantBroken("committed_once", f"a stored {model.__name__} cannot be read: {error}") from error


def validated(model: type[_M], content: object, what: str) -> _M:
    """`content` (parsed JSON) as a model; raises `Rejected` that lists every faulty field by its path."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        faults = [fault(detail, content) for detail in _causes(error.errors(include_url=False))]
        first = f"{faults[0].field}: {faults[0].message}" if faults[0].field else faults[0].message
        raise Rejected(f"{what}: {first}", faults) from error
