"""Every call to a model in a file: its answer, so that it is asked once, and what it cost."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from aya.errors import InputError
from aya.models.model import Answer, Request, Spent, Usage

_TABLE = """
create table if not exists calls (
  id integer primary key, key text not null, model text not null, language text not null, task text not null,
  prompt integer not null, completion integer not null, money real not null, state text not null, answer text
);
create index if not exists answers on calls (key) where answer is not null;
create table if not exists spent (model text primary key, tokens integer not null, money real not null) without rowid;
create trigger if not exists begun after insert on calls begin
  insert into spent values (new.model, new.prompt + new.completion, new.money)
    on conflict (model) do update set tokens = tokens + excluded.tokens, money = money + excluded.money;
end;
create trigger if not exists settled after update on calls begin
  update spent set tokens = tokens + new.prompt + new.completion - old.prompt - old.completion,
    money = money + new.money - old.money where model = new.model;
end;
create trigger if not exists forgotten after delete on calls begin
  update spent set tokens = tokens - old.prompt - old.completion, money = money - old.money where model = old.model;
end;
"""
# One statement, so that two processes can not both take the last of a budget.
_BEGIN = """
insert into calls (key, model, language, task, prompt, completion, money, state)
select :key, :model, :language, :task, :prompt, :completion, :money, 'open'
where not exists (select 1 from spent where model = :model
  and (tokens + :prompt + :completion > :most_tokens or money + :money > :most_money))
  and :prompt + :completion <= :most_tokens and :money <= :most_money
"""
_USAGE = """
select model, language, task, count(*) as calls, sum(prompt) as prompt_tokens, sum(completion) as completion_tokens,
  sum(money) as money, sum(state != 'answered') as lost
from calls group by model, language, task order by model, language, task
"""


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

    def begin(self, key: str, request: Request, *, model: str, money: float, within: Spent) -> int | None:
        """Write down a call that is about to be made; None if the model could then cost more than `within` in all.

        The call costs `money` at most, and as many tokens as the request can. No other process comes between.
        """
        names = {"key": key, "model": model, "language": request.language, "task": request.task}
        limits = {"money": money, "most_tokens": within.tokens, "most_money": within.money}
        made = self._file.execute(_BEGIN, names | request.most._asdict() | limits)
        return int(made.lastrowid or 0) if made.rowcount else None

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
        row = self._file.execute("select tokens, money from spent where model = ?", (model,)).fetchone()
        return Spent(*row) if row else Spent()

    def usage(self) -> list[Mapping[str, Any]]:
        """Return calls, tokens and money by model, language and task."""
        return [dict(row) for row in self._file.execute(_USAGE)]

    def close(self) -> None:
        """Close the file."""
        self._file.close()
