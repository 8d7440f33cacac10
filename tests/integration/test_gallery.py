"""A deal of the gallery on the local stack: facts by HTTP, settled, its lines as stated, one explained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local import gallery

if TYPE_CHECKING:
    from local.stack import Stack


@pytest.mark.parametrize("name", gallery.names())
def test_a_deal_of_the_gallery_is_settled_and_explained(stack: Stack, name: str) -> None:
    text = gallery.play(stack, name)
    assert gallery.load(name)["source"] in text
    assert "The sum agrees with the line." in text
