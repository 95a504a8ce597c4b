"""Lists of words as a scorer: 1 where a text holds a listed word of its language, else 0."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from aya import languages
from aya.errors import InputError, unknown
from aya.stage import Settings, Tell, silent
from aya.text import ngrams, normalise, words
from training.probes.scorers import Scores, Text

Phrases = Mapping[int, frozenset[tuple[str, ...]]]
"""Listed words, cut as texts are, by how many pieces they have."""


class ByWords(Settings):
    """A JSON file of `{language: [words]}`, as `naughty-words` has it.

    What a list finds is that a word is there, not that somebody is hurt: it holds words with harmless senses too, and
    no insult that is made of others. Words are those of `aya.text`, so that a short one is not found inside others.
    """

    path: Path

    def about(self) -> Mapping[str, Any]:
        """Return what a report says of it."""
        return {"scorer": self.path.name, "at": "list of words", "label": "listed word"}

    def score(self, texts: Sequence[Text], out: Path, *, tell: Tell = silent) -> Scores:
        """Return the scores; texts in languages that have no list have none."""
        found = Scores(values=[])
        for one in texts:
            phrases = self._phrases.get(one.language)
            found.values.append(None if phrases is None else float(_holds(one.text, phrases)))
        strange = found.values.count(None)
        found.missing = Counter({"a language without a list": strange} if strange else {})
        return found

    @cached_property
    def _phrases(self) -> Mapping[str, Phrases]:
        try:
            said = json.loads(self.path.read_text(encoding="utf-8"))
            lists = {code: [str(word) for word in some] for code, some in said.items()}
        except OSError as error:
            raise InputError(f"{self.path}: can not be read: {error.strerror}") from error
        except (ValueError, AttributeError, TypeError) as error:
            raise InputError(f"{self.path}: not of the form {{language: [words]}}: {error}") from error
        found = defaultdict[str, dict[int, set[tuple[str, ...]]]](lambda: defaultdict(set))
        for code, some in lists.items():
            known = languages.resolve(code)
            if known is None:
                raise InputError(f"{self.path}: {unknown('language', code, languages.codes())}")
            for word in some:
                pieces = _pieces(word)
                found[known.language][len(pieces)].add(pieces)
        return {code: {num: frozenset(some) for num, some in sizes.items()} for code, sizes in found.items()}


def _holds(text: str, phrases: Phrases) -> bool:
    pieces = _pieces(text)
    return any(not phrases[num].isdisjoint(ngrams(pieces, num)) for num in phrases if num)


def _pieces(text: str) -> tuple[str, ...]:
    return tuple(words(normalise(text)))
