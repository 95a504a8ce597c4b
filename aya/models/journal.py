"""Every call to a model in a file: its answer, so that it is asked once, and what it cost."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple, Self

from aya.errors import InputError
from aya.models.model import Answer, Request, Usage

_TABLE = """
create table if not exists calls (
  id integer primary key, key text not null, model text not null, language text not null, task text not null,
  prompt integer not null, completion integer not null, money real not null, state text not null, answer text
);
create index if not exists answers on calls (key) where answer is not null;
"""
_USAGE = """
select model, language, task, count(*) as calls, sum(prompt) as prompt_tokens, sum(completion) as completion_tokens,
  sum(money) as money, sum(state != 'answered') as lost
from calls group by model, language, task order by model, language, task
"""


class Spent(NamedTuple):
    """Tokens and money."""

    tokens: int = 0
    money: float = 0.0


class Journal:
    """Calls in a SQLite file that several processes may share.

    A call is written down before it is made, at the most that it can cost, and again when its answer is there; so a
    killed process leaves calls that count as paid, and no sum is ever too low. SQLite drops what a crash tore.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._file = sqlite3.connect(path, timeout=60, isolation_level=None)
            self._file.row_factory = sqlite3.Row
            self._file.execute("pragma journal_mode = wal")
            self._file.execute("pragma synchronous = normal")
            self._file.executescript(_TABLE)
        except sqlite3.DatabaseError as error:
            raise InputError(f"{path}: no journal of answers: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def answer(self, key: str) -> Answer | None:
        """Return the answer that a request had."""
        found = self._file.execute("select answer from calls where key = ? and answer is not null", (key,)).fetchone()
        if found is None:
            return None
        kept: dict[str, Any] = json.loads(found["answer"])
        return Answer(**kept | {"usage": Usage(*kept["usage"])})

    def begin(self, key: str, request: Request, *, model: str, most: Usage, money: float) -> int:
        """Write down a call that is about to be made; return its number."""
        row = (key, model, request.language, request.task, *most, money, "open")
        made = self._file.execute(
            "insert into calls (key, model, language, task, prompt, completion, money, state)"
            " values (?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        return int(made.lastrowid or 0)

    def keep(self, call: int, answer: Answer, *, money: float) -> None:
        """Write down the answer of a call, and what it cost."""
        self._file.execute(
            "update calls set state = 'answered', prompt = ?, completion = ?, money = ?, answer = ? where id = ?",
            (*answer.usage, money, json.dumps(asdict(answer), ensure_ascii=False), call),
        )

    def lose(self, call: int) -> None:
        """Write down that a call may have cost all that it could, for nothing."""
        self._file.execute("update calls set state = 'lost' where id = ?", (call,))

    def forget(self, call: int) -> None:
        """Take back a call that cost nothing."""
        self._file.execute("delete from calls where id = ?", (call,))

    def spent(self, model: str) -> Spent:
        """Return what all calls to a model cost, with those under way and those lost at the most that they can."""
        asked = "select sum(prompt + completion), sum(money) from calls where model = ?"
        row = self._file.execute(asked, (model,)).fetchone()
        return Spent(row[0] or 0, row[1] or 0.0)

    def usage(self) -> list[Mapping[str, Any]]:
        """Return calls, tokens and money by model, language and task."""
        return [dict(row) for row in self._file.execute(_USAGE)]

    def close(self) -> None:
        """Close the file."""
        self._file.close()
