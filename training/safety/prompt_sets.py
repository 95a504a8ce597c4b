"""Published sets of requests as their authors' files have them, and rows that people bring."""

import csv
import gzip
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import pyarrow as pa
import pyarrow.parquet as pq

from aya import languages
from aya.errors import InputError, nearest, unknown
from aya.json_lines import objects
from training.safety.items import Item, Kind
from training.safety.request_templates import read_templates

Format = Literal["templates", "rows", "advbench", "multijail", "xstest", "hh-rlhf"]
_HUMAN, _ASSISTANT = "\n\nHuman:", "\n\nAssistant:"
_NAMES: Mapping[str, tuple[str, ...]] = {
    "prompt": ("prompt", "inputs"),
    "key": ("key", "parent_id", "id"),
    "language": ("language", "lang"),
    "kind": ("kind",),
    "split": ("split",),
    "answer": ("answer", "targets"),
    "license": ("license",),
    "origin": ("origin",),
}
"""What a row may have, and the names that its column may have; a translation is named by its `parent_id`."""


def read_items(path: Path, format_: Format, *, language: str | None, kind: Kind, license_: str | None) -> list[Item]:
    """Return the requests of a file; `language`, `kind` and `license_` hold where its rows say nothing else.

    Raises: InputError naming the file and the row.
    """
    if format_ == "templates":
        return read_templates(path)
    found = list(_READERS[format_](path, language, kind, license_))
    if not found:
        raise InputError(f"{path} has no requests")
    return found


def _advbench(path: Path, language: str | None, kind: Kind, license_: str | None) -> Iterator[Item]:
    """Zou et al. 2023: the column `goal`; `target` is what an attack wants to hear, and is not read."""
    for number, row in enumerate(_csv(path, "goal"), 1):
        yield Item(
            key=f"advbench/{number}", language=language or "eng", prompt=row["goal"], kind="unsafe",
            license=license_ or "MIT",
        )  # fmt: skip


def _multijail(path: Path, language: str | None, kind: Kind, license_: str | None) -> Iterator[Item]:
    """Deng et al. 2024: a column for each language, translated by people."""
    for row in _csv(path, "id", "en"):
        for column, prompt in row.items():
            known = None if column in ("id", "source", "tags") else languages.resolve(column)
            if known and prompt:
                yield Item(
                    key=f"multijail/{row['id']}", language=known.language, prompt=prompt, kind="unsafe",
                    license=license_ or "MIT", origin="human" if column == "en" else "translation",
                )  # fmt: skip


def _xstest(path: Path, language: str | None, kind: Kind, license_: str | None) -> Iterator[Item]:
    """Röttger et al. 2024: safe requests that look unsafe, and unsafe ones beside them."""
    for row in _csv(path, "id", "prompt", "label"):
        safe: Kind = "safe" if row["label"] == "safe" else "unsafe"
        yield Item(
            key=f"xstest/{row['id']}", language=language or "eng", prompt=row["prompt"], kind=safe,
            license=license_ or "CC-BY-4.0",
        )  # fmt: skip


def _hh_rlhf(path: Path, language: str | None, kind: Kind, license_: str | None) -> Iterator[Item]:
    """Bai et al. 2022, harmless-base: the first words of each conversation; no answer is read."""
    for number, row in enumerate(_json_lines(path), 1):
        said = str(row.get("chosen", ""))
        if not said.startswith(_HUMAN):
            raise InputError(f"{path}:{number}: `chosen` is no conversation that begins with Human:")
        first = said.removeprefix(_HUMAN).split(_ASSISTANT)[0].split(_HUMAN)[0].strip()
        if first:
            yield Item(
                key=f"hh-rlhf/{number}", language=language or "eng", prompt=first, kind=kind,
                license=license_ or "MIT",
            )  # fmt: skip


def _rows(path: Path, language: str | None, kind: Kind, license_: str | None) -> Iterator[Item]:
    rows = _parquet(path) if path.suffix == ".parquet" else _json_lines(path)
    for number, row in enumerate(rows, 1):
        said = {name: _first(row, columns) for name, columns in _NAMES.items()}
        place = f"{path}: row {number}"
        if not said["prompt"]:
            raise InputError(f"{place}: no `prompt`{nearest('prompt', row)}")
        code = said["language"] or language
        known = languages.resolve(code) if code else None
        if known is None:
            raise InputError(f"{place}: {unknown('language', code, languages.codes()) if code else 'no `language`'}")
        if said["kind"] not in (None, *get_args(Kind)):
            raise InputError(f"{place}: {unknown('kind', said['kind'] or '', get_args(Kind))}")
        if not (said["license"] or license_):
            raise InputError(f"{place}: under no licence; say `license` in the recipe")
        yield Item(
            key=said["key"] or f"{path.stem}/{number}", language=known.language, prompt=said["prompt"],
            kind="safe" if (said["kind"] or kind) == "safe" else "unsafe", license=said["license"] or license_ or "",
            origin=said["origin"] or "human", split=said["split"], answer=said["answer"],
        )  # fmt: skip


def _first(row: Mapping[str, Any], columns: tuple[str, ...]) -> str | None:
    return next((str(row[name]) for name in columns if row.get(name) is not None), None)


def _csv(path: Path, *columns: str) -> Iterator[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            for column in columns:
                if column not in (reader.fieldnames or ()):
                    raise InputError(f"{path}: {unknown('column', column, reader.fieldnames or ())}")
            yield from reader
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: can not be read: {error}") from error


def _json_lines(path: Path) -> Iterator[dict[str, Any]]:
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rb") as lines:
            yield from objects(lines, lambda number: f"{path}:{number}")
    except OSError as error:
        raise InputError(f"{path}: can not be read: {error}") from error


def _parquet(path: Path) -> list[dict[str, Any]]:
    try:
        found: list[dict[str, Any]] = pq.read_table(path, partitioning=None).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{path}: can not be read: {error}") from error
    return found


_READERS: Mapping[str, Callable[[Path, str | None, Kind, str | None], Iterator[Item]]] = {
    "rows": _rows,
    "advbench": _advbench,
    "multijail": _multijail,
    "xstest": _xstest,
    "hh-rlhf": _hh_rlhf,
}
