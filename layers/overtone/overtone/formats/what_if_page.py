"""A what-if as one self-contained HTML page: no script, no request, every text escaped; it prints, and follows light and dark."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from overtone.formats import what_if_charts

PAGES: Final = Path(__file__).parent / "pages"
ROWS_MAX: Final = 100
"""Payees and works that the page lists; the tables beside it hold all."""


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("what_if.html")


def render(document: Mapping[str, Any]) -> bytes:
    """The page of an `outcome.document`."""
    return _template().render(document=document, charts=what_if_charts, rows_max=ROWS_MAX).encode() + b"\n"
