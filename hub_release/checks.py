"""What must hold before a release may be sent: each check by name, with rows as examples of what is wrong."""

import tempfile
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import yaml
from pydantic import BaseModel, ConfigDict

from aya.stage import Tell, silent
from hub_release import confidential, licences
from hub_release.card import SECTIONS, ran_stages
from hub_release.configs import MOST_COLUMNS, MOST_CONFIGS, MOST_GROUP_BYTES, MOST_SPLITS
from hub_release.layout import HARMFUL
from hub_release.release import File, Release, schema_of
from hub_release.removals import hashed, read_tombstones
from hub_release.row_keys import Keys, join
from hub_release.shards import batches, frame

_MOST_EXAMPLES = 5
_IDS_AT_ONCE = 100_000
_PUBLISHED_TEXTS = ("inputs", "targets", "provenance")
"""Where somebody's address could stand: what was written, and who wrote it."""


class Check(BaseModel):
    """The outcome of one check."""

    model_config = ConfigDict(frozen=True)

    name: str
    faults: tuple[str, ...] = ()
    """What is wrong, with rows (`path: id`) as examples."""
    waived: str | None = None
    """Why the recipe lets it pass all the same."""

    @property
    def passed(self) -> bool:
        """Return whether the release may be sent as far as this check goes."""
        return not self.faults or self.waived is not None


class Context:
    """What the checks look at: the release, and the version that it was prepared from where that is at hand."""

    def __init__(self, release: Release, version: Path | None) -> None:
        self.release, self.version = release, version

    def rows(self, *columns: str) -> Iterator[tuple[File, pl.DataFrame]]:
        """Yield columns of all rows, a bounded piece at a time."""
        for file in self.release.files:
            for table in batches([self.release.path / file.path], columns):
                yield file, frame(table)

    @cached_property
    def head(self) -> dict[str, Any]:
        """Return the head of the card."""
        text = (self.release.path / "README.md").read_text(encoding="utf-8")
        loaded = yaml.safe_load(text.split("---\n")[1]) if text.startswith("---\n") else {}
        return loaded if isinstance(loaded, dict) else {}


def check(folder: Path, *, version: Path | None = None, tell: Tell = silent) -> list[Check]:
    """Return the outcome of every check of a prepared release.

    `version` is the built version that it was prepared from; left out, it is looked for in the store around.
    """
    release = Release(folder)
    beside = folder.absolute().parent.parent / "versions" / release.manifest["source_version"]
    context = Context(release, version or (beside if beside.is_dir() else None))
    waived = release.manifest["waived"]
    found = []
    for done, (name, run) in enumerate(CHECKS.items(), 1):
        found.append(Check(name=name, faults=tuple(run(context)), waived=waived.get(name)))
        tell("checks", done, len(CHECKS))
    return found


def failed(folder: Path, *, version: Path | None = None) -> list[str]:
    """Return a line for each fault that keeps a release from being sent; none when all is well."""
    return [f"{of.name}: {fault}" for of in check(folder, version=version) if not of.passed for fault in of.faults]


# -- the checks ------------------------------------------------------------------------------------


def _whole(context: Context) -> Iterator[str]:
    build = context.release.build
    if build["sample"]:
        yield f"this is a sample of {build['sample']:,} items a source, no whole collection"
    if not build["complete"]:
        yield "parts of the input could not be read; see `aya status`"


def _schema(context: Context) -> Iterator[str]:
    expected = context.release.schema
    for file in context.release.files:
        with pq.ParquetFile(context.release.path / file.path) as opened:
            if schema_of(opened.schema_arrow) != expected:
                yield f"{file.path} has other columns than the manifest says"
            if opened.metadata.num_rows != file.rows:
                yield f"{file.path} has {opened.metadata.num_rows:,} rows, {file.rows:,} in the manifest"


def _ids(context: Context) -> Iterator[str]:
    rows = sum(file.rows for file in context.release.files)
    empty: list[str] = []
    with tempfile.TemporaryDirectory(prefix="aya-ids-") as folder:
        keys = Keys(Path(folder), rows=rows)
        for file, some in context.rows("id"):
            keys.add(some)
            empty += [file.path] * int(some["id"].is_null().any() or (some["id"] == "").any())
        repeated = 0
        for places in keys.repeated():
            if len(places) and not repeated:
                yield f"ids stand in several rows: {', '.join(_ids_at(context, places[:_MOST_EXAMPLES].tolist()))}"
            repeated += len(places)
        if repeated:
            yield f"{repeated:,} rows share their id with another"
    if empty:
        yield f"rows without an id in {', '.join(sorted(set(empty))[:_MOST_EXAMPLES])}"


def _ids_at(context: Context, places: list[int]) -> Iterator[str]:
    start = 0
    for file in context.release.files:
        inside = [place - start for place in places if start <= place < start + file.rows]
        if inside:
            column = pq.read_table(context.release.path / file.path, columns=["id"])["id"]
            yield from (f"{file.path}: {column[place].as_py()}" for place in inside)
        start += file.rows


def _dropped(context: Context) -> Iterator[str]:
    """Yield rows that left the version, or have a tombstone."""
    if context.version is not None:
        dropped = sorted((context.version / "dropped").rglob("*.parquet"))
        left = (frame(table) for table in batches(dropped, ("id",)))
        yield from _back(context, left, "was dropped by the build")
    stones = _frames(stone.hash for stone in read_tombstones(context.release))
    name = context.release.manifest["collection"]
    yield from _back(context, stones, "was taken out and is back", partial(hashed, name))


def _frames(ids: Iterator[str]) -> Iterator[pl.DataFrame]:
    while some := list(islice(ids, _IDS_AT_ONCE)):
        yield pl.DataFrame({"id": some})


