"""Keep texts that are written in a script of their language."""

from collections.abc import Mapping
from functools import lru_cache
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from aya import languages
from aya.stage import Settings
from aya.table import mark, put
from aya.text import SCRIPT_MEMBERS, SCRIPTS
from collection.letters import batches, script_table

Shares = npt.NDArray[np.float64]


ROMANISED = frozenset({"ara", "hin", "kok", "zho"})
"""Languages for which the registry has Latin as a romanisation: an English answer must not pass for one."""


class Script(Settings):
    """Drop records of which too few letters are in a script that their language is written in.

    Expected are the script of the record and every script that the registry has for its language
    (Serbian: Cyrillic and Latin) but for romanisations (`ROMANISED`), with the scripts of Unicode that a
    code stands for (`Jpan`: Han, Hiragana, Katakana). Digits, punctuation, marks and emoji are no
    letters. Texts of few letters are excused: a name or a formula is a good answer in any language. The
    share asked for is low, since foreign names stay in Latin letters and take many of them where a
    whole Han or Lao sentence has few (`docs/filters.md`).

    Reads `inputs` or `targets`, `language`, `script`. Writes `script_share`: the share of expected
    letters among the letters, 0 to 1; null without letters or without any expectation.
    """

    name: ClassVar[str] = "collection.script"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("inputs", "targets", "language", "script")
    writes: ClassVar[Mapping[str, pa.DataType]] = {"script_share": pa.float32()}

    field: Literal["inputs", "targets"] = Field(default="targets", description="the text that is judged")
    least: float = Field(default=0.1, ge=0, le=1, description="share of letters in an expected script")
    least_letters: int = Field(default=20, ge=0, description="letters below which a text is excused")
    also: Mapping[str, tuple[str, ...]] = Field(
        default_factory=dict, description="more scripts (ISO 15924) that are right, by language (ISO 639-3)"
    )

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the table with `script_share` set, and a reason where it is too low."""
        expected, num_letters = self._count(table)
        judged = (num_letters > 0) & (expected >= 0)
        shares = np.divide(expected, num_letters, out=np.ones(len(table)), where=judged)
        column = pa.array(shares, pa.float32(), mask=~judged)
        goes = judged & (shares < self.least) & (num_letters >= self.least_letters)
        reasons = pc.if_else(pa.array(goes), f"{self.name}: other script", pa.scalar(None, pa.string()))
        evidence = [{"script_share": round(s, 3)} if go else None for s, go in zip(shares, goes, strict=True)]
        return mark(put(table, "script_share", column, pa.float32()), reasons, evidence)

    def _count(self, table: pa.Table) -> tuple[Shares, Shares]:
        """Return the number of expected letters (-1: nothing is expected) and of all letters of each row."""
        rights = [self._right(*codes) for codes in zip(*_codes(table), strict=True)]
        kinds = sorted(set(rights))
        places = np.array([kinds.index(right) for right in rights], np.int64)
        allowed = np.array(kinds, bool).reshape(len(kinds), len(SCRIPTS) + 1)
        counts = np.zeros((len(table), len(SCRIPTS) + 1), np.int64)
        for first, letters in batches(table[self.field]):
            letters.tally(script_table(), counts[first:])
        counts[:, 0] = 0
        expected = (counts * allowed[places]).sum(axis=1)
        unknown = np.logical_not(allowed.any(axis=1))[places]
        return np.where(unknown, -1, expected), counts.sum(axis=1)

    def _right(self, language: str | None, script: str | None) -> tuple[bool, ...]:
        """Return for no script and each of `SCRIPTS` whether the language may be written in it."""
        return _mask(language, script, tuple(self.also.get(language or "", ())))


def _codes(table: pa.Table) -> tuple[list[str | None], list[str | None]]:
    return table["language"].to_pylist(), table["script"].to_pylist()


@lru_cache(maxsize=4096)
def _mask(language: str | None, script: str | None, also: tuple[str, ...]) -> tuple[bool, ...]:
    found = languages.resolve(language) if language else None
    listed = set(languages.get(found.language).scripts) if found else set()
    if found and found.language in ROMANISED:
        listed -= {"Latn"}
    codes = listed | {*also, *([script] if script else [])}
    members = {member for code in codes for member in SCRIPT_MEMBERS.get(code, frozenset({code}))}
    return False, *(code in members for code in SCRIPTS)
