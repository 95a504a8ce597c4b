"""Flag records that hold words of a list which the user brings, language by language."""

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from aya import languages
from aya.errors import InputError
from aya.stage import InputPath, Settings
from aya.table import mark, put
from aya.text import normalise
from collection.lexicon import Lexicon


class WordList(Settings):
    """Count the words of a list in each record, and drop records with too many if asked.

    `words` is a JSON file `{"yor": ["word", "two words"], ...}`, a text file `yor.txt` with one entry
    a line, or a folder of such text files; a language is any code that the registry knows. Entries and texts
    are compared normalised (`aya.text.normalise`). An entry must stand as whole words where its script
    has spaces; in scripts without spaces it is looked for anywhere between two grapheme clusters. Many such
    lists have false friends (a slur in one language, a name in the next), so the default only
    counts; no list comes with this package.

    Reads `inputs`, `targets`, `language`. Writes `flagged`: entries found in the chosen fields; null
    for a language without a list.

    Raises: `InputError` for a list that can not be read or names an unknown language.
    """

    name: ClassVar[str] = "collection.word_list"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("inputs", "targets", "language")
    writes: ClassVar[Mapping[str, pa.DataType]] = {"flagged": pa.int32()}

    words: InputPath = Field(description="JSON file, text file or folder of text files")
    fields: tuple[Literal["inputs", "targets"], ...] = Field(
        default=("inputs", "targets"), min_length=1, description="the texts that are searched"
    )
    action: Literal["flag", "drop"] = Field(default="flag", description="only count, or drop too")
    most: int = Field(default=0, ge=0, description="entries that a record may hold when the action is to drop")

    @cached_property
    def _lexicons(self) -> dict[str, Lexicon]:
        return {code: Lexicon(entries) for code, entries in read_lists(self.words).items()}

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the table with `flagged` set, and a reason where there are too many."""
        codes = table["language"].to_pylist()
        listed = np.array([code in self._lexicons for code in codes], bool)
        found = np.zeros(len(table), np.int32)
        for field in self.fields:
            texts = pc.fill_null(table[field], "").filter(pa.array(listed)).to_pylist()
            chosen = [code for code, has_list in zip(codes, listed, strict=True) if has_list]
            counts = [self._count(text, code) for text, code in zip(texts, chosen, strict=True)]
            found[listed] += np.array(counts, np.int32)
        table = put(table, "flagged", pa.array(found, pa.int32(), mask=~listed), pa.int32())
        return mark(table, *self._reasons(found)) if self.action == "drop" else table

    def _count(self, text: str, code: str) -> int:
        return len(self._lexicons[code].find(normalise(text)))

    def _reasons(self, found: npt.NDArray[np.int32]) -> tuple[list[str | None], list[dict[str, object] | None]]:
        goes = [int(num) if num > self.most else None for num in found]
        reasons = [None if num is None else f"{self.name}: listed words" for num in goes]
        return reasons, [None if num is None else {"flagged": num} for num in goes]


def read_lists(path: Path) -> dict[str, list[str]]:
    """Return the entries of every language that a file or folder of lists has.

    Raises: `InputError` naming the file.
    """
    files = sorted(path.glob("*.txt")) if path.is_dir() else [path]
    lists: dict[str, list[str]] = {}
    for file in files:
        for code, entries in _read(file).items():
            found = languages.resolve(code)
            if found is None:
                raise InputError(f"{file}: no language '{code}' in the registry")
            lists.setdefault(found.language, []).extend(entries)
    return lists


def _read(file: Path) -> Mapping[str, list[str]]:
    try:
        content = file.read_text(encoding="utf-8-sig")
        lists = json.loads(content) if file.suffix == ".json" else {file.stem: content.splitlines()}
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: can not be read as a word list: {error}") from error
    if isinstance(lists, dict) and all(_is_list(entries) for entries in lists.values()):
        return lists
    raise InputError(f"{file}: must be a JSON object of lists of words by language")


def _is_list(entries: object) -> bool:
    return isinstance(entries, list) and all(isinstance(entry, str) for entry in entries)
