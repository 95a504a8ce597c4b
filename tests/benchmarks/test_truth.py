from itertools import combinations

import pytest

from benchmarks.parts.truth import pairs, plain

TEXTS = [
    "The quick brown fox jumps over the lazy dog.",
    "THE  QUICK brown fox jumps over the lazy dog.",  # the same, plainly
    "The quick brown fox jumps over the lazy cat.",
    "ภาษาไทยเขียนติดกันโดยไม่เว้นวรรคระหว่างคำ",
    "ภาษาไทยเขียนติดกันโดยไม่เว้นวรรคระหว่างประโยค",
    "ተፈጥሮ ሁሉን ነገር ያለ ምክንያት አታደርግም",
    "ab",
    "AB",
    "",
]


def grams(text: str) -> set[str]:
    text = plain(text)
    return {text[i : i + 5] for i in range(max(1, len(text) - 4))}


@pytest.mark.slow  # a fresh clone compiles the join
def test_the_join_finds_what_comparing_all_rows_finds() -> None:
    sets = [grams(text) for text in TEXTS]
    shares = {(i, j): len(sets[i] & sets[j]) / len(sets[i] | sets[j]) for i, j in combinations(range(len(sets)), 2)}
    found = pairs(TEXTS, least=0.7)
    table = dict(zip(zip(found.a.tolist(), found.b.tolist(), strict=True), found.jaccard.tolist(), strict=True))
    assert table == {pair: share for pair, share in shares.items() if share >= 0.7}
    assert {(0, 1), (0, 2), (1, 2), (3, 4), (6, 7)} == set(table)
