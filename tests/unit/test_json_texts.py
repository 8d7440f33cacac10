"""What is joined by hand is what the serializer writes, whatever stands in the texts."""

from __future__ import annotations

import orjson
from hypothesis import given
from hypothesis import strategies as st

from overtone.json_texts import is_plain, json_texts

HOSTILE = st.text(st.characters(blacklist_categories=["Cs"]) | st.sampled_from('"\\,[]\x1f\x7f\n\u00a0\u2028é日'), max_size=8)


@given(texts=st.lists(HOSTILE, min_size=1, max_size=5))
def test_texts_are_joined_as_the_serializer_writes_them(texts: list[str]) -> None:
    assert json_texts(texts) == json_texts(tuple(texts)) == orjson.dumps(texts, option=orjson.OPT_APPEND_NEWLINE)


@given(text=HOSTILE)
def test_a_plain_text_stands_in_json_as_it_is(text: str) -> None:
    if is_plain(text):
        assert orjson.dumps(text) == f'"{text}"'.encode()
    assert is_plain("per output, about EUR 0.01 each")
    assert not any(map(is_plain, ('"', "\\", "\n", "\x7f")))
