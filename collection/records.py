"""Records from drafts: languages resolved, ids derived, facts of the source attached."""

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from aya import languages, text
from aya.errors import unknown
from aya.stage import About
from aya.table import canonical, records

Draft = Mapping[str, Any]
"""A record in the making: `key`, `inputs`, `targets`, a raw `language` code, and any column of
`aya.table.SCHEMA` that differs from the source's own facts. `drop` and `evidence` (a mapping) for a
draft that already failed; `item` (a mapping) for what provenance should keep of the original."""


def assemble(drafts: Iterable[Draft], *, about: About, part: str) -> pa.Table:
    """Return records of drafts, in order.

    The id is a hash of (source, revision, part, key, template, language): the same input has the same
    id on every run. A language code that the registry does not know, or that the source is not
    limited to, is a reason in `drop`.
    """
    return records(_record(draft, about=about, part=part) for draft in drafts)


def _record(draft: Draft, *, about: About, part: str) -> dict[str, object]:
    drop, evidence = draft.get("drop"), draft.get("evidence")
    code = draft.get("language") or about.language
    found = languages.resolve(code) if code else None
    if drop is None and found is None:
        drop, evidence = "collection.source: unknown language", {"code": code, "hint": _hint(code)}
    elif drop is None and found and about.languages is not None and found.language not in about.languages:
        drop, evidence = "collection.source: language not wanted", {"code": code}
    language = found.language if found else code
    key = str(draft["key"])
    template = draft.get("template_id")
    return {
        "split": about.split,
        "task_type": about.task_type,
        "origin": about.origin,
        "license": about.license,
        "dataset_name": about.name,
        **{name: value for name, value in draft.items() if value is not None},
        "id": text.digest(about.name, about.revision, part, key, template or "", language or ""),
        "language": language,
        "script": found.script if found else None,
        "source": about.name,
        "provenance": _provenance(draft, about=about, part=part, key=key),
        "drop": drop,
        "evidence": None if evidence is None else canonical(evidence),
    }


def _provenance(draft: Draft, *, about: About, part: str, key: str) -> str:
    story = {"source": about.name, "revision": about.revision, "part": part, "key": key}
    return canonical(story | dict(draft.get("item") or {}))


def _hint(code: object) -> str:
    return unknown("language", str(code), languages.codes())
