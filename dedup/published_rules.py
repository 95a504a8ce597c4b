"""Two published rules on contamination, to compare with: they count n-grams of words.

Words are those of `aya.text.words`, which cuts scripts without spaces into graphemes. As published the rules cut at
white space and see nothing at all in such scripts.
"""

from collections import Counter, defaultdict
from typing import Literal

import numpy as np
import pyarrow as pa

from aya.text import ngrams, words
from dedup.leaks import Leaks, no_leaks

Rule = Literal["gpt3_13gram", "palm_8gram_70"]

SIZES: dict[Rule, int] = {"gpt3_13gram": 13, "palm_8gram_70": 8}
SHARES: dict[Rule, float] = {"gpt3_13gram": 0.0, "palm_8gram_70": 0.7}
"""From this share of an item's n-grams on, a row is contaminated; 0 stands for one n-gram."""


class WordGrams:
    """Finds texts of which a row has n-grams.

    The letters are n, a share that of the text's different n-grams which the row has.

    References: Brown et al. 2020 (GPT-3), appendix C, 13-grams; Chowdhery et al. 2022 (PaLM), section 8, 70 % of
    8-grams.
    """

    def __init__(self, texts: pa.Array, rule: Rule) -> None:
        self._n = SIZES[rule]
        self._holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
        self._sizes = np.zeros(len(texts), np.int64)
        for text, content in enumerate(texts.to_pylist()):
            for gram in self._grams(content):
                self._holders[gram].append(text)
                self._sizes[text] += 1

    def _grams(self, text: str | None) -> set[tuple[str, ...]]:
        return set(ngrams([word.casefold() for word in words(text or "")], self._n))

    def find(self, column: pa.ChunkedArray, *, name: str) -> Leaks:
        """Return the texts that rows share an n-gram with."""
        found = [
            (row, text, num)
            for row, content in enumerate(column.to_pylist())
            for text, num in sorted(self._shared(content).items())
        ]
        if not found:
            return no_leaks()
        rows, texts, nums = np.array(found, np.int64).T
        nowhere = np.full(len(rows), -1)
        return Leaks(rows, texts, nums / self._sizes[texts], np.full(len(rows), float(self._n)), nowhere, nowhere)

    def _shared(self, text: str | None) -> Counter[int]:
        known = self._grams(text) & self._holders.keys()
        return Counter(holder for gram in known for holder in self._holders[gram])
