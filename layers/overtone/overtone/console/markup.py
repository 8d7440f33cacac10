"""From a view to HTML: templates that escape everything, the navigation, and figures as people read them."""

import hashlib
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

from jinja2 import Environment, PackageLoader, Undefined, UndefinedError
from jinja2.utils import missing

from overtone.console import plots
from overtone.console.navigation import areas
from overtone.console.routing import View, here
from overtone.console.session import SignedIn
from overtone.console.words import said
from overtone.money import format_amount, parse_amount
from overtone.payout import words
from overtone.scales import ZERO_PICO

MEDIA_TYPES: Final = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


class Lacking(Undefined):
    """A field that an answer of the API lacks is nothing; a name that no page gave to its template is a mistake."""

    def __init__(self, hint: str | None = None, obj: Any = missing, name: str | None = None, exc: type[Any] = UndefinedError) -> None:  # noqa: ANN401 - Jinja's own signature
        if obj is missing:
            raise UndefinedError(hint or f"{name!r} is given by no page")
        super().__init__(hint, obj, name, exc)


class Asset(NamedTuple):
    """A file that pages refer to, and a name for its content."""

    content: str
    media_type: str
    digest: str


@lru_cache(maxsize=16)
def asset(name: str) -> Asset | None:
    """A file of `static/`."""
    if name not in {"console.css", "console.js", "icon.svg"}:
        return None
    content = (files("overtone.console") / "static" / name).read_text(encoding="utf-8")
    return Asset(content, MEDIA_TYPES[name.rpartition(".")[2]], hashlib.sha256(content.encode()).hexdigest()[:12])


def asset_url(name: str) -> str:
    """Its address, which changes with its content."""
    found = asset(name)
    return f"/console/static/{name}?{found.digest if found else ''}"


def total(amounts: list[str]) -> str:
    """The exact sum of decimal strings."""
    return format_amount(sum(map(parse_amount, amounts), ZERO_PICO))


def instant(text: str) -> str:
    """`2026-11-10T06:00:00.000000Z` as `2026-11-10 06:00 UTC`."""
    return f"{text[:10]} {text[11:16]} UTC" if len(text) > len("2026-11-10T06:00") else text


def duration(seconds: int) -> str:
    """So many seconds as people say it, to the larger unit and the one below."""
    for unit, name, below, lower in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= unit:
            return f"{seconds // unit} {name} {seconds % unit // below} {lower}"
    return f"{seconds} s"


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates. What they do not know is an error, and everything in them is escaped."""
    made = Environment(loader=PackageLoader("overtone.console"), autoescape=True, undefined=Lacking, trim_blocks=True, lstrip_blocks=True)
    made.filters |= {"money": words.shown, "month": words.month, "short_month": words.short_month, "instant": instant}
    made.filters |= {"total": total, "duration": duration}
    made.globals |= {"here": here, "asset_url": asset_url, "bars": plots.bars, "columns": plots.columns, "said": said}
    return made


def page(view: View, person: SignedIn | None, path: str, done: str = "") -> str:
    """The whole page."""
    beside: dict[str, Any] = {"person": person, "areas": areas(person, path), "done": done, "again_seconds": view.again_seconds}
    return environment().get_template(view.template).render({**view.shown, **beside, "here_path": path})