def _back(
    context: Context, left: Iterator[pl.DataFrame], what: str, name: Callable[[str], str] | None = None
) -> Iterator[str]:
    """Yield rows of the release that are among those that left, as `name` calls them; both sides go through disk."""
    first = next(left, None)
    if first is None:
        return
    with tempfile.TemporaryDirectory(prefix="aya-left-") as folder:
        rows = sum(file.rows for file in context.release.files)
        gone, there = (Keys(Path(folder) / side, rows=rows) for side in ("gone", "there"))
        for some in chain([first], left):
            gone.add(some.select("id"))
        for _, some in context.rows("id"):
            there.add(some if name is None else pl.DataFrame({"id": [name(id_) for id_ in some["id"]]}))
        places = np.sort(np.concatenate([joined.same_new for joined in join(gone, there)]))
        yield from (f"{example} {what}" for example in _ids_at(context, places[:_MOST_EXAMPLES].tolist()))


def _licences(context: Context) -> Iterator[str]:
    facts = context.release.build["facts"]
    counted: dict[str, list[File]] = {}
    for file in context.release.files:
        for name in file.licenses:
            counted.setdefault(name, []).append(file)
    declared = licences.declared(facts["license"], counted)
    for name, files in sorted(counted.items()):
        if why := licences.conflict(name, declared):
            rows = sum(file.licenses[name] for file in files)
            yield f"{why} ({rows:,} rows, as in {files[0].path})"


def _contamination(context: Context) -> Iterator[str]:
    if not ran_stages(context.release.build, "dedup.contamination"):
        yield "the rows were compared with no evaluation set; add the stage dedup.contamination to the recipe"
    elif not context.release.build["evaluation_sets"]:
        yield "the recipe names no evaluation set"


def _duplicates(context: Context) -> Iterator[str]:
    if not ran_stages(context.release.build, "dedup.exact", "dedup.minhash"):
        yield "no stage looked for duplicates; add dedup.exact or dedup.minhash to the recipe"


def _harmful(context: Context) -> Iterator[str]:
    listed = set(context.release.build["facts"]["harmful"])
    for config in context.head.get("configs", ()):
        paths = [path for item in config["data_files"] for path in _listed(item["path"])]
        if config["config_name"] != HARMFUL and any(not path.startswith("data/") for path in paths):
            yield f"configuration {config['config_name']} loads files outside data/"
    for file, some in context.rows("id", "source", "dataset_name", "harmful"):
        if file.path.startswith(f"{HARMFUL}/"):
            continue
        harm = pl.col("source").is_in(listed) | pl.col("dataset_name").is_in(listed).fill_null(False)
        if "harmful" in some.columns:
            harm = harm | pl.col("harmful").cast(pl.Boolean, strict=False).fill_null(False)
        if len(hits := some.filter(harm)):
            yield f"{len(hits):,} harmful rows in {file.path}, as {hits['id'][0]}"


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _secrets(context: Context) -> Iterator[str]:
    counts: dict[str, int] = {}
    examples: dict[str, list[str]] = {}
    for file, some in context.rows("id", *_PUBLISHED_TEXTS):
        for column in _PUBLISHED_TEXTS:
            for kind, where in confidential.found(some[column]).items():
                counts[kind] = counts.get(kind, 0) + int(where.sum())
                examples.setdefault(kind, []).extend(f"{file.path}: {id_}" for id_ in some["id"].filter(where).head(2))
    for kind, num in sorted(counts.items()):
        yield f"{kind} in {num:,} texts, as in {', '.join(examples[kind][:_MOST_EXAMPLES])}"


def _card(context: Context) -> Iterator[str]:
    text = (context.release.path / "README.md").read_text(encoding="utf-8")
    for section in SECTIONS:
        body = text.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
        if not body.strip():
            yield f"the card has nothing under '{section}'"
    for field in ("pretty_name", "language", "license", "size_categories", "configs", "dataset_info"):
        if not context.head.get(field):
            yield f"the head of the card has no {field}"
    rows = {"all": sum(file.rows for file in context.release.files if file.path.startswith("data/"))}
    for info in context.head.get("dataset_info", ()):
        found = sum(split["num_examples"] for split in info["splits"])
        if rows.get(info["config_name"], found) != found:
            yield f"the card counts {found:,} rows in {info['config_name']}, the files {rows[info['config_name']]:,}"
    if not context.release.build["facts"]["title"]:
        yield "the recipe gives no title (`release: title`)"


def _viewer(context: Context) -> Iterator[str]:
    files = context.release.files
    num_configs, num_splits = len(context.head.get("configs", ())), len({file.split for file in files})
    for what, num, most in (
        ("configurations", num_configs, MOST_CONFIGS), ("splits", num_splits, MOST_SPLITS),
        ("columns", len(context.release.schema), MOST_COLUMNS),
    ):  # fmt: skip
        if num > most:
            yield f"{num:,} {what}; the viewer of the Hub shows {most:,}"
    for split in sorted({file.split for file in files}):
        if not split.replace("_", "").replace(".", "").isalnum():
            yield f"'{split}' can be no name of a split: letters, digits, _ and . alone"
    for file in files:
        metadata = pq.read_metadata(context.release.path / file.path)
        groups = (metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
        if max(groups, default=0) > MOST_GROUP_BYTES:
            yield f"{file.path} has a row group that the viewer of the Hub can not read"


CHECKS: dict[str, Callable[[Context], Iterator[str]]] = {
    "whole": _whole,
    "schema": _schema,
    "ids": _ids,
    "dropped": _dropped,
    "licences": _licences,
    "contamination": _contamination,
    "duplicates": _duplicates,
    "harmful": _harmful,
    "secrets": _secrets,
    "card": _card,
    "viewer": _viewer,
}
"""What is checked, by the name under which a recipe may waive it."""
