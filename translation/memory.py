"""Finished segments in a file, so that no segment is translated twice: not in a run, not by the next one."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from aya.text import digest
from translation.translate import Memory, Segment

_TABLE = """
create table if not exists segments (
  key text primary key, text text not null, translation text not null, logprob real,
  num_tokens integer not null, finished integer not null, how text not null
) without rowid
"""


class TranslationMemory(Memory):
    """The segments of one engine, source and target in a SQLite file that several processes may share.

    `update` is one transaction: a killed run has all of it or nothing.
    """

    def __init__(self, path: Path, *, engine: str, source: str, target: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._fixed = (engine, source, target)
        self._file = sqlite3.connect(path, timeout=60, isolation_level=None)
        self._file.execute("pragma journal_mode = wal")
        self._file.execute(_TABLE)

    def _key(self, text: str) -> str:
        return digest(*self._fixed, text)

    def __getitem__(self, text: str) -> Segment:
        found = self._file.execute(
            "select translation, logprob, num_tokens, finished, how from segments where key = ?", (self._key(text),)
        ).fetchone()
        if found is None:
            raise KeyError(text)
        translation, logprob, num_tokens, finished, how = found
        return Segment(translation, logprob, num_tokens, bool(finished), how)

    def __contains__(self, text: object) -> bool:
        asked = "select 1 from segments where key = ?"
        return isinstance(text, str) and self._file.execute(asked, (self._key(text),)).fetchone() is not None

    def __setitem__(self, text: str, segment: Segment) -> None:
        self.update({text: segment})

    def update(self, found: Any = (), /, **_: Segment) -> None:
        """Keep segments by their text, all or none."""
        pairs: Iterable[tuple[str, Segment]] = found.items() if isinstance(found, Mapping) else found
        rows = [(self._key(text), text, *segment) for text, segment in pairs]
        if not rows:
            return
        self._file.execute("begin immediate")
        self._file.executemany("insert or replace into segments values (?, ?, ?, ?, ?, ?, ?)", rows)
        self._file.execute("commit")

    def __delitem__(self, text: str) -> None:
        if text not in self:
            raise KeyError(text)
        self._file.execute("delete from segments where key = ?", (self._key(text),))

    def __iter__(self) -> Iterator[str]:
        raise TypeError("a memory is asked for texts, not read through")

    def __len__(self) -> int:
        num: int = self._file.execute("select count(*) from segments").fetchone()[0]
        return num

    def close(self) -> None:
        """Close the file."""
        self._file.close()
