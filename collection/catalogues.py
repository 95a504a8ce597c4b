"""Messages of Django and their translations, from the gettext catalogues in Django's own package.

Real parallel sentences of an interface in some 100 locales. Django is not imported and not run.
"""

import gettext
import importlib.util
import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import ClassVar, NamedTuple

import pyarrow as pa

from aya.errors import InputError
from aya.stage import Part, Settings
from aya.text import digest
from collection import files
from collection.items import BATCH_ROWS, OWN

_COLUMNS = ("locale", "message", "translation", "context", "app")
_SCHEMA = pa.schema([(name, pa.string()) for name in (*OWN, *_COLUMNS)])

_MANY = 100  # a number that takes the plural in English, and in other languages the form of most large numbers


class Gettext(Settings):
    """Makes one item of each translated message; untranslated and doubtful (fuzzy) ones are not in the files.

    Columns: `locale` (`pt_BR`), `message` (English), `translation`, `context` (what tells two equal
    messages apart, or null) and `app` (`contrib.admin`, `conf`). Placeholders stay as they are. A
    message with a plural is two items, for 1 and for many, or one if the translation is the same.
    """

    name: ClassVar[str] = "collection.gettext"
    version: ClassVar[int] = 1

    def facts(self) -> Mapping[str, str]:
        """Return what to say of the source."""
        return {
            "license": "BSD-3-Clause",
            "revision": f"django {version('django')}",
            "citation": "Django Software Foundation and the translators of Django",
            "url": "https://www.djangoproject.com",
        }

    def parts(self) -> list[Part]:
        """Return one part for each locale."""
        return [
            Part(name=locale, digest=digest(*(f"{_app(path)} {files.digest(path)}" for path in paths)))
            for locale, paths in _catalogues().items()
        ]

    def read(self, part: Part, *, limit: int | None = None) -> Iterable[pa.Table]:
        """Yield the messages of a locale."""
        found = [row for path in _catalogues()[part.name] for row in _items(path, part.name)][:limit]
        for start in range(0, len(found), BATCH_ROWS):
            yield pa.Table.from_pylist(found[start : start + BATCH_ROWS], _SCHEMA)


@lru_cache(maxsize=1)
def _catalogues() -> dict[str, list[Path]]:
    """Return the compiled catalogues of each locale."""
    found: dict[str, list[Path]] = {}
    for path in sorted(_folder().rglob("locale/*/LC_MESSAGES/*.mo")):
        found.setdefault(path.parts[-3], []).append(path)
    return dict(sorted(found.items()))


@lru_cache(maxsize=1)
def _folder() -> Path:
    spec = importlib.util.find_spec("django")  # finds it without importing it
    if spec is None or not spec.submodule_search_locations:
        raise InputError("django is not installed; its catalogues are the data of collection.gettext")
    return Path(spec.submodule_search_locations[0])


def _app(path: Path) -> str:
    """Return the part of Django that a catalogue belongs to."""
    return ".".join(path.relative_to(_folder()).parts[:-4])


def _items(path: Path, locale: str) -> Iterator[dict[str, str | None]]:
    app = _app(path)
    for context, messages, forms in entries(path.read_bytes()):
        key = digest(context or "", *messages)
        for index, (message, translation) in enumerate(zip(messages, forms, strict=True)):
            if translation.strip() and not (message == translation and locale.split("_")[0] == "en"):
                yield {
                    "_key": f"{app}/{path.stem}/{key}/{index}",
                    "locale": locale,
                    "message": message,
                    "translation": translation,
                    "context": context,
                    "app": app,
                }


class Entry(NamedTuple):
    """A message with its translation, or with a plural: singular and plural, or the plural alone."""

    context: str | None
    messages: tuple[str, ...]
    translations: tuple[str, ...]


def entries(catalogue: bytes) -> Iterator[Entry]:
    """Yield the entries of a compiled catalogue in UTF-8.

    References: GNU gettext manual, section 10.3, the format of MO files.
    """
    order = "<" if catalogue[:4] == b"\xde\x12\x04\x95" else ">"
    num, messages, translations = struct.unpack_from(f"{order}3I", catalogue, 8)
    plural = gettext.c2py("n != 1")
    for index in range(num):
        key, value = (_text(catalogue, f"{order}2I", at + 8 * index) for at in (messages, translations))
        if not key:  # the header
            found = re.search(r"plural=([^;\n]+)", value)
            plural = gettext.c2py(found[1]) if found else plural
            continue
        context, mark, message = key.rpartition("\x04")
        ids, forms = message.split("\0"), value.split("\0")
        if len(ids) > 1:
            one, many = forms[plural(1)], forms[plural(_MANY)]
            ids, forms = (ids[1:], [many]) if ids[0] == ids[1] or one == many else (ids, [one, many])
        yield Entry(context if mark else None, tuple(ids), tuple(forms))


def _text(catalogue: bytes, layout: str, at: int) -> str:
    length, start = struct.unpack_from(layout, catalogue, at)
    return catalogue[start : start + length].decode()
