"""The ledger: why a row left or stayed, and what must leave because somebody took it back."""

import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from aya.errors import UserError
from aya.stage import InputPath, Settings, Stage
from aya.store import Store
from aya.table import canonical, mark, publish
from aya.version import Version

_ID = 32
"""Letters of an id."""

_LISTED = 5
"""Ids that are named where several fit."""

Kind = Literal["id", "source", "annotator"]


class Withdrawn(Settings):
    """Drop the records of withdrawn sources, people and rows, and what was made from such rows.

    Reads `id`, `parent_id`, `source` and, for people, `annotator` and `authors` (spaces between) in `provenance`.
    """

    name: ClassVar[str] = "aya.withdrawn"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("id", "parent_id", "source", "provenance")
    writes: ClassVar[Mapping[str, pa.DataType]] = {}

    path: InputPath
    """JSON lines with `kind` (id, source, annotator) and `value`."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the table with withdrawn records marked."""
        rules = read_rules(self.path)
        ids = pa.array(sorted(rules["id"]), pa.string())
        gone = pc.or_(pc.is_in(table["id"], ids), pc.fill_null(pc.is_in(table["parent_id"], ids), False))
        gone = pc.or_(gone, pc.is_in(table["source"], pa.array(sorted(rules["source"]), pa.string())))
        if rules["annotator"]:
            people = [not rules["annotator"].isdisjoint(_people(text)) for text in table["provenance"].to_pylist()]
            gone = pc.or_(gone, pa.array(people, pa.bool_()))
        return mark(table, pc.if_else(gone, "aya.withdrawn: withdrawn", pa.scalar(None, pa.string())))


def withdrawals(store: Store) -> list[Stage]:
    """Return the stage that every build of a store puts first, once anything was withdrawn."""
    return [Withdrawn(path=store.withdrawn)] if store.withdrawn.exists() else []


def read_rules(path: Path) -> dict[str, set[str]]:
    """Return the withdrawn values by kind."""
    rules: dict[str, set[str]] = {"id": set(), "source": set(), "annotator": set()}
    for line in path.read_text(encoding="utf-8").splitlines():
        rule = json.loads(line)
        rules[rule["kind"]].add(rule["value"])
    return rules


def affected(version: Version, *, kind: Kind, values: Collection[str]) -> pl.DataFrame:
    """Return the rows (id, language, source, kept) that come from sources, people or rows, at any remove."""
    rows = version.scan(dropped=None).select("id", "parent_id", "language", "source", "provenance", "drop")
    asked = list(values)
    start = {
        "id": pl.col("id").is_in(asked),
        "source": pl.col("source").is_in(asked),
        "annotator": pl.any_horizontal(
            pl.col("provenance").str.json_path_match(f"$.{name}").str.split(" ").list.set_intersection(asked).list.len()
            > 0
            for name in ("annotator", "authors")
        ),
    }[kind]
    ids: set[str] = set()
    new = set(rows.filter(start).select("id").collect()["id"])
    while new:
        ids |= new
        children = rows.filter(pl.col("parent_id").is_in(list(new))).select("id").collect()["id"]
        new = set(children) - ids
    found = rows.filter(pl.col("id").is_in(list(ids))).with_columns(kept=pl.col("drop").is_null())
    return found.select("id", "language", "source", "kept").collect().sort("id")


def withdraw(store: Store, rules: Iterable[tuple[Kind, str]], *, reason: str) -> int:
    """Note that these are withdrawn, with all that was made from them; the next build leaves them out.

    Returns the number of kept rows of the latest version that will go.
    """
    version = Version(store.latest())
    lines = store.withdrawn.read_text(encoding="utf-8").splitlines() if store.withdrawn.exists() else []
    gone: set[str] = set()
    by_kind: dict[Kind, list[str]] = {}
    for kind, value in rules:
        by_kind.setdefault(kind, []).append(value)
    for kind, values in by_kind.items():  # all at once: each reads the whole version
        rows = affected(version, kind=kind, values=values)
        gone |= set(rows.filter("kept")["id"])
        lines += [canonical({"kind": kind, "value": value, "reason": reason}) for value in values]
        lines += [canonical({"kind": "id", "value": id_, "reason": reason}) for id_ in rows["id"]]
    text = "".join(f"{line}\n" for line in dict.fromkeys(lines))
    publish(store.withdrawn, lambda path: path.write_text(text, encoding="utf-8"))
    return len(gone)


def explain(version: Version, id_: str) -> list[dict[str, Any]]:
    """Return the story of a row: the row, what it was made from, and the row because of which it left.

    The row itself comes first; an empty list means that there is no such row. The beginning of an id will do.
    Raises: UserError if several ids begin so.
    """
    story: dict[str, dict[str, Any]] = {}
    wanted = [_whole(version, id_)]
    while wanted:
        row = version.find(wanted.pop(0))
        if row is None or row["id"] in story:
            continue
        story[row["id"]] = row
        evidence = json.loads(row["evidence"] or "{}")
        wanted += [other for other in (row["parent_id"], evidence.get("kept")) if other]
    return list(story.values())


def _whole(version: Version, beginning: str) -> str:
    """Return the id that begins so; what no id begins with as it is."""
    rows = version.scan(dropped=None).filter(pl.col("id").str.starts_with(beginning)).select("id")
    found = rows.head(_LISTED + 1).collect()["id"].to_list() if len(beginning) < _ID else []
    if len(found) > 1:
        more = ", ..." if len(found) > _LISTED else ""
        raise UserError(f"several ids begin with '{beginning}': {', '.join(found[:_LISTED])}{more}")
    return found[0] if found else beginning


def _people(provenance: str | None) -> set[str]:
    """Return who wrote a row and whose texts it was made from."""
    said = {} if provenance is None else json.loads(provenance)
    return {person for name in ("annotator", "authors") for person in (said.get(name) or "").split(" ")} - {""}
