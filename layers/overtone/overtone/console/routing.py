"""Pages as data: flat modules of decorated functions, as the API's routes are.

pages = Pages()

@pages.get("/console/works/{work_id}")
def work(visit: Visit) -> View: ...
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from overtone.console.backend import Backend
from overtone.console.session import SignedIn

NUMBER_DIGITS_MAX: Final = 15


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of somebody who is signed in. `query` and `form` have one value per name."""

    person: SignedIn
    api: Backend
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class View:
    """A page: its template, and what it shows. `again_seconds` has the browser ask again after so long."""

    template: str
    shown: Mapping[str, Any] = field(default_factory=dict)
    again_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The browser goes on somewhere: to a page of the console with a word about what was done, or where an API said a file is."""

    location: str
    done: str = ""


@dataclass(frozen=True, slots=True)
class Download:
    """A file as an API answered it."""

    content: str
    media_type: str
    name: str
    base64: bool = False


Outcome = View | Elsewhere | Download
Page = Callable[[Visit], Outcome]


@dataclass(frozen=True, slots=True)
class PageRoute:
    """One method on one path, and the function that answers it."""

    method: str
    path: str
    pattern: re.Pattern[str]
    page: Page


class Pages:
    """The pages of one module."""

    def __init__(self) -> None:
        self._declared: list[PageRoute] = []

    def __iter__(self) -> Iterator[PageRoute]:
        return iter(self._declared)

    def get(self, path: str) -> Callable[[Page], Page]:
        """A page to look at."""
        return self._route("GET", path)

    def post(self, path: str) -> Callable[[Page], Page]:
        """A form that changes something."""
        return self._route("POST", path)

    def _route(self, method: str, path: str) -> Callable[[Page], Page]:
        pattern = re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)) + r"\Z")

        def declare(page: Page) -> Page:
            self._declared.append(PageRoute(method, path, pattern, page))
            return page

        return declare


def number_in(text: str) -> int | str:
    """The whole number that a field of a form says; else its text, of which the API says what is wrong."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= NUMBER_DIGITS_MAX else text


def rows_named(form: Mapping[str, str], column: str) -> list[int]:
    """The numbers of the rows of a table in a form, by one of its columns: its fields are `column-1`, `column-2` and so on."""
    found = (number_in(name.removeprefix(f"{column}-")) for name in form if name.startswith(f"{column}-"))
    return sorted(number for number in found if isinstance(number, int))


def here(*segments: str) -> str:
    """A path of the console of which each segment is escaped."""
    return "/".join(["/console", *(quote(segment, safe="") for segment in segments)])
