"""Backends of language identification by name.

vote        CLD2 and the project's own model together; the default
cld2        Compact Language Detector 2 (pycld2)
ngram       the project's own model (`collection.language_model`)
langdetect  a port of Google's detector of 2010 (extra `language_id`): 55 languages, slow
fasttext    any fastText model in a file, such as GlotLID or lid.176 (extra `fasttext`)
"""

from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from aya.errors import InputError, UserError, needs
from collection.cld2 import Cld2
from collection.guess import Guess, Identifier, code_of, merged
from collection.prose import Prose
from collection.vote import TOP, Ngram, Vote

Backend = Literal["vote", "cld2", "ngram", "langdetect", "fasttext"]


@lru_cache(maxsize=4)
def identifier(backend: Backend, model: Path | None = None) -> Identifier:
    """Return a backend; `model` is the file of a fastText model.

    A missing file or package raises `UserError`.
    """
    match backend:
        case "cld2":
            return Cld2()
        case "ngram":
            return Ngram()
        case "vote":
            return Vote()
        case "langdetect":
            return LangDetect()
        case "fasttext":
            return FastText(model)


class LangDetect:
    """The package langdetect, which draws random n-grams: seeded anew for every text, so that it repeats."""

    def __init__(self) -> None:
        with needs("language_id"):
            from langdetect import detector_factory
        self._factory: Any = detector_factory.DetectorFactory()
        self._factory.load_profile(detector_factory.PROFILES_DIRECTORY)
        self._factory.seed = 0
        self._known = frozenset(code for label in self._factory.get_lang_list() if (code := code_of(label)))

    def knows(self, language: str, group: str) -> bool:
        """Return whether langdetect can answer a language, in whatever script."""
        return language in self._known

    def __call__(self, prose: Prose) -> list[Guess]:
        """Return a guess for each text."""
        return [self._one(text) for text in prose.texts()]

    def _one(self, text: str) -> Guess:
        from langdetect.lang_detect_exception import LangDetectException

        detector = self._factory.create()
        detector.append(text)
        try:
            found = detector.get_probabilities()
        except LangDetectException:  # no letter of which it knows anything
            return []
        return merged([(code_of(item.lang), item.prob) for item in found])


class FastText:
    """A fastText model in a file; its labels are languages in any code that the registry knows."""

    def __init__(self, path: Path | None) -> None:
        if path is None:
            raise UserError("backend 'fasttext' needs `model`, the path of a fastText model such as GlotLID's")
        if not path.is_file():
            raise InputError(f"no fastText model at '{path}'")
        with needs("fasttext"):
            import fasttext
        try:
            self._model: Any = fasttext.load_model(str(path))
        except ValueError as error:
            raise InputError(f"'{path}' is no fastText model: {error}") from None
        labels, _ = self._model.predict("a", k=-1, threshold=-1.0)  # the only way to all labels in every package
        self._known = frozenset(code for label in labels if (code := code_of(_label(label))))

    def knows(self, language: str, group: str) -> bool:
        """Return whether the model has a label for a language."""
        return language in self._known

    def __call__(self, prose: Prose) -> list[Guess]:
        """Return a guess for each text."""
        return [self._one(text.strip()) for text in prose.texts()]

    def _one(self, text: str) -> Guess:
        labels, chances = self._model.predict(text, k=TOP) if text else ((), ())
        pairs = zip(labels, chances, strict=True)
        return merged([(code_of(_label(label)), min(float(chance), 1.0)) for label, chance in pairs])


def _label(label: str) -> str:
    return label.removeprefix("__label__")
