"""Compact Language Detector 2 as a backend: quick, some 150 languages of the registry."""

from functools import cache

import pycld2

from aya import languages
from collection.guess import Guess, code_of, merged
from collection.prose import Prose, groups_of


class Cld2:
    """CLD2 alone: up to three languages, each with its share of the text as probability."""

    def knows(self, language: str, group: str) -> bool:
        """Return whether CLD2 can answer a language; it knows each in its main script."""
        return language in cld2_known() and group in groups_of(frozenset({languages.get(language).script}))

    def __call__(self, prose: Prose) -> list[Guess]:
        """Return a guess for each text."""
        return [cld2(text) for text in prose.texts()]


@cache
def cld2_known() -> frozenset[str]:
    """Return the languages that CLD2 can answer."""
    codes = dict(pycld2.LANGUAGES)
    return frozenset(code for name in pycld2.DETECTED_LANGUAGES if (code := code_of(codes.get(name, "un"))))


def cld2(text: str) -> Guess:
    """Return up to three languages with the share of the text that is in each."""
    try:
        _, _, details = pycld2.detect(text, isPlainText=True, bestEffort=True)
    except pycld2.error:  # a text that it can not read at all
        return []
    return merged([(code_of(label), percent / 100) for _, label, percent, _ in details])
