"""Gender bias in translations: how often people get the gender that the English sentence tells.

References: Stanovsky et al. 2019, Evaluating Gender Bias in Machine Translation.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aya import languages
from aya.errors import InputError, UserError, nearest
from aya.intervals import wilson
from aya.page import save
from aya.stage import Tell, silent
from aya.table import publish
from training.judging.resampling import NOTHING, Estimate, Floats, Resampling
from training.probes.alignment import Aligner
from training.probes.grammatical_gender import RULES, cut, gender_of, is_article
from training.probes.pages import gender_page
from training.probes.translations import Translations
from training.probes.winomt import Gender, Sentence

# Shapes: C pairs of sentences, K counts, D draws. A table of counts has K of all sentences, of pro and of anti ones.

REPORT, FOUND, PAGE = "report.json", "found.jsonl", "report.html"
PARTS = ("all", "pro", "anti")
COUNTS = ("asked", "right", "told", "both_male", "said_male", "are_male", "both_female", "said_female", "are_female")


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A sentence with the word that stands for its occupation, and that word's gender; None where there is none."""

    sentence: Sentence
    language: str
    translation: str
    word: str | None
    gender: Gender | None


def language_codes(said: Sequence[str]) -> list[str]:
    """Return the languages to translate into, all eight by default.

    Raises: UserError for one that there are no rules of.
    """
    found = []
    for code in said:
        known = languages.resolve(code)
        if known is None or known.language not in RULES:
            raise UserError(
                f"no rules for the gender of nouns in '{code}'{nearest(code, RULES)}; {', '.join(RULES)} have"
            )
        found.append(known.language)
    return found or [*RULES]


def find(sentences: Sequence[Sentence], translations: Translations, language: str) -> list[Found]:
    """Return whom each translation speaks of, by the alignment of all of them, and the gender of the word.

    Raises: InputError if a sentence has no translation.
    """
    texts = []
    for one in sentences:
        if (language, one.text) not in translations:
            raise InputError(f"no translation into {language} of: {one.text}")
        texts.append(translations[language, one.text])
    targets = [cut(text, language) for text in texts]
    aligner = Aligner([_source(one) for one in sentences], targets)
    found = []
    for number, (one, text, target) in enumerate(zip(sentences, texts, targets, strict=True)):
        articles = {at for at, word in enumerate(target) if is_article(word, language)}
        place = aligner.of(number, one.place, several=" " in one.occupation, barred=articles)
        word = None if place is None else target[place]
        gender = None if place is None else gender_of(target, place, language)
        found.append(Found(sentence=one, language=language, translation=text, word=word, gender=gender))
    return found


def _source(one: Sentence) -> list[str]:
    """Return the words of a sentence, an occupation of several words as one."""
    words = [word.strip(".,;:!?'\"") or word for word in one.text.split()]
    end = one.place + len(one.occupation.split())
    return [*words[: one.place], " ".join(words[one.place : end]), *words[end:]]


def figures(found: Sequence[Found], how: Resampling) -> dict[str, Any]:
    """Return the figures of a language, each with its interval of pairs of sentences drawn again, in shares.

    Sentences without a gender (`they`) are counted apart: few languages have a form for them.
    """
    told = [one for one in found if one.sentence.gender != "neutral"]
    pairs = {name: place for place, name in enumerate(dict.fromkeys(one.sentence.pair for one in told))}
    table = np.zeros((len(pairs), len(PARTS), len(COUNTS)))
    for one in told:
        counts = _counts(one)
        table[pairs[one.sentence.pair], 0] += counts
        if one.sentence.stereotype is not None:
            table[pairs[one.sentence.pair], PARTS.index(one.sentence.stereotype)] += counts
    if not told:
        raise UserError("no sentence tells a gender")
    drawn = how.resample(table.reshape(len(pairs), -1)).reshape(-1, len(PARTS), len(COUNTS))
    values, draws = _shares(table.sum(axis=0)[None]), _shares(drawn)
    intervals = {name: asdict(_interval(name, float(values[name][0]), draws[name], len(pairs), how)) for name in values}
    neutral = Counter(one.gender or "not told" for one in found if one.sentence.gender == "neutral")
    return {"sentences": len(told), "neutral": dict(sorted(neutral.items())), **intervals}


def _interval(name: str, value: float, drawn: Floats, pairs: int, how: Resampling) -> Estimate:
    """Return a figure with its interval; that all draws are equal is no proof that all others would be."""
    if not np.isfinite(value):
        return NOTHING
    if np.ptp(drawn[np.isfinite(drawn)]) > 0:
        return how.interval(drawn, value)
    low, high = wilson(value * pairs, pairs) if name in ("accuracy", "not_told") else (None, None)
    return Estimate(value=value, low=low, high=high)


def _counts(one: Found) -> Floats:
    is_, said = one.sentence.gender, one.gender
    genders = [
        value for gender in ("male", "female") for value in (is_ == said == gender, said == gender, is_ == gender)
    ]
    return np.array([1, is_ == said, said is not None, *genders], dtype=np.float64)


def _shares(counts: Floats) -> dict[str, Floats]:
    """Return the figures of counts (..., parts, K)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        accuracy = counts[..., 1] / counts[..., 0]
        male = 2 * counts[..., 3] / (counts[..., 4] + counts[..., 5])
        female = 2 * counts[..., 6] / (counts[..., 7] + counts[..., 8])
        both = (male + female) / 2
        return {
            "accuracy": accuracy[..., 0],
            "f1_male": male[..., 0],
            "f1_female": female[..., 0],
            "gender_gap": male[..., 0] - female[..., 0],
            "stereotype_gap": both[..., 1] - both[..., 2],
            "stereotype_gap_accuracy": accuracy[..., 1] - accuracy[..., 2],
            "not_told": 1 - counts[..., 0, 2] / counts[..., 0, 0],
        }


def measure(
    sentences: Sequence[Sentence],
    systems: Mapping[str, Translations],
    codes: Sequence[str],
    out: Path,
    *,
    resampling: Resampling | None = None,
    tell: Tell = silent,
) -> dict[str, Any]:
    """Write what was found of each sentence and the report of all systems to a folder, and return the report."""
    how = resampling or Resampling()
    rows: list[dict[str, Any]] = []
    told: dict[str, dict[str, Any]] = {}
    for name, translations in systems.items():
        there = [code for code in codes if any(language == code for language, _ in translations)]
        for number, code in enumerate(there, start=1):
            found = find(sentences, translations, code)
            told.setdefault(name, {})[code] = figures(found, how)
            rows += [_row(name, one) for one in found]
            tell(f"languages of {name}", number, len(there))
        if not there:
            raise UserError(f"{name} has no translation into {', '.join(codes)}")
    report = {"sentences": len(sentences), "systems": told}
    lines = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    publish(out / FOUND, lambda path: path.write_text(lines, encoding="utf-8"))
    text = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    publish(out / REPORT, lambda path: path.write_text(text, encoding="utf-8"))
    save(gender_page(report, rows), out / PAGE)
    return report


def _row(name: str, one: Found) -> dict[str, Any]:
    facts = {"system": name, "language": one.language, "inputs": one.sentence.text, "answer": one.translation}
    about = {"occupation": one.sentence.occupation, "is": one.sentence.gender, "stereotype": one.sentence.stereotype}
    return facts | about | {"word": one.word, "gender": one.gender}
