"""Releases in the exact columns of the Aya repositories, for whoever has code for those."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pyarrow as pa

from aya import languages
from aya.errors import UserError
from aya.text import hash64
from hub_release.release import Release
from hub_release.shards import ShardWriter, batches, frame

_TEXT, _NUMBER = pa.string(), pa.int64()
_SUITE = [("id", _NUMBER), ("inputs", _TEXT), ("targets", _TEXT), ("language", _TEXT), ("script", _TEXT)]
COLUMNS: dict[str, pa.Schema] = {
    "aya_dataset": pa.schema(
        [(name, _TEXT) for name in ("inputs", "targets", "language", "language_code", "annotation_type", "user_id")]
    ),
    "aya_collection": pa.schema(
        [
            ("id", _NUMBER), ("inputs", _TEXT), ("targets", _TEXT), ("dataset_name", _TEXT),
            ("sub_dataset_name", _TEXT), ("task_type", _TEXT), ("template_id", _NUMBER), ("language", _TEXT),
            ("script", _TEXT), ("split", _TEXT),
        ]
    ),
    "aya_evaluation_suite": pa.schema(_SUITE),
    "aya_evaluation_suite_dolly": pa.schema([*_SUITE, ("source_id", _NUMBER)]),
}  # fmt: skip
"""The columns of each, in order, with their types, as the cards of the repositories have them.

aya_dataset at 5e530a2 (`default`), aya_collection at e9f34de, aya_evaluation_suite at bc21d11 (`aya_human_annotated`);
configurations `dolly_...` of the last have had `source_id` since ef864c8. A few of aya_collection have more columns
(`info_uuid`) or texts as `template_id`; most are as here.
"""


def write_form(release: Release, form: str, out: Path) -> list[Path]:
    """Write the rows of a release in another form, a file for each of its files; return them.

    Where a form has numbers for our texts (`id`, `template_id`, `source_id`), they are 63 bits of a hash of the text.
    """
    if form not in COLUMNS:
        raise UserError(f"no form '{form}'; there are {', '.join(COLUMNS)}")
    if out.exists():
        raise UserError(f"{out} is there already")
    written = []
    for file in release.files:
        writer = ShardWriter(out / file.path.removesuffix(".parquet"), COLUMNS[form], sort=False)
        for table in batches([release.path / file.path]):
            writer.add(_FORMS[form](frame(table)).to_arrow().cast(COLUMNS[form]))
        for part in writer.close():
            target = out / file.path
            part.path.rename(target)
            part.path.parent.rmdir()
            written.append(target)
    return written


def _numbers(name: str, alias: str | None = None) -> pl.Expr:
    hashed = pl.col(name).map_elements(lambda text: hash64(text) >> 1, return_dtype=pl.Int64)
    return hashed.alias(alias or name)


def _dataset(rows: pl.DataFrame) -> pl.DataFrame:
    names = {code: languages.get(code).name for code in rows["language"].drop_nulls().unique()}
    edited = pl.col("parent_id").is_not_null()
    return rows.select(
        "inputs",
        "targets",
        pl.col("language").replace(names),
        pl.col("language").alias("language_code"),
        pl.when(edited)
        .then(pl.lit("re-annotations"))
        .otherwise(pl.lit("original-annotations"))
        .alias("annotation_type"),
        pl.col("provenance").str.json_path_match("$.annotator").alias("user_id"),
    )


def _collection(rows: pl.DataFrame) -> pl.DataFrame:
    plain = ("dataset_name", "sub_dataset_name", "task_type")
    return rows.select(
        _numbers("id"), "inputs", "targets", *plain, _numbers("template_id"), "language", "script", "split"
    )


def _suite(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(_numbers("id"), "inputs", "targets", "language", "script")


def _suite_of_dolly(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(_numbers("id"), "inputs", "targets", "language", "script", _numbers("parent_id", "source_id"))


_FORMS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "aya_dataset": _dataset,
    "aya_collection": _collection,
    "aya_evaluation_suite": _suite,
    "aya_evaluation_suite_dolly": _suite_of_dolly,
}
