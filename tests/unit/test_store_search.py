"""Tokens of Chinese and other text."""

import pytest

from emmap.store.search import tokens, wanted


@pytest.mark.parametrize("query", ["新塘", "新塘镇", "塘", "gz-118", "GZ", "118", "新塘 GZ", "ＧＺ１１８"])
def test_a_part_of_the_text_is_found(query: str) -> None:
    kept = tokens("增城区新塘镇沙埔", "GZ-118")
    looked_for = wanted(query)
    if query == "ＧＺ１１８":  # full-width letters are the same letters, but one word
        assert looked_for.tokens == ("gz118",)
        return
    assert set(looked_for.tokens) <= set(kept)
    assert all(any(character in token for token in kept) for character in looked_for.characters)


@pytest.mark.parametrize("query", ["塘新", "从化", "GZ-119"])
def test_what_is_not_there_is_not_found(query: str) -> None:
    assert not set(wanted(query).tokens) <= set(tokens("增城区新塘镇沙埔", "GZ-118"))


def test_a_query_of_signs_alone_wants_nothing() -> None:
    assert wanted("—!?%") == wanted("")
