"""Records from drafts or columns: languages resolved, ids derived, facts of the source attached."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from aya import languages
from aya.errors import unknown
from aya.stage import About
from aya.table import SCHEMA, canonical
from aya.text import digests

Draft = Mapping[str, Any]
"""A record in the making: `key`, `inputs`, `targets`, a raw `language` code, and any column of
`aya.table.SCHEMA` that differs from the source's own facts. `drop` and `evidence` (a mapping) for a
draft that already failed; `item` (a mapping) for what provenance should keep of the original."""

Values = Any
"""A column: a list, or an array of Arrow."""

_quoted = json.JSONEncoder(ensure_ascii=False).encode


def assemble(drafts: Iterable[Draft], *, about: About, part: str) -> pa.Table:
    """Return records of drafts, in order; see `assemble_columns`."""
    drafts = list(drafts)
    names = dict.fromkeys(name for draft in drafts for name in draft)
    columns = {name: [draft.get(name) for draft in drafts] for name in ("key", *names)}
    if "evidence" in columns:
        columns["evidence"] = [None if value is None else canonical(value) for value in columns["evidence"]]
    return assemble_columns(columns, about=about, part=part)


def assemble_columns(columns: Mapping[str, Values | None], *, about: About, part: str) -> pa.Table:
    """Return records of columns as a draft names them, `evidence` being JSON; a column may be None.

    The id is a hash of (source, revision, part, key, template, language): the same input has the same
    id on every run. A language code that the registry does not know, or that the source is not
    limited to, is a reason in `drop`.
    """
    keys = [str(key) for key in _list(columns["key"])]
    num = len(keys)
    given = {name: values for name, values in columns.items() if values is not None}
    codes = [code or about.language for code in _list(given.get("language", [None] * num))]
    answers = {code: _answer(code, about) for code in set(codes)}
    found = [answers[code] for code in codes]
    templates = _list(given.get("template_id", [None] * num))
    rows = zip(keys, (name or "" for name in templates), (answer.name for answer in found), strict=True)
    drops = _list(given.get("drop", [None] * num))
    evidence = _list(given.get("evidence", [None] * num))
    own: dict[str, Values] = {
        "id": digests((about.name, about.revision, part), rows),
        "language": [answer.language for answer in found],
        "script": [answer.script for answer in found],
        "source": [about.name] * num,
        "provenance": _provenance(keys, given.get("item"), about=about, part=part),
        "drop": [answer.drop if drop is None else drop for drop, answer in zip(drops, found, strict=True)],
        "evidence": [
            answer.evidence if drop is None else why for drop, why, answer in zip(drops, evidence, found, strict=True)
        ],
    }
    facts = {
        "dataset_name": about.name,
        "license": about.license,
        "origin": about.origin,
        "split": about.split,
        "task_type": about.task_type,
    }
    arrays = [
        _array(own.get(field.name, given.get(field.name)), facts.get(field.name), num, field.type) for field in SCHEMA
    ]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


class _Answer(NamedTuple):
    """What the registry and the limits of a source say to a code."""

    name: str
    """The language as it enters the id: its raw code where the registry does not know it."""
    language: str | None = None
    script: str | None = None
    drop: str | None = None
    evidence: str | None = None


def _answer(code: str | None, about: About) -> _Answer:
    found = languages.resolve(code) if code else None
    if found is None:
        hint = unknown("language", code, languages.codes()) if code else "the item has no language"
        evidence = canonical({"code": code, "hint": hint})
        return _Answer(name=code or "", drop="collection.source: unknown language", evidence=evidence)
    if about.languages is None or found.language in about.languages:
        return _Answer(name=found.language, language=found.language, script=found.script)
    return _Answer(
        name=found.language,
        language=found.language,
        script=found.script,
        drop="collection.source: language not wanted",
        evidence=canonical({"code": code}),
    )


def _provenance(keys: list[str], items: Values | None, *, about: About, part: str) -> list[str]:
    """Return what each record was made of, as JSON."""
    facts = {"part": part, "revision": about.revision, "source": about.name}
    if items is None:  # as canonical() would write it: "key" comes before the other names
        rest = canonical(facts)[1:]
        return [f'{{"key":{_quoted(key)},{rest}' for key in keys]
    return [canonical({"key": key} | facts | dict(item or {})) for key, item in zip(keys, _list(items), strict=True)]


def _array(values: Values | None, default: str | None, num: int, type_: pa.DataType) -> pa.Array | pa.ChunkedArray:
    """Return a column, with the default in place of nulls."""
    if values is None:
        return pa.repeat(pa.scalar(default, type_), num)
    known = isinstance(values, pa.Array | pa.ChunkedArray)
    column = values.cast(type_) if known else pa.array(values, type_)
    return column if default is None else column.fill_null(default)


def _list(values: Values) -> list[Any]:
    return values.to_pylist() if isinstance(values, pa.Array | pa.ChunkedArray) else list(values)
