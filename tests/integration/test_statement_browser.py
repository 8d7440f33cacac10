"""A statement on a telephone, in a real browser: nothing is wider than the screen, no word is broken, each figure keeps its column's name.

Chromium is Debian's; where there is none these are skipped, with the reason. Screenshots stay under `out/statements/`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from overtone.formats import statement_html, tongue
from overtone.payout.statement import Statement
from tests.integration import browser
from tests.integration.browser import PHONE, SERIOUS
from tests.unit import everything

OUT = Path(__file__).parents[2] / "out" / "statements"
pytestmark = browser.NEEDED

TOO_WIDE = """() => [...document.querySelectorAll('section')].flatMap(section => {
    const wide = [...section.querySelectorAll('*')].filter(one => !one.closest('thead') && !(one instanceof SVGElement))
        .filter(one => one.getBoundingClientRect().right > innerWidth + 0.5 || one.getBoundingClientRect().left < -0.5);
    return wide.length ? [section.querySelector('h2').textContent + ': ' + wide[0].outerHTML.slice(0, 120)] : [];
})"""
"""The sections in which something lies outside the screen."""
BROKEN = """() => {
    const found = [], walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (node.parentElement.closest('.i, thead, svg')) continue;
        for (const word of node.textContent.matchAll(/[^\\s\\u00a0-]+/g)) {
            const range = document.createRange();
            range.setStart(node, word.index); range.setEnd(node, word.index + word[0].length);
            if (new Set([...range.getClientRects()].map(box => Math.round(box.top))).size > 1) found.push(word[0]);
        }
    }
    return found;
}"""
"""Words that stand in more than one line."""
UNNAMED = """() => [...document.querySelectorAll('section.w tbody tr')].flatMap(row => [...row.cells].slice(1))
    .filter(cell => cell.textContent && ['none', 'normal', '""'].includes(getComputedStyle(cell, '::before').content))
    .map(cell => cell.textContent)"""
"""Cells of stacked tables without their column's name."""


@pytest.fixture(scope="module")
def content() -> bytes:
    return everything.settled().files["statements/asa.json"]


@pytest.mark.parametrize("language", tongue.LANGUAGES)
def test_every_section_fits_a_telephone(chromium: Any, content: bytes, language: str) -> None:
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415 - only where there is a browser

    statement = Statement.parse(content)
    statement.language = language
    page = chromium.new_page(viewport=PHONE, color_scheme="dark" if language == tongue.ENGLISH else "light")
    page.set_content(statement_html.render(statement))
    OUT.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=OUT / f"phone-{language}.png", full_page=True)
    assert page.evaluate(TOO_WIDE) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.evaluate(BROKEN) == []
    assert page.evaluate(UNNAMED) == []
    assert page.evaluate("document.querySelectorAll('section.w').length") > 10
    assert [one["id"] for one in Axe().run(page).response["violations"] if one["impact"] in SERIOUS] == []
    page.close()


def test_a_long_word_and_every_script_stay_on_the_screen(chromium: Any, content: bytes) -> None:
    statement = Statement.parse(content)
    statement.sources[0].works[0].title = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrente李雷さくらعمر الشريف" * 2
    page = chromium.new_page(viewport=PHONE)
    page.set_content(statement_html.render(statement))
    assert page.evaluate(TOO_WIDE) == []
    page.set_viewport_size({"width": 1280, "height": 900})
    page.screenshot(path=OUT / "desk.png", full_page=True)
    assert page.evaluate(TOO_WIDE) == []
    assert page.evaluate("getComputedStyle(document.querySelector('section.w thead')).display") == "table-header-group"
    page.close()
