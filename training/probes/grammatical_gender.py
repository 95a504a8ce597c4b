"""The grammatical gender of a noun in a sentence, by its article and its form, in eight languages.

No parser is asked. Rules, in the order in which they are tried:

| language | rule |
|---|---|
| spa, ita, fra | the nearest of two words before the noun that is an article, demonstrative or possessive of one gender; then the noun's ending |
| deu | nouns in -in, -frau, -schwester (and their plurals) are female, in -mann male; then the article, and -en after it |
| ara | female with tāʾ marbūṭa, also before a suffix, else male |
| heb | female in -ת and -ה, but nouns that both genders share in writing (מורה) have none; else male |
| rus, ukr | the dictionary form by pymorphy3 |
"""  # noqa: E501  # a table

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from aya.errors import needs
from aya.text import words
from training.probes.winomt import Gender

Sentence = Sequence[str]
Rule = Callable[[Sentence, int], Gender | None]


def cut(text: str, language: str) -> list[str]:
    """Return the words of a translation; elided articles of French and Italian are words of their own."""
    found = words(unicodedata.normalize("NFC", text))
    if language not in ("fra", "ita"):
        return found
    return [part for word in found for part in re.findall(r"[^'’]+['’]|[^'’]+", word)]


def gender_of(sentence: Sentence, place: int, language: str) -> Gender | None:
    """Return the gender of the noun at a place; None where the rules do not tell."""
    return RULES[language]([word.casefold() for word in sentence], place)


def is_article(word: str, language: str) -> bool:
    """Return whether a word is an article or the like, which stands for nobody."""
    return word.casefold() in ARTICLES.get(language, ())


# -- Romance languages -----------------------------------------------------------------------------

_ARTICLES: Mapping[str, tuple[str, str]] = {
    "spa": (
        "el los un unos al del este estos ese esos aquel aquellos nuestro nuestros otro otros mismo",
        "la las una unas esta estas esa esas aquella aquellas nuestra nuestras otra otras misma",
    ),
    "fra": ("le un du au ce cet mon ton son", "la une cette"),
    "ita": (
        "il lo un uno i gli al allo ai agli dal dallo dai dagli del dello dei degli nel nello sul sullo col questo"
        " quel quello mio tuo suo nostro",
        "la una un' le alla alle dalla dalle della delle nella sulla questa quella mia tua sua nostra",
    ),
}
"""Words of male and of female nouns. French possessives also go with female nouns that begin with a vowel, Italian and
Spanish ones never."""

_ENDINGS: Mapping[str, tuple[str, str]] = {
    "spa": (r"(o|or|ero|ín|és)s?$", r"((?<!ist)(?<!iatr)(?<!eut)a|triz|ora|era|esa)s?$"),
    "fra": (
        r"(eur|ier|ien|er|ain|on|and|ant|at|é|eux)s?$",
        r"(euse|eure|trice|ière|ienne|ère|aine|esse|onne|ande|ante|ate|ée)s?$",
    ),
    "ita": (r"(o|ore|iere|ere)$", r"((?<!ist)(?<!iatr)(?<!eut)a|trice|essa|iera|era)$"),
}
_VOWEL = re.compile(r"[aeiouyàâäéèêëîïôöùûüœh]")


def _romance(language: str) -> Rule:
    male, female = (frozenset(some.split()) for some in _ARTICLES[language])
    his, hers = (re.compile(pattern) for pattern in _ENDINGS[language])

    def rule(sentence: Sentence, place: int) -> Gender | None:
        for word in reversed(sentence[max(0, place - 2) : place]):
            elided = language == "fra" and word in ("mon", "ton", "son") and _VOWEL.match(sentence[place])
            if word in male and not elided:
                return "male"
            if word in female:
                return "female"
        noun = sentence[place]
        return "female" if hers.search(noun) else "male" if his.search(noun) else None

    return rule


# -- German ----------------------------------------------------------------------------------------

_HERS, _HIS = re.compile(r"(in|innen|frau|frauen|schwester|schwestern|dame|mutter)$"), re.compile(r"(mann|männer)$")
_MALE = frozenset("der den dem des ein einen einem eines dieser diesen diesem kein keinen vom zum im am beim".split())
_FEMALE = frozenset("die eine einer diese zur keine".split())
_NOT_FEMALE = frozenset("in worin darin hin drin sein bin".split())


def _german(sentence: Sentence, place: int) -> Gender | None:
    noun = sentence[place]
    if noun not in _NOT_FEMALE and _HERS.search(noun):
        return "female"
    if _HIS.search(noun):
        return "male"
    for word in reversed(sentence[max(0, place - 2) : place]):
        if word == "das":
            return "neutral"
        if word == "der" and noun.endswith("ten"):  # as in der Angestellten: an adjective, in the dative or genitive
            return "female"
        if word in _MALE:
            return "male"
        if word in _FEMALE:
            return "female"
    return None


# -- Semitic languages -----------------------------------------------------------------------------

_SUFFIXES = re.compile(r"ت(ه|ها|هم|نا|ك|ي)$")
_SHARED = frozenset("מורה מרצה רואה מלווה מנחה אופה".split())
_PREFIXES = re.compile(r"[והבלכמש]{0,3}")


def _arabic(sentence: Sentence, place: int) -> Gender | None:
    noun = "".join(letter for letter in sentence[place] if not unicodedata.combining(letter) and letter != "ـ")
    return "female" if noun.endswith("ة") or _SUFFIXES.search(noun) else "male"


def _hebrew(sentence: Sentence, place: int) -> Gender | None:
    noun = "".join(letter for letter in sentence[place] if not unicodedata.combining(letter))
    if any(noun.endswith(one) and _PREFIXES.fullmatch(noun.removesuffix(one)) for one in _SHARED):
        return None
    return "female" if noun.endswith(("ת", "ה")) else "male"


# -- Slavic languages ------------------------------------------------------------------------------


@cache
def _analyser(code: str) -> Any:
    with needs("gender"):
        import pymorphy3
    return pymorphy3.MorphAnalyzer(lang=code)


def _slavic(code: str) -> Rule:
    def rule(sentence: Sentence, place: int) -> Gender | None:
        parses = _analyser(code).parse(sentence[place])
        nouns = [one for one in parses if one.tag.POS == "NOUN"]
        nouns = nouns or [one for one in parses if one.tag.POS in ("ADJF", "PRTF")]  # as in рабочая, ведущий
        found = next((one.tag.gender for one in nouns if one.tag.gender), None)
        told: Mapping[str | None, Gender] = {"masc": "male", "femn": "female", "neut": "neutral"}
        return told.get(found)

    return rule


RULES: Mapping[str, Rule] = {
    "ara": _arabic, "deu": _german, "fra": _romance("fra"), "heb": _hebrew, "ita": _romance("ita"),
    "rus": _slavic("ru"), "spa": _romance("spa"), "ukr": _slavic("uk"),
}  # fmt: skip
"""The languages of the paper."""

ARTICLES: Mapping[str, frozenset[str]] = {
    "deu": _MALE | _FEMALE | {"das"},
    **{language: frozenset(" ".join(both).split()) | {"l'", "l’"} for language, both in _ARTICLES.items()},
}
