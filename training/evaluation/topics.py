"""Whether an answer is about what was asked, as far as words in common show it."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from aya.text import UNSEGMENTED, normalise, script_of, words
from training.evaluation.items import Item

TELLING = 0.1
"""Share of a language's items that have a word, up to which the word tells what an item is about."""


def telling_words(items: Sequence[Item]) -> list[set[str]]:
    """Return for each item the words of its questions and references that tell what it is about.

    In scripts without spaces a pair of neighbouring letters is a word. No list of common words is needed.
    """
    about = [_about(item) for item in items]
    frequencies = defaultdict[str, Counter[str]](Counter)
    sizes = Counter(item.tongue for item in items)
    for item, found in zip(items, about, strict=True):
        frequencies[item.tongue].update(found)
    most = {tongue: max(1, TELLING * size) for tongue, size in sizes.items()}
    return [
        {word for word in found if frequencies[item.tongue][word] <= most[item.tongue]}
        for item, found in zip(items, about, strict=True)
    ]


def _about(item: Item) -> set[str]:
    texts = (*(text for question in item.questions for text in (question.text, *question.choices)), *item.references)
    return {unit for text in texts for unit in units(text)}


def units(text: str) -> list[str]:
    """Return the words of a text, and the pairs of letters of what is written without spaces."""
    found = words(normalise(text))
    dense = [script_of(word[0]) in UNSEGMENTED for word in found]
    pairs = [found[place] + found[place + 1] for place, (left, right) in enumerate(pairwise(dense)) if left and right]
    return [word for word, alone in zip(found, dense, strict=True) if not alone] + pairs
