"""The columns of the Aya repositories: written exactly, and read back as a source."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hub_release.forms import COLUMNS, write_form
from tests.releases import made, many
from tests.workshop import Workshop

CARDS = {
    "aya_dataset": "inputs targets language language_code annotation_type user_id",
    "aya_collection": "id* inputs targets dataset_name sub_dataset_name task_type template_id* language script split",
    "aya_evaluation_suite": "id* inputs targets language script",
    "aya_evaluation_suite_dolly": "id* inputs targets language script source_id*",
}
"""Columns as the repositories' cards list them; a star is int64, all others are strings."""


def test_the_columns_are_those_of_the_cards() -> None:
    said = {
        form: " ".join(f"{field.name}*" if field.type == pa.int64() else field.name for field in schema)
        for form, schema in COLUMNS.items()
    }
    assert said == CARDS


@pytest.mark.parametrize("form", COLUMNS)
def test_a_form_has_its_columns_and_reads_back_as_a_source(workshop: Workshop, tmp_path: Path, form: str) -> None:
    release = made(workshop, many(12), "1.0.0")
    files = write_form(release, form, tmp_path / "out")
    assert len(files) == len(release.files)
    assert all(pq.read_schema(path).equals(COLUMNS[form]) for path in files)
    before = {(row["inputs"], row["targets"], row["language"]) for row in workshop.version().arrow().to_pylist()}
    workshop.recipe(
        files="out/data/*/*.parquet",
        source={"use": "collection.parquet", "columns": {name: name for name in ("inputs", "targets", "language")}},
    )
    workshop.build()
    assert {
        (row["inputs"], row["targets"], row["language"]) for row in workshop.version().arrow().to_pylist()
    } == before
