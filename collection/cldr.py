"""Names from CLDR, the Common Locale Data Repository, as the package Babel brings them.

What territories, languages, scripts, currencies, units and cities are called in some 380 locales:
facts for languages that have little else.
"""

import pickle
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar, Literal, get_args

import pyarrow as pa
from pydantic import Field

from aya import languages
from aya.stage import Part, Settings
from aya.text import digest
from collection import files
from collection.items import BATCH_ROWS, OWN

Kind = Literal["territory", "language", "script", "currency", "unit", "city"]

_SECTIONS: Mapping[Kind, str] = {
    "territory": "territories",
    "language": "languages",
    "script": "scripts",
    "currency": "currency_names",
    "unit": "unit_display_names",
    "city": "time_zones",
}
_NOT_NAMES = frozenset("ZZ XA XB und mul zxx mis root Zinh Zsym Zxxx Zyyy Zzzz XXX XTS Etc/Unknown".split())
"""Codes that stand for nothing one could name: unknown, none, common, for tests."""

_COLUMNS = ("locale", "kind", "code", "name", "english", "endonym")
_SCHEMA = pa.schema([(name, pa.string()) for name in (*OWN, *_COLUMNS)])


class Cldr(Settings):
    """Makes one item of each name that a locale has of its own.

    Columns: `locale` (as Babel writes it, `pt_BR`), `kind`, `code`, `name` (in the language of the
    locale), `english` and `endonym` (what the language calls itself; null where CLDR does not say).
    A regional locale gives only the names that differ from its parent's; a name that is the bare
    code, or that CLDR has in no English, is left out. Babel's files are pickles: they are read as
    part of the installed package, as Babel itself does.
    """

    name: ClassVar[str] = "collection.cldr"
    version: ClassVar[int] = 1

    kinds: tuple[Kind, ...] = Field(
        default=("territory", "language", "script", "currency", "unit"), min_length=1, description="what is named"
    )

    def facts(self) -> Mapping[str, str]:
        """Return what to say of the source; the licence is the one beside Babel's data."""
        from babel.core import get_cldr_version

        return {
            "license": "Unicode-3.0",
            "revision": f"babel {version('babel')} (CLDR {get_cldr_version()})",
            "citation": f"Unicode Common Locale Data Repository (CLDR) {get_cldr_version()}, Unicode, Inc.",
            "url": "https://cldr.unicode.org",
        }

    def parts(self) -> list[Part]:
        """Return one part for each language, with its regional locales."""
        english = files.digest(_folder() / "en.dat")
        return [
            Part(name=name, digest=digest(english, *(files.digest(_folder() / f"{locale}.dat") for locale in locales)))
            for name, locales in _families().items()
        ]

    def read(self, part: Part, *, limit: int | None = None) -> Iterable[pa.Table]:
        """Yield the names of a language."""
        found = [row for locale in _families()[part.name] for row in self._names(locale)][:limit]
        for start in range(0, len(found), BATCH_ROWS):
            yield pa.Table.from_pylist(found[start : start + BATCH_ROWS], _SCHEMA)

    def _names(self, locale: str) -> Iterator[dict[str, str | None]]:
        endonym = _endonym(locale)
        parents = [_names_of(parent) for parent in _parents(locale)]
        for kind in self.kinds:
            for code, name in sorted(_names_of(locale)[kind].items()):
                inherited = next((names[kind][code] for names in parents if code in names[kind]), None)
                english = _names_of("en")[kind].get(code) or (_city_of(code) if kind == "city" else None)
                if english is not None and name not in (inherited, code):
                    yield {
                        "_key": f"{locale}/{kind}/{code}",
                        "locale": locale,
                        "kind": kind,
                        "code": code,
                        "name": name,
                        "english": english,
                        "endonym": endonym,
                    }


def _folder() -> Path:
    from babel import localedata

    return Path(localedata.__file__).parent / "locale-data"


@lru_cache(maxsize=1)
def _families() -> dict[str, list[str]]:
    """Return the locales of each language, the language itself first."""
    found: dict[str, list[str]] = {}
    for name in sorted(path.stem for path in _folder().glob("*.dat") if path.stem != "root"):
        found.setdefault(name.split("_")[0], []).append(name)
    return found


@lru_cache(maxsize=32)
def _names_of(locale: str) -> dict[Kind, dict[str, str]]:
    """Return the names that a locale's own file has, by kind and code.

    Read here, because Babel gives names of the parents with them, and its way around that
    (`merge_inherited=False`) spoils its cache for other users of the process.
    """
    data = pickle.loads((_folder() / f"{locale}.dat").read_bytes())
    named = {
        kind: {code: _name(kind, value) for code, value in data[_SECTIONS[kind]].items()} for kind in get_args(Kind)
    }
    return {
        kind: {code: name for code, name in names.items() if name and code not in _NOT_NAMES}
        for kind, names in named.items()
    }


def _name(kind: Kind, value: Any) -> str | None:
    within = {"unit": "long", "city": "city"}
    name = value.get(within[kind]) if kind in within and isinstance(value, dict) else value
    return name if isinstance(name, str) else None


def _parents(locale: str) -> list[str]:
    """Return the locales that a locale inherits names from, the nearest first.

    A locale in a second script of its language (`zh_Hant`) inherits nothing.
    """
    from babel.core import get_global

    found: list[str] = []
    while True:
        parent = get_global("parent_exceptions").get(locale)
        if parent is None:
            parent, _, last = locale.rpartition("_")
            if len(last) == 4 and last.isalpha():
                return found
        if parent in ("", "root"):
            return found
        found.append(parent)
        locale = parent


def _endonym(locale: str) -> str | None:
    """Return what the language of a locale is called in it."""
    code = locale.split("_")[0]
    for name in (locale, *_parents(locale)):
        if code in _names_of(name)["language"]:
            return _names_of(name)["language"][code]
    found = languages.resolve(locale)
    known = languages.get(found.language) if found else None
    return known.endonym if known and found and known.script == found.script else None


def _city_of(zone: str) -> str:
    """Return the English name of a time zone's city, which CLDR leaves out where the zone says it."""
    return zone.rpartition("/")[2].replace("_", " ")
