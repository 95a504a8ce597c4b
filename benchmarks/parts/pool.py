"""Sentences of many languages: real data below AYA_DATA, or else what two PyPI packages hold.

The data: NTREX-128, SIB-200 and XQuAD. The packages: Django's message catalogues and the names in Babel's CLDR.
"""

import gettext
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq

from aya.text import UNSEGMENTED, script_shares

LEAST = 20
"""Characters of a sentence, at least."""
FEW = 40
"""A language with fewer sentences is left out."""


class Group(NamedTuple):
    """The sentences of one language from one source."""

    language: str
    script: str
    """ISO 15924; the commonest script of its letters."""
    joint: str
    """What stands between two sentences."""
    sentences: tuple[str, ...]


def pool() -> tuple[str, list[Group]]:
    """Return what the sentences are from, in a word, and the sentences."""
    folder = os.environ.get("AYA_DATA")
    found: dict[str, list[str]] = {}
    for key, sentence in _data(Path(folder)) if folder else _packages():
        found.setdefault(key, []).append(sentence)
    groups = (_group(key, list(dict.fromkeys(sentences))) for key, sentences in sorted(found.items()))
    return ("data" if folder else "packages"), [group for group in groups if len(group.sentences) >= FEW]


def is_unsegmented(script: str) -> bool:
    """Say whether a script puts no white space between words."""
    return script in UNSEGMENTED


def _group(key: str, sentences: list[str]) -> Group:
    shares = script_shares(" ".join(sentences[:200]))
    script = next(iter(shares), "Zzzz")
    return Group(key, script, "" if is_unsegmented(script) else " ", tuple(sentences))


def _data(folder: Path) -> Iterator[tuple[str, str]]:
    for column in (table := pq.read_table(folder / "parallel/ntrex128.parquet")).column_names[2:]:
        yield from (("ntrex-" + column, text) for text in table[column].to_pylist() if text and len(text) >= LEAST)
    for name in ("train", "dev"):
        table = pq.read_table(folder / f"tasks/sib200_{name}.parquet", columns=["language", "text"])
        for row in table.to_pylist():
            yield "sib-" + row["language"], row["text"]
    for row in pq.read_table(folder / "eval/xquad.parquet", columns=["language", "context"]).to_pylist():
        yield "xquad-" + row["language"], row["context"]


def _packages() -> Iterator[tuple[str, str]]:
    yield from _catalogues()
    yield from _names()


def _catalogues() -> Iterator[tuple[str, str]]:
    """Yield Django's messages; an untranslated one is left out."""
    import django

    for path in sorted(Path(django.__file__).parent.rglob("*.mo")):
        with path.open("rb") as file:
            catalogue: dict[object, str] = vars(gettext.GNUTranslations(file))["_catalog"]
        for original, message in catalogue.items():
            if original and message != original and len(message) >= LEAST:
                yield "django-" + path.parts[-3], message


def _names(num: int = 8) -> Iterator[tuple[str, str]]:
    """Yield lists of the names of territories and languages."""
    from babel import Locale, localedata

    for identifier in sorted(localedata.locale_identifiers()):
        locale = Locale.parse(identifier)
        if locale.territory is None:  # the others repeat nearly all of it
            names = [*locale.territories.values(), *locale.languages.values()]
            for some in _several(names, num):
                yield "babel-" + identifier, ", ".join(some)


def _several(items: Iterable[str], num: int) -> Iterator[list[str]]:
    left = iter(items)
    while some := list(islice(left, num)):
        yield some


def sizes(groups: Iterable[Group]) -> Counter[str]:
    """Return the number of sentences of each script."""
    found: Counter[str] = Counter()
    for group in groups:
        found[group.script] += len(group.sentences)
    return found
